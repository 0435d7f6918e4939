"""The tokens of a SPARQL query (SPARQL 1.1 Query, section 19.8), as far as the engine agrees with them.

What looks at a query before the engine does, reads it by these tokens. They are not all the grammar
has, but what the engine makes of a text: a string has only the escapes it knows, a name ends at its
first dot, and `unclear` is what could be an IRI or a comparison with a string or comment in it.
"""

from __future__ import annotations

import re

_ESCAPE = (
    r"\\(?:[tbnrf\"'\\]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|U00(?!00[dD][89a-fA-F])(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})"
)
_LETTER = r"A-Za-z_\u0080-\U0010ffff"
"""More than the grammar has; the engine stops at what it does not know."""
_LOCAL_ESCAPE = r"\\[_~.\-!$&'()*+,;=/?\#@%]"

TOKEN = re.compile(
    rf"""
    (?P<space>[ \t\r\n]+)
  | (?P<comment>\#[^\r\n]*)
  | (?P<string>\"\"\"(?:"{{0,2}}(?:[^"\\]|{_ESCAPE}))*\"\"\"|'''(?:'{{0,2}}(?:[^'\\]|{_ESCAPE}))*'''
        |"(?:[^"\\\r\n]|{_ESCAPE})*"|'(?:[^'\\\r\n]|{_ESCAPE})*')
  | (?P<iri><[A-Za-z][A-Za-z0-9+.\-]*://[^<>"{{}}|^`\x00-\x20]*>|<[^<>"'\#{{}}|^`\x00-\x20]*>)
  | (?P<unclear><[^<>"{{}}|^`\x00-\x20]*>)
  | (?P<variable>[?$][0-9{_LETTER}]+)
  | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)
  | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<name>(?P<prefix>(?:[{_LETTER}][0-9\-{_LETTER}]*)?)
        :(?:(?:[0-9:{_LETTER}]|%[0-9A-Fa-f]{{2}}|{_LOCAL_ESCAPE})(?:[0-9:\-{_LETTER}]|%[0-9A-Fa-f]{{2}}|{_LOCAL_ESCAPE})*)?)
  | (?P<word>[{_LETTER}][0-9\-{_LETTER}]*)
  | (?P<escape>{_LOCAL_ESCAPE})
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
"""One token; every text is a sequence of them, because `other` is any character."""

_DECLARATIONS = re.compile(
    r"""(?:[ \t\r\n]*PREFIX[ \t\r\n]+[a-z0-9_-]*:[ \t\r\n]*<[a-z][a-z0-9+.\-]*://[^<>"{}|^`\\\x00-\x20]*>)*""",
    re.IGNORECASE,
)
_declared = [""]
"""The declarations that the last query began with: most of a client's queries begin with the same."""


def end_of_declarations(query: str) -> int:
    """Return where the declarations of prefixes end that a query begins with."""
    known = _declared[0]
    found = _DECLARATIONS.match(query, len(known) if query.startswith(known) else 0)
    assert found is not None
    end = found.end()
    if end != len(known):
        _declared[0] = query[:end]
    return end


def where(line: int, column: int, place: str) -> str:
    """Return what an error calls a place in a query that is itself called `place`, or nothing."""
    return f"{place}:{line}:{column}" if place else f"line {line}, column {column}"


def offset_of(text: str, line: int, column: int) -> int:
    """Return the offset of a line and column in a text, counted from 1."""
    return sum(len(before) + 1 for before in text.split("\n")[: line - 1]) + column - 1


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset in a text, counted from 1."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1
