"""The language of a page, and the words the pages say in it.

The words are in `messages/<page>.toml`: each key with a text in the four languages, in which `{name}`
stands for a value. A text avoids forms that depend on a number: "Claims: 3", not "3 claims".
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from flask import g, request

from alliance_graph.vocabulary import LANGUAGES

NAMES = {"en": "English", "fr": "Français", "ar": "العربية", "es": "Español"}
"""Each language's name for itself."""

_RIGHT_TO_LEFT = frozenset(("ar",))


@cache
def messages() -> dict[str, dict[str, str]]:
    """Return the texts of all pages: by `page.key`, then by language."""
    found = {}
    for file in resources.files(__package__).joinpath("messages").iterdir():
        if file.name.endswith(".toml"):
            page = file.name.removesuffix(".toml")
            for key, texts in tomllib.loads(file.read_text(encoding="utf-8")).items():
                found[f"{page}.{key}"] = texts
    return found


def asked_language() -> str | None:
    """Return the language that the address asks for; None if it asks for none we have."""
    asked = request.args.get("lang")
    return asked if asked in LANGUAGES else None


def language() -> str:
    """Return the language of this request: the address's, else the client's best (RFC 9110, 12.5.4), else English."""
    if "language" not in g:
        g.language = asked_language() or request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
    return str(g.language)


def direction(tag: str) -> str:
    """Return the direction in which a language is written, `ltr` or `rtl`."""
    return "rtl" if tag.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def t(key: str, /, **values: object) -> str:
    """Return a text in the language of this request.

    Raises:
        KeyError: there is no such text, or it wants a value that is not given.
    """
    text = messages()[key][language()]
    return text.format_map(values) if values else text


def sentence(text: str) -> str:
    """Return a name as it stands at the beginning of a line: with a capital, and the rest as it is."""
    return text[:1].upper() + text[1:]
