"""The header of a query file: TOML in the lines that begin with `#+`.

Ready queries and checks carry one. Every key is known; another is an error, so that a typing
mistake is not silently ignored.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import LANGUAGES

_MARK = "#+"
_LINE = re.compile(r"\(at line (\d+)")


def parse_header(text: str, place: str) -> dict[str, Any]:
    """Return the header of a query file.

    Raises:
        AllianceGraphError: there is none, or it is not TOML; the error names file and line.
    """
    lines = text.splitlines()
    # Other lines become blank ones, so that the positions TOML reports are those of the file.
    toml = "\n".join(line[len(_MARK) :].strip() if line.startswith(_MARK) else "" for line in lines)
    if not toml.strip():
        raise AllianceGraphError("has no header", f"begin the file with lines of TOML after {_MARK}", place=place)
    try:
        return tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        match = _LINE.search(str(error))
        line = match[1] if match else "1"
        raise AllianceGraphError(
            f"the header is not TOML: {error}", "mend that line", place=f"{place}:{line}"
        ) from None


def without_header(text: str) -> str:
    """Return what a query file holds beside its header."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(_MARK))


def require_keys(
    table: dict[str, Any], *, place: str, required: Iterable[str], optional: Iterable[str] = (), what: str = "header"
) -> None:
    """Check that a table has the required keys and no unknown ones.

    Raises:
        AllianceGraphError: a key is missing or unknown.
    """
    required, optional = tuple(required), tuple(optional)
    for key in required:
        if key not in table:
            raise AllianceGraphError(f"the {what} lacks {key!r}", f"add {key} = …", place=place)
    for key in table:
        if key not in required and key not in optional:
            known = ", ".join((*required, *optional))
            raise AllianceGraphError(f"the {what} has an unknown key {key!r}", f"known are {known}", place=place)


def require_languages(table: dict[str, Any], key: str, *, place: str) -> dict[str, str]:
    """Return the texts under a key, one in each of the project's languages.

    Raises:
        AllianceGraphError: a language is missing, unknown or empty.
    """
    texts = table[key]
    if not isinstance(texts, dict):
        raise AllianceGraphError(
            f"{key} is not a table of languages", f"write {key} = {{ en = …, fr = …, ar = …, es = … }}", place=place
        )
    require_keys(texts, place=place, required=LANGUAGES, what=key)
    for language, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise AllianceGraphError(f"{key}.{language} is empty", "write the text", place=place)
    return {language: texts[language] for language in LANGUAGES}
