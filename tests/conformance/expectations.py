"""What is known of the engine: `expectations.toml`, and the marks that follow from it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.manifests import Case
from conformance.serving import NotAnsweredError


class DifferentAnswerError(AssertionError):
    """The answer is well-formed and not the one the suite has."""


class AcceptedError(AssertionError):
    """A text that is no query was taken for one."""


@dataclass(frozen=True)
class Expectations:
    """The tests whose outcome is another than the suite's, or is reached in another way."""

    fails: dict[str, str]
    """Tests that fail, each with the reason."""
    equal_by_value: frozenset[str]
    """Tests whose answer is equal when numbers are compared by value."""
    not_held: frozenset[tuple[str, str]]
    """Tests and formats that cannot hold their answers."""
    unknown_function: frozenset[str]
    """Tests with a function that the service has not."""

    @property
    def named(self) -> list[str]:
        """Every test that is listed, as often as it is."""
        held = [name for name, _ in self.not_held]
        return [*self.fails, *self.equal_by_value, *held, *self.unknown_function]


def _read() -> Expectations:
    tables: dict[str, list[dict[str, Any]]] = tomllib.loads(
        Path(__file__).with_name("expectations.toml").read_text(encoding="utf-8")
    )
    return Expectations(
        {name: _reason(entry) for entry in tables["fails"] for name in entry["tests"]},
        frozenset(_names(tables["equal_by_value"])),
        frozenset((name, entry["format"]) for entry in tables["not_held"] for name in entry["tests"]),
        frozenset(_names(tables["unknown_function"])),
    )


def _names(entries: Iterable[dict[str, Any]]) -> Iterable[str]:
    return (name for entry in entries for name in entry["tests"])


def _reason(entry: dict[str, Any]) -> str:
    return f"{entry['reason']} ({entry['link']})" if "link" in entry else str(entry["reason"])


EXPECTATIONS = _read()


def marks_of(case: Case) -> list[pytest.MarkDecorator]:
    """Return the mark of a test that is known to fail.

    It has to fail in the way that is known: an answer that cannot be read, or a failure of the
    service, is none of them.
    """
    reason = EXPECTATIONS.fails.get(case.id)
    if reason is None:
        return []
    known = (DifferentAnswerError, NotAnsweredError, AcceptedError)
    return [pytest.mark.xfail(strict=True, raises=known, reason=reason)]
