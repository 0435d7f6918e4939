"""The home page: what this is, what is in it, and where to go on."""

from __future__ import annotations

from flask import Response

from alliance_graph.vocabulary import GRAPH
from alliance_graph.web.i18n import t
from alliance_graph.web.pages.frame import blueprint, page
from alliance_graph.web.service import Service, current_service

_ANY = "SELECT * { ?subject ?predicate ?object } LIMIT 10"
_EXAMPLE = """SELECT ?claim ?statement {
  ?claim a ally:Claim ; ally:claimStatement ?statement
  FILTER(LANG(?statement) = 'en')
}
LIMIT 10"""
_COUNTED = {
    "claims": "ally:Claim",
    "mentions": "ally:Mention",
    "assessments": "ally:Assessment",
    "arrangements": "ally:Arrangement",
    "states": "ally:State",
    "organizations": "ally:IntergovernmentalOrganization",
    "concepts": "skos:Concept",
    "passages": "ally:Passage",
}


@blueprint.get("/")
def home() -> Response:
    """Say what this is, what is in it, and where to go on."""
    service = current_service()
    if service.release is None:
        return page("dataset.html", title=t("home.dataset_title"), quads=service.engine.quads, example=_ANY)
    return page(
        "home.html",
        title=t("home.title"),
        counts=_counts(service),
        graphs=[(iri, iri.removeprefix(GRAPH), n) for iri, n in service.release.manifest.graphs.items()],
        library=list(service.library.values()),
        example=_EXAMPLE,
    )


def _counts(service: Service) -> dict[str, int]:
    parts = " ".join(
        f"{{ SELECT (COUNT(DISTINCT ?x) AS ?{label}) {{ ?x a {name} }} }}" for label, name in _COUNTED.items()
    )
    (row,) = service.select(f"SELECT * {{ {parts} }}")
    return {label: int(row[label].value) for label in _COUNTED}
