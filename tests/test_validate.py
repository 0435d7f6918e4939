"""`alliance-graph validate` finds what is wrong, at its file and line, and says what it did not look at."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.project import Project
from alliance_graph.validation.findings import Finding, Report
from alliance_graph.validation.session import Session
from alliance_graph.validation.watch import changes, revalidate
from alliance_graph.vocabulary import LANGUAGES, PREFIXES, SHAPES
from conftest import Outcome, Run, copy_of

_STATES = "data/entities/states.ttl"
_LINE = re.compile(r"^(?P<file>[^:]+):(?P<line>\d+): (?P<severity>violation|warning|info): .+ \[(?P<rule>[a-z0-9-]+)\]")


def _place_of(path: Path, text: str) -> int:
    return next(n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if text in line)


def _replace(path: Path, old: str, new: str) -> int:
    """Replace the first occurrence of a text in a file and return its line."""
    line = _place_of(path, old)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    return line


def _append(path: Path, text: str) -> int:
    """Add a line at the end of a file and return its number."""
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}{text}\n", encoding="utf-8")
    return before.count("\n") + 1


def _failed(outcome: Outcome) -> str:
    """Assert that a command could not run and said why in one line; return the line."""
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1, outcome.err
    assert outcome.err.startswith("alliance-graph: ")
    return outcome.err


def _lines(outcome: Outcome, rule: str = "") -> list[str]:
    """Return the places at which a rule, or any, was violated."""
    found = [match for line in outcome.out.splitlines() if (match := _LINE.match(line))]
    return [f"{m['file']}:{m['line']}" for m in found if rule in ("", m["rule"]) and m["severity"] == "violation"]


def test_the_shipped_project_is_clean_and_says_what_was_not_checked(run: Run) -> None:
    outcome = run("validate")
    assert outcome.code == 0, outcome.out
    assert "not checked: evidence: no article given" in outcome.out
    assert re.search(r"^\d+ files: 0 violations, \d+ warnings?, \d+ infos?$", outcome.out, re.MULTILINE)
    assert outcome.err == ""


# Each defect is planted in a file of its own; one run over all of them has to find each at its place.
_DEFECTS: dict[str, tuple[str, Callable[[Path], int]]] = {
    "turtle-syntax": ("data/article/claims/s19.ttl", lambda path: _append(path, "this is not Turtle")),
    "undeclared-term": (_STATES, lambda path: _replace(path, "a ally:State", "a ally:NoSuchClass")),
    "prefix-namespace": (
        "data/entities/groups.ttl",
        lambda path: _replace(path, "<http://www.w3.org/2004/02/skos/core#>", "<http://example.org/skos#>"),
    ),
    "canonical-form": (
        "data/entities/armed-forces.ttl",
        lambda path: _replace(path, "    a ally:ArmedForce", "  a ally:ArmedForce"),
    ),
    "query-header": ("queries/partners.rq", lambda path: _replace(path, "#+ view =", "#+ view")),
}


@pytest.fixture(scope="module")
def planted(project: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, str]]:
    """A copy of the project with one defect of each kind, and the place of each."""
    copy = copy_of(project, tmp_path_factory.mktemp("planted") / "project")
    return copy, {rule: f"{file}:{plant(copy.root / file)}" for rule, (file, plant) in _DEFECTS.items()}


@pytest.fixture(scope="module")
def found(planted: tuple[Project, dict[str, str]], run_once: Run) -> Outcome:
    return run_once("validate", "--project", planted[0].root, cwd=planted[0].root.parent)


@pytest.mark.parametrize("rule", _DEFECTS)
def test_a_planted_defect_is_found_at_its_line(
    planted: tuple[Project, dict[str, str]], found: Outcome, rule: str
) -> None:
    assert found.code == 1
    assert planted[1][rule] in _lines(found, rule), found.out


def test_copied_text_is_found_at_its_line(project_copy: Project, article: Path, run: Run) -> None:
    words = re.findall(r"\S+", article.read_text(encoding="utf-8"))
    copied = " ".join(words[1000:1020]).replace('"', "").replace("\\", "")
    path = project_copy.root / _STATES
    line = _append(path, f'id:morocco skos:editorialNote "{copied}"@en .')
    outcome = run("validate", path, cwd=project_copy.root)
    assert outcome.code == 1
    assert _lines(outcome, "copied-text") == [f"{_STATES}:{line}"]


def test_only_the_file_asked_for_is_reported_on(planted: tuple[Project, dict[str, str]], run: Run) -> None:
    root = planted[0].root
    outcome = run("validate", "data/entities/groups.ttl", cwd=root)
    assert outcome.code == 1
    assert {m["file"] for line in outcome.out.splitlines() if (m := _LINE.match(line))} == {"data/entities/groups.ttl"}
    assert "1 file: " in outcome.out or "1 files: " in outcome.out


def test_a_foreign_file_is_validated_in_the_context_of_the_project(project: Project, tmp_path: Path, run: Run) -> None:
    foreign = tmp_path / "foreign.ttl"
    shutil.copy(project.root / _STATES, foreign)
    assert run("validate", foreign).code == 0
    line = _replace(foreign, "a ally:State", "a ally:NoSuchClass")
    outcome = run("validate", foreign)
    assert outcome.code == 1
    assert f"{foreign}:{line}" in _lines(outcome)
    assert _STATES not in outcome.out


def test_a_folder_stands_for_its_turtle_files(planted: tuple[Project, dict[str, str]], run: Run) -> None:
    outcome = run("validate", "data/entities", cwd=planted[0].root)
    assert outcome.code == 1
    assert planted[1]["canonical-form"] in _lines(outcome, "canonical-form")
    assert "data/article" not in outcome.out


def test_a_missing_path_is_one_line(tmp_path: Path, run: Run) -> None:
    assert "nowhere.ttl: cannot be read: No such file" in _failed(run("validate", tmp_path / "nowhere.ttl"))


def test_an_empty_folder_is_one_line(tmp_path: Path, run: Run) -> None:
    assert "no Turtle file in this folder" in _failed(run("validate", tmp_path))


def test_a_folder_that_is_no_project_is_one_line(tmp_path: Path, run: Run) -> None:
    assert "not a project" in _failed(run("validate", "--project", tmp_path))
    assert "not a project" in _failed(run("validate", "--project", tmp_path / "nowhere"))


@pytest.mark.parametrize("pattern", [_STATES, "ontology/checks/*.rq", "data/article/shingles.txt"])
def test_a_file_that_is_not_utf8_is_one_line(project_copy: Project, run: Run, pattern: str) -> None:
    path = next(project_copy.root.glob(pattern))
    path.write_bytes("é".encode("latin-1"))
    assert f"{project_copy.relative(path)}: not UTF-8 at byte 0" in _failed(
        run("validate", "data/entities", cwd=project_copy.root)
    )


@pytest.mark.parametrize("kind", ["folder", "dangling link"])
def test_a_file_that_cannot_be_read_is_one_line(project_copy: Project, run: Run, kind: str) -> None:
    path = project_copy.root / "data" / "unreadable.ttl"
    if kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    assert "unreadable.ttl: cannot be read" in _failed(run("validate", cwd=project_copy.root))


def test_a_check_that_is_no_sparql_is_one_line_with_its_file(project_copy: Project, run: Run) -> None:
    path = next((project_copy.root / "ontology/checks").glob("*.rq"))
    path.write_text(path.read_text(encoding="utf-8").replace("SELECT", "SELECTION", 1), encoding="utf-8")
    error = _failed(run("validate", _STATES, cwd=project_copy.root))
    assert error.startswith(f"alliance-graph: {project_copy.relative(path)}: the query is not valid SPARQL")


def test_what_turtle_of_rdf_1_2_says_more_is_refused_not_lost(tmp_path: Path, run: Run) -> None:
    for text in ("<urn:a> <urn:b> <<( <urn:a> <urn:b> 1 )>> .", '<urn:a> <urn:b> "a"@en--ltr .'):
        path = tmp_path / "new.ttl"
        path.write_text(f"\n{text}\n", encoding="utf-8")
        outcome = run("validate", path)
        assert outcome.code == 1
        assert _lines(outcome, "turtle-syntax") == [f"{path}:2"]


def test_brackets_too_deep_inside_one_another_are_told_at_their_line(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "deep.ttl"
    for levels, times in ((100, 0), (101, 1)):
        text = f"<urn:a> <urn:b>\n{'[ <urn:b> ' * levels}1{' ]' * levels} .\n"
        path.write_text(text, encoding="utf-8")
        found = _lines(run("validate", path), "turtle-syntax")
        assert found == [f"{path}:2"] * times


_FORMATTED = ("github", "sarif", "junit", "json", "turtle")


@pytest.fixture(scope="module")
def reports(planted: tuple[Project, dict[str, str]]) -> dict[str, str]:
    """The report on a file with defects in every format."""
    from alliance_graph.validation.outputs import OUTPUTS

    report = Session(planted[0]).run(["data/entities/groups.ttl", "data/article/claims/s19.ttl", _STATES])
    return {name: OUTPUTS[name](report, "en") for name in _FORMATTED}


def test_json_has_every_finding_with_its_messages(reports: dict[str, str]) -> None:
    document = json.loads(reports["json"])
    assert document["conforms"] is False
    assert sum(document["counts"].values()) == len(document["findings"]) > 0
    for finding in document["findings"]:
        assert isinstance(finding["line"], int)
        assert set(finding["messages"]) >= {"en"}
    assert [step["detail"] for step in document["steps"] if not step["ran"]]


def test_sarif_names_rules_and_lines(reports: dict[str, str], planted: tuple[Project, dict[str, str]]) -> None:
    document = json.loads(reports["sarif"])
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-2.1.0.json")
    (one,) = document["runs"]
    rules = [rule["id"] for rule in one["tool"]["driver"]["rules"]]
    places = set()
    for result in one["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        location = result["locations"][0]["physicalLocation"]
        assert location["region"]["startLine"] >= 1
        assert location["region"]["startColumn"] >= 1
        places.add(f"{location['artifactLocation']['uri']}:{location['region']['startLine']}")
    assert planted[1]["prefix-namespace"] in places


def test_junit_counts_its_failures(reports: dict[str, str]) -> None:
    suite = ET.fromstring(reports["junit"]).find("testsuite")  # noqa: S314
    assert suite is not None
    assert len(suite.findall("testcase")) == int(suite.get("tests", "0"))
    assert len(suite.findall("testcase/failure")) == int(suite.get("failures", "0")) > 0
    assert len(suite.findall("testcase/skipped")) == int(suite.get("skipped", "0")) > 0


def test_github_commands_name_file_and_line(reports: dict[str, str], planted: tuple[Project, dict[str, str]]) -> None:
    file, _, line = planted[1]["prefix-namespace"].partition(":")
    *commands, _ = reports["github"].splitlines()
    assert any(command.startswith(f"::error file={file},line={line},") for command in commands)
    for command in commands:
        assert re.match(r"::(error|warning|notice) file=[^,:]+,line=\d+,col=\d+,title=[a-z0-9-]+::.+", command)


def test_turtle_is_a_shacl_report_with_lines(reports: dict[str, str]) -> None:
    store = ox.Store()
    store.load(reports["turtle"].encode(), format=ox.RdfFormat.TURTLE)
    query = """SELECT ?shape ?line {
        ?report a sh:ValidationReport ; sh:conforms false ; sh:result ?result .
        ?result a sh:ValidationResult ; sh:sourceShape ?shape ; sh:resultSeverity sh:Violation ;
                sh:resultMessage ?message ; ally:sourceFile ?file ; ally:sourceLine ?line
        FILTER(LANG(?message) = 'en') }"""
    results = store.query(query, prefixes=PREFIXES)
    assert isinstance(results, ox.QuerySolutions)
    rows = {(solution["shape"].value, int(solution["line"].value)) for solution in results}
    assert {shape for shape, _ in rows} >= {f"{SHAPES}prefix-namespace", f"{SHAPES}turtle-syntax"}


@pytest.mark.parametrize("name", _FORMATTED)
def test_output_writes_the_report_to_a_file(tmp_path: Path, run: Run, name: str) -> None:
    target = tmp_path / "report"
    outcome = run("validate", _STATES, "--format", name, "--output", target)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert target.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_report_that_cannot_be_written_is_one_line(tmp_path: Path, run: Run) -> None:
    assert "cannot be written" in _failed(run("validate", _STATES, "--output", tmp_path / "no" / "report"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_come_in_the_language_asked_for(
    planted: tuple[Project, dict[str, str]], run: Run, language: str
) -> None:
    outcome = run("validate", "data/entities/groups.ttl", "--lang", language, cwd=planted[0].root)
    expected = {"en": "stands for", "fr": "désigne", "ar": "البادئة", "es": "designa"}
    assert expected[language] in outcome.out


def test_the_article_bears_out_every_digest(article: Path, run: Run) -> None:
    outcome = run("validate", "--evidence", article)
    assert outcome.code == 0, outcome.out
    assert "not checked: evidence" not in outcome.out


def test_a_changed_article_is_noticed_by_mention_and_line(article: Path, tmp_path: Path, run: Run) -> None:
    changed = tmp_path / "article.txt"
    text = article.read_text(encoding="utf-8")
    changed.write_text(f"x{text}", encoding="utf-8")
    outcome = run("validate", "data/article", "--evidence", changed)
    assert outcome.code == 1
    assert len(_lines(outcome, "evidence-digest")) > 50
    assert _lines(outcome, "evidence-document")
    assert re.search(r"^data/article/claims/s01\.ttl:\d+: .*\[evidence-digest\] \(mention:s01-", outcome.out, re.M)


def test_an_article_that_is_not_there_is_one_line(tmp_path: Path, run: Run) -> None:
    assert "cannot be read" in _failed(run("validate", "--evidence", tmp_path / "nowhere.txt"))


def _graph(path: Path) -> set[tuple[object, ...]]:
    dataset = ox.Dataset(ox.parse(path.read_text(encoding="utf-8"), format=ox.RdfFormat.TURTLE))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {(quad.subject, quad.predicate, quad.object) for quad in dataset}


def test_format_puts_a_file_right_and_keeps_what_it_says(project_copy: Project, run: Run) -> None:
    path = project_copy.root / _STATES
    canonical = path.read_text(encoding="utf-8")
    path.write_text(" ".join(canonical.split("\n")) + "\n", encoding="utf-8")
    before = _graph(path)
    outcome = run("format", path, cwd=project_copy.root)
    assert (outcome.code, outcome.out) == (0, f"formatted {_STATES}\n")
    assert path.read_text(encoding="utf-8") == canonical
    assert _graph(path) == before
    assert run("format", path, cwd=project_copy.root).out == ""


def test_format_keeps_lists_blank_nodes_and_odd_literals(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "odd.ttl"
    text = r"""@prefix : <urn:x:> . @prefix odd-one: <urn:odd:> .
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
:s :p ( 1 01 1.50 1e0 "1"^^:t true ( ) ( [ :q [] ] ) ) , _:a , "a\nb\"\\'''\"\"\"" , 'é\u00e9\t'@fr-CH , "" .
_:a :p _:b . _:b :p _:a , "# no comment" . :a\,b odd-one:c <urn:x#y> , "2020"^^<http://www.w3.org/2001/XMLSchema#int> .
:t :p "1"^^xsd:boolean , "1."^^xsd:decimal , "1e5"^^xsd:decimal , "1"^^xsd:double , 123456789.123e0 , "x"^^xsd:integer ,
  "TRUE"^^xsd:boolean , " 1 "^^xsd:integer , 1.50 , +1 , -0 , "INF"^^xsd:double , "x"^^xsd:decimal , "x"^^xsd:boolean .
"""
    path.write_text(text, encoding="utf-8")
    before = _graph(path)
    outcome = run("format", path)
    assert (outcome.code, outcome.err) == (0, "")
    assert _graph(path) == before
    assert run("format", path).out == ""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# first\n<urn:a> <urn:b> 1 .\n", 1),
        ("\n  # indented\n<urn:a> <urn:b> 1 .\n", 2),
        ("<urn:a> <urn:b> 1 . # at the end\n", 1),
        ('<urn:a> <urn:b>\n "#", <urn:x#y>, # here\n 1 .\n', 2),
    ],
)
def test_format_refuses_a_file_with_a_comment(tmp_path: Path, run: Run, text: str, line: int) -> None:
    path = tmp_path / "commented.ttl"
    path.write_text(text, encoding="utf-8")
    error = _failed(run("format", path))
    assert f"{path}:{line}: has a comment" in error
    assert path.read_text(encoding="utf-8") == text


def test_format_takes_no_hash_in_a_string_for_a_comment(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "string.ttl"
    path.write_text('<urn:a> <urn:b> """one\n# two\n""" .\n', encoding="utf-8")
    before = _graph(path)
    assert run("format", path).code == 0
    assert _graph(path) == before


def test_format_leaves_a_file_with_a_syntax_error_alone(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "broken.ttl"
    path.write_text("<urn:a> <urn:b>\n", encoding="utf-8")
    assert f"{path}:" in _failed(run("format", path))
    assert path.read_text(encoding="utf-8") == "<urn:a> <urn:b>\n"


def _places(report: Report) -> set[tuple[str, str, str]]:
    def key(finding: Finding) -> tuple[str, str, str]:
        return finding.place, finding.rule, finding.subject_matter

    return {key(finding) for finding in report.findings}


@pytest.fixture(scope="module")
def watched(project: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, Report]:
    """A session over a copy of the project, and its report while nothing is wrong; tests undo what they change."""
    session = Session(copy_of(project, tmp_path_factory.mktemp("watched") / "project"))
    return session, session.run()


@contextmanager
def _kept(session: Session, file: str) -> Iterator[tuple[Path, str]]:
    """Give a file of a watched project and its text, and put both back whatever happens."""
    path = session.project.root / file
    text = path.read_text(encoding="utf-8")
    try:
        yield path, text
    finally:
        path.write_text(text, encoding="utf-8")
        session.update(path)


def test_watch_finds_a_defect_and_a_mend_clears_it(watched: tuple[Session, Report]) -> None:
    session, clean = watched
    assert clean.clean
    with _kept(session, "data/article/claims/s01.ttl") as (path, text):
        _replace(path, "    ally:claimSubject", "    ally:noSuchProperty id:morocco ;\n    ally:claimSubject")
        line = _place_of(path, "ally:noSuchProperty")
        wrong = revalidate(session, clean, {path})
        assert f"data/article/claims/s01.ttl:{line}" in {finding.place for finding in wrong.findings}
        assert not wrong.clean

        path.write_text(text, encoding="utf-8")
        assert _places(revalidate(session, wrong, {path})) == _places(clean)


def test_watch_finds_what_a_full_run_finds_in_files_that_refer_to_a_removed_node(
    watched: tuple[Session, Report],
) -> None:
    session, clean = watched
    with _kept(session, _STATES) as (path, text):
        path.write_text(text.replace("id:france\n    a ally:State", "id:francia\n    a ally:State"), encoding="utf-8")
        wrong = revalidate(session, clean, {path})
        assert _places(wrong) == _places(Session(session.project).run())
        assert any(f.file.startswith("data/article/claims/") and "id:france" in f.value for f in wrong.findings)

        path.write_text(text, encoding="utf-8")
        assert _places(revalidate(session, wrong, {path})) == _places(clean)


def test_watch_survives_a_syntax_error_and_a_removed_file(watched: tuple[Session, Report]) -> None:
    session, clean = watched
    file = "data/article/claims/s18.ttl"
    with _kept(session, file) as (path, text):
        line = _append(path, "not Turtle")
        broken = revalidate(session, clean, {path})
        assert (f"{file}:{line}", "turtle-syntax", "") in _places(broken)

        path.unlink()
        gone = revalidate(session, broken, {path})
        assert file not in {finding.file for finding in gone.findings}

        path.write_text(text, encoding="utf-8")
        assert _places(revalidate(session, gone, {path})) == _places(clean)


def test_watch_notices_files_that_are_written_made_and_removed(project_copy: Project) -> None:
    looks = iter([True, True, True, True, False])
    path = project_copy.root / _STATES
    new = project_copy.root / "data" / "new.ttl"
    acts: list[Callable[[], object]] = [lambda: _append(path, ""), lambda: new.write_text(""), new.unlink]

    def keep_on() -> bool:
        if acts:
            acts.pop(0)()
        return next(looks)

    assert list(changes(Session(project_copy), interval=0.01, keep_on=keep_on)) == [{path}, {new}, {new}]
