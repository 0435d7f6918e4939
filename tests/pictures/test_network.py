"""Networks: nothing is written over something else, and they cannot differ from the data."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from alliance_graph.pictures import Picture, draw, network, read
from alliance_graph.pictures.lettering import width
from pictures.drawing import EDGES, Rows, address, edges, iri, parse, texts


def many(n: int) -> Rows:
    generator = random.Random(n)  # noqa: S311 - test data
    kinds = ["joint military exercise", "peacekeeping", "arms transfer", "training", "mediation", "border security"]
    named = [f"Partner {i} " + "with a long name " * generator.randrange(4) for i in range(n)]
    return edges(*((name, kind, generator.randrange(1, 40)) for name in named for kind in kinds[: 1 + n % 6]))


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("n", [1, 2, 13, 40, 80])
def test_labels_of_a_network_do_not_touch_and_stay_inside(n: int, language: str) -> None:
    for drawing in parse(draw("graph", EDGES, many(n), language, address)).findall("svg"):
        _, _, wide, high = map(float, (drawing.get("viewBox") or "").split())
        columns: dict[str, list[float]] = {}
        for text, words_ in texts(drawing):
            x, y = float(text.get("x") or 0), float(text.get("y") or 0)
            assert 0 < y < high
            if "centre-label" in (text.get("class") or ""):
                continue
            columns.setdefault(text.get("x") or "", []).append(y)
            size = 15 if text.get("class") == "name" else 12
            reach = width(words_, size) if len(list(text)) < 2 else 0
            towards = (1 if text.get("text-anchor") == "start" else -1) * (-1 if language == "ar" else 1)
            assert 0 <= x + towards * reach <= wide
        for heights in columns.values():
            assert all(below - above >= 14 for above, below in pairwise(sorted(heights)))


def test_a_network_does_not_depend_on_the_order_of_its_rows() -> None:
    rows = many(20)
    mixed = random.Random(1).sample(rows, len(rows))  # noqa: S311 - test data
    assert draw("graph", EDGES, rows, "en", address).__html__() == draw("graph", EDGES, mixed, "en", address).__html__()


def test_a_kind_keeps_its_colour_when_others_are_left_out() -> None:
    rows = edges(("x", "first", 9), ("x", "second", 5), ("y", "third", 1))
    answer = read(EDGES, rows, "en", address)
    third = iri("third").value

    def colours(picture: Picture) -> set[str | None]:
        return {path.get("class") for path in parse(picture).iter("path") if path.get("data-series") == third}

    assert colours(network.draw(answer)) == colours(network.draw(answer, only={third}))
    alone = parse(network.draw(answer, only={third}))
    assert {path.get("data-series") for path in alone.iter("path") if path.get("data-series")} == {third}


def test_a_strand_is_the_broader_the_more_weight_it_has() -> None:
    figure = parse(draw("graph", EDGES, edges(("x", "much", 30), ("x", "little", 2)), "en", address))
    strands = {
        p.get("data-series"): float(p.get("stroke-width") or 0)
        for p in figure.iter("path")
        if p.find("title") is not None
    }
    assert strands[iri("much").value] > strands[iri("little").value]
