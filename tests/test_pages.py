"""The frame of the pages: languages, links between them, errors a person can read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alliance_graph.vocabulary import LANGUAGES
from alliance_graph.web.i18n import messages
from alliance_graph.web.problems import TITLES
from conftest import BROWSER, REPOSITORY, Server

_WEB = REPOSITORY / "service/alliance_graph/web"


@pytest.mark.parametrize("key", sorted(messages()))
def test_every_text_is_there_in_every_language(key: str) -> None:
    texts = messages()[key]
    assert set(texts) == set(LANGUAGES)
    fields = {tuple(sorted(re.findall(r"{\w+}", text))) for text in texts.values() if text}
    assert len(fields) == 1, f"{key}: the languages have different values in them"


@pytest.mark.parametrize("path", sorted((_WEB / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_templates_use_texts_that_exist_and_nothing_the_policy_forbids(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"""\bt\(['"]([\w.]+)['"][,)]""", text)) <= set(messages())
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|<script>|javascript:|https?://(?!www\.w3\.org)", text)


def test_the_language_is_the_one_of_the_address_then_the_browser(server: Server) -> None:
    for headers, address, expected in (
        ({}, "/", 'lang="en" dir="ltr"'),
        ({"Accept-Language": "fr-MA,fr;q=0.9,en;q=0.5"}, "/", 'lang="fr" dir="ltr"'),
        ({"Accept-Language": "fr"}, "/?lang=ar", 'lang="ar" dir="rtl"'),
        ({"Accept-Language": "de"}, "/", 'lang="en" dir="ltr"'),
        ({}, "/?lang=tlh", 'lang="en" dir="ltr"'),
    ):
        answer = server.fetch(address, headers=BROWSER | headers)
        assert expected in answer.text
        assert "Accept-Language" in answer.headers["vary"]


def test_an_asked_language_stays_on_the_way(server: Server) -> None:
    text = server.fetch("/?lang=es", headers=BROWSER).text
    own = [url for url in re.findall(r'<a [^>]*href="(/[^"#]*)"', text) if "hreflang" not in url]
    assert own
    assert all("lang=" in url for url in own if url.startswith(("/query/", "/?"))), own


@pytest.mark.parametrize("path", ["/claims", "/pictures/map", "/query/in-force-on", "/query", "/search"])
def test_a_form_keeps_the_asked_language_whatever_the_browser_speaks(server: Server, path: str) -> None:
    text = server.fetch(f"{path}?lang=en", headers=BROWSER | {"Accept-Language": "fr"}).text
    forms = re.findall(r"<form\b.*?</form>", text, re.DOTALL)
    assert forms
    assert all('<input type="hidden" name="lang" value="en">' in form for form in forms)


@pytest.mark.parametrize("path", ["/actors", "/graph/entities/states", "/pictures/map"])
def test_an_accent_does_not_put_a_name_behind_all_others(server: Server, path: str) -> None:
    text = server.fetch(f"{path}?lang=fr", headers=BROWSER).text
    assert text.index(">Algérie<") < text.index(">Égypte<") < text.index(">Espagne<") < text.index(">Estonie<")


def test_a_person_gets_errors_as_a_page_and_a_program_as_a_document(server: Server) -> None:
    person = server.fetch("/query/no-such-query?lang=fr", headers=BROWSER)
    program = server.fetch("/query/no-such-query")
    assert (person.status, program.status) == (404, 404)
    assert "<h1>404: Il n’y a rien ici</h1>" in person.text
    assert {kind: messages()[f"problems.{kind}"]["en"] for kind in TITLES} == TITLES
    assert program.json()["type"] == "https://w3id.org/alliance-graph/problem/not-found"
    assert server.fetch("/nowhere", headers=BROWSER).headers["content-type"].startswith("text/html")
