"""The formats answers come in: name, media type and file ending, from one table.

SPARQL results for SELECT and ASK (SPARQL 1.1 Query Results JSON, XML, CSV and TSV), RDF for
CONSTRUCT and DESCRIBE.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox


@dataclass(frozen=True)
class Format:
    """One serialisation."""

    name: str
    media_type: str
    suffix: str
    aliases: tuple[str, ...] = ()
    """Further media types a client may ask for to get this one."""
    results: ox.QueryResultsFormat | None = None
    rdf: ox.RdfFormat | None = None
    boolean: bool = True
    """Whether an ASK has an answer in it (CSV and TSV are defined for solutions only)."""

    @property
    def label(self) -> str:
        """What a link to an answer in it says, as in `CSV`."""
        return self.suffix[1:].upper()

    @property
    def content_type(self) -> str:
        """The media type as a Content-Type header has it."""
        text = self.media_type.startswith("text/") and self.media_type != "text/turtle"
        return f"{self.media_type}; charset=utf-8" if text else self.media_type


_RESULTS = ox.QueryResultsFormat
_RDF = ox.RdfFormat

RESULT_FORMATS = (
    Format("json", "application/sparql-results+json", ".json", ("application/json",), results=_RESULTS.JSON),
    Format("xml", "application/sparql-results+xml", ".xml", ("application/xml", "text/xml"), results=_RESULTS.XML),
    Format("csv", "text/csv", ".csv", results=_RESULTS.CSV, boolean=False),
    Format("tsv", "text/tab-separated-values", ".tsv", results=_RESULTS.TSV, boolean=False),
)

GRAPH_FORMATS = (
    Format("turtle", "text/turtle", ".ttl", ("application/x-turtle",), rdf=_RDF.TURTLE),
    Format("jsonld", "application/ld+json", ".jsonld", ("application/json",), rdf=_RDF.JSON_LD),
    Format("ntriples", "application/n-triples", ".nt", ("text/plain",), rdf=_RDF.N_TRIPLES),
    Format("rdfxml", "application/rdf+xml", ".rdf", ("application/xml", "text/xml"), rdf=_RDF.RDF_XML),
    Format("nquads", "application/n-quads", ".nq", rdf=_RDF.N_QUADS),
    Format("trig", "application/trig", ".trig", rdf=_RDF.TRIG),
)

FORMATS_OF_KIND = {
    "solutions": RESULT_FORMATS,
    "boolean": tuple(fmt for fmt in RESULT_FORMATS if fmt.boolean),
    "graph": GRAPH_FORMATS,
}
"""The formats an answer of each kind can be given in, the preferred one first."""

FORMATS = {fmt.name: fmt for fmt in (*RESULT_FORMATS, *GRAPH_FORMATS)}

FORMATS_BY_SUFFIX = {fmt.suffix: fmt for fmt in FORMATS.values()}


def only(fmt: Format) -> dict[str, str | None]:
    """Return what to ask of the engine for an answer in one format: its name for the kinds of answers that have it."""
    return {kind: fmt.name if fmt in offered else None for kind, offered in FORMATS_OF_KIND.items()}
