"""The library of ready queries: all of them, each as a page, and in the format that the ending of its address names."""

from __future__ import annotations

from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Response, request, url_for

from alliance_graph.dataset.words import fold
from alliance_graph.engine.formats import FORMATS_BY_SUFFIX, FORMATS_OF_KIND, only
from alliance_graph.engine.library import TOPICS, Parameter, ReadyQuery
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import compact, expand
from alliance_graph.web.i18n import language, t
from alliance_graph.web.pages.asking import behind, in_language, shown
from alliance_graph.web.pages.frame import Alternate, blueprint, page
from alliance_graph.web.problems import problem, problem_for
from alliance_graph.web.samples import samples_for_address
from alliance_graph.web.service import current_service, task_for
from alliance_graph.web.sparql import ask

_CLASS_OF = {
    "arrangement": "ally:Arrangement",
    "claim": "ally:Claim",
    "country": "ally:State",
    "entity": "ally:Actor",
    "organization": "org:Organization",
    "passage": "ally:Passage",
    "scheme": "skos:ConceptScheme",
}
"""The class of the things that a parameter of this name takes."""
_INSTANCES = """SELECT ?thing ?label ?class ?lang {
  ?thing a ?class ; rdfs:label|skos:prefLabel|ally:claimStatement ?label FILTER(LANG(?label) = ?lang)
} ORDER BY ?label"""


@blueprint.get("/queries")
def library() -> Response:
    """List the ready queries, by what they are about."""
    return page("library.html", title=t("library.title"), topics=by_topic())


def by_topic() -> list[tuple[str, list[ReadyQuery]]]:
    """Return the ready queries of each topic, by their titles in the language of the request."""
    found = sorted(current_service().library.values(), key=lambda ready: fold(ready.title[language()]))
    return [(topic, [ready for ready in found if ready.topic == topic]) for topic in TOPICS]


@blueprint.get("/query/<name>")
def ready_query(name: str) -> Response:
    """Answer a ready query: as a page, or in the format its ending names (`partners.csv`)."""
    service = current_service()
    stem, dot, suffix = name.partition(".")
    ready = service.library.get(stem)
    fmt = FORMATS_BY_SUFFIX.get(dot + suffix)
    if ready is None or (dot and fmt is None):
        where = url_for("pages.library", _external=True)
        return problem("not-found", 404, f"there is no ready query {name!r}; {where} lists them all")
    try:
        return _page(ready) if fmt is None else ask(task_for(ready, request.args, only(fmt)))
    except AllianceGraphError as error:
        return problem_for(error)


def _page(ready: ReadyQuery) -> Response:
    asked = {name: value for name, value in request.args.items() if value}
    values = in_language(ready, asked)
    missing = [p for p in ready.parameters if p.default is None and p.name not in values]
    answer = None if missing else shown(ready, values, ready.title[language()])
    arguments = f"?{urlencode(values)}" if values else ""

    def address(suffix: str) -> str:
        return url_for("pages.ready_query", name=ready.name + suffix, lang=None, _external=True) + arguments

    return page(
        "query.html",
        title=ready.title[language()],
        alternates=[Alternate(f.media_type, address(f.suffix), f.label) for f in FORMATS_OF_KIND[ready.kind]]
        if answer
        else [],
        behind=[behind(ready, values)] if answer else [],
        ready=ready,
        fields=[(p, values.get(p.name, p.default or ""), _choices(p)) for p in ready.parameters],
        answer=answer,
        samples=samples_for_address(address, ready.kind) if answer else (),
    )


def _choices(parameter: Parameter) -> list[tuple[str, str]]:
    """Return the values to offer for a parameter, each with its name in the language of the request."""
    if parameter.type != "iri" or parameter.name not in _CLASS_OF:
        return []
    kind = ox.NamedNode(expand(_CLASS_OF[parameter.name]) or "")
    bindings: dict[str, ox.NamedNode | ox.Literal] = {"class": kind, "lang": ox.Literal(language())}
    rows = current_service().select(_INSTANCES, **bindings)
    return [(compact(row["thing"].value), row["label"].value) for row in rows]
