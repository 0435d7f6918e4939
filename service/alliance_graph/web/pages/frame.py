"""What all pages share: their frame, how they are cited, cached and linked, and how they say that something failed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from alliance_graph import __version__
from alliance_graph.engine.formats import Format
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import LANGUAGES
from alliance_graph.web.dates import date_text
from alliance_graph.web.i18n import NAMES, asked_language, direction, language, sentence, t
from alliance_graph.web.naming import address_of, anchor, name_of, property_name, slug
from alliance_graph.web.problems import PROBLEM_TYPE, problem_for
from alliance_graph.web.service import current_service, keep

PAGE = Format("page", "text/html", ".html", ("application/xhtml+xml",))
"""The format of what people read."""

blueprint = Blueprint("pages", __name__)
blueprint.register_error_handler(AllianceGraphError, problem_for)

_PLACES = (
    ("actors", "pages.actors"),
    ("claims", "pages.claims"),
    ("pictures", "pages.pictures"),
    ("sources", "pages.sources"),
    ("queries", "pages.library"),
    ("sparql", "pages.editor"),
    ("ontology", "pages.ontology"),
    ("validate", "pages.validate"),
)
"""The places the head of every page leads to: key of the text, endpoint."""

_WITHOUT_RELEASE = ("sparql", "validate")

_STATIC = Path(__file__).parents[1] / "static"
_BIBTEX = str.maketrans({c: f"\\{c}" for c in "{}&%#_$"} | {"\\": r"\textbackslash ", "~": r"\~{}", "^": r"\^{}"})


@dataclass(frozen=True)
class Alternate:
    """The same as RDF or in another format."""

    media_type: str
    url: str
    label: str


@dataclass(frozen=True)
class Behind:
    """A query that gave what a page shows."""

    title: str
    text: str
    """The whole query, with the values that were asked for written into it."""


def page(
    template: str,
    *,
    title: str,
    alternates: Sequence[Alternate] = (),
    behind: Sequence[Behind] = (),
    **values: Any,
) -> Response:
    """Return a page; it is kept until there is another release.

    Args:
        template: its template, which extends `layout.html`.
        title: what it is about, in the language of the request; also how it is cited.
        alternates: the same in other formats.
        behind: the queries that gave what it shows.
        values: what its template wants.
    """
    html = render_template(
        template, title=title, alternates=alternates, behind=behind, citation=citation(title), **values
    )
    response = Response(html, content_type=PAGE.content_type)
    response.headers["Content-Language"] = language()
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Cache-Control"] = "public, no-cache"
    for alternate in alternates:
        response.headers.add("Link", f'<{alternate.url}>; rel="alternate"; type="{alternate.media_type}"')
    keep("page", request.url, language())
    return response


def wants_html() -> bool:
    """Return whether a client would rather have a page than data: browsers say so, `curl` does not."""
    accepted = request.accept_mimetypes
    html = PAGE.media_type
    return html in accepted.values() and accepted[html] >= max(accepted["application/json"], accepted["text/turtle"])


def humanise(response: Response) -> Response:
    """Return a problem document as a page when it is a person who gets it."""
    own = request.blueprint == blueprint.name or (request.blueprint is None and response.status_code == 404)
    if response.content_type != PROBLEM_TYPE or not own or not wants_html():
        return response
    document = json.loads(response.get_data())
    title = t(f"problems.{document['type'].rpartition('/')[2]}")
    html = render_template("problem.html", title=title, problem=document, citation=None)
    headers = {name: value for name, value in response.headers if name not in ("Content-Type", "Content-Length")}
    return Response(html, response.status_code, headers, content_type=PAGE.content_type)


@cache
def _version_of(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Return the address of a static file; it changes with the file, so browsers may keep it for ever."""
    return url_for("static", filename=name, v=_version_of(name))


def citation(title: str, url: str = "") -> dict[str, str] | None:
    """Return how a page, this one if no address is given, is cited; None where no release is served.

    It has the keys `sentence` and `bibtex`.
    """
    service = current_service()
    if service.release is None:
        return None
    url = url or request.url
    name, date, digest = t("frame.name"), service.date or "", service.digest[:16]
    quoted = t("frame.quoted", title=title)
    sentence = f"{name}{t('frame.colon')}{quoted}. {t('frame.cite_release', version=__version__, digest=digest, date=date)} {url}"
    fields = {
        "title": f"{{{title.translate(_BIBTEX)}}}",
        "author": "{{Alliance Graph contributors}}",
        "year": f"{{{date[:4]}}}",
        "version": f"{{{__version__}}}",
        "note": f"{{Release {digest} of {date}; dataset SHA-256 {service.digest}}}",
        "url": f"{{{url}}}",
    }
    lines = ",\n".join(f"  {field:<8}= {value}" for field, value in fields.items())
    return {"sentence": sentence, "bibtex": f"@misc{{alliancegraph-{digest[:8]},\n{lines}\n}}"}


def _switch(code: str) -> str:
    """Return the address of this page in another language."""
    values = request.args.to_dict(flat=False) | {"lang": [code]}
    return url_for(request.endpoint or "pages.home", **(request.view_args or {}), **values)  # type: ignore[arg-type]


@blueprint.url_defaults
def _keep_language(_: str, values: dict[str, Any]) -> None:
    asked = asked_language() if request else None
    if asked is not None:
        values.setdefault("lang", asked)


def common() -> dict[str, Any]:
    """Return what the frame of every page shows."""
    service = current_service()
    places = _PLACES if service.release is not None else tuple(p for p in _PLACES if p[0] in _WITHOUT_RELEASE)
    return {
        "t": t,
        "sentence": sentence,
        "asset": asset,
        "link": address_of,
        "anchor": anchor,
        "name_of": name_of,
        "property_name": property_name,
        "slug": slug,
        "day": lambda value, precision: date_text(value, precision, language()),
        "language": language(),
        "direction": direction,
        "languages": [(code, NAMES[code], _switch(code)) for code in LANGUAGES],
        "places": [(key, url_for(endpoint), endpoint) for key, endpoint in places],
        "version": __version__,
        "digest": service.digest,
        "release": service.release,
        "date": service.date,
    }
