"""What pictures say of themselves, in the four languages."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("words.toml")


@cache
def words() -> dict[str, dict[str, str]]:
    """Return every text by key and language."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def word(key: str, language: str, /, **values: object) -> str:
    """Return a text with its values put in; a language we have no words in gets English."""
    texts = words()[key]
    return texts.get(language, texts["en"]).format_map(values)
