"""What is wrong with a text where it cannot go on as a query."""

from __future__ import annotations

import re
from difflib import get_close_matches

from alliance_graph.engine.diagnosis.expectation import named
from alliance_graph.engine.diagnosis.hints import LEAVE_OUT, hint
from alliance_graph.engine.diagnosis.mistake import MEND, Mistake, shown
from alliance_graph.engine.diagnosis.reading import CLOSED_BY, IRI_BEGUN, OPENED_BY, STRINGS_BEGUN, Reading, Token
from alliance_graph.engine.tokens import line_and_column

_FORMS = "SELECT, ASK, CONSTRUCT or DESCRIBE"
_BACKSLASH = re.compile(r"['\"]{0,2}\\")
"""One that begins no escape, after quotation marks that do not end a longer string."""
_IRI_BEGINS = re.compile(r"<[A-Za-z#/.]")
_BYTE_ORDER_MARK = "\ufeff"
_SHORTEST_WORD, _LONGEST_WORD = 4, 40
"""How long a word is that a keyword may be meant by."""


def fault(reading: Reading) -> Mistake | None:
    """Return what is wrong where the reading of a text ended; None if it is a whole query."""
    if reading.is_whole:
        return None
    token = reading.stopped_by
    if token is None:
        return _ends_early(reading)
    if token.text.startswith(_BYTE_ORDER_MARK):
        return Mistake(token.offset, "the text begins with a byte order mark (U+FEFF)", "leave it out")
    return (
        _in_string(reading, token)
        or _in_iri(reading, token)
        or _wrong_bracket(reading, token)
        or _wrong_word(reading, token)
        or _cannot_stand(reading, token, hint(reading, token))
    )


def _cannot_stand(reading: Reading, token: Token, mend: str) -> Mistake:
    expected = named(reading.expected)
    cause = f"`{shown(token.text)}` cannot stand here: {expected} is expected"
    if mend == LEAVE_OUT or not expected:
        cause = f"`{shown(token.text)}` stands after the end of the query"
    return Mistake(token.offset, cause, mend or MEND)


def _ends_early(reading: Reading) -> Mistake:
    if not reading.tokens:
        return Mistake(0, "there is no query", f"write one that begins with {_FORMS}")
    offset = len(reading.query.rstrip())
    cause = f"the query ends too early: {named(reading.expected)} is expected"
    last = reading.tokens[-1]
    if "#" in reading.query[last.offset + len(last.text) :]:
        cause = f"{cause}; what follows `#` is a comment"
    if last.kind in ("ASC", "DESC"):
        return Mistake(offset, cause, f"write {last.kind}(?x) before it, not {last.kind} after it")
    if not reading.open:
        return Mistake(offset, cause, "go on there")
    opening = reading.open[-1]
    cause = f"{cause}, and the `{opening.kind}` {_where(reading, opening)} is still open"
    return Mistake(offset, cause, f"go on, or close it with `{CLOSED_BY[opening.kind]}`")


def _in_string(reading: Reading, token: Token) -> Mistake | None:
    """Return what is wrong with a string that is not well-formed."""
    if token.text not in ("'", '"'):
        return None
    quotes = next(quotes for quotes in STRINGS_BEGUN if reading.query.startswith(quotes, token.offset))
    begun = STRINGS_BEGUN[quotes].match(reading.query, token.offset)
    if begun is not None and (escape := _BACKSLASH.match(reading.query, begun.end())) is not None:
        return Mistake(escape.end() - 1, "a backslash in a string begins no escape", "write two for a backslash")
    mend = f"write `{quotes}` at its end"
    if len(quotes) == 1:
        mend = f"{mend}; one of several lines has three of them on either side"
    return Mistake(token.offset, "a string is not closed", mend)


def _in_iri(reading: Reading, token: Token) -> Mistake | None:
    """Return what is wrong with an IRI that is not well-formed."""
    match = IRI_BEGUN.match(reading.query, token.offset)
    if match is None or "iri" not in reading.expected or _IRI_BEGINS.match(reading.query, token.offset) is None:
        return None
    wrong = reading.query[match.end() : match.end() + 1]
    if not wrong or wrong in "<\r\n":
        return Mistake(token.offset, "an IRI is not closed", "write `>` at its end")
    what = "a blank" if wrong.isspace() else f"`{wrong}`"
    mend = "write `>` before it, or %20 for it" if wrong == " " else "write it percent-encoded"
    return Mistake(match.end(), f"an IRI has {what} in it", mend)


def _wrong_bracket(reading: Reading, token: Token) -> Mistake | None:
    """Return what is wrong with a bracket that closes another than the last one, or none."""
    opened_by = OPENED_BY.get(token.text)
    if opened_by is None:
        return None
    if not reading.open:
        return Mistake(token.offset, f"`{token.text}` closes nothing", "leave it out, or open it before")
    opening = reading.open[-1]
    if opening.kind == opened_by:
        return None
    cause = f"`{token.text}` stands where the `{opening.kind}` {_where(reading, opening)} is still open"
    return Mistake(token.offset, cause, f"close it with `{CLOSED_BY[opening.kind]}` before")


def _wrong_word(reading: Reading, token: Token) -> Mistake | None:
    """Return what is wrong with a word that is no keyword, or none that can stand there."""
    if not token.text[0].isalpha() or token.kind in ("name", "namespace"):
        return None
    expected = reading.expected
    keywords = [word for word in expected if word.isupper()] if len(token.text) <= _LONGEST_WORD else []
    near = get_close_matches(token.text.upper(), keywords, n=1, cutoff=0.7) if len(token.text) >= _SHORTEST_WORD else []
    mend = f"perhaps you mean {near[0]}" if near else ""
    if "SELECT" in expected and "ASK" in expected:
        return Mistake(token.offset, f"`{shown(token.text)}` begins no query", mend or f"begin with {_FORMS}")
    follows = reading.after_blank(token.offset + len(token.text))
    if token.kind == "word" and reading.query.startswith("(", follows) and "STR" in expected:
        cause = f"`{shown(token.text)}` is no function of SPARQL"
        return Mistake(token.offset, cause, mend or "one that is no part of SPARQL is called by its IRI")
    return _cannot_stand(reading, token, mend or hint(reading, token))


def _where(reading: Reading, token: Token) -> str:
    line, column = line_and_column(reading.query, token.offset)
    return f"of line {line}, column {column}"
