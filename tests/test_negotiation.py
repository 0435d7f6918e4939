"""A client gets the format it wants most among those that can hold the answer (RFC 9110, section 12.5)."""

from __future__ import annotations

import pytest

from alliance_graph.engine.formats import FORMATS, FORMATS_OF_KIND, Format
from alliance_graph.web.negotiation import choose


def _chosen(accept: str | None, kind: str = "solutions") -> str | None:
    fmt = choose(accept, FORMATS_OF_KIND[kind])
    return fmt.name if fmt else None


@pytest.mark.parametrize("accept", [None, "", "  ", "*/*", "*/*;q=0.1", "application/*", "nonsense"])
@pytest.mark.parametrize(("kind", "preferred"), [("solutions", "json"), ("boolean", "json")])
def test_who_does_not_choose_gets_the_preferred_format(accept: str | None, kind: str, preferred: str) -> None:
    assert _chosen(accept, kind) == preferred


@pytest.mark.parametrize("accept", [None, "", "*/*", "text/*", "nonsense", "text/*, */*;q=0.5"])
def test_a_graph_comes_as_turtle_unless_asked_otherwise(accept: str | None) -> None:
    assert _chosen(accept, "graph") == "turtle"


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS.keys())
@pytest.mark.parametrize("parameters", ["", ";charset=utf-8", "; charset=utf-8; q=0.3", ";Q=0.001"])
def test_each_format_can_be_asked_for_by_its_media_type(fmt: Format, parameters: str) -> None:
    kind = "graph" if fmt.rdf else "solutions"
    for media_type in (fmt.media_type, fmt.media_type.upper(), *fmt.aliases):
        assert _chosen(f"{media_type}{parameters}", kind) == fmt.name


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.9", "xml"),
        ("application/sparql-results+xml;q=0.9, text/csv", "csv"),
        ("text/csv;q=0.5, */*;q=0.4", "csv"),
        ("text/csv;q=0.4, */*;q=0.5", "json"),
        ("text/csv , text/tab-separated-values", "csv"),
        ("text/csv;q=0.123, text/tab-separated-values;q=0.124", "tsv"),
        ("text/html, text/csv;q=0.1", "csv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "xml"),
        ("application/json", "json"),
        ("text/xml", "xml"),
    ],
)
def test_the_higher_quality_wins(accept: str, expected: str) -> None:
    assert _chosen(accept) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/*;q=0.9, text/csv;q=0.1, */*;q=0.5", "tsv"),
        ("text/*", "csv"),
        ("text/*;q=0.9, text/csv;q=0, application/*;q=0.1", "tsv"),
        ("application/sparql-results+json;q=0, */*", "xml"),
        ("*/*;q=0, text/csv", "csv"),
        ("*/*, text/csv;q=0.5", "json"),
    ],
)
def test_the_more_specific_range_decides(accept: str, expected: str) -> None:
    assert _chosen(accept) == expected


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html", "solutions"),
        ("text/turtle", "solutions"),
        ("text/csv", "boolean"),
        ("text/csv", "graph"),
        ("text/csv;q=0", "solutions"),
        ("text/csv;q=2", "solutions"),
        ("text/csv;q=-1", "solutions"),
        ("text/csv;q=a", "solutions"),
        ("*/*;q=0", "graph"),
        ("image/*", "graph"),
        ("*/csv", "solutions"),
    ],
)
def test_what_cannot_be_given_is_not_acceptable(accept: str, kind: str) -> None:
    assert _chosen(accept, kind) is None


def test_a_malformed_member_does_not_spoil_the_others() -> None:
    assert _chosen("text, /csv, text/, ;q=1, text/csv;;q=0.5, ,") == "csv"
