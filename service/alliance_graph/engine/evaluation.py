"""Evaluating an admitted query and writing its answer."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import IO, Any, NamedTuple

import pyoxigraph as ox

from alliance_graph.engine.admission import admit
from alliance_graph.engine.diagnosis import diagnose
from alliance_graph.engine.federation import inline
from alliance_graph.engine.formats import FORMATS_OF_KIND, Format
from alliance_graph.engine.guard import guard
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.tokens import line_and_column, offset_of, where
from alliance_graph.engine.wellformed import write_constructed, write_results
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import BASE, PREFIXES

Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_KIND_NAMES = {"graph": "a graph", "boolean": "yes or no", "solutions": "a table"}
_PREFIXES = [(f"{name}:", name, iri) for name, iri in PREFIXES.items()]
"""The project's prefixes, each after the characters without which a query does not use it; reading all of them
takes the engine longer than a small query."""
_NOBODYS = ox.Variable("a_variable_that_nobody_uses")
_POSITION = re.compile(r"^error at (\d+):(\d+): ")


class QuerySyntaxError(AllianceGraphError):
    """A text that is no SPARQL query, with the place where reading it failed."""

    def __init__(self, cause: str, mend: str, line: int, column: int, place: str) -> None:
        super().__init__(f"not a valid SPARQL query: {cause}", mend, place=where(line, column, place))
        self.line = line
        self.column = column


class Dataset(NamedTuple):
    """The graphs a query is asked of (SPARQL 1.1 Protocol, section 2.1.4); empty means all."""

    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()

    @property
    def given(self) -> bool:
        return bool(self.default_graphs or self.named_graphs)


def evaluate(
    store: ox.Store,
    query: str,
    *,
    bindings: Mapping[str, Term] | None = None,
    dataset: Dataset | None = None,
    inlined: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    place: str = "",
) -> Results:
    """Evaluate a query.

    Args:
        store: the dataset.
        query: the text of the query, not yet admitted.
        bindings: values for variables of the query.
        dataset: the graphs to ask, as the protocol gave them; they go before those the query names.
        inlined: solutions of other endpoints, by the markers that stand for them in the query.
        limits: how complex the query may be; the default ones if None.
        place: what to call the query in errors.

    Raises:
        QueryRefusedError: the query is an update or asks another service.
        QueryTooComplexError: the engine could not read or plan the query.
        QuerySyntaxError: the text is no SPARQL query.
        AllianceGraphError: the query cannot be evaluated.
    """
    text = admit(query, place=place)
    guard(text, limits or Limits(), place=place)
    if inlined:
        text = inline(text, inlined)
    # The base is not the address that was asked (SPARQL 1.1 Query, section 4.1.1.2, leaves the choice):
    # an answer is the same whatever name a client has for the service.
    options: dict[str, Any] = {"base_iri": BASE}
    if dataset is not None and dataset.given:
        options["default_graph"] = [*map(ox.NamedNode, dataset.default_graphs)]
        options["named_graphs"] = [*map(ox.NamedNode, dataset.named_graphs)]
    if bindings:
        options["substitutions"] = {ox.Variable(name): term for name, term in bindings.items()}
    try:
        try:
            return store.query(text, **options)
        except SyntaxError:  # it may be one that uses our prefixes; most declare theirs, and looking takes a while
            prefixes = {name: iri for mark, name, iri in _PREFIXES if mark in text}
            return store.query(text, prefixes=prefixes, **options)
    except SyntaxError as error:
        raise no_query(text, str(error), place) from None
    except (RuntimeError, ValueError) as error:
        raise _not_evaluated(error, place) from None


def no_query(text: str, said: str, place: str) -> QuerySyntaxError:
    """Return the error of a text that the engine cannot read as a query.

    Args:
        text: the text.
        said: what the engine says about it.
        place: what to call it in errors.
    """
    match = _POSITION.match(said)
    offset = offset_of(text, int(match[1]), int(match[2])) if match is not None else 0
    found = diagnose(text, PREFIXES, said, offset, _is_query)
    return QuerySyntaxError(found.cause, found.mend, *line_and_column(text, found.offset), place)


def _is_query(text: str) -> bool:
    """Return whether the engine can read a text as a query; it is not evaluated, for want of a variable that it lacks."""
    try:
        ox.Store().query(text, base_iri=BASE, prefixes=PREFIXES, substitutions={_NOBODYS: ox.Literal("")})
    except SyntaxError:
        return False
    except (RuntimeError, ValueError):
        return True
    return True


def _not_evaluated(error: Exception, place: str) -> AllianceGraphError:
    return AllianceGraphError(f"the query cannot be evaluated: {error}", "change the query", place=place)


def kind_of(results: Results) -> str:
    """Return the kind of an answer: `graph`, `boolean` or `solutions`."""
    if isinstance(results, ox.QueryTriples):
        return "graph"
    return "boolean" if isinstance(results, ox.QueryBoolean) else "solutions"


def write_answer(results: Results, fmt: Format, output: IO[bytes], *, place: str = "", at_once: bool = False) -> None:
    """Write the whole answer in a format that there is for its kind.

    Args:
        results: the answer.
        fmt: the format.
        output: where to.
        place: what to call the query in errors.
        at_once: whether a table may be written to memory as a whole before it is written to the output.

    Raises:
        AllianceGraphError: the format cannot hold this answer, or evaluation failed on the way.
    """
    try:
        if isinstance(results, ox.QueryTriples):
            write_constructed(results, fmt, output)
        else:
            write_results(results, fmt, output, at_once=at_once)
    except (RuntimeError, OSError, ValueError) as error:
        raise _not_evaluated(error, place) from None


def serialise(results: Results, fmt: Format, place: str = "") -> bytes:
    """Return the whole answer in a format.

    Raises:
        AllianceGraphError: the format cannot hold the answer, or evaluation failed on the way.
    """
    kind = kind_of(results)
    if fmt not in FORMATS_OF_KIND[kind]:
        raise AllianceGraphError(
            f"the answer is {_KIND_NAMES[kind]}, which {fmt.name} cannot hold", "ask for another format"
        )
    output = io.BytesIO()
    write_answer(results, fmt, output, place=place, at_once=True)
    return output.getvalue()
