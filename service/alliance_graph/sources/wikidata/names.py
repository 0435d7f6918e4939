"""Whether two names are the same but for how they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

_ARTICLES = {
    "en": re.compile(r"\b(?:the|an?)\b"),
    "fr": re.compile(r"\b(?:les?|la|l|des?|du|d|une?)\b"),
    "es": re.compile(r"\b(?:el|l[ao]s?|un[ao]?|del?)\b"),
    "ar": re.compile(r"\bال(?=\w\w)"),
}
_ARABIC_FORMS = str.maketrans({"ى": "ي", "ة": "ه", "ـ": None})


def plain(name: str, language: str) -> str:
    """Return a name without case, diacritics, punctuation and articles.

    Compatibility decomposition also takes the hamza off Arabic letters that carry one.
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_ARABIC_FORMS)
    words = re.sub(r"[\W_]+", " ", letters)
    articles = _ARTICLES.get(language)
    bare = " ".join((articles.sub(" ", words) if articles else words).split())
    return bare or " ".join(words.split())


def best_match(ours: Iterable[str], theirs: Iterable[str], language: str) -> tuple[float, str]:
    """Return how alike the two most alike names are (1 is the same, 0 nothing in common), and theirs."""
    wanted = {plain(name, language) for name in ours}
    found = {plain(name, language): name for name in reversed([*theirs])}
    for same in wanted & found.keys():
        return 1.0, found[same]
    pairs = ((_likeness(mine, other), other) for mine in wanted for other in found)
    score, nearest = max(pairs, default=(0.0, ""))
    return score, found.get(nearest, "")


def _likeness(left: str, right: str) -> float:
    """Return a ratio below 1: equality is decided on the whole."""
    return min(round(SequenceMatcher(None, left, right, autojunk=False).ratio(), 3), 0.999)
