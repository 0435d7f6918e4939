"""Evaluating an admitted query and writing its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from alliance_graph.engine.admission import admit
from alliance_graph.engine.formats import GRAPH_FORMATS, RESULT_FORMATS, Format
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import PREFIXES

Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_POSITION = re.compile(r"^error at (\d+):(\d+): (.*)$", re.DOTALL)


class QuerySyntaxError(AllianceGraphError):
    """A text that is no SPARQL query, with the place where reading it failed."""

    def __init__(self, cause: str, line: int | None, column: int | None, place: str) -> None:
        if line is not None:
            where = f"{place}:{line}:{column}" if place else f"line {line}, column {column}"
        else:
            where = place
        super().__init__(f"not a valid SPARQL query: {cause}", "mend the query there", place=where)
        self.line = line
        self.column = column


@dataclass(frozen=True)
class Dataset:
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
    place: str = "",
) -> Results:
    """Evaluate a query; unless it names its dataset, the default graph is the union of all graphs.

    Raises:
        QueryRefusedError: the query is an update or asks another service.
        QuerySyntaxError: the text is no SPARQL query.
        AllianceGraphError: the query cannot be evaluated.
    """
    admitted = admit(query, place=place)
    given = dataset is not None and dataset.given
    try:
        return store.query(
            admitted,
            prefixes=PREFIXES,
            use_default_graph_as_union=not given,
            default_graph=[*map(ox.NamedNode, dataset.default_graphs)] if given and dataset else None,
            named_graphs=[*map(ox.NamedNode, dataset.named_graphs)] if given and dataset else None,
            substitutions={ox.Variable(name): term for name, term in (bindings or {}).items()},
        )
    except SyntaxError as error:
        match = _POSITION.match(str(error))
        if match:
            raise QuerySyntaxError(match[3], int(match[1]), int(match[2]), place) from None
        raise QuerySyntaxError(str(error), None, None, place) from None
    except (RuntimeError, ValueError) as error:
        raise _not_evaluated(error, place) from None


def _not_evaluated(error: Exception, place: str) -> AllianceGraphError:
    return AllianceGraphError(f"the query cannot be evaluated: {error}", "change the query", place=place)


def formats_for(results: Results) -> tuple[Format, ...]:
    """Return the formats in which an answer of this kind can be given, the preferred one first."""
    if isinstance(results, ox.QueryTriples):
        return GRAPH_FORMATS
    if isinstance(results, ox.QueryBoolean):
        return tuple(fmt for fmt in RESULT_FORMATS if fmt.boolean)
    return RESULT_FORMATS


def serialise(results: Results, fmt: Format, place: str = "") -> bytes:
    """Return the whole answer in a format.

    Raises:
        AllianceGraphError: evaluation failed on the way; nothing of the answer is given then.
    """
    try:
        if isinstance(results, ox.QueryTriples):
            if fmt.rdf is None:
                raise _misfit("a graph", fmt)
            return bytes(ox.serialize(_distinct(results), format=fmt.rdf, prefixes=_prefixes(fmt)) or b"")
        if fmt.results is None or (isinstance(results, ox.QueryBoolean) and not fmt.boolean):
            raise _misfit("a boolean" if isinstance(results, ox.QueryBoolean) else "a table", fmt)
        return bytes(results.serialize(format=fmt.results) or b"")
    except (RuntimeError, OSError, ValueError) as error:
        raise _not_evaluated(error, place) from None


def _misfit(kind: str, fmt: Format) -> AllianceGraphError:
    return AllianceGraphError(f"the answer is {kind}, which {fmt.name} cannot hold", "ask for another format")


def _distinct(triples: ox.QueryTriples) -> list[ox.Triple]:
    """Return the triples of a graph, each once (a CONSTRUCT yields one for each solution)."""
    return list(dict.fromkeys(triples))


def _prefixes(fmt: Format) -> dict[str, str] | None:
    return PREFIXES if fmt.rdf in (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG, ox.RdfFormat.JSON_LD) else None
