"""No sentence of the article stands in the project, though the article is not in it either.

The project keeps a hash of each run of eight words of the article (a shingle, after Broder 1997).
A text that shares such a run shares its hash; the words cannot be read back from the hashes.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Set
from pathlib import Path

import pyoxigraph as ox

from alliance_graph.dataset.documents import Document, read_text
from alliance_graph.dataset.project import Project
from alliance_graph.errors import AllianceGraphError
from alliance_graph.validation import rules
from alliance_graph.validation.findings import Finding

RUN = 8
"""Words in a run."""
HASH_DIGITS = 16
"""Hexadecimal digits kept of each SHA-256; 64 bits make an accidental match improbable."""
FILE = "data/article/shingles.txt"

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'’‘ʼ")


def words(text: str) -> list[str]:
    """Return the words of a text as they are compared: letters and digits, case folded."""
    plain = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
    return [word.casefold() for word in _WORD.findall(plain)]


def _hash(run: list[str]) -> str:
    return hashlib.sha256(" ".join(run).encode()).hexdigest()[:HASH_DIGITS]


def shingles(text: str) -> set[str]:
    """Return the hashes of all runs of eight words of a text."""
    found = words(text)
    return {_hash(found[i : i + RUN]) for i in range(len(found) - RUN + 1)}


def copied_run(text: str, guarded: Set[str]) -> str | None:
    """Return the first run of eight words whose hash is guarded; None if there is none."""
    found = words(text)
    for i in range(len(found) - RUN + 1):
        run = found[i : i + RUN]
        if _hash(run) in guarded:
            return " ".join(run)
    return None


def read_guard(project: Project) -> frozenset[str]:
    """Return the guarded hashes of a project.

    Raises:
        AllianceGraphError: the file is missing, or a line in it is not a hash.
    """
    path = project.root / FILE
    lines = read_text(path, FILE).splitlines()
    guarded = [line for line in lines if line and not line.startswith("#")]
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#") and not re.fullmatch(rf"[0-9a-f]{{{HASH_DIGITS}}}", line):
            raise AllianceGraphError(
                "not a hash", "write the file anew: alliance-graph fingerprint ARTICLE", place=f"{FILE}:{number}"
            )
    return frozenset(guarded)


def guard_text(article: str) -> str:
    """Return the content of the guard file for an article."""
    head = (
        f"# SHA-256 (first {HASH_DIGITS} hexadecimal digits) of each run of {RUN} words of the article.\n"
        "# Written by: alliance-graph fingerprint ARTICLE\n"
    )
    return head + "".join(f"{shingle}\n" for shingle in sorted(shingles(article)))


def check_literals(document: Document, guarded: Set[str]) -> Iterator[Finding]:
    """Find literals of a Turtle file that share a run of words with the article."""
    for triple, (_, line) in zip(document.triples, document.lines, strict=True):
        if isinstance(triple.object, ox.Literal):
            run = copied_run(triple.object.value, guarded)
            if run:
                yield rules.finding("copied-text", document.name, line, words=run)


def check_text(path: Path, name: str, guarded: Set[str]) -> Iterator[Finding]:
    """Find lines of any text file that share a run of words with the article."""
    text = read_text(path, name)
    run = copied_run(text, guarded)
    if run is None:
        return
    for number, line in enumerate(text.splitlines(), 1):
        found = copied_run(line, guarded)
        if found:
            yield rules.finding("copied-text", name, number, words=found)
            return
    yield rules.finding("copied-text", name, 1, words=run)
