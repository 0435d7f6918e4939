"""Tables and truth values read from result documents.

Not the engine's own readers: what it writes wrongly it might well read in the same way. The
formats are SPARQL Query Results JSON, XML, CSV and TSV, and for the expected results of the older
suites the result-set vocabulary of the test cases (https://www.w3.org/2001/sw/DataAccess/tests/).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import pyoxigraph as ox

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_XSD = "http://www.w3.org/2001/XMLSchema#"
_RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_SRX = "{http://www.w3.org/2005/sparql-results#}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DIRECTION = "{http://www.w3.org/2005/11/its}dir"


@dataclass(frozen=True)
class Table:
    """The answer to a SELECT."""

    variables: tuple[str, ...]
    rows: tuple[dict[str, Term], ...]
    ordered: bool = False
    """Whether the rows are to stand in just this order."""


def literal(value: str, language: str | None, datatype: str | None, direction: str | None) -> ox.Literal:
    """Return a literal from the parts that result documents have."""
    if language:
        way = None if direction is None else {"ltr": ox.BaseDirection.LTR, "rtl": ox.BaseDirection.RTL}[direction]
        return ox.Literal(value, language=language, direction=way)
    return ox.Literal(value, datatype=ox.NamedNode(datatype) if datatype else None)


def read_json(body: bytes) -> Table | bool:
    """Return what a document in SPARQL 1.1 Query Results JSON (1.2 for triple terms) says."""
    document = json.loads(body)
    if "boolean" in document:
        truth = document["boolean"]
        assert isinstance(truth, bool)
        return truth
    rows = tuple({name: _json_term(term) for name, term in row.items()} for row in document["results"]["bindings"])
    return Table(tuple(document["head"]["vars"]), rows)


def _json_term(term: dict[str, Any]) -> Term:
    kind, value = term["type"], term["value"]
    if kind == "uri":
        return ox.NamedNode(value)
    if kind == "bnode":
        return ox.BlankNode(value)
    if kind == "triple":
        return _triple(*(_json_term(value[place]) for place in ("subject", "predicate", "object")))
    assert kind in ("literal", "typed-literal"), kind
    return literal(value, term.get("xml:lang"), term.get("datatype"), term.get("its:dir"))


def _triple(subject: Term, predicate: Term, value: Term) -> ox.Triple:
    assert isinstance(subject, ox.NamedNode | ox.BlankNode)
    assert isinstance(predicate, ox.NamedNode)
    return ox.Triple(subject, predicate, value)


def read_xml(body: bytes) -> Table | bool:
    """Return what a document in SPARQL Query Results XML says."""
    root = ET.fromstring(body)  # noqa: S314 - a document of the suites or of our own service
    assert root.tag == f"{_SRX}sparql", root.tag
    truth = root.find(f"{_SRX}boolean")
    if truth is not None:
        return {"true": True, "false": False}[(truth.text or "").strip()]
    variables = tuple(variable.attrib["name"] for variable in root.iterfind(f"{_SRX}head/{_SRX}variable"))
    rows = tuple(
        {binding.attrib["name"]: _xml_term(binding[0]) for binding in result.iterfind(f"{_SRX}binding")}
        for result in root.iterfind(f"{_SRX}results/{_SRX}result")
    )
    return Table(variables, rows)


def _xml_term(element: ET.Element) -> Term:
    text = element.text or ""
    match element.tag.removeprefix(_SRX):
        case "uri":
            return ox.NamedNode(text)
        case "bnode":
            return ox.BlankNode(text)
        case "triple":
            return _triple(*(_xml_term(part[0]) for part in element))
        case "literal":
            get = element.attrib.get
            return literal(text, get(_LANG), get("datatype"), get(_DIRECTION))
    raise AssertionError(element.tag)


def read_csv(body: bytes) -> Table:
    """Return the table of a CSV document; every term is a plain literal, or a blank node if it begins with `_:`."""
    header, *lines = csv.reader(io.StringIO(body.decode(), newline=""), strict=True)
    if len(header) < 2:  # an empty line is a row of no cell, or of one empty cell
        lines = [line or [""] * len(header) for line in lines]
    assert all(len(line) == len(header) for line in lines), "rows of different lengths"
    rows = tuple({name: _cell(text) for name, text in zip(header, line, strict=True)} for line in lines)
    return Table(tuple(header), rows)


_TRIPLE_CELL = re.compile(r"<<\( ?(\S+) (\S+) (.*?) ?\)>>", re.DOTALL)


def _cell(text: str) -> Term:
    triple = _TRIPLE_CELL.fullmatch(text)
    if triple:
        return _triple(_cell_node(triple[1]), _cell_node(triple[2]), _cell_object(triple[3]))
    return _cell_node(text) if text.startswith("_:") else ox.Literal(text)


def _cell_object(text: str) -> Term:
    """Return the object of a triple term, where only a literal has quotation marks."""
    if text.startswith('"'):
        return ox.Literal(text[1:-1].replace('""', '"'))
    return _cell(text) if text.startswith("<<(") else _cell_node(text)


def _cell_node(text: str) -> ox.NamedNode | ox.BlankNode:
    return ox.BlankNode(text[2:]) if text.startswith("_:") else ox.NamedNode(text)


def lossy(table: Table) -> Table:
    """Return what of a table a CSV document keeps (SPARQL 1.2 Query Results CSV and TSV, section 3.2)."""
    rows = tuple({name: _lossy(row.get(name)) for name in table.variables} for row in table.rows)
    return Table(table.variables, rows, table.ordered)


def _lossy(term: Term | None) -> Term:
    if isinstance(term, ox.BlankNode):
        return term
    if isinstance(term, ox.Triple):
        value = term.object
        kept = value if isinstance(value, ox.NamedNode) else _lossy(value)
        return ox.Triple(term.subject, term.predicate, kept)
    return ox.Literal("" if term is None else term.value)


def read_tsv(body: bytes) -> Table:
    """Return the table of a TSV document, its terms in the syntax of SPARQL and Turtle (section 4)."""
    text = body.decode()
    assert text.endswith("\n"), "the last line has no end"
    header, *lines = text[:-1].split("\n")
    variables = header.split("\t") if header else []
    assert all(name.startswith("?") for name in variables), header
    names = [name[1:] for name in variables]
    rows = []
    for line in lines:
        cells = line.split("\t") if names else []
        assert len(cells) == len(names), line
        rows.append({name: _tsv_term(cell) for name, cell in zip(names, cells, strict=True) if cell})
    return Table(tuple(names), tuple(rows))


_TSV_TOKEN = re.compile(
    r"""\s*(?:(?P<open><<\(|<<)|(?P<close>\)>>|>>)
    |<(?P<iri>[^<>"{}|^`\\\x00-\x20]*)>
    |_:(?P<blank>[^\s<>]+)
    |"(?P<text>(?:[^"\\\n\r\t]|\\[tbnrf"'\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*)"
        (?:@(?P<language>[A-Za-z]+(?:-[A-Za-z0-9]+)*)(?:--(?P<direction>ltr|rtl))?|\^\^<(?P<datatype>[^<>]*)>)?
    |(?P<double>[+-]?(?:\d+\.?\d*|\.\d+)[eE][+-]?\d+)|(?P<decimal>[+-]?\d*\.\d+)|(?P<integer>[+-]?\d+)
    |(?P<boolean>true|false))""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"""\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))""")
_LETTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def _tsv_term(cell: str) -> Term:
    tokens = list(_tokens(cell))
    term = _next_term(iter(tokens))
    assert "".join(token[0] for token in tokens) == cell, f"not a term: {cell}"
    return term


def _tokens(cell: str) -> Iterator[re.Match[str]]:
    position = 0
    while position < len(cell):
        token = _TSV_TOKEN.match(cell, position)
        assert token, f"not a term: {cell[position:]}"
        yield token
        position = token.end()


def _next_term(tokens: Iterator[re.Match[str]]) -> Term:
    token = next(tokens)
    if token["open"]:
        triple = _triple(*(_next_term(tokens) for _ in range(3)))
        assert next(tokens)["close"]
        return triple
    if token["iri"] is not None:
        return ox.NamedNode(token["iri"])
    if token["blank"]:
        return ox.BlankNode(token["blank"])
    if token["text"] is not None:
        return literal(_ESCAPED.sub(_unescape, token["text"]), token["language"], token["datatype"], token["direction"])
    for name in ("double", "decimal", "integer", "boolean"):
        if token[name]:
            return ox.Literal(token[name], datatype=ox.NamedNode(_XSD + name))
    raise AssertionError(token[0])


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _LETTERS.get(match[3], match[3])


def read_result_set(quads: list[ox.Quad]) -> Table | bool | None:
    """Return the table or truth value that a graph states in the result-set vocabulary; None if it states none."""
    store = ox.Store()
    store.extend(quads)

    def values(subject: Term | None, name: str) -> list[Term]:
        assert subject is None or isinstance(subject, ox.NamedNode | ox.BlankNode)
        return [quad.object for quad in store.quads_for_pattern(subject, ox.NamedNode(_RS + name), None)]

    def value(subject: Term, name: str) -> str:
        (found,) = values(subject, name)
        assert isinstance(found, ox.Literal)
        return found.value

    for truth in values(None, "boolean"):
        assert isinstance(truth, ox.Literal)
        return {"true": True, "false": False}[truth.value]
    variables = [term.value for term in values(None, "resultVariable") if isinstance(term, ox.Literal)]
    solutions = values(None, "solution")
    if not variables and not solutions and not _is_result_set(store):
        return None
    ordered = bool(solutions) and all(values(solution, "index") for solution in solutions)
    if ordered:
        solutions.sort(key=lambda solution: int(value(solution, "index")))
    rows = tuple(
        {value(binding, "variable"): values(binding, "value")[0] for binding in values(solution, "binding")}
        for solution in solutions
    )
    return Table(tuple(sorted(variables)), rows, ordered)


def _is_result_set(store: ox.Store) -> bool:
    return next(store.quads_for_pattern(None, None, ox.NamedNode(f"{_RS}ResultSet")), None) is not None
