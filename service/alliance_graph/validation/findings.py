"""The one model of what a validation found."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from alliance_graph.vocabulary import compact


class Severity(enum.StrEnum):
    """How grave a finding is (the three severities of SHACL, section 2.1.4)."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


UNREADABLE = "turtle-syntax"
"""The rule that a file breaks which cannot be read."""
_RANK = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, at one place."""

    rule: str
    """The rule's name: of a SHACL shape, of a check, or of a built-in rule."""
    severity: Severity
    messages: Mapping[str, str]
    """What is wrong and how to mend it, by language."""
    file: str
    line: int
    column: int = 1
    focus: str = ""
    """The node it is about, as `prefix:name`."""
    path: str = ""
    value: str = ""

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def subject_matter(self) -> str:
        """Node, property and value, as far as the finding has them."""
        return " ".join(part for part in (self.focus, self.path, self.value) if part)

    @property
    def sort_key(self) -> tuple[bool, str, int, int, int, str, str]:
        """What comes first: a file that cannot be read, for many others may be wrong for its sake only; then by place."""
        is_cause = self.rule == UNREADABLE
        return (not is_cause, self.file, self.line, self.column, _RANK[self.severity], self.rule, self.subject_matter)


@dataclass(frozen=True)
class Step:
    """One part of a validation: that it ran, or why it did not."""

    name: str
    skipped: str = ""
    """The reason why it did not run; empty when it did."""
    detail: str = ""
    """What it looked at."""


@dataclass(frozen=True)
class Report:
    """What a validation looked at and what it found."""

    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    files: int
    counts: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        found = Counter(finding.severity.value for finding in self.findings)
        object.__setattr__(self, "counts", {severity.value: found[severity.value] for severity in Severity})

    @property
    def clean(self) -> bool:
        """Whether there is no violation; warnings and infos do not stop a release."""
        return self.counts[Severity.VIOLATION.value] == 0


def shown(term: str) -> str:
    """Return a term of N-Triples as a person reads it, cut where it is long."""
    text = compact(term[1:-1]) if term.startswith("<") and term.endswith(">") else term
    return text if len(text) <= 120 else f"{text[:119]}…"


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in their order, each once."""
    unique = {finding.sort_key: finding for finding in findings}
    return tuple(unique[key] for key in sorted(unique))
