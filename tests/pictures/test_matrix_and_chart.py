"""Matrices and charts hold the numbers of the answer."""

from __future__ import annotations

from collections import Counter

import pyoxigraph as ox

from alliance_graph.pictures import draw
from pictures.drawing import LIBRARY, address, answer_of, parse, texts


def test_a_matrix_holds_the_numbers_of_the_answer_once_each(store: ox.Store) -> None:
    columns, rows = answer_of(store, LIBRARY["cooperation-by-partner"])
    count = columns.index("claims")
    expected = Counter(str(number.value) for row in rows if isinstance(number := row[count], ox.Literal))
    for drawing in parse(draw("matrix", columns, rows, "en", address)).findall("svg"):
        shown = Counter(text for element, text in texts(drawing) if (element.get("class") or "").startswith("on-shade"))
        assert shown == expected


def test_bars_are_as_long_as_their_numbers_and_the_verdicts_in_order(store: ox.Store) -> None:
    columns, rows = answer_of(store, LIBRARY["assessments-by-verdict"])
    drawing = parse(draw("chart", columns, rows, "en", address)).find("svg")
    assert drawing is not None
    scales = set()
    for bar in drawing.iter("g"):
        if bar.get("class") != "bar":
            continue
        parts = [(part.get("data-series") or "", part) for part in bar.iter("g") if part.get("data-series")]
        order = [name.rpartition("/")[2] for name, _ in parts]
        known = ["corroborated", "partially-corroborated", "disputed", "contradicted", "not-checkable", "unassessed"]
        assert order == sorted(order, key=known.index)
        for _, part in parts:
            told, box = part.find("title"), part.find("rect")
            assert told is not None
            assert box is not None
            scales.add(round((float(box.get("width") or 0) + 1) / int((told.text or "").rpartition(" ")[2])))
    assert len(scales) == 1
