"""An answer given again is the same answer, and a client that has it is told so."""

from __future__ import annotations

import gzip
import json
import subprocess
import time
from pathlib import Path
from urllib.parse import urlencode

import brotli
import pytest

from alliance_graph.dataset.project import Project
from alliance_graph.web.cache import Answer, Cache, digest, etag_of
from alliance_graph.web.response import Lasting
from conftest import COMMAND, Server, _allowed, _wait_until_up, free_port

QUERY = "SELECT ?c ?t { ?c ally:claimStatement ?t } ORDER BY ?c ?t LIMIT 50"
PATH = f"/sparql?{urlencode({'query': QUERY})}"


def test_a_second_request_is_answered_from_memory_with_the_same_bytes(server: Server) -> None:
    path = f"/sparql?{urlencode({'query': QUERY + '#twice'})}"
    first, second = server.fetch(path), server.fetch(path)
    assert first.body == second.body
    assert first.headers["etag"] == second.headers["etag"]
    assert "query;dur=" in first.headers["server-timing"]
    assert second.headers["server-timing"] == "cache;desc=hit"
    assert first.headers["content-type"] == second.headers["content-type"]


def test_the_same_query_in_another_form_is_the_same_answer(server: Server) -> None:
    got = server.fetch(PATH)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    posted = server.fetch("/sparql", method="POST", headers=form, data=urlencode({"query": QUERY}).encode())
    direct = {"Content-Type": "application/sparql-query"}
    sent = server.fetch("/sparql", method="POST", headers=direct, data=QUERY.encode())
    assert got.headers["etag"] == posted.headers["etag"] == sent.headers["etag"]


@pytest.mark.parametrize("tag", ["{etag}", "W/{etag}", '"other", {etag}', "*"])
def test_a_client_that_has_the_answer_gets_304(server: Server, tag: str) -> None:
    etag = server.fetch(PATH).headers["etag"]
    answer = server.fetch(PATH, headers={"If-None-Match": tag.replace("{etag}", etag)})
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["etag"] == etag
    assert answer.headers["cache-control"] == "public, no-cache"


def test_a_client_that_has_another_answer_gets_this_one(server: Server) -> None:
    answer = server.fetch(PATH, headers={"If-None-Match": '"something else"'})
    assert answer.status == 200
    assert answer.body


def test_another_format_is_another_answer(server: Server) -> None:
    as_json = server.fetch(PATH, headers={"Accept": "application/sparql-results+json"})
    as_csv = server.fetch(PATH, headers={"Accept": "text/csv"})
    assert as_json.headers["etag"] != as_csv.headers["etag"]
    assert "accept" in as_csv.headers["vary"].lower()


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip", "gzip"), ("gzip, br", "br"), ("br;q=0, gzip", "gzip"), ("*", "br"), ("identity", ""), ("gzip;q=0", "")],
)
def test_an_answer_is_compressed_as_the_client_can_read_it(server: Server, accepted: str, coding: str) -> None:
    plain = server.fetch(PATH)
    answer = server.fetch(PATH, headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding", "") == coding
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress, "": bytes}[coding]
    assert unpack(answer.body) == plain.body
    # A strong validator is one of the very bytes (RFC 9110, section 8.8.1).
    assert (answer.headers["etag"] == plain.headers["etag"]) == (coding == "")


def test_head_has_the_headers_of_get(server: Server) -> None:
    get, head = server.fetch(PATH), server.fetch(PATH, method="HEAD")
    assert head.body == b""
    for name in ("content-type", "content-length", "etag"):
        assert head.headers[name] == get.headers[name]


def test_errors_are_not_kept(server: Server) -> None:
    for _ in range(2):
        answer = server.fetch("/sparql?query=SELECT")
        assert answer.status == 400
        assert "etag" not in answer.headers


def _answer(size: int) -> Answer:
    return Answer(Lasting([]), bytes(size), etag_of(bytes(size)))


def test_the_cache_stays_within_its_capacity_and_drops_what_was_longest_unused() -> None:
    cache = Cache(100_000)
    for key in range(20):
        cache.put(digest(key), _answer(10_000))
        cache.get(digest(0))
    assert cache.size <= cache.capacity
    assert cache.get(digest(0)) is not None
    assert cache.get(digest(1)) is None
    assert cache.get(digest(19)) is not None


def test_an_answer_that_would_push_out_many_others_is_not_kept() -> None:
    cache = Cache(100_000)
    cache.put(digest("large"), _answer(90_000))
    assert cache.get(digest("large")) is None


def test_a_new_release_is_served_without_a_refused_request_and_a_broken_one_never(
    project_copy: Project, tmp_path: Path
) -> None:
    build = [str(COMMAND), "build", "--project", str(project_copy.root), "--build-dir", str(tmp_path)]
    subprocess.run(build, check=True, capture_output=True)
    port = free_port()
    serve = [str(COMMAND), "serve", "--project", str(project_copy.root), "--build-dir", str(tmp_path)]
    process = subprocess.Popen(
        [*serve, "--port", str(port), "--log", "none"], stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    _allowed.add(process.pid)
    server = Server(f"http://127.0.0.1:{port}")
    query = "SELECT ?l { id:partner-nations rdfs:label ?l FILTER(LANG(?l) = 'en') }"
    path = f"/sparql?{urlencode({'query': query})}"
    try:
        _wait_until_up(server, process)
        assert _label(server, path) == "partner nations"
        groups = project_copy.root / "data/entities/groups.ttl"
        text = groups.read_text(encoding="utf-8")
        groups.write_text(text + "this is not Turtle", encoding="utf-8")
        assert subprocess.run(build, check=False, capture_output=True).returncode == 1
        groups.write_text(text.replace('"partner nations"@en', '"befriended nations"@en'), encoding="utf-8")
        subprocess.run(build, check=True, capture_output=True)
        deadline = time.monotonic() + 20
        while (label := _label(server, path)) == "partner nations" and time.monotonic() < deadline:
            time.sleep(0.1)
        assert label == "befriended nations"
    finally:
        process.terminate()
        process.communicate(timeout=20)
        _allowed.discard(process.pid)


def _label(server: Server, path: str) -> str:
    answer = server.fetch(path, headers={"Accept": "application/json"})
    assert answer.status == 200
    (row,) = json.loads(answer.body)["results"]["bindings"]
    label: str = row["l"]["value"]
    return label
