"""The built-in rules: those that neither a shape nor a query can express."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from alliance_graph.validation.findings import Finding, Severity
from alliance_graph.vocabulary import LANGUAGES


@cache
def built_in_rules() -> dict[str, dict[str, str]]:
    """Return severity and message templates of each built-in rule, by its name."""
    text = resources.files(__package__).joinpath("messages.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def finding(rule: str, file: str, line: int, column: int = 1, focus: str = "", **values: object) -> Finding:
    """Return a finding of a built-in rule, its messages filled in with what was found."""
    entry = built_in_rules()[rule]
    messages = {language: entry[language].format_map(values) for language in LANGUAGES}
    return Finding(rule, Severity(entry["severity"]), messages, file, line, column, focus)
