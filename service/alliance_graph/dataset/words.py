"""Words as a search compares them: without regard to case, accents and the ways Arabic writes one letter.

Sources of the rules:

- Case: full case folding (The Unicode Standard, section 3.13).
- Accents and Arabic signs: compatibility decomposition without the nonspacing marks (Unicode
  Standard Annex 15). This also takes the madda and the hamza off alef, waw and yeh, and the vowel
  signs off every letter.
- Arabic letters: teh marbuta as heh, dotless yeh (alef maqsura) as yeh, alef wasla as alef, no
  tatweel: the normalisation of L. S. Larkey, L. Ballesteros and M. E. Connell, "Improving stemming
  for Arabic information retrieval" (SIGIR 2002), as Apache Lucene's `ArabicNormalizer` has it.
- Arabic article: the article, alone or after a conjunction or preposition, is taken off where two
  letters or more remain: the prefixes of that paper's light stemmer but for the conjunction alone,
  as in Lucene's `ArabicStemmer`. Suffixes stay.
- Digits: the decimal digits of any script as 0 to 9 (Unicode Character Database, `Numeric_Type`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

# Marks join the letters they stand on; every other sign ends a word.
_MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}])*")
_LETTERS = str.maketrans({"ة": "ه", "ى": "ي", "ٱ": "ا", "\u0640": None})
_ARTICLES = ("ال", "وال", "بال", "كال", "فال", "لل")
_LONGEST_OPEN = max(map(len, _ARTICLES)) + 1


class Word(NamedTuple):
    """A word of a text."""

    start: int
    """Position of its first code point in the text."""
    end: int
    """Position after its last code point."""
    folded: str
    """The word as it is compared; never empty."""


def words(text: str) -> Iterator[Word]:
    """Yield the words of a text in their order."""
    for match in _WORD.finditer(text):
        folded = _fold(match[0])
        if folded:
            yield Word(match.start(), match.end(), folded)


def fold(text: str) -> str:
    """Return the folded words of a text with one space between them."""
    return " ".join(word.folded for word in words(text))


def beginnings(folded: str) -> tuple[str, ...]:
    """Return what the folded word may begin with that a person is about to write.

    An article with one letter after it is still whole, yet the word will be compared without it.
    """
    return tuple(dict.fromkeys((folded, _stem(folded, least=1)))) if len(folded) <= _LONGEST_OPEN else (folded,)


def _fold(word: str) -> str:
    letters = "".join(_letter(character) for character in unicodedata.normalize("NFKD", word))
    return _stem(letters.casefold().translate(_LETTERS), least=2)


def _letter(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Mn":
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    # A ligature can decompose into parts with a space between; a word holds none.
    return character if character.isalnum() else ""


def _stem(word: str, least: int) -> str:
    for article in _ARTICLES:
        if word.startswith(article) and len(word) >= len(article) + least:
            return word[len(article) :]
    return word
