"""Every picture fits what it shows, speaks four languages, and takes no label for markup."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_graph.pictures import VIEWS, CannotDrawError, draw
from alliance_graph.pictures.words import words
from alliance_graph.vocabulary import LANGUAGES
from pictures.drawing import EDGES, LIBRARY, Rows, address, answer_of, edges, iri, parse

DRAWN = sorted(name for name, ready in LIBRARY.items() if ready.view != "table")


@pytest.mark.parametrize("key", sorted(words()))
def test_every_word_is_there_in_every_language(key: str) -> None:
    found = words()[key]
    assert set(found) == set(LANGUAGES)
    assert len({tuple(sorted(set(re.findall(r"{\w+}", text)))) for text in found.values()}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DRAWN)
def test_every_ready_query_with_a_view_is_drawn(name: str, language: str, store: ox.Store) -> None:
    ready = LIBRARY[name]
    values = {"lang": language} if any(parameter.name == "lang" for parameter in ready.parameters) else {}
    columns, rows = answer_of(store, ready, **values)
    picture = draw(ready.view, columns, rows, language, address, title=ready.title[language])
    figure = parse(picture)
    titles = [element.text for element in figure.iter("title")]
    assert titles[0] == ready.title[language]
    for drawing in figure.findall("svg"):
        identifiers = {element.get("id") for element in drawing.iter()}
        assert set((drawing.get("aria-labelledby") or "?").split()) <= identifiers
        assert drawing.get("direction") == ("rtl" if language == "ar" else None)
    every = [element.get("id") for element in figure.iter() if element.get("id")]
    assert len(every) == len(set(every)), "an identifier comes twice"


@pytest.mark.parametrize("view", VIEWS)
def test_what_does_not_fit_is_said_with_the_columns_that_it_lacks(view: str) -> None:
    with pytest.raises(CannotDrawError) as caught:
        draw(view, ("x",), [[ox.Literal(1)]], "en", address)
    assert VIEWS[view] in str(caught.value)


@pytest.mark.parametrize("view", VIEWS)
def test_an_answer_without_rows_is_said_to_have_none(view: str) -> None:
    columns = ("source", "target", "kind", "start", "numeric")
    with pytest.raises(CannotDrawError, match="aucune ligne"):
        draw(view, columns, [], "fr", address)


@given(label=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80))
def test_no_label_becomes_markup(label: str) -> None:
    rows: Rows = [[iri("a"), ox.Literal(label), iri("b"), ox.Literal(f"<script>{label}"), None, None]]
    for view in ("graph", "matrix"):
        figure = parse(draw(view, EDGES, rows, "en", address))
        assert not list(figure.iter("script"))


def test_an_address_is_escaped() -> None:
    picture = draw("graph", EDGES, edges(("x", "k", 1)), "en", lambda _: '/?a="><script>')
    assert "<script>" not in picture.__html__()
