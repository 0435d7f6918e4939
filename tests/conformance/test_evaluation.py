"""The W3C tests of query evaluation and of result formats, in every format an answer can have."""

from __future__ import annotations

import pytest

from alliance_graph.engine.formats import FORMATS_OF_KIND, Format
from conformance import suites
from conformance.answers import EQUAL, EQUAL_BY_VALUE, compare, kind_of, wanted
from conformance.expectations import EXPECTATIONS, DifferentAnswerError, marks_of
from conformance.manifests import EVALUATION, Case, read_cases
from conformance.serving import Asked

suites.require()

_MANIFESTS = (
    "sparql/sparql10/manifest.ttl",
    "sparql/sparql11/manifest-sparql11-query.ttl",
    "sparql/sparql11/manifest-sparql11-results.ttl",
    "sparql/sparql12/manifest.ttl",
)


def _parameters() -> list[object]:
    """Return the tests, those over the same data one after the other, so that one service answers them.

    For that the parameters also need the scope of the module, where pytest gives them that of a test.
    """
    cases = [case for manifest in _MANIFESTS for case in read_cases(manifest, EVALUATION)]
    data = {case.data: case.data for case in cases}  # the same object, by which some versions of pytest know it
    order = {key: number for number, key in enumerate(data)}
    cases.sort(key=lambda case: order[case.data])
    return [pytest.param(data[case.data], case, id=case.id, marks=marks_of(case)) for case in cases]


@pytest.mark.parametrize(("asked", "case"), _parameters(), indirect=["asked"], scope="module")
def test_a_query_is_answered_as_the_suite_wants_in_every_format(asked: Asked, case: Case) -> None:
    # The suite has the query's own address as its base, which a query sent over HTTP has not.
    query = f"BASE <{case.query}>\n{suites.text_of(case.query)}"
    expected = wanted(case)
    found = set()
    for way, fmt in enumerate(FORMATS_OF_KIND[kind_of(expected)]):
        if (case.id, fmt.name) in EXPECTATIONS.not_held:
            _is_refused_with_a_better_format(asked, query, fmt)
        else:
            verdict = compare(case, expected, asked.answer(query, fmt, way), fmt)
            if verdict not in (EQUAL, EQUAL_BY_VALUE):
                raise DifferentAnswerError(f"in {fmt.name}")
            found.add(verdict)
    assert (EQUAL_BY_VALUE in found) == (case.id in EXPECTATIONS.equal_by_value)


def _is_refused_with_a_better_format(asked: Asked, query: str, fmt: Format) -> None:
    response = asked.ask(query, fmt.media_type)
    assert response.status_code == 400
    assert response.content_type == "application/problem+json"
    document = response.get_json()
    assert document["type"].endswith("/problem/query-failed")
    assert fmt.media_type in document["detail"]
    assert "ask for text/turtle" in document["detail"]
