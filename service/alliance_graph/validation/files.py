"""What one Turtle file shows by itself: its form and its prefixes."""

from __future__ import annotations

from collections.abc import Iterator

from alliance_graph.dataset.documents import Document
from alliance_graph.validation import rules
from alliance_graph.validation.canonical import canonical_text
from alliance_graph.validation.findings import Finding
from alliance_graph.vocabulary import PREFIXES


def check_prefixes(document: Document) -> Iterator[Finding]:
    """Find prefixes of the project, or of common knowledge, bound to another namespace."""
    for prefix, (namespace, line) in document.prefixes.items():
        expected = PREFIXES.get(prefix)
        if expected is not None and namespace != expected:
            yield rules.finding(
                "prefix-namespace", document.name, line, prefix=prefix, found=namespace, expected=expected
            )


def check_form(document: Document) -> Iterator[Finding]:
    """Find the first line at which a file is not in the canonical form."""
    canonical = canonical_text(document)
    if document.text == canonical:
        return
    pairs = zip(document.text.splitlines(), canonical.splitlines(), strict=False)
    same = 0
    for found, expected in pairs:
        if found != expected:
            break
        same += 1
    line = min(same + 1, max(1, document.text.count("\n")))
    yield rules.finding("canonical-form", document.name, line, name=document.name)
