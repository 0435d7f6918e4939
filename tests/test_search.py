"""Search finds what a person means: whatever the language, the accents, the Arabic spelling or the half-written word."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_graph.building import build
from alliance_graph.dataset.index import INDEX_FILE, KINDS
from alliance_graph.dataset.project import Project
from alliance_graph.dataset.release import Release, read
from alliance_graph.dataset.search import LONGEST_QUERY, BrokenIndexError, Excerpt, Found, search
from alliance_graph.dataset.words import fold, words
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import BASE, LANGUAGES
from conftest import BROWSER, Server, serving


@pytest.fixture(scope="session")
def index(release: Release) -> Path:
    return release.folder / INDEX_FILE


def _names(found: Found) -> list[str]:
    return [hit.iri.removeprefix(BASE) for hit in found.hits]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Côte d’Ivoire", "cote D'IVOIRE"),
        ("Große Straße", "grosse STRASSE"),
        ("España", "espan\u0303a"),
        ("المغرب", "مغرب"),
        ("الْمَغْرِب", "المغرب"),
        ("مـغـرب", "مغرب"),
        ("للمغرب", "والمغرب"),
        ("إتفاقية أمن آسيا", "اتفاقيه امن اسيا"),
        ("مؤسسة مستشفى", "موسسه مستشفي"),
        ("ٱلأمن", "الامن"),
        ("ﻻ", "لا"),
        ("١٩٩١", "1991"),
    ],
)
def test_spellings_of_one_word_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("Mali", "Malte"), ("مال", "مالي"), ("الم", "م"), ("ال", "لا")])
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@settings(deadline=None)
@given(st.text())
def test_a_word_is_where_it_is_said_to_be(text: str) -> None:
    end = 0
    for word in words(text):
        assert end <= word.start < word.end <= len(text)
        assert word.folded.isalnum()
        assert fold(text[word.start : word.end]) == word.folded
        end = word.end


@pytest.mark.parametrize(
    ("query", "language", "first"),
    [
        ("Morocco", "en", "id/morocco"),
        ("Maroc", "en", "id/morocco"),
        ("marruecos", "fr", "id/morocco"),
        ("المغرب", "en", "id/morocco"),
        ("مغرب", "ar", "id/morocco"),
        ("MAR", "es", "id/morocco"),
        ("OTAN", "en", "id/nato"),
        ("الناتو", "ar", "id/nato"),
        ("cote d'ivoire", "en", "id/cote-d-ivoire"),
        ("peaceke", "en", "scheme/cooperation-type/peacekeeping"),
        ("atop 5.1", "es", "source/atop-5-1"),
        ("network of a country", "en", "query/network"),
        ("red de un país", "en", "query/network"),
        ("isBasedOn", "en", "ontology#isBasedOn"),
        ("s02-p2-1", "fr", "claim/s02-p2-1"),
    ],
)
def test_what_is_called_so_comes_first(index: Path, query: str, language: str, first: str) -> None:
    assert _names(search(index, query, language))[0] == first


def test_a_name_is_found_before_more_than_its_article_is_written(index: Path) -> None:
    assert "id/morocco" in _names(search(index, "الم", "ar"))


@pytest.mark.parametrize(("query", "language"), [("mo", "en"), ("الم", "ar"), ("Marr", "es")])
def test_of_names_that_begin_alike_the_one_named_most_comes_first(index: Path, query: str, language: str) -> None:
    assert _names(search(index, query, language))[0] == "id/morocco"


def test_every_kind_of_thing_is_found(index: Path) -> None:
    found = search(index, "Morocco alliance relation source graph border NATO France country", "en", size=1000)
    assert set(found.counts) == set(KINDS)
    assert sum(found.counts.values()) == found.total == len(found.hits) == len(set(_names(found)))


def test_a_kind_can_be_asked_for(index: Path) -> None:
    every = search(index, "border", "en", size=1000)
    claims = search(index, "border", "en", size=1000, kind="claim")
    assert claims.counts == every.counts
    assert _names(claims) == [name for name in _names(every) if name.startswith("claim/")]
    assert claims.total == every.counts["claim"]


def test_pages_together_are_the_whole(index: Path) -> None:
    whole = _names(search(index, "cooperation", "en", size=1000))
    parts = [name for page in range(1, 6) for name in _names(search(index, "cooperation", "en", size=40, page=page))]
    assert parts == whole[:200]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hit_is_shown_in_the_readers_language(index: Path, language: str) -> None:
    names = {"en": "Morocco", "fr": "Maroc", "ar": "المغرب", "es": "Marruecos"}
    for query in names.values():
        hit = search(index, query, language).hits[0]
        assert (hit.label.text, hit.label.language) == (names[language], language)
        marked = [part for excerpt in (hit.label, hit.detail) for part, is_marked in excerpt.parts if is_marked]
        assert query in marked


def test_where_nothing_has_every_word_some_do(index: Path) -> None:
    both = search(index, "border security", "en")
    some = search(index, "border zyzzyva", "en")
    assert both.every_word
    assert not some.every_word
    assert "scheme/cooperation-type/border-security" in _names(some)
    assert search(index, "zyzzyva", "en") == Found((), {}, 0, True)


def test_a_long_text_is_cut_around_the_words(index: Path) -> None:
    for hit in search(index, "conflict", "en", size=200).hits:
        assert len(hit.detail.text) <= 210
        assert "".join(part for part, _ in hit.detail.parts) == hit.detail.text
        assert all(fold(part).startswith("conflict") for part, is_marked in hit.detail.parts if is_marked)


def test_an_excerpt_knows_its_parts() -> None:
    assert Excerpt("a bc d", "en", ((2, 4),)).parts == [("a ", False), ("bc", True), (" d", False)]
    assert Excerpt("", "en", ()).parts == []


@pytest.mark.parametrize("query", ["", "   ", "?!…*", "\0", "_", '"', "\u064b"])
def test_a_query_without_a_word_finds_nothing(index: Path, query: str) -> None:
    assert search(index, query, "en") == Found((), {}, 0, True)


@pytest.mark.parametrize(
    "query", ['"border" AND', "border*", "names:border", "NEAR(border security)", "^border", "-border", "border\0"]
)
def test_nothing_a_person_writes_is_syntax(index: Path, query: str) -> None:
    assert any("border" in name for name in _names(search(index, query, "en")))


@settings(deadline=None)
@given(query=st.text(max_size=LONGEST_QUERY), language=st.sampled_from(LANGUAGES))
def test_any_text_can_be_searched_for(index: Path, query: str, language: str) -> None:
    found = search(index, query, language)
    assert found.total >= len(found.hits)


def test_a_search_that_is_too_long_is_refused(index: Path) -> None:
    with pytest.raises(AllianceGraphError, match="too long; write at most 200"):
        search(index, "a" * (LONGEST_QUERY + 1), "en")


@pytest.mark.parametrize("content", [None, b"", b"not a database"])
def test_an_index_that_is_not_there_or_broken_is_said_so(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "search #1?.sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BrokenIndexError, match="the search index cannot be read"):
        search(path, "Morocco", "en")


def test_a_changed_ready_query_is_found_though_the_data_are_the_same(project_copy: Project, tmp_path: Path) -> None:
    before, _ = build(project_copy, tmp_path)
    assert before is not None
    queries = project_copy.root / "queries"
    shutil.copy(queries / "partners.rq", queries / "zyzzyva.rq")
    (queries / "regions.rq").unlink()
    text = (queries / "partners.rq").read_text(encoding="utf-8").replace('en = "', 'en = "Zyzzyva ', 1)
    (queries / "partners.rq").write_text(text, encoding="utf-8")
    after, _ = build(project_copy, tmp_path)
    assert after is not None
    assert after.folder == before.folder
    assert _names(search(after.folder / INDEX_FILE, "zyzzyva", "en")) == ["query/partners"]
    assert (after.folder / "queries/zyzzyva.rq").is_file()
    assert not (after.folder / "queries/regions.rq").exists()
    assert read(after.folder).manifest == after.manifest


def test_the_page_shows_what_is_found_with_the_words_marked(server: Server) -> None:
    text = server.fetch("/search?q=Maroc&lang=en").text
    assert re.search(r'<a href="/id/morocco\?lang=en" lang="en" dir="auto">Morocco</a>', text)
    assert '<p lang="fr" dir="ltr"><mark>Maroc</mark> · Royaume du <mark>Maroc</mark>' in text


def test_what_a_person_writes_is_never_markup(server: Server) -> None:
    text = server.fetch("/search?q=%3Cscript%3Ealert(1)%3C/script%3E%22%20autofocus%20x=%22").text
    assert "<script>alert" not in text
    assert "autofocus x" not in text.replace("&#34; autofocus x", "")


@pytest.mark.parametrize("query", ["", "?!", "zyzzyva", "a" * 10_000, "%00", "%FF"])
def test_every_search_has_a_page(server: Server, query: str) -> None:
    answer = server.fetch(f"/search?q={query}")
    assert answer.status == (400 if len(query) > LONGEST_QUERY else 200)
    assert answer.headers["content-type"].startswith("text/html")
    assert '<form class="search" role="search"' in answer.text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("q=" + "a" * 10_000, "at most 200 characters"),
        ("q=nato&kind=planet", "the kinds are state, organization,"),
        ("q=nato&page=0", "page is '0'; write a whole number from 1 to"),
        ("q=nato&page=99999999999999999999", "write a whole number from 1 to"),
        ("q=nato&size=101", "write a whole number from 1 to 100"),
        ("q=nato&size=²", "write a whole number"),
    ],
)
def test_a_wrong_request_is_told_what_to_write(server: Server, arguments: str, told: str) -> None:
    document = server.fetch(f"/search.json?{quote(arguments, safe='=&')}").problem(400)
    assert told in str(document["detail"])


def test_programs_get_the_same_as_people(server: Server) -> None:
    answer = server.fetch(f"/search.json?q={quote('حلف الناتو')}&lang=fr&size=1")
    assert answer.headers["access-control-allow-origin"] == "*"
    found: Any = answer.json()
    assert (found["language"], found["page"], found["everyWord"]) == ("fr", 1, True)
    (hit,) = found["results"]
    assert (hit["iri"], hit["kind"], hit["url"]) == (f"{BASE}id/nato", "organization", "/id/nato?lang=fr")
    assert hit["label"]["text"] == "OTAN"
    assert [hit["detail"]["text"][start:end] for start, end in hit["detail"]["marks"]] == ["حلف", "الناتو", "حلف"]


def test_every_hit_leads_to_a_page(server: Server) -> None:
    kinds: Any = server.fetch("/search.json?q=a&size=1").json()["kinds"]
    assert set(kinds) == set(KINDS)
    for kind in kinds:
        found: Any = server.fetch(f"/search.json?q=a&kind={kind}&size=3").json()
        for hit in found["results"]:
            assert hit["kind"] == kind
            assert server.fetch(hit["url"].partition("#")[0], headers=BROWSER).status == 200, hit["url"]


def test_a_release_without_its_index_says_so_and_answers_all_else(release: Release, tmp_path: Path) -> None:
    shutil.copytree(release.folder, tmp_path / "release", ignore=shutil.ignore_patterns(INDEX_FILE))
    with serving("--release", tmp_path / "release") as incomplete:
        for path in ("/search?q=nato", "/search.json?q=nato"):
            answer = incomplete.fetch(path)
            assert answer.status == 500
            assert "run alliance-graph build again" in answer.text
            assert "Traceback" not in answer.text
        assert incomplete.fetch("/").status == 200


def test_files_of_ones_own_have_no_search_and_say_so(tmp_path: Path) -> None:
    (tmp_path / "own.ttl").write_text("<urn:a> <urn:b> <urn:c> .", encoding="utf-8")
    with serving("--dataset", tmp_path / "own.ttl") as own:
        assert "SPARQL" in own.fetch("/").text
        assert 'role="search"' not in own.fetch("/").text
        answer = own.fetch("/search.json?q=a")
        assert answer.status == 404
        assert "ask the SPARQL endpoint" in str(answer.json()["detail"])
