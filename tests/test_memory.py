"""A file is in memory as it says, whichever way the engine reads it."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.memory import Source, open_source
from alliance_graph.errors import AllianceGraphError

_P, _G, _H = ox.NamedNode("urn:p"), ox.NamedNode("urn:g"), ox.NamedNode("urn:h")
_PLAIN = '<urn:a> <urn:p> "x" .\n<urn:b> <urn:p> <<( <urn:a> <urn:p> "y"@en--ltr )>> <urn:g> .\n<urn:a> <urn:p> "x" <urn:h> .\n'


def _open(tmp_path: Path, text: str, name: str = "file.nq", graph: str = "", *, union: bool = False) -> set[ox.Quad]:
    file = tmp_path / name
    file.write_text(text)
    return set(open_source(Source(((str(file), graph),), union=union)))


@pytest.mark.parametrize(
    "text",
    [
        _PLAIN,
        _PLAIN + '<urn:a> <urn:p> "_:" .\n',
        _PLAIN + "_:a <urn:p> _:b <urn:g> .\n",
        _PLAIN + "_:a <urn:p> <<( _:a <urn:p> _:b )>> _:c .\n",
        "# nothing\n",
        "",
    ],
    ids=["plain", "what looks like a blank node", "blank nodes", "blank nodes in terms", "comment", "empty"],
)
def test_quads_are_those_of_the_file(tmp_path: Path, text: str) -> None:
    assert _open(tmp_path, text) == set(ox.parse(text, format=ox.RdfFormat.N_QUADS, rename_blank_nodes=False))


@pytest.mark.parametrize("name", ["file.nq", "file.nt"])
def test_triples_go_to_the_graph_that_is_named(tmp_path: Path, name: str) -> None:
    found = _open(tmp_path, '<urn:a> <urn:p> "x" .\n', name, "urn:g")
    assert found == {ox.Quad(ox.NamedNode("urn:a"), _P, ox.Literal("x"), _G)}


def test_the_union_has_each_triple_once(tmp_path: Path) -> None:
    text = "".join(f"<urn:a> <urn:p> {value} <urn:{graph}> .\n" for value in ('"x"', "_:b") for graph in "gh")
    found = _open(tmp_path, text, union=True)
    default = [quad for quad in found if isinstance(quad.graph_name, ox.DefaultGraph)]
    assert {quad.object for quad in default} == {ox.Literal("x"), ox.BlankNode("b")}
    assert len(default) == 2
    assert {quad.graph_name for quad in found if quad not in default} == {_G, _H}
    assert len(found) == 6


@pytest.mark.parametrize("start", ["", "_:b <urn:p> <urn:a> .\n"], ids=["plain", "blank nodes"])
def test_what_is_no_rdf_is_told_with_its_file(tmp_path: Path, start: str) -> None:
    with pytest.raises(AllianceGraphError, match="not valid") as caught:
        _open(tmp_path, start + "<urn:a> <urn:p> .\n")
    assert caught.value.place == str(tmp_path / "file.nq")
    with pytest.raises(AllianceGraphError, match="cannot be read"):
        open_source(Source(((str(tmp_path / "none.nt"), ""),)))
