"""Links to Wikidata: the records keep the project's rules, and are held against what a Wikidata says.

The Wikidata is a real server on loopback (wikidata_service.py) that has an entity for each record.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from alliance_graph.dataset.documents import read_all
from alliance_graph.dataset.project import Project, find_project
from alliance_graph.errors import AllianceGraphError
from alliance_graph.sources.wikidata import messages, suggest
from alliance_graph.sources.wikidata.check import RULES, check
from alliance_graph.sources.wikidata.client import BATCH, Cache, Client
from alliance_graph.sources.wikidata.http import Http, RemoteError, user_agent
from alliance_graph.sources.wikidata.names import best_match
from alliance_graph.sources.wikidata.patch import patch
from alliance_graph.sources.wikidata.records import LinkRecord, Thing, expected_classes, read_records, read_things
from alliance_graph.sources.wikidata.verify import Verdict, Verification, verify
from alliance_graph.validation.checks import read_checks
from alliance_graph.vocabulary import LANGUAGES, PREFIXES, expand
from conftest import Run
from wikidata_service import Wikidata, claim, entity, wikidata

FILE = "data/links/wikidata.ttl"
AGREE = "link-and-triple-agree"
Ask = Callable[..., dict[str, Verification]]


@pytest.fixture(scope="module")
def records(project: Project) -> list[LinkRecord]:
    return read_records(read_all(project))


@pytest.fixture(scope="module")
def things(project: Project) -> dict[str, Thing]:
    return read_things(read_all(project))


@pytest.fixture
def service(records: list[LinkRecord], things: dict[str, Thing]) -> Iterator[Wikidata]:
    """A Wikidata that agrees with every record."""
    with wikidata() as running:
        for record in records:
            assert record.item
            thing = things[record.subject]
            names = {language: [*found] for language, found in thing.names.items()}
            names.setdefault("en", []).append(record.label)
            kinds = tuple(sorted(expected_classes(thing, records)))
            running.entities[record.item] = entity(record.item, names, kinds=kinds, codes=thing.codes)
        yield running


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(service: Wikidata, tmp_path: Path, pauses: list[float]) -> Client:
    return _client(service, tmp_path, pauses)


def _client(service: Wikidata, folder: Path, pauses: list[float], *, days: float = 7) -> Client:
    http = Http(user_agent("tests", "tests@example.org"), sleep=pauses.append)
    return Client(service.api, Cache(folder / "cache", timedelta(days=days)), http)


@pytest.fixture
def ask(records: list[LinkRecord], things: dict[str, Thing], client: Client) -> Ask:
    """Verify every record; return what was found by the short name of the record."""

    def call(asked: Client = client) -> dict[str, Verification]:
        return {_short(v.record): v for v in verify(records, things, asked)}

    return call


def _short(record: LinkRecord) -> str:
    return record.iri.removeprefix(PREFIXES["link"])


def _kinds(found: Verification) -> set[str]:
    return {o.key for o in found.observations}


# The records themselves


def test_the_records_keep_the_rules(project: Project) -> None:
    report = check(project, read_all(project))
    assert report.findings == ()
    assert set(RULES) <= {found.rule for found in read_checks(project)}


def test_every_class_of_link_is_there(records: list[LinkRecord]) -> None:
    subjects = {r.subject for r in records if r.asserted}
    for name in ("id:morocco", "id:nato", "id:africa", "threat:terrorism", "ally:State"):
        assert expand(name) in subjects


def test_disputed_territory_and_state_are_two_candidates_with_an_item_each(records: list[LinkRecord]) -> None:
    found = {r.subject: (r.item, r.asserted) for r in records}
    assert found[expand("id:western-sahara") or ""] == ("Q6250", False)
    assert found[expand("id:sahrawi-arab-democratic-republic") or ""] == ("Q40362", False)


def _spoil(project: Project, old: str, new: str) -> list[str]:
    """Change the file of the links in one place and return the rules that are then broken."""
    path = project.root / FILE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return sorted({finding.rule for finding in check(project, read_all(project)).findings})


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        (
            "id:spain\n    skos:exactMatch wd:Q29 ",
            "id:spain\n    skos:exactMatch wd:Q38 ",
            {AGREE, "one-item-one-thing"},
        ),
        ("sssom:object_id wd:Q29 ", "sssom:object_id wd:Q38 ", {AGREE, "one-record-one-link"}),
        ("object_id wd:Q29 ", "object_id <https://www.wikidata.org/wiki/Q29> ", {AGREE, "link-names-an-item"}),
        ("link-status:asserted", "link-status:candidate", {AGREE}),
        ("ISO 3166-1 alpha-3 ESP", "ISO 3166-1 alpha-3 FRA", {"link-code-agrees"}),
        ("ally:hasConfidence confidence:high ;", "", {"link-is-complete"}),
        ('"tsafavi/codex@3132e426:data/triples (Morocco P30)"', '"SpocWiki/_Standards@1:x"', {"link-has-two-sources"}),
    ],
    ids=["triple", "item", "page", "status", "code", "confidence", "evidence"],
)
def test_a_spoilt_record_is_found(project_copy: Project, old: str, new: str, rules: set[str]) -> None:
    assert set(_spoil(project_copy, old, new)) == rules


def test_check_counts_the_records_and_fails_on_a_violation(
    run: Run, project_copy: Project, records: list[LinkRecord]
) -> None:
    outcome = run("links", "check")
    assert (outcome.code, outcome.err) == (0, "")
    asserted = sum(record.asserted for record in records)
    assert outcome.out.splitlines()[-1] == f"{len(records)} records, {asserted} asserted"
    _spoil(project_copy, "ISO 3166-1 alpha-3 ESP", "ISO 3166-1 alpha-3 FRA")
    outcome = run("links", "check", "--project", project_copy.root, "--format", "json", "--lang", "ar")
    assert outcome.code == 1
    assert [(f["rule"], f["file"]) for f in json.loads(outcome.out)["findings"]] == [("link-code-agrees", FILE)]


# Nothing is asked unasked


def test_without_online_nothing_is_asked(run: Run, service: Wikidata, tmp_path: Path) -> None:
    for command in (
        ["verify", "--api", service.api, "--cache", tmp_path],
        ["suggest", "--service", service.reconciliation],
    ):
        outcome = run("links", *command)
        assert outcome.code == 0
    assert run("links", "check").code == 0
    assert service.asked == []
    assert not list(tmp_path.rglob("*.json"))


def test_only_an_http_address_is_asked(run: Run, tmp_path: Path) -> None:
    outcome = run("links", "verify", "--online", "--api", "file:///etc/passwd", "--cache", tmp_path)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "not the address of a service" in outcome.err


# Comparing


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
    assert (kind in _kinds(found), found.verdict) == (True, verdict)
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


# What goes wrong on the way


@pytest.mark.parametrize(
    ("faults", "waits"),
    [
        (["status:429,7"], [7.0]),
        (["status:503,3"], [3.0]),
        (["status:503"], [1.0]),
        (["maxlag:2"], [2.0]),
        (["maxlag:"], [5.0]),
        (["cut", "cut", "cut"], [1.0, 2.0, 4.0]),
        (["half"], [1.0]),
        (["half-packed"], [1.0]),
        (["html"], [1.0]),
        (["plain"], []),
        (["status:429,0", "cut", "half", "status:500"], [0.0, 2.0, 4.0, 8.0]),
    ],
    ids=lambda value: " ".join(map(str, value)),
)
def test_a_passing_fault_is_waited_out(
    ask: Ask, service: Wikidata, pauses: list[float], faults: list[str], waits: list[float]
) -> None:
    service.faults = [*faults]
    assert {v.verdict for v in ask().values()} == {Verdict.CONFIRMED}
    assert pauses == waits
    assert service.faults == []


def test_a_date_to_come_back_at_is_kept(ask: Ask, service: Wikidata, pauses: list[float]) -> None:
    service.faults = [f"status:429,{format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)}"]
    ask()
    assert len(pauses) == 1
    assert 25 < pauses[0] <= 30


@pytest.mark.parametrize(
    ("faults", "told", "sent"),
    [
        (["cut"] * 9, "gave no answer", 5),
        (["status:429"] * 9, "status 429, 5 times", 5),
        (["status:429,9000"], "asks to wait 9000 seconds", 1),
        (["status:403"], "status 403", 1),
        (["error:internal"], "internal: it says why", 1),
        (["maxlag:1"] * 9, "is busy, 5 times", 5),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else str(value),
)
def test_a_lasting_fault_ends_after_a_bounded_number_of_tries(
    ask: Ask, service: Wikidata, faults: list[str], told: str, sent: int
) -> None:
    service.faults = [*faults]
    with pytest.raises(RemoteError, match=told):
        ask()
    assert len(service.asked) == sent


def test_a_run_that_broke_off_goes_on_where_it_was(ask: Ask, client: Client, service: Wikidata) -> None:
    service.faults = ["", "status:403"]
    with pytest.raises(RemoteError, match=f"{BATCH} of [0-9]+ items have been read and are kept"):
        ask()
    first, refused = service.identifiers()
    assert {v.verdict for v in ask().values()} == {Verdict.CONFIRMED}
    assert service.identifiers()[2] == refused
    assert not set(first) & {item for ids in service.identifiers()[2:] for item in ids}
    (kept := client.cache.of(client.api) / "Q29.json").write_text("{ spoilt", encoding="utf-8")
    ask()
    assert service.identifiers()[-1] == ["Q29"]
    assert json.loads(kept.read_text(encoding="utf-8"))["id"] == "Q29"


def test_what_is_too_old_is_asked_for_again(ask: Ask, service: Wikidata, tmp_path: Path, pauses: list[float]) -> None:
    ask()
    before = len(service.asked)
    ask()
    assert len(service.asked) == before
    ask(_client(service, tmp_path, pauses, days=0))
    assert len(service.asked) == 2 * before


def test_one_service_does_not_answer_for_another(ask: Ask, client: Client, service: Wikidata) -> None:
    ask()
    other = Client(f"{service.api}?other", client.cache)
    assert {v.verdict for v in ask(other).values()} == {Verdict.NOT_ASKED}


def test_an_answer_cut_for_its_size_is_completed(ask: Ask, service: Wikidata, records: list[LinkRecord]) -> None:
    service.silent = 20
    assert {v.verdict for v in ask().values()} == {Verdict.CONFIRMED}
    assert service.identifiers()[1] == service.identifiers()[0][20:]


def test_an_answer_too_large_is_asked_for_in_halves(ask: Ask, client: Client, service: Wikidata) -> None:
    assert client.http
    client.http.largest = 20_000
    assert {v.verdict for v in ask().values()} == {Verdict.CONFIRMED}
    assert len(service.identifiers()[1]) == BATCH // 2
    client.http.largest = 10
    shutil.rmtree(client.cache.folder)
    with pytest.raises(RemoteError, match="larger than 10 bytes"):
        ask()


def test_an_identifier_the_service_refuses_is_missing_and_the_others_are_read(
    client: Client, service: Wikidata
) -> None:
    found = client.items(["Q29", "Q5000000000"])
    assert (found["Q29"].missing, found["Q5000000000"].missing) == (False, True)


# Redirects and the patch


def _apply(project: Project, diff: str) -> str:
    """Apply a diff as a maintainer does; return the file's new text."""
    done = subprocess.run(
        ["git", "apply", "-"], cwd=project.root, input=diff.encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return (project.root / FILE).read_text(encoding="utf-8")


def _rules(project: Project) -> list[str]:
    fresh = find_project(project.root)
    return [f"{f.rule} {f.subject_matter}" for f in check(fresh, read_all(fresh)).findings]


def test_the_patch_records_revisions_and_leaves_the_file_alone(ask: Ask, project_copy: Project) -> None:
    documents = read_all(project_copy)
    before = (project_copy.root / FILE).read_text(encoding="utf-8")
    diff = patch(ask().values(), documents)
    assert (project_copy.root / FILE).read_text(encoding="utf-8") == before
    removed = [line for line in diff.splitlines() if line.startswith("-") and not line.startswith("---")]
    assert [line for line in removed if "PREFIX" not in line] == []
    after = _apply(project_copy, diff)
    assert "sssom:see_also <https://www.wikidata.org/wiki/Special:EntityData/Q1028?revision=1001028> ;" in after
    assert _rules(project_copy) == []
    again = read_all(find_project(project_copy.root))
    assert patch(ask().values(), again) == ""


def test_a_merged_item_is_reported_and_the_patch_names_the_new_one(
    ask: Ask, service: Wikidata, project_copy: Project
) -> None:
    service.entities["Q990029"] = service.entities.pop("Q29") | {"id": "Q990029"}
    service.redirects["Q29"] = "Q990029"
    found = ask()
    assert (_kinds(found["spain"]), found["spain"].verdict) == ({"redirected"}, Verdict.DOUBTFUL)
    after = _apply(project_copy, patch(found.values(), read_all(project_copy)))
    assert "id:spain\n    skos:exactMatch wd:Q990029 ;" in after
    assert "wd:Q29 " not in after
    assert _rules(project_copy) == []


def test_an_item_merged_into_that_of_another_thing_is_given_up(
    ask: Ask, service: Wikidata, project_copy: Project
) -> None:
    service.redirects["Q29"] = "Q1028"
    found = ask()["spain"]
    assert _kinds(found) >= {"redirected", "taken", "code-differs"}
    after = _apply(project_copy, patch(ask().values(), read_all(project_copy)))
    assert "id:spain\n    skos" not in after
    assert "one-item-one-thing" not in " ".join(_rules(project_copy))


def test_a_contradicted_link_becomes_a_candidate(ask: Ask, service: Wikidata, project_copy: Project) -> None:
    del service.entities["Q29"]
    after = _apply(project_copy, patch(ask().values(), read_all(project_copy)))
    assert "id:spain\n    skos" not in after
    record = after.split("link:spain\n", 1)[1].split("\n.", 1)[0]
    assert "link-status:candidate" in record
    assert "wd:Q29 " in record
    assert _rules(project_copy) == []


def test_a_candidate_is_asserted_only_when_that_is_asked_for(ask: Ask, project_copy: Project) -> None:
    documents, found = read_all(project_copy), ask()
    assert "+id:western-sahara" not in patch(found.values(), documents)
    after = _apply(project_copy, patch(found.values(), documents, promote=True))
    assert "id:western-sahara\n    skos:exactMatch wd:Q6250 ;" in after
    assert _rules(project_copy) == []


# The commands as a user runs them


def test_verify_reports_and_writes_only_what_is_named(
    run: Run, service: Wikidata, project_copy: Project, tmp_path: Path
) -> None:
    service.entities["Q29"]["claims"]["P298"] = [claim("FRA")]
    service.faults = ["status:429,1"]
    before = {p: p.read_bytes() for p in project_copy.root.rglob("*") if p.is_file()}
    common = ("--project", project_copy.root, "--online", "--api", service.api, "--contact", "https://example.org/us")
    diff, report = tmp_path / "links.diff", tmp_path / "links.json"
    outcome = run("links", "verify", *common, "--patch", diff, "--lang", "fr")
    assert outcome.code == 1
    assert f"{FILE}:" in outcome.out
    assert "problem: son P298 est FRA, le nôtre ESP" in outcome.out
    assert "1 contradicted" in outcome.out.splitlines()[-1]
    assert "trying again in 1 s" in outcome.err
    assert any("https://example.org/us" in agent for agent in service.agents)
    written = {p for p in project_copy.root.rglob("*") if p.is_file() and ".cache" not in p.parts}
    assert {p: p.read_bytes() for p in written} == before
    asked = len(service.asked)
    assert run("links", "verify", *common, "--format", "json", "--output", report).code == 1
    assert len(service.asked) == asked, "the second run reads what the first one kept"
    document = json.loads(report.read_text(encoding="utf-8"))
    (bad,) = [entry for entry in document["links"] if entry["verdict"] == "contradicted"]
    assert (bad["item"], bad["observations"][0]["kind"]) == ("Q29", "code-differs")
    assert set(bad["observations"][0]["messages"]) == set(LANGUAGES)
    assert all(entry["revision"] for entry in document["links"])
    assert "link-status:candidate" in diff.read_text(encoding="utf-8")


def test_a_service_out_of_reach_is_one_line(run: Run, service: Wikidata, tmp_path: Path) -> None:
    service.faults = ["status:404"]
    outcome = run("links", "verify", "--online", "--api", service.api, "--cache", tmp_path)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)


# Suggestions


def test_suggestions_are_shown_and_never_written(
    run: Run, service: Wikidata, project_copy: Project, things: dict[str, Thing]
) -> None:
    kfor = expand("id:kfor") or ""
    service.candidates[things[kfor].names["en"][0]] = [
        {"id": "Q900001", "name": "Kosovo Force", "score": 97.5, "match": True, "description": "a force"},
        {"id": "Q900002", "name": "KFOR", "score": 40},
    ]
    before = {p: p.read_bytes() for p in project_copy.root.rglob("*") if p.is_file()}
    options = ("--project", project_copy.root, "--online", "--service", service.reconciliation)
    outcome = run("links", "suggest", *options, "--format", "json")
    assert outcome.code == 0, outcome.err
    by_thing = {thing["thing"]: thing["candidates"] for thing in json.loads(outcome.out)["things"]}
    assert [(c["item"], c["score"], c["match"]) for c in by_thing[kfor]] == [
        ("http://www.wikidata.org/entity/Q900001", 97.5, True),
        ("http://www.wikidata.org/entity/Q900002", 40, False),
    ]
    told = run("links", "suggest", *options, "id:kfor").out
    assert "Q900001 97.5 match Kosovo Force – a force" in told
    assert "nothing was written" in told
    assert {p: p.read_bytes() for p in project_copy.root.rglob("*") if p.is_file()} == before


def test_questions_name_class_and_codes(records: list[LinkRecord], things: dict[str, Thing], service: Wikidata) -> None:
    spain = things[expand("id:spain") or ""]
    service.candidates["Spain"] = [{"id": "Q29", "name": "Spain", "score": 100, "match": True}]
    (found,) = suggest.suggest([spain], records, service.reconciliation, Http("tests"))
    assert [c.item for c in found.candidates] == ["Q29"]
    question = json.loads(service.asked[-1]["queries"])["q0"]
    assert question["query"] == "Spain"
    assert "Q3624078" in question["type"]
    assert {"pid": "P298", "v": "ESP"} in question["properties"]


def test_things_with_a_record_are_not_asked_for(records: list[LinkRecord], things: dict[str, Thing]) -> None:
    left = {thing.iri for thing in suggest.unlinked(records, things)}
    assert expand("id:kfor") in left
    assert left.isdisjoint({r.subject for r in records})
    with pytest.raises(AllianceGraphError, match="nothing in the project"):
        suggest.unlinked(records, things, ["https://example.org/nothing"])


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ({"versions": ["0.1"], "identifierSpace": "http://www.wikidata.org/entity/"}, "version 0.2"),
        ({"versions": ["0.2"], "identifierSpace": "http://example.org/"}, "not about Wikidata"),
    ],
)
def test_another_kind_of_service_is_refused(
    run: Run, service: Wikidata, manifest: dict[str, object], told: str
) -> None:
    service.manifest = manifest
    outcome = run("links", "suggest", "--online", "--service", service.reconciliation, "id:kfor")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert told in outcome.err
