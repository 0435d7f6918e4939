"""Text search in the index of a release.

A thing is found by what it is called or said to be in any language, and shown in the reader's.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from alliance_graph.dataset.index import KINDS
from alliance_graph.dataset.words import Word, beginnings, words
from alliance_graph.errors import AllianceGraphError

LONGEST_QUERY = 200
"""The number of code points that a search may have."""

# How much words in running text say of a thing of each kind; claims are many and long.
_WEIGHTS = {"state": 3.0, "organization": 3.0, "actor": 2.0, "concept": 2.0, "arrangement": 1.5, "query": 1.5}
_FOREIGN = 0.6
_EXCERPT = 200
_LEAD = 60
_IN_TEXT = 3
_MATCHES = """
SELECT entry.id, iri, kind, language,
    CASE WHEN name = :query THEN 0
         WHEN instr(entry.names, char(10) || :query || char(10)) THEN 1
         WHEN substr(name, 1, length(:query)) = :query OR substr(name, 1, length(:open)) = :open THEN 2
         ELSE 3 END,
    uses, bm25(words, 8.0, 1.0)
FROM words JOIN entry ON entry.id = words.rowid
WHERE words MATCH :words
"""
_ENTRY = "SELECT language, label, alternatives, text FROM entry WHERE id = ?"
_ENTRIES = "SELECT language, label, text FROM entry WHERE iri = ?"


class BrokenIndexError(AllianceGraphError):
    """The index is not there or cannot be read: nothing that whoever searches can mend."""


@dataclass(frozen=True)
class Excerpt:
    """A text, or the part of it that matters, with the words that were found."""

    text: str
    language: str
    marks: tuple[tuple[int, int], ...]
    """Start and end of each word that was found, in code points of the text, the end excluded."""

    @property
    def parts(self) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it is such a word."""
        pieces, at = [], 0
        for start, end in self.marks:
            pieces += [(self.text[at:start], False), (self.text[start:end], True)]
            at = end
        pieces.append((self.text[at:], False))
        return [piece for piece in pieces if piece[0]]


@dataclass(frozen=True)
class Hit:
    """A thing that was found."""

    iri: str
    kind: str
    """One of `KINDS`."""
    label: Excerpt
    """What it is called, in the reader's language if it has a name in it; a claim is called what it states."""
    detail: Excerpt
    """Its other names and what it is said to be, in the language in which it was found; may be empty."""


@dataclass(frozen=True)
class Found:
    """The answer to a search."""

    hits: tuple[Hit, ...]
    """One page of the things found."""
    counts: dict[str, int]
    """How many things of each kind were found, of whatever kind was asked for."""
    total: int
    """How many things of the kind asked for were found."""
    every_word: bool
    """Whether the things have every word; else nothing has, and they have some."""


class _Match(NamedTuple):
    """An entry that has the words; the better one is the smaller one."""

    tier: int
    foreign: bool
    order: float
    iri: str
    kind: str
    entry: int


def search(path: Path, query: str, language: str, *, kind: str = "", size: int = 20, page: int = 1) -> Found:
    """Search an index.

    Every word is looked for, the last one as the beginning of a word; where nothing has them all,
    things with some are found. First come things called just that, then those whose name begins so,
    the more often named the sooner, then the others by how much the words say of them (BM25).

    Args:
        path: the index.
        query: what a person wrote.
        language: the reader's language.
        kind: the kind of things wanted, one of `KINDS`; empty for all.
        size: the number of hits a page.
        page: which page, counted from 1.

    Raises:
        AllianceGraphError: the query is too long.
        BrokenIndexError: the index is not there or cannot be read.
    """
    if len(query) > LONGEST_QUERY:
        raise AllianceGraphError(
            f"a search of {len(query)} characters is too long", f"write at most {LONGEST_QUERY} characters"
        )
    wanted = list(words(query))
    if not wanted:
        return Found((), {}, 0, True)
    try:
        # It never changes where it lies, so it is read without locks.
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            every_word = True
            matches = _matches(connection, wanted, " AND ", language)
            if not matches and len(wanted) > 1:
                every_word = False
                matches = _matches(connection, wanted, " OR ", language)
            chosen = [match for match in matches if kind in {"", match.kind}]
            hits = tuple(_hit(connection, match, wanted, language) for match in chosen[(page - 1) * size : page * size])
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise BrokenIndexError(
            f"the search index cannot be read: {error}", "run alliance-graph build again", place=path.name
        ) from None
    counted = Counter(match.kind for match in matches)
    counts = {name: counted[name] for name in KINDS if counted[name]}
    return Found(hits, counts, len(chosen), every_word)


def _matches(connection: sqlite3.Connection, wanted: Sequence[Word], joined: str, language: str) -> list[_Match]:
    """Return the best match for each thing, the best first."""
    *whole, last = (word.folded for word in wanted)
    # Words are letters and digits alone, and quoted they are no syntax of FTS5.
    open_end = " OR ".join(f'"{beginning}" *' for beginning in beginnings(last))
    expression = joined.join((*(f'"{word}"' for word in whole), f"({open_end})"))
    named, begun = (" ".join((*whole, beginning)) for beginning in (last, beginnings(last)[-1]))
    values = {"query": named, "open": begun, "words": expression}
    best: dict[str, _Match] = {}
    for entry, iri, kind, entry_language, tier, uses, score in connection.execute(_MATCHES, values):
        foreign = entry_language != language
        # The smaller the score the better the match, and all are negative (SQLite FTS5, section 5.1.1).
        in_text = score * _WEIGHTS.get(kind, 1.0) * (_FOREIGN if foreign else 1.0)
        # Of things with such a name, those of the kind that is named more often are meant more often.
        in_name = KINDS.index(kind) + 1 / (2 + uses)
        match = _Match(tier, foreign, in_text if tier == _IN_TEXT else in_name, iri, kind, entry)
        if iri not in best or match < best[iri]:
            best[iri] = match
    return sorted(best.values(), key=lambda match: (match.tier, match.order, match.iri))


def _hit(connection: sqlite3.Connection, match: _Match, wanted: Sequence[Word], language: str) -> Hit:
    found_in, label, alternatives, text = connection.execute(_ENTRY, (match.entry,)).fetchone()
    entries = {tag: (name, said) for tag, name, said in connection.execute(_ENTRIES, (match.iri,))}
    shown_in = language if language in entries else "en" if "en" in entries else found_in
    name, said = entries[shown_in]
    title = _marked(name or said, shown_in, wanted)
    parts = [*alternatives.split("\n"), text if label else ""]
    if found_in != shown_in:
        parts.insert(0, label or text)
    detail = _excerpt(" · ".join(part for part in parts if part), found_in, wanted)
    return Hit(match.iri, match.kind, title, detail)


def _marked(text: str, language: str, wanted: Sequence[Word]) -> Excerpt:
    whole = {word.folded for word in wanted}
    open_end = beginnings(wanted[-1].folded)
    marks = tuple(w[:2] for w in words(text) if w.folded in whole or w.folded.startswith(open_end))
    return Excerpt(text, language, marks)


def _excerpt(text: str, language: str, wanted: Sequence[Word]) -> Excerpt:
    """Return the part of a text around the first of the words, whole words only."""
    whole = _marked(text, language, wanted)
    if len(text) <= _EXCERPT:
        return whole
    first = whole.marks[0][0] if whole.marks else 0
    start = text.find(" ", first - _LEAD, first) + 1 if first > _LEAD else 0
    end = max(text.rfind(" ", start, start + _EXCERPT), start + 1) if start + _EXCERPT < len(text) else len(text)
    before, after = "… " if start else "", " …" if end < len(text) else ""
    shift = len(before) - start
    marks = tuple((a + shift, b + shift) for a, b in whole.marks if start <= a and b <= end)
    return Excerpt(before + text[start:end] + after, language, marks)
