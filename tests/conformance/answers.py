"""The answer a suite has for a test, and how an answer of the service compares with it."""

from __future__ import annotations

import re
from dataclasses import replace

import pyoxigraph as ox

from alliance_graph.engine.formats import Format
from conformance import suites
from conformance.comparison import by_value, cells_by_value, graph_by_value, same_graphs, same_tables
from conformance.graphs import read_graph
from conformance.manifests import Case
from conformance.results import Table, lossy, read_csv, read_json, read_result_set, read_tsv, read_xml

Answer = Table | bool | list[ox.Quad]

EQUAL = "equal"
EQUAL_BY_VALUE = "equal by value"
DIFFERENT = "different"

_READERS = {"json": read_json, "xml": read_xml, "csv": read_csv, "tsv": read_tsv}
_SUFFIXES = {"srj": "json", "srx": "xml", "csv": "csv", "tsv": "tsv"}
_ORDERED = re.compile(r"\bORDER\s+BY\b[^{}]*$", re.IGNORECASE)
"""ORDER BY after the last group, so of the query itself."""


def kind_of(answer: Answer) -> str:
    """Return the kind of an answer, as the table of formats names it."""
    if isinstance(answer, bool):
        return "boolean"
    return "solutions" if isinstance(answer, Table) else "graph"


def wanted(case: Case) -> Answer:
    """Return the answer the suite has."""
    body = suites.path_of(case.result).read_bytes()
    suffix = case.result.rpartition(".")[2]
    if suffix in _SUFFIXES:
        answer = _READERS[_SUFFIXES[suffix]](body)
        if isinstance(answer, Table) and _ORDERED.search(suites.text_of(case.query)):
            answer = replace(answer, ordered=True)
        return answer
    form = ox.RdfFormat.from_extension(suffix)
    assert form is not None, case.result
    quads = list(ox.parse(body, format=form, base_iri=case.result))
    stated = read_result_set(quads)
    return quads if stated is None else stated


def compare(case: Case, expected: Answer, body: bytes, fmt: Format) -> str:
    """Return how the answer in a document compares with the one the suite has."""
    if isinstance(expected, list):
        actual = read_graph(body, fmt, case.query, rdf12=case.id.startswith("sparql12/"))
        if same_graphs(expected, actual):
            return EQUAL
        return EQUAL_BY_VALUE if same_graphs(graph_by_value(expected), graph_by_value(actual)) else DIFFERENT
    answer = _READERS[fmt.name](body)
    if isinstance(expected, bool) or isinstance(answer, bool):
        return EQUAL if expected == answer else DIFFERENT
    return _compare_tables(case, expected, answer, from_csv=fmt.name == "csv")


def _compare_tables(case: Case, expected: Table, actual: Table, *, from_csv: bool) -> str:
    values = by_value(expected)
    if case.kind == "CSVResultFormatTest":  # what is expected comes from CSV, so less of what is there counts
        actual = lossy(actual)
    elif from_csv:
        expected, values = lossy(expected), lossy(values)
    if same_tables(expected, actual, lax=case.lax):
        return EQUAL
    if from_csv or case.kind == "CSVResultFormatTest":
        alike = same_tables(cells_by_value(values), cells_by_value(actual), lax=case.lax)
    else:
        alike = same_tables(values, by_value(actual), lax=case.lax)
    return EQUAL_BY_VALUE if alike else DIFFERENT
