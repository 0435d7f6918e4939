"""`alliance-graph format` puts a file right and keeps what it says."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.project import Project
from conftest import Run
from validation.planting import STATES


def _graph(path: Path) -> set[tuple[object, ...]]:
    dataset = ox.Dataset(ox.parse(path.read_text(encoding="utf-8"), format=ox.RdfFormat.TURTLE))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {(quad.subject, quad.predicate, quad.object) for quad in dataset}


def test_format_puts_a_file_right_and_keeps_what_it_says(project_copy: Project, run: Run) -> None:
    path = project_copy.root / STATES
    canonical = path.read_text(encoding="utf-8")
    path.write_text(" ".join(canonical.split("\n")) + "\n", encoding="utf-8")
    before = _graph(path)
    outcome = run("format", path, cwd=project_copy.root)
    assert (outcome.code, outcome.out) == (0, f"formatted {STATES}\n")
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
    error = run("format", path).failure()
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
    assert f"{path}:" in run("format", path).failure()
    assert path.read_text(encoding="utf-8") == "<urn:a> <urn:b>\n"
