"""Links are held against what a Wikidata says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from alliance_graph.sources.wikidata import messages
from alliance_graph.sources.wikidata.client import BATCH, Client
from alliance_graph.sources.wikidata.names import best_match
from alliance_graph.sources.wikidata.records import LinkRecord
from alliance_graph.sources.wikidata.verify import Verdict
from alliance_graph.vocabulary import LANGUAGES
from conftest import Run
from links.asking import Ask, kinds
from links.wikidata_service import Wikidata, claim, entity


def test_an_agreeing_wikidata_confirms_every_link(ask: Ask, service: Wikidata, records: list[LinkRecord]) -> None:
    found = ask()
    assert {name: (v.verdict, v.observations) for name, v in found.items() if v.verdict is not Verdict.CONFIRMED} == {}
    calls, items = service.identifiers(), {r.item for r in records}
    assert {len(ids) for ids in calls[:-1]} == {BATCH}
    assert sorted(item for ids in calls for item in ids) == sorted(map(str, items))
    assert {form["maxlag"] for form in service.asked} == {"5"}
    (agent,) = service.agents
    assert agent.startswith("alliance-graph/")
    assert "tests@example.org" in agent
    assert found["morocco"].item
    assert found["morocco"].item.revision == 1_001_028


@pytest.mark.parametrize(
    ("change", "kind", "verdict"),
    [
        (lambda s: s.entities.pop("Q29"), "missing", Verdict.CONTRADICTED),
        (lambda s: s.entities["Q29"]["claims"].update(P298=[claim("FRA")]), "code-differs", Verdict.CONTRADICTED),
        (lambda s: s.entities["Q29"]["claims"].pop("P297"), "code-missing", Verdict.CONFIRMED),
        (
            lambda s: s.entities["Q29"].update(labels={"en": {"language": "en", "value": "Atlantis"}}, aliases={}),
            "label-differs",
            Verdict.CONTRADICTED,
        ),
        (
            lambda s: s.entities["Q29"].update(labels={"en": {"language": "en", "value": "Spaine"}}, aliases=[]),
            "label-differs",
            Verdict.DOUBTFUL,
        ),
        (lambda s: s.entities["Q29"]["labels"].pop("ar"), "label-missing", Verdict.CONFIRMED),
        (
            lambda s: s.entities["Q29"]["claims"].update(P31=[claim("Q4167410", item=True)]),
            "not-a-thing",
            Verdict.CONTRADICTED,
        ),
        (lambda s: s.entities["Q29"]["claims"].update(P31=[claim("Q42", item=True)]), "type-differs", Verdict.DOUBTFUL),
    ],
    ids=["deleted", "wrong code", "no code", "other name", "like name", "no Arabic name", "a page", "other class"],
)
def test_what_speaks_against_a_link_is_said(
    ask: Ask, service: Wikidata, change: Callable[[Wikidata], object], kind: str, verdict: Verdict
) -> None:
    service.entities["Q42"] = entity("Q42", {"en": ["a kind of thing"]})
    if kind == "label-missing":
        service.entities["Q29"]["aliases"].pop("ar", None)
    change(service)
    found = ask()["spain"]
    assert (kind in kinds(found), found.verdict) == (True, verdict)
    others = {name for name, v in ask().items() if v.verdict is not Verdict.CONFIRMED}
    assert others <= {"spain"}


def test_a_deprecated_statement_counts_as_none(ask: Ask, service: Wikidata) -> None:
    service.entities["Q29"]["claims"]["P298"].append(claim("FRA", rank="deprecated"))
    assert ask()["spain"].verdict is Verdict.CONFIRMED


def test_names_for_all_languages_count_in_each(ask: Ask, service: Wikidata) -> None:
    service.entities["Q7184"].update(labels={"mul": {"language": "mul", "value": "NATO"}}, aliases=[])
    found = ask()["nato"]
    assert found.scores["en"] == 1
    assert found.verdict is Verdict.CONFIRMED


def test_a_class_further_up_is_found_by_reading_upward(ask: Ask, service: Wikidata) -> None:
    service.entities["Q29"]["claims"]["P31"] = [claim("Q901", item=True)]
    service.entities["Q901"] = entity("Q901", {"en": ["kingdom"]}, above=("Q902",))
    service.entities["Q902"] = entity("Q902", {"en": ["monarchy"]}, above=("Q901", "Q3624078"))
    assert ask()["spain"].observations == ()
    assert service.identifiers()[-2:] == [["Q901"], ["Q902"]]


def test_without_a_network_what_is_kept_is_compared(
    ask: Ask, client: Client, service: Wikidata, run: Run, tmp_path: Path
) -> None:
    ask()
    before = len(service.asked)
    offline = Client(service.api, client.cache)
    assert {v.verdict for v in ask(offline).values()} == {Verdict.CONFIRMED}
    outcome = run("links", "verify", "--api", service.api, "--cache", client.cache.folder)
    assert "0 not-asked" in outcome.out
    assert len(service.asked) == before


@pytest.mark.parametrize(
    ("ours", "theirs", "language", "same"),
    [
        ("The United Nations", "united nations", "en", True),
        ("Côte d’Ivoire", "Cote d'Ivoire", "fr", True),
        ("Émirats arabes unis", "émirats Arabes-Unis", "fr", True),
        ("الإمارات العربية المتحدة", "الامارات العربيه المتحده", "ar", True),
        ("المغرب", "مغرب", "ar", True),
        ("Los Países Bajos", "Países Bajos", "es", True),
        ("Niger", "Nigeria", "en", False),
        ("Congo", "Democratic Republic of the Congo", "en", False),
        ("The The", "the the", "en", True),
    ],
)
def test_names_are_the_same_but_for_how_they_are_written(ours: str, theirs: str, language: str, same: bool) -> None:
    score, name = best_match([ours], [theirs], language)
    assert (score == 1, name) == (same, theirs)
    assert 0 < score <= 1


def test_every_message_speaks_the_four_languages() -> None:
    for key, texts in messages.keys().items():
        assert set(texts) == set(LANGUAGES), key
        braces = {frozenset(part.split("}")[0] for part in text.split("{")[1:]) for text in texts.values()}
        assert len(braces) == 1, key
