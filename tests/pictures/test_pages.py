"""Each picture has a page and a file, and what is narrowed there is narrowed in picture and table."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from alliance_graph.pictures import draw
from alliance_graph.pictures.standalone import written_out
from conftest import BROWSER, REPOSITORY, Server
from pictures.drawing import EDGES, edges, parse

STYLE = REPOSITORY / "service/alliance_graph/web/static/pictures.css"
SVG = "{http://www.w3.org/2000/svg}"


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
    assert said in str(server.fetch(path).problem(status)["detail"])


def test_a_country_without_partners_has_a_page_that_says_so(server: Server) -> None:
    page = server.fetch("/pictures/network?country=id:papua-new-guinea", headers=BROWSER)
    assert page.status == 200
    assert "nothing to draw" in page.text
