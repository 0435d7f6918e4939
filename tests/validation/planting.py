"""Spoiling files, and reading what is said of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from conftest import Outcome

STATES = "data/entities/states.ttl"
LINE = re.compile(r"^(?P<file>[^:]+):(?P<line>\d+): (?P<severity>violation|warning|info): .+ \[(?P<rule>[a-z0-9-]+)\]")


def place_of(path: Path, text: str) -> int:
    return next(n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if text in line)


def replace(path: Path, old: str, new: str) -> int:
    """Replace the first occurrence of a text in a file and return its line."""
    line = place_of(path, old)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    return line


def append(path: Path, text: str) -> int:
    """Add a line at the end of a file and return its number."""
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}{text}\n", encoding="utf-8")
    return before.count("\n") + 1


def lines(outcome: Outcome, rule: str = "") -> list[str]:
    """Return the places at which a rule, or any, was violated."""
    found = [match for line in outcome.out.splitlines() if (match := LINE.match(line))]
    return [f"{m['file']}:{m['line']}" for m in found if rule in ("", m["rule"]) and m["severity"] == "violation"]


# Each defect is planted in a file of its own; one run over all of them has to find each at its place.
DEFECTS: dict[str, tuple[str, Callable[[Path], int]]] = {
    "turtle-syntax": ("data/article/claims/s19.ttl", lambda path: append(path, "this is not Turtle")),
    "undeclared-term": (STATES, lambda path: replace(path, "a ally:State", "a ally:NoSuchClass")),
    "prefix-namespace": (
        "data/entities/groups.ttl",
        lambda path: replace(path, "<http://www.w3.org/2004/02/skos/core#>", "<http://example.org/skos#>"),
    ),
    "canonical-form": (
        "data/entities/armed-forces.ttl",
        lambda path: replace(path, "    a ally:ArmedForce", "  a ally:ArmedForce"),
    ),
    "query-header": ("queries/partners.rq", lambda path: replace(path, "#+ view =", "#+ view")),
}
