"""The pictures: network, matrix, timeline, map and verdicts, each with its controls, its table and its queries.

Each has an address of its own that ends in `.svg`, for papers.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Response, request, url_for

from alliance_graph.dataset.words import fold
from alliance_graph.pictures import (
    CannotDrawError,
    Picture,
    chart,
    matrix,
    network,
    read,
    standalone,
    timeline,
    worldmap,
)
from alliance_graph.pictures.answer import Answer, Row
from alliance_graph.pictures.dates import Span, span
from alliance_graph.vocabulary import compact, expand
from alliance_graph.web import results
from alliance_graph.web.answers import WANTED
from alliance_graph.web.i18n import language, t
from alliance_graph.web.naming import address_of
from alliance_graph.web.pages.asking import behind, in_language
from alliance_graph.web.pages.controls import Control, chosen, day, one, several
from alliance_graph.web.pages.frame import Alternate, Behind, blueprint, citation, page
from alliance_graph.web.problems import problem
from alliance_graph.web.service import current_service, keep, task_for

_STYLE = Path(__file__).parents[1] / "static" / "pictures.css"
_SVG = "image/svg+xml"
_SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""A file of its own carries its style in it, and needs nothing else."""
_COUNTRY = "id:morocco"
_QUERIES = {"article": "network", "record": "recorded-network"}
"""What the network and the matrix are about → the ready query that gives it."""
_PART_OF = {"partner-states": "partners", "missions": "deployments"}
"""The ready queries of the map → what they give to it."""


@dataclass(frozen=True)
class Asked:
    """A ready query and its answer."""

    name: str
    values: dict[str, str]
    answer: Answer

    @property
    def behind(self) -> Behind:
        """How the page says where its rows come from."""
        return behind(current_service().library[self.name], self.values)

    @property
    def table(self) -> results.Table:
        """The rows, those that are drawn."""
        names = self.answer.columns
        rows = [tuple(row.get(name) for name in names) for row in self.answer.rows]
        asked = {parameter.name for parameter in current_service().library[self.name].parameters}
        return results.table(names, rows, link=address_of, hide=asked, by_name=True)

    def keep(self, fits: Callable[[Row], bool]) -> Asked:
        """Return it with the rows that fit alone."""
        return replace(self, answer=replace(self.answer, rows=tuple(row for row in self.answer.rows if fits(row))))


@dataclass(frozen=True)
class Made:
    """A picture, what it was made of and how to change it."""

    asked: tuple[Asked, ...]
    draw: Callable[[], Picture]
    controls: tuple[Control, ...] = ()
    values: dict[str, object] = field(default_factory=dict)
    """What only the template of this kind needs."""


def _ask(name: str, **values: str) -> Asked:
    """Return the answer to a ready query in the language of the request.

    Raises:
        AllianceGraphError: a parameter is wrong, or there is no answer.
    """
    service = current_service()
    ready = service.library[name]
    values = in_language(ready, values)
    columns, rows = results.read(service.ask(task_for(ready, values, WANTED)))
    link = str if _wants_file() else address_of
    return Asked(name, values, read(columns, rows, language(), link, results.heading))


def _wants_file() -> bool:
    return request.path.endswith(".svg")


def _country() -> tuple[Control, Answer]:
    """Return the choice of a country, and the states to choose from."""
    states = _ask("states").answer
    named = [(compact(state.key), state.label) for row in states.rows if (state := states.thing(row, "state"))]
    named.sort(key=lambda option: (option[0] != _COUNTRY, fold(option[1])))
    return one("country", named), states


def _basis() -> Control:
    return one("basis", ((basis, t(f"pictures.basis_{basis}")) for basis in _QUERIES))


def _network() -> Made:
    basis, (country, _) = _basis(), _country()
    asked = _ask(_QUERIES[basis.value], country=country.value)
    kinds = several("kind", asked.answer)
    only = chosen(kinds)
    title = _title("network", country)
    shown = asked.keep(lambda row: _is_of(asked.answer, row, only))
    return Made((shown,), lambda: network.draw(asked.answer, title, only), (country, basis, kinds))


def _matrix() -> Made:
    basis, (country, _) = _basis(), _country()
    asked = _ask(_QUERIES[basis.value], country=country.value)
    counted = replace(asked.answer, heading=lambda _: t(f"pictures.number_{basis.value}"))
    return Made((asked,), lambda: matrix.draw(counted, _title("matrix", country)), (country, basis))


def _timeline() -> Made:
    (country, _), (date, on) = _country(), day("date")
    whole = _ask("dated-record", country=country.value)
    kinds = several("kind", whole.answer)
    only = chosen(kinds)
    asked = whole.keep(lambda row: _is_of(whole.answer, row, only))
    spans = [time for row in asked.answer.rows if (time := span(row)) is not None]
    title = _title("timeline", country)
    return Made(
        (asked,),
        lambda: timeline.draw(asked.answer, title, on),
        (country, date, kinds),
        {"on": on, "spans": spans, "in_force": sum(time.covers(on) for time in spans) if on else None},
    )


def _map() -> Made:
    (country, states), (date, on) = _country(), day("date")
    part = one("part", ((frame, t(f"pictures.part_{frame}")) for frame in worldmap.FRAMES))
    shown = one("show", ((choice, t(f"pictures.show_{choice}")) for choice in ("both", *_PART_OF.values())))
    partners, missions = _ask("partner-states", country=country.value), _ask("missions", country=country.value)
    kinds = several("kind", partners.answer)
    only = chosen(kinds)
    partners = partners.keep(
        lambda row: (
            shown.value != "deployments"
            and _is_of(partners.answer, row, only)
            and (on is None or _covers(span(row), on))
        )
    )
    missions = missions.keep(
        lambda row: shown.value != "partners" and "site" in row and (on is None or _covers(_stay(row), on))
    )
    asked = [one for one in (partners, missions) if shown.value in ("both", _PART_OF[one.name])]

    def draw() -> Picture:
        return worldmap.world_map(
            worldmap.areas_of(partners.answer),
            worldmap.dots_of(missions.answer),
            partners.answer,
            title=_title("map", country),
            frame=part.value,
            home=_code(states, country),
        )

    return Made(tuple(asked), draw, (country, date, shown, part, kinds))


def _verdicts() -> Made:
    asked = _ask("assessments-by-verdict")

    def claims_of(section: str, verdict: str) -> str:
        return url_for("pages.claims", section=section, verdict=verdict, _external=_wants_file())

    return Made((asked,), lambda: chart.draw(asked.answer, t("pictures.verdicts"), claims_of))


def _code(states: Answer, country: Control) -> str:
    """Return the numeric code of a state; empty if it has none."""
    iri = expand(country.value)
    codes = (row.get("numeric") for row in states.rows if (state := states.thing(row, "state")) and state.key == iri)
    code = next(codes, None)
    return code.value if isinstance(code, ox.Literal) else ""


def _is_of(answer: Answer, row: Row, only: frozenset[str]) -> bool:
    kind = answer.thing(row, "kind")
    return not only or (kind is not None and kind.key in only)


def _covers(time: Span | None, on: datetime.date) -> bool:
    return time is not None and time.covers(on)


def _stay(row: Row) -> Span | None:
    """Return for how long a contingent was at its site."""
    return span(
        {new: row[old] for old, new in (("siteStartYear", "startYear"), ("siteEndYear", "endYear")) if old in row}
    )


def _title(kind: str, country: Control) -> str:
    return t(f"pictures.{kind}_of", country=dict(country.options)[country.value])


_MAKERS: dict[str, Callable[[], Made]] = {
    "network": _network,
    "matrix": _matrix,
    "timeline": _timeline,
    "map": _map,
    "verdicts": _verdicts,
}


@blueprint.get("/pictures")
def pictures() -> Response:
    """Show all pictures in small."""
    return page("pictures.html", title=t("pictures.title"), kinds=list(_MAKERS))


@blueprint.get("/pictures/<name>")
def picture(name: str) -> Response:
    """Show a picture: as a page, or as a file of its own if its address ends so (`network.svg`)."""
    kind = name.removesuffix(".svg")
    if kind not in _MAKERS:
        where = url_for("pages.pictures", _external=True)
        return problem("not-found", 404, f"there is no picture {name!r}; {where} shows them all")
    made = _MAKERS[kind]()
    return _file(made) if _wants_file() else _page(kind, made)


def _page(kind: str, made: Made) -> Response:
    try:
        drawn, why = made.draw(), ""
    except CannotDrawError as error:
        drawn, why = None, error.cause
    return page(
        "picture.html",
        title=drawn.title if drawn else t(f"pictures.{kind}"),
        alternates=[_alternate(f"{kind}.svg")] if drawn else [],
        behind=[asked.behind for asked in made.asked],
        kind=kind,
        made=made,
        picture=drawn,
        why=why,
    )


def _alternate(name: str) -> Alternate:
    asked = {key: values for key, values in request.args.lists() if key != "lang"} | {"lang": [language()]}
    url = url_for("pages.picture", name=name, lang=None, _external=True)
    return Alternate(_SVG, f"{url}?{urlencode(asked, doseq=True)}", "SVG")


def _file(made: Made) -> Response:
    drawn = made.draw()
    cited = citation(drawn.title)
    caption = [*([cited["sentence"]] if cited else []), t("frame.licences")]
    response = Response(drawn.standalone(_file_style(), caption), content_type=_SVG)
    response.headers["Content-Language"] = language()
    response.headers["Content-Security-Policy"] = _SVG_POLICY
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "public, no-cache"
    keep("picture", request.url, language())
    return response


@cache
def _file_style() -> str:
    return standalone.written_out(_STYLE.read_text(encoding="utf-8"))
