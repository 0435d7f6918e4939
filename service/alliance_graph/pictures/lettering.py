"""How much room a text takes, so that nothing is written over something else.

The server does not know the reader's font, so widths are estimates on the wide side for the sans-serif
fonts that the style sheet names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_NARROW = frozenset("iljtfrI.,:;'’|!()[]·- ")
_BROAD = frozenset("mwMW@%—")


def width(text: str, size: float) -> float:
    """Return an estimate of the width of a text in a font of this size, in the size's unit."""
    return size * sum(_ems(character) for character in text)


@lru_cache(maxsize=4096)
def _ems(character: str) -> float:
    if character in _NARROW:
        return 0.34
    if character in _BROAD:
        return 0.88
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return 0.68 if character.isupper() else 0.56


def shorten(text: str, room: float, size: float) -> str:
    """Return the text, cut with an ellipsis if it is wider than the room."""
    if width(text, size) <= room:
        return text
    kept = ""
    for character in text:
        if width(f"{kept}{character}…", size) > room:
            break
        kept += character
    return f"{kept.rstrip()}…"


def lines(text: str, room: float, size: float, most: int) -> list[str]:
    """Return the text broken between words into lines of at most this width, the last cut if need be."""
    broken = list(_broken(text.split(" "), room, size))
    if len(broken) > most:
        broken = [*broken[: most - 1], " ".join(broken[most - 1 :])]
    return [shorten(line, room, size) for line in broken]


def _broken(words: list[str], room: float, size: float) -> Iterator[str]:
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if line and width(longer, size) > room:
            yield line
            longer = word
        line = longer
    if line:
        yield line
