"""The command line says what it can do, and in one line what is wrong with a call and how to mend it."""

from __future__ import annotations

import csv
import io
import json
import shutil
import socket
import subprocess
from pathlib import Path

import click
import pyoxigraph as ox
import pytest

from alliance_graph.cli import cli
from alliance_graph.dataset.release import Release
from alliance_graph.engine.formats import FORMATS
from conftest import COMMAND, REPOSITORY, Outcome, Run

_HEADER = """#+ title = { en = "Probe", fr = "Sonde", ar = "مسبار", es = "Sonda" }
#+ description = { en = "A probe", fr = "Une sonde", ar = "مسبار", es = "Una sonda" }
#+ view = "table"
#+ languages = ["en"]
"""
_PARAMETERS = """#+ [parameters.state]
#+ type = "iri"
#+ description = { en = "a", fr = "b", ar = "c", es = "d" }
#+ [parameters.number]
#+ type = "integer"
#+ default = "7"
#+ description = { en = "a", fr = "b", ar = "c", es = "d" }
SELECT ?state ?number ?label { ?state rdfs:label ?label FILTER(LANG(?label) = "en") BIND(?number + 1 AS ?next) }
"""


@pytest.fixture(scope="module")
def asked(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with a ready query of its own, with and without parameters."""
    folder = tmp_path_factory.mktemp("asked") / "release"
    shutil.copytree(release.folder, folder)
    (folder / "queries" / "probe.rq").write_text(f"{_HEADER}{_PARAMETERS}", encoding="utf-8")
    (folder / "queries" / "plain.rq").write_text(f"{_HEADER}SELECT ?x {{ VALUES ?x {{ 1 2 }} }}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("command", ["", *cli.commands])
def test_every_command_explains_itself_and_its_options(run: Run, command: str) -> None:
    outcome = run(*command.split(), "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert "Usage: alliance-graph" in outcome.out
    parameters = cli.commands[command].params if command else []
    assert (cli.commands[command] if command else cli).help
    for parameter in parameters:
        for option in parameter.opts if parameter.param_type_name == "option" else []:
            assert option in outcome.out
        assert not isinstance(parameter, click.Option) or parameter.help, parameter.name


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").out.startswith("alliance-graph, version ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["validate", "--nonsense"], "--nonsense"),
        (["validate", "--format", "nonsense"], "'nonsense' is not one of"),
        (["validate", "--lang", "de"], "'de' is not one of"),
        (["validate", "--watch", "data/catalog.ttl"], "leave PATHS and --output out"),
        (["query"], "no query given"),
        (["query", "--format"], "--format"),
        (["query", "partners", "--param", "novalue"], "NAME=VALUE"),
        (["serve", "--port", "0"], "0 is not in the range"),
        (["serve", "--port", "x"], "'x' is not a valid integer"),
        (["serve", "--host", "no.such.host.invalid"], "no such address"),
        (["fingerprint"], "Missing argument 'ARTICLE'"),
        (["build", "--project", "nowhere"], "nowhere: not a project"),
    ],
)
def test_a_wrong_call_is_one_line(run: Run, release: Release, arguments: list[str], told: str) -> None:
    if arguments[0] in ("query", "serve") and "--project" not in arguments:
        arguments = [*arguments[:1], "--release", str(release.folder), *arguments[1:]]
    assert told in run(*arguments).failure()


def test_outside_a_project_a_command_uses_the_installed_one_or_says_what_is_missing(tmp_path: Path, run: Run) -> None:
    outcome = run("query", "--list", cwd=tmp_path)
    if outcome.code:
        outcome.failure()
    else:
        assert outcome.out


def test_ready_queries_are_listed_with_their_titles(run: Run, asked: Path) -> None:
    english, arabic = run("query", "--list"), run("query", "--list", "--lang", "ar")
    names = [line.split("\t")[0] for line in english.out.splitlines()]
    assert sorted(path.stem for path in (REPOSITORY / "queries").glob("*.rq")) == names
    assert [line.split("\t")[0] for line in arabic.out.splitlines()] == names
    assert arabic.out != english.out


def test_a_query_is_asked_by_name_by_file_and_from_standard_input(run: Run, asked: Path, tmp_path: Path) -> None:
    text = "SELECT ?x { VALUES ?x { 1 2 } }"
    file = tmp_path / "a query"
    file.write_text(text, encoding="utf-8")
    options = ("--release", asked, "--format", "csv")
    for outcome in (
        run("query", "plain", *options),
        run("query", file, *options),
        run("query", "-", *options, stdin=text),
    ):
        assert outcome == Outcome(0, "x\r\n1\r\n2\r\n", "")


def test_parameters_are_bound_and_defaults_hold(run: Run, asked: Path) -> None:
    outcome = run("query", "probe", "-p", "state=id:morocco", "--release", asked, "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    assert [(row["state"], row["number"], row["label"]) for row in rows] == [
        ("https://w3id.org/alliance-graph/id/morocco", "7", "Morocco")
    ]
    again = run("query", "probe", "-p", "state=id:morocco", "-p", "number=8", "--release", asked, "-f", "csv")
    assert ",8," in again.out


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_written_well_formed(run: Run, asked: Path, name: str) -> None:
    fmt = FORMATS[name]
    text = "CONSTRUCT { <urn:s> <urn:p> 'é' } {}" if fmt.rdf else "SELECT ?x { VALUES ?x { 'é' } }"
    outcome = run("query", "-", "--release", asked, "--format", name, stdin=text)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.endswith("\n")
    if fmt.rdf:
        assert [quad.object for quad in ox.parse(outcome.out, format=fmt.rdf)] == [ox.Literal("é")]
    elif fmt.results in (ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.XML):
        results = ox.parse_query_results(outcome.out, format=fmt.results)
        assert isinstance(results, ox.QuerySolutions)
        assert [solution["x"] for solution in results] == [ox.Literal("é")]
    else:
        assert outcome.out.split() in (["x", "é"], ["?x", '"é"'])


@pytest.mark.parametrize(("query", "shown"), [("ASK {}", "yes\n"), ("ASK { FILTER(false) }", "no\n")])
def test_a_question_is_answered_with_yes_or_no(run: Run, asked: Path, query: str, shown: str) -> None:
    assert run("query", "-", "--release", asked, stdin=query).out == shown


def test_a_table_in_a_pipe_has_every_letter_and_a_line_for_each_row(run: Run, asked: Path) -> None:
    long = " ".join(f"word{n}" for n in range(3_000))
    query = f"SELECT ?x ?y {{ VALUES (?x ?y) {{ ('{long}' 'end') ('[bold]x[/bold] :smile:' 'مغرب'@ar) ('a\\nb' 1) }} }}"
    outcome = run("query", "-", "--release", asked, stdin=query)
    assert outcome.code == 0
    lines = [line for line in outcome.out.splitlines() if line.strip()]
    assert any(long in line and "end" in line for line in lines)
    assert any("[bold]x[/bold] :smile:" in line and "مغرب @ar" in line for line in lines)
    assert "…" not in outcome.out
    assert len(lines) == 6, "names, rule, three rows, count"
    assert lines[-1] == "3 rows"


@pytest.mark.parametrize(
    ("arguments", "stdin", "told"),
    [
        (["no-such-query"], "", "no ready query 'no-such-query'; alliance-graph query --list shows them all"),
        (["nowhere.rq"], "", "nowhere.rq: cannot be read: No such file"),
        (["probe"], "", "probe: parameter state is missing; give state="),
        (["probe", "-p", "state=morocco"], "", "probe: parameter state: 'morocco' is not of type iri; write an IRI"),
        (["probe", "-p", "number=x", "-p", "state=id:a"], "", "probe: parameter number: 'x' is not of type integer"),
        (["probe", "-p", "nation=id:a"], "", "probe: no parameter 'nation'; the parameters of this query are: state"),
        (["plain", "-p", "a=b"], "", "plain: no parameter 'a'; the parameters of this query are: none"),
        (["-", "-p", "a=b"], "ASK {}", "--param is for ready queries"),
        (["-"], "SELECT * {\n  ?s ?p ?o } }", "-:2:"),
        (["-"], "SELECT * { SERVICE <urn:x> {} }", "-:1:12: SERVICE is not allowed"),
        (["-"], "CLEAR ALL", "-:1:1: CLEAR is an update"),
        (["-"], "SELECT (<urn:f>(1) AS ?x) {}", "cannot be evaluated"),
        (["-", "-f", "turtle"], "ASK {}", "the answer is"),
        (["-", "-f", "csv"], "CONSTRUCT WHERE { ?s ?p ?o }", "the answer is a graph, which csv cannot hold"),
        (["-"], "", "not a valid SPARQL query"),
    ],
)
def test_a_query_that_cannot_be_answered_is_one_line(
    run: Run, asked: Path, arguments: list[str], stdin: str, told: str
) -> None:
    assert told in run("query", *arguments, "--release", asked, stdin=stdin).failure()


def test_a_query_that_is_not_utf8_is_one_line(run: Run, asked: Path, tmp_path: Path) -> None:
    latin = "ASK { FILTER('é' = 'é') }".encode("latin-1")
    (tmp_path / "latin.rq").write_bytes(latin)
    assert "-: not UTF-8 at byte 14" in run("query", "-", "--release", asked, stdin=latin).failure()
    assert "latin.rq: not UTF-8 at byte 14" in run("query", tmp_path / "latin.rq", "--release", asked).failure()


def test_a_port_in_use_is_one_line(run: Run, release: Release) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = run("serve", "--release", release.folder, "--port", str(port)).failure()
    assert f"127.0.0.1:{port}: cannot listen here: address already in use; choose another port with --port" in error


def test_a_reader_that_stops_reading_is_no_error(asked: Path, tmp_path: Path) -> None:
    query = tmp_path / "long.rq"
    query.write_text("SELECT * { ?s ?p ?o } LIMIT 3000", encoding="utf-8")
    for fmt in ("table", "csv", "json"):
        done = subprocess.run(  # noqa: S602 - the pipe is what is tested
            f"'{COMMAND}' query '{query}' --release '{asked}' --format {fmt} | head -c 1",
            shell=True,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert len(done.stdout) == 1
        assert done.stderr == b""


def test_json_can_be_read_by_a_program(run: Run, asked: Path) -> None:
    outcome = run("query", "plain", "--release", asked, "--format", "json")
    assert [row["x"]["value"] for row in json.loads(outcome.out)["results"]["bindings"]] == ["1", "2"]
