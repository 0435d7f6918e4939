"""The IRIs of the project: the base, the prefixes and how a name becomes an IRI.

This is the one place where the base is written.
"""

from __future__ import annotations

from typing import Final

BASE: Final = "https://w3id.org/alliance-graph/"
ONTOLOGY: Final = f"{BASE}ontology"
SHAPES: Final = f"{BASE}ontology/shapes#"
GRAPH: Final = f"{BASE}graph/"
INFERRED_GRAPH: Final = f"{GRAPH}inferred"
METADATA_GRAPH: Final = f"{GRAPH}void"

LANGUAGES: Final = ("en", "fr", "ar", "es")

SCHEMES: Final = {
    "address-status": "address-status",
    "confidence": "confidence",
    "coop": "cooperation-type",
    "challenge": "challenge",
    "end-status": "end-status",
    "link-status": "link-status",
    "modality": "modality",
    "objective": "objective",
    "obligation": "obligation-type",
    "precision": "date-precision",
    "rel": "relation-type",
    "review": "review-status",
    "role": "membership-role",
    "threat": "threat",
    "verdict": "verdict",
}
"""Prefix of a concept scheme's concepts → the scheme's slug."""

WELL_KNOWN_PREFIXES: Final = {
    "bibo": "http://purl.org/ontology/bibo/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "sssom": "https://w3id.org/sssom/",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefixes whose namespace is common knowledge: another namespace under one of them is a mistake."""

PREFIXES: Final = {
    "ally": f"{ONTOLOGY}#",
    "shapes": SHAPES,
    "assessment": f"{BASE}assessment/",
    "claim": f"{BASE}claim/",
    "graph": GRAPH,
    "id": f"{BASE}id/",
    "link": f"{BASE}link/",
    "mention": f"{BASE}mention/",
    "passage": f"{BASE}source/article/passage/",
    "scheme": f"{BASE}scheme/",
    "section": f"{BASE}source/article/section/",
    "source": f"{BASE}source/",
    **{prefix: f"{BASE}scheme/{slug}/" for prefix, slug in SCHEMES.items()},
    **WELL_KNOWN_PREFIXES,
}
"""Every prefix that the project's Turtle, queries and pages use."""

VERDICTS: Final = tuple(
    PREFIXES["verdict"] + name
    for name in (
        "corroborated",
        "partially-corroborated",
        "disputed",
        "contradicted",
        "not-checkable",
        "unassessed",
    )
)
"""The verdicts in the order in which they are shown: from what is confirmed to what nobody has looked at."""

_BY_LENGTH = sorted(PREFIXES.items(), key=lambda item: len(item[1]), reverse=True)
_SAFE_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")


def compact(iri: str) -> str:
    """Return the IRI as a person reads it: `prefix:local` where one of our prefixes fits, else `<iri>`.

    A slash stays as it is, where Turtle and SPARQL would have it escaped; `expand` reads both.
    """
    for prefix, namespace in _BY_LENGTH:
        if iri.startswith(namespace):
            local = iri[len(namespace) :]
            if local and _SAFE_LOCAL.issuperset(local) and local[-1] not in "./":
                return f"{prefix}:{local}"
    return f"<{iri}>"


def expand(name: str) -> str | None:
    """Return the IRI for `prefix:local`, `<iri>` or an absolute http(s) IRI; None for anything else."""
    if name.startswith("<") and name.endswith(">"):
        name = name[1:-1]
    if name.startswith(("http://", "https://")):
        return name
    prefix, colon, local = name.partition(":")
    if colon and prefix in PREFIXES:
        return PREFIXES[prefix] + local.replace("\\/", "/")
    return None
