"""What a comparison with Wikidata says, in the four languages."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("messages.toml")


@cache
def _messages() -> dict[str, dict[str, str]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def message(key: str, language: str, **values: str) -> str:
    """Return a message with its values put in."""
    return _messages()[key][language].format(**values)


def keys() -> dict[str, dict[str, str]]:
    """Return every message by key and language."""
    return _messages()
