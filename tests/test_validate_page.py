"""`/validate` says of a text what `alliance-graph validate` says of a file, and no text hurts the service."""

from __future__ import annotations

import html
import os
import re
import signal
import socket
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.project import Project
from alliance_graph.dataset.release import Release
from alliance_graph.validation.host import judge
from alliance_graph.validation.judge import NEW_FILE
from alliance_graph.validation.session import Session
from alliance_graph.vocabulary import LANGUAGES, PREFIXES
from alliance_graph.web.pages.listing import Gap, Line, listing
from conftest import BROWSER, REPOSITORY, Answer, Run
from processes import Process, Service, family, running, until

_PREFIXES = "".join(f"@prefix {p}: <{PREFIXES[p]}> .\n" for p in ("ally", "id", "owl", "rdfs", "skos"))
_STATE = f"""{_PREFIXES}
id:atlantis a ally:State ;
  rdfs:label "Atlantis"@en ;
  ally:noSuchProperty id:nowhere .
"""
_WORDS = REPOSITORY / "service" / "alliance_graph" / "web" / "messages" / "validate.toml"
_RULES = REPOSITORY / "tests" / "fixtures" / "rules"


@pytest.fixture(scope="module")
def service(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with little patience and little memory for texts."""
    log = tmp_path_factory.mktemp("log") / "service.log"
    with running(log, "--release", release.folder, text_seconds=20, memory_mebibytes=300) as found:
        yield found


def _post(
    service: Service, text: str | bytes, accept: str = "application/json", *, query: str = "", kind: str = "text/turtle"
) -> Answer:
    body = text.encode() if isinstance(text, str) else text
    return service.send("POST", f"/validate{query}", body, {"Content-Type": kind, "Accept": accept})


def _form(service: Service, query: str = "", **fields: str | bytes) -> Answer:
    """Send the page's form as a browser does; bytes are a chosen file."""
    parts = []
    for name, value in fields.items():
        chosen = isinstance(value, bytes)
        parts.append(
            f'--limit\r\nContent-Disposition: form-data; name="{name}"{"; filename=chosen.ttl" if chosen else ""}\r\n\r\n'.encode()
        )
        parts.append((value if isinstance(value, bytes) else value.replace("\n", "\r\n").encode()) + b"\r\n")
    body = b"".join([*parts, b"--limit--\r\n"])
    return _post(service, body, "text/html", query=query, kind="multipart/form-data; boundary=limit")


def test_findings_stand_at_their_lines(service: Service) -> None:
    report: Any = _post(service, _STATE).json()
    assert report["conforms"] is False
    lines = {(f["rule"], f["line"]) for f in report["findings"]}
    assert {("undeclared-term", 9), ("canonical-form", 1)} <= lines
    assert {rule for rule, line in lines if line == 7} >= {"state-has-iso-codes"}, lines


def test_a_file_of_the_project_is_clean_as_its_own_next_version(service: Service, project: Project) -> None:
    file = "data/facts/official-documents.ttl"
    text = (project.root / file).read_text(encoding="utf-8")
    report: Any = _post(service, text, query=f"?file={file}").json()
    assert report["conforms"] is True
    assert {f["file"] for f in report["findings"]} <= {file}
    page = _form(service, text=text, file=file)
    assert page.status == 200
    assert "Not checked:" in page.text
    assert "--evidence" in page.text
    assert "no longer defines" in page.text


def test_a_text_is_judged_beside_the_data_of_the_project(service: Service) -> None:
    text = f"{_PREFIXES}id:morocco a ally:State .\nid:morocco ally:isAdherenceTo id:no-such-treaty .\n"
    report: Any = _post(service, text).json()
    undefined = [f for f in report["findings"] if f["rule"] == "undefined-term"]
    assert [(f["line"], f["value"]) for f in undefined] == [(7, "id:no-such-treaty")]
    without: Any = _post(service, text.replace("id:no-such-treaty", "id:atop-3015")).json()
    assert "undefined-term" not in {f["rule"] for f in without["findings"]}


def test_a_fixture_of_each_kind_is_judged_as_by_the_command(service: Service, project: Project) -> None:
    session = Session(project)
    fixtures = sorted(_RULES.glob("*/*.ttl"))
    for path in fixtures[:: len(fixtures) // 20]:
        text = path.read_text(encoding="utf-8")
        assert _post(service, text).text == judge(session, NEW_FILE, text, "json", "en"), path


def test_the_report_comes_in_the_formats_and_languages_of_the_command(
    service: Service, tmp_path: Path, run: Run
) -> None:
    (tmp_path / NEW_FILE).write_text(_STATE, encoding="utf-8")
    told = run("validate", tmp_path / NEW_FILE, "--lang", "fr").out
    answer = _post(service, _STATE, "text/plain", query="?lang=fr")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == told.replace(str(tmp_path / NEW_FILE), NEW_FILE)
    assert _post(service, _STATE, "*/*").text == _post(service, _STATE, "text/plain").text

    sarif: Any = _post(service, _STATE, "application/sarif+json").json()
    assert sarif["version"] == "2.1.0"
    store = ox.Store()
    store.load(_post(service, _STATE, "text/turtle").body, format=ox.RdfFormat.TURTLE)
    assert store.query("ASK { ?report sh:conforms false ; sh:result ?result }", prefixes=PREFIXES)
    _post(service, _STATE, "image/png").problem(406, "not-acceptable")


def _visible(answer: Answer) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_text_and_each_finding_under_its_line(service: Service, language: str) -> None:
    answer = _form(service, f"?lang={language}", text=_STATE)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    report: Any = _post(service, _STATE, query=f"?lang={language}").json()
    listing = answer.text.split('<ol class="listing"')[1].split("</ol>")[0]
    shown = re.split(r'<li id="L(\d+)"', listing)[1:]
    lines = dict(zip(map(int, shown[::2]), map(html.unescape, shown[1::2]), strict=True))
    assert len(lines) == _STATE.count("\n")
    for finding in report["findings"]:
        assert finding["message"] in lines[finding["line"]]
        assert re.search(rf'href="/ontology/shapes[^"]*#{finding["rule"]}"', lines[finding["line"]])
    assert "id:atlantis a ally:State" in lines[7]


def test_a_chosen_file_is_read_instead_of_the_text(service: Service) -> None:
    assert "Atlantis" in _visible(_form(service, text="nothing", upload=_STATE.encode()))
    assert "Atlantis" in _visible(_form(service, text=_STATE, upload=b""))


def test_what_could_not_be_read_is_not_called_checked(service: Service) -> None:
    page = _visible(_form(service, text="this is no Turtle"))
    assert "nothing but its syntax was checked" in page
    assert "Checked:" not in page


def test_every_step_of_a_report_has_its_words(service: Service) -> None:
    words = tomllib.loads(_WORDS.read_text(encoding="utf-8"))
    report: Any = _post(service, _STATE).json()
    assert {f"step_{step['name'].replace(' ', '_')}" for step in report["steps"]} <= words.keys()


def test_markup_in_a_text_stays_text(service: Service) -> None:
    text = f'{_PREFIXES}id:a rdfs:label "</textarea><script>alert(1)</script>{{{{ 7 * 7 }}}}"@en .\n'
    page = _form(service, text=text).text
    assert "<script>alert" not in page
    assert "{{ 7 * 7 }}" in page


@pytest.mark.parametrize(
    ("body", "kind", "query", "status", "problem"),
    [
        ("", "text/turtle", "", 400, "bad-request"),
        (" \n", "text/turtle", "", 400, "bad-request"),
        (b"\xff\xfe\x00", "text/turtle", "", 400, "bad-request"),
        ("a", "text/turtle; charset=latin-1", "", 415, "unsupported-media-type"),
        ("text=a", "application/x-www-form-urlencoded", "", 415, "unsupported-media-type"),
        ("a", "text/turtle", "?file=ontology/shapes/actors.ttl", 400, "bad-request"),
        ("a", "text/turtle", "?file=../../../etc/passwd", 400, "bad-request"),
        ("#" * 1_000_001, "text/turtle", "", 413, "too-large"),
        ("#" * 3_000_000, "multipart/form-data; boundary=limit", "", 413, "too-large"),
    ],
    ids=["nothing", "space", "binary", "encoding", "form", "shapes", "path", "long", "long form"],
)
def test_what_cannot_be_judged_is_refused_with_the_reason(
    service: Service, body: str | bytes, kind: str, query: str, status: int, problem: str
) -> None:
    _post(service, body, query=query, kind=kind).problem(status, problem)


_HOSTILE = {
    "nested": f"{_PREFIXES}id:a ally:x {'[ ally:x ' * 50}1{' ]' * 50} .",
    "nested too deeply": f"{_PREFIXES}id:a ally:x {'( ' * 9000}{') ' * 9000} .",
    "never closed": "[" * 900_000,
    "long literal": f'{_PREFIXES}id:a ally:x """{"x" * 900_000}""" .',
    "long number": f"{_PREFIXES}id:a ally:x {'9' * 900_000} .",
    "odd literals": f'{_PREFIXES}id:a ally:x "-9"^^<http://www.w3.org/2001/XMLSchema#date> , "<p>"^^rdf:HTML , "<a>&x;"^^rdf:XMLLiteral .'.replace(
        "@prefix id:", f"@prefix rdf: <{PREFIXES['rdf']}> .\n@prefix id:"
    ),
    "null": "<urn:a> <urn:b> \0 .",
    "surrogate": '<urn:a> <urn:b> "\\uD800" .',
    "redefined": f"{_PREFIXES}id:morocco a skos:Concept .\nally:State a owl:Class ; rdfs:subClassOf ally:State .",
}


@pytest.mark.parametrize("text", _HOSTILE.values(), ids=_HOSTILE.keys())
def test_a_hostile_text_gets_a_report_like_any_other(service: Service, text: str) -> None:
    report: Any = _post(service, text).json()
    assert report["conforms"] is False
    assert report["findings"]


_EXCESSIVE = {
    "knot of blank nodes": "".join(f"_:a{i} <urn:x> _:a{j} .\n" for i in range(9) for j in range(9) if i != j),
    "prefixes": "".join(f"@prefix p{i}: <urn:{i}> .\n" for i in range(30_000)),
    "chain of blank nodes": "".join(f"_:a{i} <urn:x> _:a{i + 1} .\n" for i in range(3000)),
}


@pytest.mark.parametrize("text", _EXCESSIVE.values(), ids=_EXCESSIVE.keys())
def test_a_text_that_goes_too_far_is_ended_and_the_next_one_judged(service: Service, text: str) -> None:
    answer = _post(service, text)
    if answer.status != 200:  # a machine may be fast enough for some of them
        answer.problem(503, "timeout", "out-of-memory")
    assert _post(service, _STATE).status == 200
    assert service.ask("ASK { ?s ?p ?o }").status == 200


def test_nothing_a_text_names_is_fetched(service: Service) -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.5)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}/"
        text = f"{_PREFIXES}@base <{url}> .\n<> a owl:Ontology ; owl:imports <{url}more> ; rdfs:seeAlso <file:///etc/passwd> .\n"
        assert _post(service, text).status == 200
        with pytest.raises(TimeoutError):
            canary.accept()


def test_texts_wait_for_one_another_and_too_many_are_turned_away(service: Service) -> None:
    with ThreadPoolExecutor(14) as clients:
        answers = [*clients.map(lambda _: _post(service, _EXCESSIVE["knot of blank nodes"]), range(14))]
    assert {answer.status for answer in answers} == {429, 503}
    for answer in answers:
        if answer.status == 429:
            answer.problem(429, "too-many-requests")
            assert int(answer.headers["retry-after"]) >= 1
    until(lambda: _post(service, _STATE).status == 200, 30)


def _hosts(service: Service) -> list[Process]:
    """Return the processes that hold a project, without the children that judge."""
    found = [p for p in service.family if "alliance_graph.validation.host" in p.command and p.state != "Z"]
    return [p for p in found if p.parent not in {host.pid for host in found}]


def test_a_process_that_died_is_replaced(service: Service) -> None:
    assert _post(service, _STATE).status == 200
    (host,) = _hosts(service)
    os.kill(host.pid, signal.SIGKILL)
    assert _post(service, _STATE).status == 200
    assert [p.pid for p in _hosts(service)] != [host.pid]


def test_stopping_the_service_ends_what_validates(release: Release, tmp_path: Path) -> None:
    with running(tmp_path / "log", "--release", release.folder) as stopped:
        assert not _hosts(stopped)  # nothing is loaded before it is needed
        assert _post(stopped, _STATE).status == 200
        (host,) = _hosts(stopped)
        stopped.process.terminate()
        stopped.process.wait(timeout=15)
        until(lambda: not family(host.pid), 5, lambda: "the process that validates is still there")


def test_with_data_of_ones_own_texts_are_judged_by_the_project_that_is_found(tmp_path: Path) -> None:
    data = tmp_path / "own.ttl"
    data.write_text("<urn:a> <urn:b> <urn:c> .", encoding="utf-8")
    with running(tmp_path / "log", "--dataset", data) as own:
        assert own.send("GET", "/validate", None, BROWSER).status == 200
        report: Any = _post(own, _STATE).json()
        assert "undeclared-term" in {f["rule"] for f in report["findings"]}
        assert _form(own, text=_STATE).status == 200


def test_a_long_text_is_shown_around_its_findings() -> None:
    rows = list(listing("line\n" * 5000, [{"line": 2500}, {"line": 9999}]))
    numbers = [row.number for row in rows if isinstance(row, Line)]
    assert numbers == [*range(2497, 2504), *range(4997, 5001)]
    assert [row for row in rows if isinstance(row, Gap)] == [Gap(1, 2496), Gap(2504, 4996)]
    assert [row.number for row in rows if isinstance(row, Line) and row.findings] == [2500, 5000]
