"""A text with what was found under its lines, as far as it is worth showing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_WHOLE_LINES = 1000
"""A text of so many lines is shown whole."""
_AROUND = 3
"""Of a longer one, so many lines before and after each line with a finding."""
_WIDEST = 1000
"""Characters of a line that are shown."""

Finding = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """A line, counted from 1, and what was found there."""

    number: int
    text: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Gap:
    """Lines that are not shown."""

    first: int
    last: int


def listing(text: str, findings: Iterable[Finding]) -> Iterator[Line | Gap]:
    """Yield the lines of a text that are shown, and gaps for those that are not.

    Args:
        text: the text.
        findings: what was found in it; each has a `line`, and one beyond the end belongs to the last line.
    """
    lines = text.removesuffix("\n").split("\n")
    at: dict[int, list[Finding]] = {}
    for finding in findings:
        at.setdefault(min(max(finding["line"], 1), len(lines)), []).append(finding)
    if len(lines) <= _WHOLE_LINES:
        shown = list(range(1, len(lines) + 1))
    else:
        near = {number for line in at or {1: []} for number in range(line - _AROUND, line + _AROUND + 1)}
        shown = sorted(number for number in near if 1 <= number <= len(lines))
    last = 0
    for number in shown:
        if number > last + 1:
            yield Gap(last + 1, number - 1)
        yield Line(number, _cut(lines[number - 1].rstrip("\r")), tuple(at.get(number, ())))
        last = number
    if last < len(lines):
        yield Gap(last + 1, len(lines))


def _cut(line: str) -> str:
    return line if len(line) <= _WIDEST else f"{line[:_WIDEST]}…"
