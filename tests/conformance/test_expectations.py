"""The list of what is known of the engine names tests that there are, each once."""

from __future__ import annotations

from collections import Counter

from conformance import suites
from conformance.expectations import EXPECTATIONS
from conformance.manifests import EVALUATION, NEGATIVE_SYNTAX, POSITIVE_SYNTAX, read_cases

suites.require()


def test_every_test_that_is_listed_is_there_and_listed_once() -> None:
    kinds = EVALUATION | POSITIVE_SYNTAX | NEGATIVE_SYNTAX
    manifests = ("sparql10/manifest.ttl", "sparql11/manifest-all.ttl", "sparql12/manifest.ttl")
    there = {case.id for manifest in manifests for case in read_cases(f"sparql/{manifest}", kinds)}
    counts = Counter(EXPECTATIONS.named)
    assert counts.keys() <= there
    assert set(counts.values()) == {1}
