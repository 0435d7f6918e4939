"""The columns of tables: each has a heading in the four languages, and none repeats another."""

from __future__ import annotations

import re

import pytest

from alliance_graph.engine.library import read_library
from alliance_graph.web.i18n import messages
from conftest import BROWSER, REPOSITORY, Server

_NAMES = ("Label", "Title")
_LIBRARY = read_library(REPOSITORY / "queries")


@pytest.mark.parametrize("name", sorted(name for name, ready in _LIBRARY.items() if ready.kind == "solutions"))
def test_every_column_has_a_heading(name: str) -> None:
    table = REPOSITORY / "queries" / f"{name}.tsv"
    columns = table.read_text(encoding="utf-8").split("\n", 1)[0].replace("?", "").split("\t")
    shown = {
        column
        for column in columns
        if column not in {p.name for p in _LIBRARY[name].parameters}
        and not any(column == other + suffix for other in columns for suffix in _NAMES)
        and not column.endswith(("Precision", "PrecisionLabel"))
    }
    assert {column for column in shown if f"columns.{column}" not in messages()} == set()


def test_a_column_that_only_repeats_the_names_of_another_is_left_out(server: Server) -> None:
    text = server.fetch("/query/vague-claims", headers=BROWSER).text
    assert '<span title="?claim">' in text
    assert '<span title="?statement">' not in text
    assert "?statement" in text  # the query and its files have it


@pytest.mark.parametrize("path", ["/query/claims-by-section?lang=fr", "/query?ready=claims-by-section&lang=fr"])
def test_a_chart_calls_its_numbers_as_the_table_heads_them(server: Server, path: str) -> None:
    text = server.fetch(path, headers=BROWSER).text
    heading = re.search(r'<span title="\?claims">([^<]+)</span>', text)
    assert heading is not None
    assert re.search(rf"<figcaption>.*{heading[1]}\.</p></figcaption>", text, re.DOTALL)
