"""The W3C tests of syntax: what is a query is answered, what is none is a problem with its place."""

from __future__ import annotations

import pytest

from conformance import suites
from conformance.expectations import EXPECTATIONS, AcceptedError, marks_of
from conformance.manifests import EVALUATION, NEGATIVE_SYNTAX, POSITIVE_SYNTAX, Case, read_cases
from conformance.serving import Asked

suites.require()

_MANIFESTS = (
    "sparql/sparql10/manifest.ttl",
    "sparql/sparql11/manifest-sparql11-query.ttl",
    "sparql/sparql12/manifest.ttl",
)
_NO_DATA = ()
"""One service for all of them: the parameter has the scope of the module, not that of a test."""


def _parameters(kinds: frozenset[str]) -> list[object]:
    cases = [case for manifest in _MANIFESTS for case in read_cases(manifest, kinds)]
    return [pytest.param(_NO_DATA, case, id=case.id, marks=marks_of(case)) for case in cases]


@pytest.mark.parametrize(("asked", "case"), _parameters(POSITIVE_SYNTAX), indirect=["asked"], scope="module")
def test_a_query_is_answered(asked: Asked, case: Case) -> None:
    for way in range(3):
        response = asked.ask(suites.text_of(case.query), "*/*", way)
        if case.id in EXPECTATIONS.unknown_function:
            assert response.status_code == 400
            document = response.get_json()
            assert document["type"].endswith("/problem/query-failed")
            assert "function <http://example" in document["detail"]
        else:
            assert response.status_code == 200, response.get_data(as_text=True)


@pytest.mark.parametrize(("asked", "case"), _parameters(NEGATIVE_SYNTAX), indirect=["asked"], scope="module")
def test_what_is_no_query_is_a_bad_request_with_its_place(asked: Asked, case: Case) -> None:
    for way in range(3):
        response = asked.ask(suites.text_of(case.query), "*/*", way)
        if response.status_code == 200:
            raise AcceptedError(case.id)
        assert response.status_code == 400
        assert response.content_type == "application/problem+json"
        document = response.get_json()
        assert document["type"].endswith("/problem/query-syntax")
        assert document["status"] == 400
        assert document["line"] >= 1
        assert document["column"] >= 1


@pytest.mark.parametrize(
    ("asked", "case"),
    [
        pytest.param(_NO_DATA, case, id=case.id)
        for case in read_cases("sparql/sparql11/manifest-sparql11-fed.ttl", EVALUATION | POSITIVE_SYNTAX)
    ],
    indirect=["asked"],
    scope="module",
)
def test_a_query_of_the_federation_suite_is_forbidden(asked: Asked, case: Case) -> None:
    for way in range(3):
        response = asked.ask(suites.text_of(case.query), "*/*", way)
        assert response.status_code == 403
        document = response.get_json()
        assert document["type"].endswith("/problem/query-refused")
        assert document["clause"] == "SERVICE"
