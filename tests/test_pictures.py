"""Pictures: they fit what they show, nothing is written over something else, and they cannot differ from the data."""

from __future__ import annotations

import datetime
import random
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_graph.engine.evaluation import evaluate
from alliance_graph.engine.library import ReadyQuery, read_library
from alliance_graph.pictures import VIEWS, CannotDrawError, Picture, draw, network, read, timeline, worldmap
from alliance_graph.pictures.atlas import Frame, equal_earth, shapes
from alliance_graph.pictures.dates import Moment, Span, moment, span
from alliance_graph.pictures.lettering import width
from alliance_graph.pictures.rings import parted
from alliance_graph.pictures.standalone import written_out
from alliance_graph.pictures.words import words
from alliance_graph.vocabulary import BASE, LANGUAGES, PREFIXES
from conftest import BROWSER, REPOSITORY, Server

QUERIES = REPOSITORY / "queries"
LIBRARY = read_library(QUERIES)
DRAWN = sorted(name for name, ready in LIBRARY.items() if ready.view != "table")
STYLE = REPOSITORY / "service/alliance_graph/web/static/pictures.css"
SVG = "{http://www.w3.org/2000/svg}"
TRIPLE = ("subject", "predicate", "object")

Rows = list[list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None]]


def iri(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{BASE}id/{name}")


def slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def address(value: str) -> str:
    return "/" + value.removeprefix(BASE)


def answer_of(store: ox.Store, ready: ReadyQuery, **values: str) -> tuple[tuple[str, ...], Rows]:
    results = evaluate(store, ready.text, bindings=ready.bind(values), place=ready.place)
    if isinstance(results, ox.QueryTriples):
        return TRIPLE, [[t.subject, t.predicate, t.object] for t in results]
    assert isinstance(results, ox.QuerySolutions)
    names = tuple(variable.value for variable in results.variables)
    return names, [[solution[name] for name in names] for solution in results]


def parse(picture: Picture) -> ET.Element:
    """Return the figure as a tree: it is well-formed, whatever the labels are."""
    return ET.fromstring(picture.__html__())  # noqa: S314 - our own markup


def texts(tree: ET.Element) -> Iterator[tuple[ET.Element, str]]:
    for element in tree.iter("text"):
        yield element, "".join(element.itertext())


def edges(*partners: tuple[str, str, int]) -> Rows:
    return [
        [iri("morocco"), ox.Literal("Morocco"), iri(slug(name)), ox.Literal(name), iri(slug(kind)), ox.Literal(weight)]
        for name, kind, weight in partners
    ]


EDGES = ("source", "sourceLabel", "target", "targetLabel", "kind", "weight")


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


# Network


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


# Matrix and chart


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


# Time


def test_a_date_is_shown_no_more_exactly_than_it_is_known() -> None:
    columns = ("thing", "start", "startPrecision", "end", "endPrecision")
    day = ox.NamedNode(f"{PREFIXES['xsd']}date")
    precision = PREFIXES["precision"]
    rows: Rows = [
        [
            ox.Literal("treaty"),
            ox.Literal("1982-01-01", datatype=day),
            ox.NamedNode(f"{precision}year"),
            ox.Literal("1984-03-01", datatype=day),
            ox.NamedNode(f"{precision}month"),
        ]
    ]
    markup = draw("timeline", columns, rows, "en", address).__html__()
    assert "treaty: 1982 – 1984-03<" in markup
    assert "1982-01-01<" not in markup


@pytest.mark.parametrize(
    ("precision", "last"), [("day", "1984-02-01"), ("month", "1984-02-29"), ("year", "1984-12-31")]
)
def test_a_date_lasts_as_long_as_its_precision(precision: str, last: str) -> None:
    known = Moment(datetime.date(1984, 2, 1), precision)
    assert known.last.isoformat() == last
    assert Span(Moment(datetime.date(1980, 1, 1)), known).covers(datetime.date.fromisoformat(last))
    assert not Span(Moment(datetime.date(1980, 1, 1)), known).covers(known.last + datetime.timedelta(1))


@pytest.mark.parametrize("value", ["", "soon", "1984-13-01", "1984-02-30", "9999-01-01", "-0044-03-15", "84"])
def test_what_is_no_date_is_not_drawn_as_one(value: str) -> None:
    assert moment({"start": ox.Literal(value)}, "start") is None


def test_rows_without_a_start_are_counted_in_a_note() -> None:
    rows: Rows = [[ox.Literal("a"), ox.Literal(1990)], [ox.Literal("b"), None], [ox.Literal("c"), ox.Literal("?")]]
    assert "in the table only: 2." in draw("timeline", ("thing", "startYear"), rows, "en", address).__html__()


def test_one_early_start_does_not_press_the_rest_together() -> None:
    rows: Rows = [[ox.Literal(str(year)), ox.Literal(year)] for year in (1786, 1956, 1970, 2004, 2020)]
    drawing = parse(draw("timeline", ("thing", "startYear"), rows, "en", address)).find("svg")
    assert drawing is not None
    assert drawing.get("data-first") == "1950"
    assert "1786 –" in [text for _, text in texts(drawing)]


def test_what_says_nothing_of_an_end_counts_only_when_it_began() -> None:
    unknown = Span(Moment(datetime.date(1960, 7, 1), "month"), None, is_unknown=True)
    assert unknown.covers(datetime.date(1960, 7, 31))
    assert not unknown.covers(datetime.date(1960, 8, 1))
    assert Span(Moment(datetime.date(1960, 7, 1)), None).covers(datetime.date(2020, 1, 1))


@pytest.mark.parametrize("day", ["1955-01-01", "1975-06-01", "1986-08-29", "2004-01-01", "2020-12-31"])
def test_the_timeline_and_the_ready_query_agree_on_what_was_in_force(day: str, store: ox.Store) -> None:
    on = datetime.date.fromisoformat(day)
    columns, rows = answer_of(store, LIBRARY["dated-record"])
    named = [{c: term for c, term in zip(columns, row, strict=True) if term is not None} for row in rows]
    covered = [row for row in named if (time := span(row)) is not None and time.covers(on)]

    drawing = parse(timeline.draw(read(columns, rows, "en", address), on=on)).find("svg")
    assert drawing is not None
    bars = {(row["thing"], row["kind"], span(row)) for row in covered}
    assert [g.get("class") for g in drawing.iter("g")].count("span") == len(bars)

    # What several records tell has one row in the ready query, with the names of the others.
    names, expected = answer_of(store, LIBRARY["in-force-on"], date=day)
    asked = {row[names.index("record")] for row in expected}
    others = {
        name for row in expected for name in str(getattr(row[names.index("otherRecords")], "value", "")).split(" · ")
    }
    arrangements = {row["record"]: row for row in covered if "/membership-role/" not in str(row["kind"])}
    assert asked <= set(arrangements)
    for record in set(arrangements) - asked:
        told = {name for term in (record, arrangements[record]["thing"]) for name in labels(store, term)}
        assert told & others, record


def labels(store: ox.Store, term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> set[str]:
    assert isinstance(term, ox.NamedNode)
    label = ox.NamedNode(f"{PREFIXES['rdfs']}label")
    return {
        str(quad.object.value)
        for quad in store.quads_for_pattern(term, label, None)
        if isinstance(quad.object, ox.Literal)
    }


# Map


@pytest.fixture(scope="session")
def atlas() -> Path:
    if not worldmap.WORLD.exists():
        pytest.skip("the shapes of the countries are not installed (make install fetches them)")
    return worldmap.WORLD


PLAIN = Frame(-180, 180, -60, 84, 1000)


def points(path: str) -> list[list[tuple[float, float]]]:
    rings = []
    for ring in path.split("Z"):
        if not ring:
            continue
        start, _, steps = ring.removeprefix("M").partition("l")
        x, y = map(float, start.split())
        here = [(x, y)]
        numbers = list(map(float, steps.split()))
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            here.append((x, y))
        rings.append(here)
    return rings


def inside(place: tuple[float, float], rings: list[list[tuple[float, float]]]) -> bool:
    x, y = place
    within = False
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y0 > y) != (y1 > y) and x < x0 + (x1 - x0) * (y - y0) / (y1 - y0):
                within = not within
    return within


@pytest.mark.parametrize(
    ("town", "longitude", "latitude", "code"),
    [
        ("Rabat", -6.8, 33.9, "504"),
        ("Tan-Tan", -11.1, 28.4, "504"),
        ("Laayoune, west of the sand wall", -13.0, 27.0, "732"),
        ("Dakhla's hinterland, west of the sand wall", -15.0, 23.8, "732"),
        ("Tifariti, east of the sand wall", -10.5, 26.2, "732"),
        ("Nouakchott", -15.5, 18.1, "478"),
    ],
)
def test_western_sahara_is_whole_on_the_map(
    town: str, longitude: float, latitude: float, code: str, atlas: Path
) -> None:
    drawn = shapes(atlas, PLAIN)
    assert drawn is not None
    place = PLAIN.place(longitude, latitude)
    assert [shape.code for shape in drawn if inside(place, points(shape.path))] == [code], town


def test_western_sahara_is_hatched_and_attributed(atlas: Path, store: ox.Store) -> None:
    columns, rows = answer_of(store, LIBRARY["states"])
    figure = parse(draw("map", columns, rows, "en", address))
    (sahara,) = [path for path in figure.iter("path") if path.get("class") == "land disputed"]
    assert sahara.get("fill") == "url(#map-hatch)"
    said = " ".join("".join(note.itertext()) for note in figure.iter("p"))
    assert "Western Sahara stands on the United Nations list" in said
    assert "Natural Earth" in said


def test_no_shape_runs_across_the_whole_map(atlas: Path) -> None:
    drawn = shapes(atlas, PLAIN)
    assert drawn is not None
    for shape in drawn:
        for ring in points(shape.path):
            assert all(abs(x1 - x0) < 200 for (x0, _), (x1, _) in pairwise(ring)), shape.name


def test_a_ring_across_the_antimeridian_is_parted() -> None:
    parts = parted([(170.0, 60.0), (-170.0, 60.0), (-170.0, 70.0), (170.0, 70.0)])
    assert sorted((min(x for x, _ in part), max(x for x, _ in part)) for part in parts) == [(-180, -170), (170, 180)]


def test_the_projection_keeps_its_landmarks() -> None:
    assert equal_earth(0, 0) == (0, 0)
    assert equal_earth(180, 0)[0] == pytest.approx(1, abs=1e-6)
    assert equal_earth(0, 90)[1] == pytest.approx(-1.3173627591574 / 2.7066297, abs=1e-6)


def test_without_the_shapes_the_map_says_so_and_how_to_get_them(tmp_path: Path) -> None:
    answer = read(("state", "numeric"), [[iri("france"), ox.Literal("250")]], "en", address)
    with pytest.raises(CannotDrawError, match="make install"):
        worldmap.draw(answer, world=tmp_path / "none.json")


def test_another_file_than_the_shapes_is_an_error_and_not_an_empty_map(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="not the file of countries"):
        shapes(other, PLAIN)


@pytest.mark.parametrize(
    ("said", "largest"),
    [
        ("800 (2004–2009), 150 (2010)", 800),
        ("35 (2019), 300 (2024)", 300),
        ("more than 11,000 soldiers in all", None),
        ("", None),
    ],
)
def test_a_dot_has_the_largest_size_that_a_source_gives_for_a_year(said: str, largest: float | None) -> None:
    assert worldmap.largest(said) == largest


# Files and pages


def test_a_file_has_its_colours_written_out() -> None:
    style = written_out(STYLE.read_text(encoding="utf-8"))
    assert "var(" not in style
    assert "light-dark" not in style
    picture = draw("graph", EDGES, edges(("x", "k", 1)), "en", str)
    classes = {name for element in parse(picture).iter() for name in (element.get("class") or "").split()}
    assert {"strand", "spot", "centre"} <= classes
    assert all(f".{name}" in style for name in ("strand", "spot", "centre", "s1"))


@pytest.mark.parametrize("name", ["network", "matrix", "timeline", "map", "verdicts"])
def test_each_picture_has_a_page_and_a_file(name: str, server: Server, request: pytest.FixtureRequest) -> None:
    if name == "map":
        request.getfixturevalue("atlas")
    page = server.fetch(f"/pictures/{name}?lang=es", headers=BROWSER)
    assert page.status == 200
    assert f"/pictures/{name}.svg?lang=es" in page.text
    assert 'class="answer"' in page.text
    assert "SELECT" in page.text
    file = server.fetch(f"/pictures/{name}.svg?lang=es")
    assert file.headers["content-type"].startswith("image/svg+xml")
    assert "script" not in file.headers["content-security-policy"]
    tree = ET.fromstring(file.text)  # noqa: S314 - our own markup
    written = " ".join("".join(element.itertext()) for element in tree.iter(f"{SVG}text"))
    digest = re.search(r"<code[^>]*>([0-9a-f]{16})</code>", page.text)
    assert digest is not None
    assert digest[1] in written
    assert "CC0" in written
    assert all(link.startswith("http") for link in re.findall(r'<a href="([^"]*)"', file.text))


def test_the_gallery_leads_to_every_picture(server: Server) -> None:
    text = server.fetch("/pictures", headers=BROWSER).text
    for name in ("network", "matrix", "timeline", "map", "verdicts"):
        assert f'href="/pictures/{name}"' in text


def test_what_is_narrowed_is_narrowed_in_picture_and_table(server: Server) -> None:
    text = server.fetch("/pictures/network?kind=coop:peacekeeping", headers=BROWSER).text
    figure = text[text.index("<figure") : text.index("</figure>")]
    table = text[text.index('<table class="answer"') :]
    for name, expected in (("United Nations", True), ("NATO", True), ("France", False)):
        assert (f">{name}</tspan>" in figure) is expected
        assert (f">{name}</a>" in table) is expected


def test_the_day_of_the_map_narrows_the_partners(server: Server, atlas: Path) -> None:
    def partners(query: str) -> set[str]:
        text = server.fetch(f"/pictures/map?show=partners{query}", headers=BROWSER).text
        return set(re.findall(r'<td[^>]*><a href="/id/[^"]*">([^<]*)</a>', text[text.index("<table") :]))

    assert "Israel" in partners("")
    assert "Algeria" in partners("&date=1970-01-01")
    assert "Israel" not in partners("&date=1970-01-01")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/pictures/pie", 404, "/pictures shows them all"),
        ("/pictures/network?basis=rumour", 400, "give one of article, record"),
        ("/pictures/network?country=id:atlantis", 400, "give one of"),
        ("/pictures/network?kind=id:morocco", 400, "choose from the form"),
        ("/pictures/timeline?date=yesterday", 400, "1991-07-04"),
        ("/pictures/map?part=moon", 400, "give one of world"),
        ("/pictures/network.svg?country=id:papua-new-guinea", 400, "nothing to draw"),
    ],
)
def test_a_wrong_wish_is_told_how_to_be_put_right(path: str, status: int, said: str, server: Server) -> None:
    answer = server.fetch(path)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in str(answer.json()["detail"])


def test_a_country_without_partners_has_a_page_that_says_so(server: Server) -> None:
    page = server.fetch("/pictures/network?country=id:papua-new-guinea", headers=BROWSER)
    assert page.status == 200
    assert "nothing to draw" in page.text
