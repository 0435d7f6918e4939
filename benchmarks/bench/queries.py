"""The kinds of query that are timed.

Each kind has any number of variants that cost the same: another constant where there is one, and
always another name for a variable, so that no variant has been seen before in any form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench import data
from bench.data import Shape

_PROLOGUE = f"""PREFIX ally: <{data.BASE}ontology#>
PREFIX id: <{data.BASE}id/>
PREFIX claim: <{data.BASE}claim/>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
CONSTANT, NUMBER = "__CONSTANT__", "__NUMBER__"
"""Where a text has its constant and its variant's number; both stand in an address as they are."""

RESULTS_TYPE = "application/sparql-results+json"
GRAPH_TYPE = "application/n-triples"


@dataclass(frozen=True)
class Kind:
    """A kind of query."""

    name: str
    title: str
    pattern: str
    constant: Callable[[int, Shape], str] = lambda number, shape: ""
    rows_matter: bool = True
    """Whether every right answer has the same rows; without an order a page need not."""
    media_type: str = RESULTS_TYPE

    @property
    def text(self) -> str:
        """The query with its marks."""
        return _PROLOGUE + self.pattern

    def variant(self, number: int, shape: Shape) -> str:
        """Return one query of the kind."""
        return self.text.replace(CONSTANT, self.constant(number, shape)).replace(NUMBER, str(number))


def _of(count: Callable[[Shape], int], first: int = 0) -> Callable[[int, Shape], str]:
    """Return a choice of one of the first so many things, neighbours apart from each other."""
    return lambda number, shape: str(first + number * 7919 % count(shape))


_STATE = _of(lambda shape: data.STATES)


def _phrase(number: int, shape: Shape) -> str:
    return f"{data.word(number)} {data.word(number // 38 + number + 1)}"


KINDS = (
    Kind("ask", "ASK", "ASK { claim:__CONSTANT__ ally:claimSubject ?s__NUMBER__ }", _of(lambda s: s.claims)),
    Kind(
        "subject",
        "all about one subject",
        "SELECT ?p ?o__NUMBER__ { id:arrangement-__CONSTANT__ ?p ?o__NUMBER__ }",
        _of(lambda shape: shape.arrangements),
    ),
    Kind(
        "page",
        "page of 100",
        "SELECT ?c ?t__NUMBER__ { ?c ally:claimStatement ?t__NUMBER__ } LIMIT 100 OFFSET __CONSTANT__",
        _of(lambda shape: 100),
        rows_matter=False,
    ),
    Kind(
        "label",
        "filter on label",
        'SELECT ?x__NUMBER__ { ?x__NUMBER__ rdfs:label ?l FILTER (STR(?l) = "Organization __CONSTANT__") }',
        _of(lambda shape: shape.organizations),
    ),
    Kind(
        "two-hops",
        "join over two hops",
        "SELECT DISTINCT ?p ?l__NUMBER__ { ?c ally:claimSubject id:state-__CONSTANT__ ; ally:describes ?a . "
        "?a ally:hasParty ?p . ?p rdfs:label ?l__NUMBER__ }",
        _STATE,
    ),
    Kind(
        "group",
        "count by group",
        "SELECT ?t (COUNT(?p) AS ?n__NUMBER__) { ?a ally:hasCooperationType ?t ; ally:hasParty ?p } GROUP BY ?t",
    ),
    Kind(
        "top",
        "top ten by order",
        "SELECT ?a ?d__NUMBER__ { ?a ally:startDate ?d__NUMBER__ } ORDER BY DESC(?d__NUMBER__) ?a LIMIT 10",
    ),
    Kind(
        "optional",
        "OPTIONAL",
        "SELECT ?a ?l ?e__NUMBER__ "
        "{ ?a ally:hasParty id:state-__CONSTANT__ ; rdfs:label ?l OPTIONAL { ?a ally:endDate ?e__NUMBER__ } }",
        _STATE,
    ),
    Kind(
        "union",
        "UNION",
        "SELECT ?c__NUMBER__ { { ?c__NUMBER__ ally:claimSubject id:state-__CONSTANT__ } "
        "UNION { ?c__NUMBER__ ally:claimObject id:state-__CONSTANT__ } }",
        _STATE,
    ),
    Kind(
        "path",
        "property path",
        "SELECT ?x__NUMBER__ { ?x__NUMBER__ org:subOrganizationOf+ id:organization-__CONSTANT__ }",
        _of(lambda shape: 16, first=5),
    ),
    Kind(
        "not-exists",
        "NOT EXISTS",
        "SELECT (COUNT(?a) AS ?n__NUMBER__) "
        "{ ?a a ally:Partnership FILTER NOT EXISTS { ?c__NUMBER__ ally:describes ?a } }",
    ),
    Kind(
        "construct",
        "CONSTRUCT",
        "CONSTRUCT { ?a ally:hasCooperationType ?t ; ally:startDate ?d__NUMBER__ } "
        "WHERE { ?a ally:hasParty id:state-__CONSTANT__ ; ally:hasCooperationType ?t ; ally:startDate ?d__NUMBER__ }",
        _STATE,
        media_type=GRAPH_TYPE,
    ),
    Kind(
        "text",
        "text contains",
        'SELECT ?c__NUMBER__ { ?c__NUMBER__ ally:claimStatement ?t FILTER CONTAINS(LCASE(STR(?t)), "__CONSTANT__") }',
        _phrase,
    ),
)

BOMB = "SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f FILTER (?b != ?d && ?d != ?f) }"
"""A query of three crossed scans: no engine ends it in the time given."""

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
