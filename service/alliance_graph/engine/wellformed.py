"""Answers written so that any reader of their format can read them, or refused with a format that holds them.

The engine's serialisers leave some of this out. In XML they write characters that XML has not and
carriage returns that every reader turns into line feeds; in RDF/XML, names that are none; in CSV,
IRIs with a comma and triple terms without the quotation marks they need.
"""

from __future__ import annotations

import csv
import io
import re
import secrets
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import IO, TYPE_CHECKING
from xml.parsers import expat

import pyoxigraph as ox

from alliance_graph.dataset import rdf
from alliance_graph.engine.formats import FORMATS, Format
from alliance_graph.errors import AllianceGraphError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE = ox.NamedNode(f"{_RDF}type")
_OLD_TERMS = frozenset(f"{_RDF}{name}" for name in ("aboutEach", "aboutEachPrefix", "bagID"))
"""Names that RDF/XML no longer has and the engine writes all the same (RDF 1.1 XML Syntax, section 5.1)."""
_NOT_IN_XML = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_NOT_CHARACTERS = ("\ufffe".encode(), "\uffff".encode())
"""What is no character of XML (Extensible Markup Language 1.0, production 2), apart from surrogates."""
_NAME = re.compile(r"[^\W\d][\w.\-]*")
"""A label that XML has as a name too."""
_OF_LINES = (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS)
"""Formats that have a line for each statement, and no other line."""
_CSV_ROWS = 1000
"""How many rows are written at a time."""


def write_results(
    results: ox.QuerySolutions | ox.QueryBoolean, fmt: Format, output: IO[bytes], *, at_once: bool = False
) -> None:
    """Write a table, or yes or no.

    Args:
        results: what is written.
        fmt: the format.
        output: where to.
        at_once: whether a table may be written to memory as a whole before it is written to the output: that takes
            the engine less time, and a bound that the output sets is noticed when all of it is there.

    Raises:
        AllianceGraphError: the format cannot hold the answer.
        RuntimeError: evaluation failed on the way.
    """
    if fmt.results == ox.QueryResultsFormat.CSV and isinstance(results, ox.QuerySolutions):
        _write_csv(results, output)
    elif fmt.results == ox.QueryResultsFormat.XML:
        results.serialize(_Xml(output, fmt, "json"), fmt.results)
    elif at_once or isinstance(results, ox.QueryBoolean):
        output.write(results.serialize(format=fmt.results) or b"")
    else:
        results.serialize(output, fmt.results)


def write_constructed(results: ox.QueryTriples, fmt: Format, output: IO[bytes]) -> None:
    """Write the graph that a CONSTRUCT or DESCRIBE gives: it yields a triple for each solution, a graph has each once.

    Raises:
        AllianceGraphError: the format cannot hold the answer.
        RuntimeError: evaluation failed on the way.
    """
    if fmt.rdf in _OF_LINES:  # the same triple is the same line, which takes less time to compare
        lines = (results.serialize(format=fmt.rdf) or b"").split(b"\n")
        output.write(b"\n".join(dict.fromkeys(lines)))
    else:
        write_graph(dict.fromkeys(results), fmt, output)


def write_graph(triples: Collection[ox.Triple], fmt: Format, output: IO[bytes]) -> None:
    """Write a graph.

    Raises:
        AllianceGraphError: the format cannot hold the answer.
    """
    assert fmt.rdf is not None
    try:
        if fmt.rdf == ox.RdfFormat.RDF_XML:
            _write_rdf_xml(triples, fmt, output)
        else:
            output.write(rdf.serialise(triples, fmt.rdf))
    except (OSError, ValueError) as error:
        raise _refusal(fmt, f"this answer ({error})", "turtle") from None


def _refusal(fmt: Format, what: str, better: str) -> AllianceGraphError:
    return AllianceGraphError(f"{fmt.media_type} cannot hold {what}", f"ask for {FORMATS[better].media_type}")


class _Xml(io.BytesIO):
    """A file that keeps nothing and passes XML on as it has to be."""

    def __init__(self, output: IO[bytes], fmt: Format, better: str) -> None:
        super().__init__()
        self._output = output
        self._format = fmt
        self._better = better

    def write(self, chunk: Buffer) -> int:
        """Pass on a piece of a document.

        Raises:
            AllianceGraphError: it has a character that no XML document can have.
        """
        piece = bytes(chunk)
        if len(piece.translate(None, _NOT_IN_XML)) != len(piece):
            raise self._refusal(next(byte for byte in piece if byte in _NOT_IN_XML))
        for character in _NOT_CHARACTERS:
            if character in piece:  # the engine writes no half of a character
                raise self._refusal(ord(character.decode()))
        # A reader makes every line end a line feed, except what is written as a reference (section 2.11).
        self._output.write(piece.replace(b"\r", b"&#xD;"))
        return len(piece)

    def _refusal(self, code: int) -> AllianceGraphError:
        return _refusal(self._format, f"the character U+{code:04X}, which this answer has", self._better)


def _write_csv(solutions: ox.QuerySolutions, output: IO[bytes]) -> None:
    """Write a table as CSV (SPARQL 1.2 Query Results CSV and TSV Formats, section 3).

    A row whose only cell is empty is written as `""`: most readers pass over an empty line.
    """
    text = io.StringIO()
    writer = csv.writer(text)  # quotes what has to be, and ends lines with CRLF, as RFC 4180 has it
    writer.writerow([variable.value for variable in solutions.variables])
    for number, solution in enumerate(solutions, 1):
        writer.writerow([_cell(term) for term in solution])
        if number % _CSV_ROWS == 0:
            output.write(text.getvalue().encode())
            text.seek(0)
            text.truncate()
    output.write(text.getvalue().encode())


def _cell(term: Term | None) -> str:
    if term is None:
        return ""
    if isinstance(term, ox.Triple):
        return f"<<( {_cell(term.subject)} {term.predicate.value} {_object(term.object)} )>>"
    return f"_:{term.value}" if isinstance(term, ox.BlankNode) else term.value


def _object(term: Term) -> str:
    if not isinstance(term, ox.Literal):
        return _cell(term)
    escaped = term.value.replace('"', '""')
    return f'"{escaped}"'


def _write_rdf_xml(triples: Collection[ox.Triple], fmt: Format, output: IO[bytes]) -> None:
    """Write a graph as RDF/XML (RDF 1.1 XML Syntax)."""
    labels: dict[str, ox.BlankNode] = {}
    for triple in triples:
        _check_predicates(triple, fmt)
        _collect_labels(triple, labels)
    if all(_NAME.fullmatch(label) for label in labels):
        labels.clear()
    # The engine makes the first class of a node the name of its element, whether it can be one or
    # not. For one that cannot, a predicate of another name is written, which then gets its own.
    stand_in = f"tag:{secrets.token_hex(16)}#"
    changed = (_changed(triple, labels, ox.NamedNode(f"{stand_in}type")) for triple in triples)
    body = rdf.serialise(changed, ox.RdfFormat.RDF_XML)
    _Xml(output, fmt, "turtle").write(body.replace(stand_in.encode(), _RDF.encode()))


def _check_predicates(triple: ox.Triple, fmt: Format) -> None:
    if not _is_element(triple.predicate):
        raise _refusal(fmt, f"the predicate {triple.predicate}: it has no name for an element", "turtle")
    if isinstance(triple.object, ox.Triple):
        _check_predicates(triple.object, fmt)


def _collect_labels(triple: ox.Triple, labels: dict[str, ox.BlankNode]) -> None:
    for term in (triple.subject, triple.object):
        if isinstance(term, ox.BlankNode):
            labels.setdefault(term.value, ox.BlankNode(f"b{len(labels)}"))
        elif isinstance(term, ox.Triple):
            _collect_labels(term, labels)


def _changed(triple: ox.Triple, labels: Mapping[str, ox.BlankNode], type_predicate: ox.NamedNode) -> ox.Triple:
    """Return a triple with other labels, and with another predicate for a class that is no element."""
    subject, predicate, value = triple
    if isinstance(subject, ox.BlankNode):
        subject = labels.get(subject.value, subject)
    if isinstance(value, ox.BlankNode):
        value = labels.get(value.value, value)
    elif isinstance(value, ox.Triple):
        value = _changed(value, labels, type_predicate)
    elif predicate == _TYPE and isinstance(value, ox.NamedNode) and not _is_element(value):
        predicate = type_predicate
    return ox.Triple(subject, predicate, value)


@lru_cache(maxsize=4096)
def _is_element(iri: ox.NamedNode) -> bool:
    """Return whether the engine makes of an IRI the name of an element that an XML parser accepts."""
    if iri.value in _OLD_TERMS:
        return False
    node = ox.NamedNode("urn:x")
    try:
        document = ox.serialize([ox.Triple(node, iri, node)], format=ox.RdfFormat.RDF_XML) or b""
        expat.ParserCreate(namespace_separator=" ").Parse(document, True)
    except (OSError, ValueError, expat.ExpatError):
        return False
    return True
