"""What the project knows already and importers refer to: states, peace operations, codes of codebooks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from alliance_graph.dataset.documents import read
from alliance_graph.dataset.project import Project
from alliance_graph.errors import AllianceGraphError
from alliance_graph.sources.table import Row
from alliance_graph.vocabulary import LANGUAGES, PREFIXES, compact

STATES = "data/entities/states.ttl"
OPERATIONS = "data/entities/peace-operations.ttl"
CODEBOOKS = "ontology/alignments/codebooks.ttl"

_ALLY, _RDFS = PREFIXES["ally"], PREFIXES["rdfs"]
_TYPE = f"{PREFIXES['rdf']}type"


@dataclass(frozen=True)
class State:
    """A state as the project describes it."""

    name: str
    """Its IRI with prefix: `id:morocco`."""
    labels: Mapping[str, str]
    iso3: str
    cow: frozenset[int]
    """Its numbers in the state list of the Correlates of War project; a state may continue another's."""

    @property
    def slug(self) -> str:
        return self.name.partition(":")[2]

    def numbers(self) -> frozenset[int]:
        """Return its numbers in the Correlates of War list, for data that name states by them.

        Raises:
            AllianceGraphError: the project gives it none.
        """
        if not self.cow:
            raise AllianceGraphError(
                f"{self.name} has no Correlates of War number", f"add ally:cowStateNumber in {STATES}"
            )
        return self.cow


@dataclass(frozen=True)
class Known:
    """The states, operations and codes of a project."""

    states: tuple[State, ...]
    operations: Mapping[str, Mapping[str, str]]
    """Peace operation (`id:monusco`) → its labels."""
    codes: Mapping[str, tuple[str, ...]]
    """Code with its datatype (`defense^^ally:AtopVariable`) → concepts and classes it is recorded under."""

    def country(self, iso3: str) -> State:
        """Return the state with an ISO 3166-1 alpha-3 code."""
        found = [state for state in self.states if state.iso3 == iso3.upper()]
        if len(found) != 1:
            raise AllianceGraphError(
                f"no state has the ISO 3166-1 alpha-3 code {iso3!r}",
                f"use a code of three letters, or describe the state in {STATES}",
            )
        return found[0]

    def parties(self, rows: Iterable[tuple[int, Row]]) -> dict[int, State]:
        """Return the states that rows name by their number in the Correlates of War list.

        Raises:
            AllianceGraphError: numbers without a state; the error names them all.
        """
        by_number = {number: state for state in self.states for number in state.cow}
        wanted = dict(reversed(list(rows)))
        unknown = sorted(wanted.keys() - by_number.keys())
        if unknown:
            raise AllianceGraphError(
                f"no state has the Correlates of War number {', '.join(map(str, unknown))}",
                f"describe the state in {STATES} with ally:cowStateNumber",
                place=wanted[unknown[0]].place,
            )
        return {number: by_number[number] for number in wanted}

    def concepts(self, code: str, datatype: str, scheme: str) -> list[str]:
        """Return the concepts of a scheme (by its prefix) that a code of a codebook is recorded under."""
        found = self.codes.get(f"{code}^^ally:{datatype}", ())
        return [concept for concept in found if concept.startswith(f"{scheme}:")]


def joined(states: Iterable[State]) -> tuple[str, ...]:
    """Return the names of states as labels list them, `Spain–Morocco`, in each of the project's languages."""
    named = tuple(states)
    return tuple("–".join(state.labels[language] for state in named) for language in LANGUAGES)


def read_known(project: Project) -> Known:
    """Return what a project knows.

    Raises:
        AllianceGraphError: a file cannot be read, or two states have the same number.
    """
    described = _described(project)
    states = tuple(_state(iri, values) for iri, values in described.items() if f"{_ALLY}State" in _texts(values, _TYPE))
    _check_numbers(states)
    operations = {
        compact(iri): _labels(values)
        for iri, values in described.items()
        if f"{_ALLY}PeaceOperation" in _texts(values, _TYPE)
    }
    return Known(states, operations, _codes(project))


_Described = Mapping[str, Mapping[str, list[ox.NamedNode | ox.Literal]]]


def _described(project: Project) -> _Described:
    found: dict[str, dict[str, list[ox.NamedNode | ox.Literal]]] = defaultdict(lambda: defaultdict(list))
    for path in project.files("data/entities", "*.ttl"):
        for triple in read(path, project).triples:
            if isinstance(triple.subject, ox.NamedNode) and not isinstance(triple.object, ox.BlankNode | ox.Triple):
                found[triple.subject.value][triple.predicate.value].append(triple.object)
    return found


def _texts(values: Mapping[str, list[ox.NamedNode | ox.Literal]], name: str) -> list[str]:
    return [value.value for value in values.get(name, [])]


def _labels(values: Mapping[str, list[ox.NamedNode | ox.Literal]]) -> dict[str, str]:
    found = values.get(f"{_RDFS}label", [])
    return {label.language: label.value for label in found if isinstance(label, ox.Literal) and label.language}


def _state(iri: str, values: Mapping[str, list[ox.NamedNode | ox.Literal]]) -> State:
    codes = _texts(values, f"{_ALLY}isoAlpha3Code")
    numbers = frozenset(int(number) for number in _texts(values, f"{_ALLY}cowStateNumber"))
    return State(compact(iri), _labels(values), codes[0] if codes else "", numbers)


def _check_numbers(states: Iterable[State]) -> None:
    holder: dict[int, str] = {}
    for state in states:
        for number in state.cow:
            if number in holder:
                raise AllianceGraphError(
                    f"{holder[number]} and {state.name} have the same Correlates of War number {number}",
                    "correct ally:cowStateNumber",
                    place=STATES,
                )
            holder[number] = state.name


def _codes(project: Project) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for triple in read(project.root / Path(CODEBOOKS), project).triples:
        code, concept = triple.object, triple.subject
        if triple.predicate.value == f"{_ALLY}codebookCode" and isinstance(code, ox.Literal):
            assert isinstance(concept, ox.NamedNode), "codes are given to named concepts"
            key = f"{code.value}^^{compact(code.datatype.value)}"
            found[key] = (*found.get(key, ()), compact(concept.value))
    return found
