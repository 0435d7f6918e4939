"""Graphs read from the documents that answer CONSTRUCT and DESCRIBE.

rdflib reads them, because the engine might read its own mistakes as it meant them. It knows no RDF
1.2, so documents with triple terms or base directions are left to the engine's reader.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pyoxigraph as ox
import rdflib

from alliance_graph.engine.formats import Format

_NAMES = {
    ox.RdfFormat.TURTLE: "turtle",
    ox.RdfFormat.N_TRIPLES: "nt",
    ox.RdfFormat.RDF_XML: "xml",
    ox.RdfFormat.JSON_LD: "json-ld",
    ox.RdfFormat.TRIG: "trig",
    ox.RdfFormat.N_QUADS: "nquads",
}


def read_graph(body: bytes, fmt: Format, base: str, *, rdf12: bool = False) -> list[ox.Quad]:
    """Return the triples of a document."""
    assert fmt.rdf is not None
    if rdf12:
        return list(ox.parse(body, format=fmt.rdf, base_iri=base))
    with _lexical_forms_kept(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's readers use what rdflib deprecates
        dataset = rdflib.Dataset()
        dataset.parse(data=body, format=_NAMES[fmt.rdf], publicID=base)
        text = dataset.serialize(format="nquads", encoding="utf-8")
    quads = list(ox.parse(text, format=ox.RdfFormat.N_QUADS))
    default = ox.NamedNode(base)  # rdflib names the default graph after the document
    return [quad if quad.graph_name != default else ox.Quad(*quad.triple) for quad in quads]


@contextmanager
def _lexical_forms_kept() -> Iterator[None]:
    before = rdflib.NORMALIZE_LITERALS
    rdflib.NORMALIZE_LITERALS = False
    try:
        yield
    finally:
        rdflib.NORMALIZE_LITERALS = before
