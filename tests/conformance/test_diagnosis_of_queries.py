"""Of all queries of the W3C, each that the engine reads is read as a whole; in each other one a mistake is found."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from alliance_graph.engine.diagnosis.faults import fault
from alliance_graph.engine.diagnosis.reading import Reading
from alliance_graph.engine.diagnosis.rules import undeclared_prefix
from alliance_graph.engine.evaluation import QuerySyntaxError, evaluate
from conformance import suites

suites.require()


def test_a_mistake_is_found_where_there_is_one_and_nowhere_else() -> None:
    found = {True: 0, False: 0}
    for path in suites.files("*.rq"):
        text = path.read_text(encoding="utf-8", errors="replace")
        is_query = _is_query(text)
        found[is_query] += 1
        if is_query:
            reading = Reading(text)
            assert (fault(reading), undeclared_prefix(reading.tokens, ())) == (None, None), path
        else:
            with pytest.raises(QuerySyntaxError):
                evaluate(ox.Store(), text)
    assert found[True] > 900
    assert found[False] > 150


def _is_query(text: str) -> bool:
    try:
        ox.Store().query(text, base_iri="http://example.org/")
    except SyntaxError:
        return False
    except (RuntimeError, ValueError):
        return True  # but one that cannot be evaluated
    return True
