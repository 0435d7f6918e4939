"""Whether the positions and digests in the data fit the text they speak of.

The text is not part of the project; who has it gives it. Positions count Unicode code points of
the text in normalisation form C, start inclusive, end exclusive (Web Annotation Data Model,
section 4.2.4); a digest is the SHA-256 of the span in UTF-8.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from alliance_graph.dataset.documents import Document, read_text
from alliance_graph.validation import rules
from alliance_graph.validation.findings import Finding
from alliance_graph.vocabulary import PREFIXES, compact

_ALLY = PREFIXES["ally"]
_OA = PREFIXES["oa"]
_SPAN_DIGEST = f"{_ALLY}spanSha256"
_TEXT_DIGEST = f"{_ALLY}contentSha256"
_TEXT_LENGTH = f"{_ALLY}contentLength"


def read_article(path: Path) -> str:
    """Return a text in normalisation form C.

    Raises:
        AllianceGraphError: the file cannot be read or is not UTF-8.
    """
    return unicodedata.normalize("NFC", read_text(path, str(path)))


def digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def check_evidence(documents: Iterable[Document], article: str) -> Iterator[Finding]:
    """Recompute every digest against the text and find those that do not fit."""
    for document in documents:
        for node, start, end, expected, line in _spans(document):
            inside = 0 <= start < end <= len(article)
            if not inside or digest(article[start:end]) != expected:
                focus = compact(node)
                yield rules.finding("evidence-digest", document.name, line, focus=focus, start=start, end=end)
        for node, expected, line, found in _whole(document, article):
            if found != expected:
                focus = compact(node)
                yield rules.finding(
                    "evidence-document", document.name, line, focus=focus, found=found, expected=expected
                )


def _spans(document: Document) -> Iterator[tuple[str, int, int, str, int]]:
    """Yield node, start, end, digest and line of each node that has a selector and a digest."""
    facts: dict[object, dict[str, object]] = {}
    for triple in document.triples:
        facts.setdefault(triple.subject, {})[triple.predicate.value] = triple.object
    for node, values in facts.items():
        expected = values.get(_SPAN_DIGEST)
        selector = facts.get(values.get(f"{_OA}hasSelector"), {})
        start, end = selector.get(f"{_OA}start"), selector.get(f"{_OA}end")
        if not isinstance(expected, ox.Literal) or not isinstance(node, ox.NamedNode):
            continue
        line = document.line_of(str(node), f"<{_SPAN_DIGEST}>") or 1
        yield node.value, _integer(start), _integer(end), expected.value, line


def _integer(term: object) -> int:
    """Return the integer a literal holds, or -1, which no position is."""
    if isinstance(term, ox.Literal) and term.value.isdecimal():
        return int(term.value)
    return -1


def _whole(document: Document, article: str) -> Iterator[tuple[str, str, int, str]]:
    """Yield node, expected value, line and found value of what a source says of its whole text."""
    for triple, (_, line) in zip(document.triples, document.lines, strict=True):
        if not isinstance(triple.object, ox.Literal) or not isinstance(triple.subject, ox.NamedNode):
            continue
        if triple.predicate.value == _TEXT_DIGEST:
            yield triple.subject.value, triple.object.value, line, digest(article)
        elif triple.predicate.value == _TEXT_LENGTH:
            yield triple.subject.value, triple.object.value, line, str(len(article))
