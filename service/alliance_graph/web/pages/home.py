"""The home page: what this is, what one can check here, what is in it, and where to go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Response, url_for

from alliance_graph.vocabulary import PREFIXES, VERDICTS
from alliance_graph.web.answers import Shown
from alliance_graph.web.i18n import t
from alliance_graph.web.naming import address_of, slug
from alliance_graph.web.pages.asking import Row, behind, in_language, rows_of, shown
from alliance_graph.web.pages.editor import ANY
from alliance_graph.web.pages.frame import Behind, blueprint, page
from alliance_graph.web.service import current_service

_NETWORK = "network"


@dataclass(frozen=True)
class Share:
    """How many claims have a verdict."""

    slug: str
    iri: str
    claims: int
    start: float
    """Where its part of the bar begins, in per cent of the whole."""
    width: float
    """How wide it is, in per cent of the whole."""


@blueprint.get("/")
def home() -> Response:
    """Say what this is, what one can check, what is in it, and where to go on."""
    service = current_service()
    if service.release is None:
        graphs = sorted(service.graphs.items())
        return page(
            "dataset.html",
            title=t("home.dataset_title"),
            triples=service.default_graph_size,
            graphs=graphs,
            example=ANY,
        )
    verdicts, standing = rows_of("verdicts")
    contents, holding = rows_of("contents")
    examples, disputed = rows_of("disputed-example")
    network, linking = _network()
    counts = {row.text("kind"): int(row.text("number")) for row in contents}
    return page(
        "home.html",
        title=t("home.title"),
        behind=[standing, *([disputed] if examples else []), *linking, holding],
        shares=list(_shares(verdicts)),
        example=examples[0] if examples else None,
        network=network,
        claims=counts.get(f"{PREFIXES['ally']}Claim", 0),
        contents=[(key, counts[iri], address) for key, iri, address in _places() if iri in counts],
        triples=service.release.manifest.triples,
    )


def _shares(rows: list[Row]) -> Iterator[Share]:
    counts = {row.text("verdict"): int(row.text("claims")) for row in rows}
    whole, start = sum(counts.values()), 0.0
    for iri in VERDICTS:
        if iri in counts:
            width = 100 * counts[iri] / whole
            yield Share(slug(iri), iri, counts[iri], round(start, 3), round(width, 3))
            start += width


def _network() -> tuple[Shown | None, list[Behind]]:
    """Return whom the article links the country with, and its query; None where the dataset has no such picture."""
    ready = current_service().library.get(_NETWORK)
    if ready is None:
        return None, []
    values = in_language(ready, {})
    found = shown(ready, values, t("home.network"))
    return (found, [behind(ready, values)]) if found.picture else (None, [])


def _places() -> Iterator[tuple[str, str, str]]:
    """Yield the kinds of things that are counted: key of the text, class, and where one sees them."""
    ally = PREFIXES["ally"]
    yield "claims", f"{ally}Claim", url_for("pages.claims")
    yield "mentions", f"{ally}Mention", address_of(f"{PREFIXES['source']}article")
    yield "assessments", f"{ally}Assessment", url_for("pages.ready_query", name="assessments-by-verdict")
    yield "arrangements", f"{ally}Arrangement", url_for("pages.ready_query", name="arrangements")
    yield "memberships", f"{PREFIXES['org']}Membership", url_for("pages.ready_query", name="memberships")
    yield "states", f"{ally}State", url_for("pages.actors", kind="State")
    yield "organizations", f"{PREFIXES['org']}Organization", url_for("pages.actors", kind="Organization")
    yield "sources", f"{ally}Source", url_for("pages.sources")
    yield "concepts", f"{PREFIXES['skos']}Concept", url_for("pages.ontology", _anchor="schemes")
