"""How to mend what many forget, or write who come from SQL or Turtle."""

from __future__ import annotations

from alliance_graph.engine.diagnosis.expectation import named
from alliance_graph.engine.diagnosis.grammar import grammar
from alliance_graph.engine.diagnosis.mistake import shown
from alliance_graph.engine.diagnosis.reading import CLOSED_BY, Reading, Token

_OTHER_LANGUAGES = {
    "AND": "write &&",
    "OR": "write ||",
    "LIKE": "use CONTAINS, STRSTARTS or REGEX",
    "IS": "use BOUND(?x), or ! BOUND(?x)",
    "BETWEEN": "write two comparisons with && between them",
    "CASE": "use IF(condition, value, otherwise)",
    "JOIN": "write the triples one after the other: what they share joins them",
    "==": "write one `=`",
    "<>": "write !=",
    "&": "write &&",
}
"""What SPARQL has for words and signs of other languages."""
LEAVE_OUT = "leave it out"
_CURLY = "“”„‟‘’‚«»‹›"
_TERMS = frozenset(("variable", "iri", "name", "label", "anon"))
_PATTERNS = frozenset(("OPTIONAL", "UNION", "MINUS", "FILTER", "BIND", "GRAPH", "{"))
_MODIFIERS = frozenset(("GROUP", "HAVING", "ORDER"))
_AFTER_MODIFIERS = frozenset(("HAVING", "ORDER", "LIMIT", "OFFSET"))
_COMPARISONS = frozenset(("<", ">", "=", "<=", ">=", "!="))
_COMMENTS = ("//", "/*", "--")


def hint(reading: Reading, token: Token) -> str:
    """Return how to mend a text where it cannot go on; nothing if no more is known than what is expected there."""
    word = token.text.upper()
    last = reading.tokens[-1] if reading.tokens else Token("", "", 0)
    if last.offset + len(last.text) == token.offset and last.text + word in _OTHER_LANGUAGES:
        return _OTHER_LANGUAGES[last.text + word]
    if reading.query.startswith(_COMMENTS, token.offset):
        return "a comment begins with #"
    return (
        _in_declarations(reading, token)
        or _in_select(reading, token)
        or _in_values(reading, token)
        or _after_group(reading, token)
        or _in_expression(reading, token, last)
        or _in_triple(reading, token, last)
        or _alone(reading, token)
    )


def _in_declarations(reading: Reading, token: Token) -> str:
    if token.text.upper() in ("@PREFIX", "@BASE"):
        return f"write {token.text[1:].upper()}, and no dot after it"
    declares = [before.kind for before in reading.tokens[-3:]][:2] == ["PREFIX", "namespace"]
    return "leave it out: nothing ends a declaration" if declares and token.text in (".", ";") else ""


def _in_select(reading: Reading, token: Token) -> str:
    """Return a hint for the list of variables of a SELECT."""
    clause = _since_brace(reading)
    if "SELECT" not in clause or "WHERE" in clause or "FROM" in clause:
        return ""
    if token.text == "," and not reading.is_inside("("):
        return "SELECT has no commas between its variables"
    if token.kind in grammar().first["BuiltInCall"] and "variable" in reading.expected:
        return f"write ({token.kind}(…) AS ?name)"
    if token.kind in ("AS", ")") and "AS" in reading.expected | {token.kind}:
        return "write (… AS ?name)"
    return ""


def _in_values(reading: Reading, token: Token) -> str:
    if token.text == "," and "UNDEF" in reading.expected:
        return "values have no commas between them"
    if token.text == "," and "GROUP_CONCAT" in _since_brace(reading):
        return 'write ; SEPARATOR = ","'
    return ""


def _after_group(reading: Reading, token: Token) -> str:
    """Return a hint for what follows the braces of a query."""
    clause = _since_brace(reading)
    if token.kind in _MODIFIERS and clause & _AFTER_MODIFIERS:
        return "the order is GROUP BY, HAVING, ORDER BY, LIMIT"
    if not reading.can_end:
        return ""
    if token.kind in _PATTERNS:
        return "put it inside the braces"
    if token.text == "," and "LIMIT" in clause:
        return "write OFFSET before how many to leave out"
    if clause & _MODIFIERS and not token.text[0].isalpha() and token.text not in ("}", ";", ".", ","):
        return "put the expression into round brackets"
    return LEAVE_OUT


def _in_expression(reading: Reading, token: Token, last: Token) -> str:
    if last.kind == "FILTER":
        return "put the condition into round brackets"
    if last.kind == "NOT":
        return "write ! for NOT"
    if last.kind == "IN" and token.text == "[":
        return "write round brackets"
    if "&&" in reading.expected or "STR" in reading.expected:
        return _OTHER_LANGUAGES.get(token.text.upper(), "")
    return ""


def _in_triple(reading: Reading, token: Token, last: Token) -> str:
    expected = reading.expected
    if last.kind == "string" and token.kind == "word":
        return "write a backslash before a quotation mark inside a string"
    if token.kind in _COMPARISONS and "STR" not in expected and ("variable" in expected or "OPTIONAL" in expected):
        return "compare in FILTER(…)"
    if token.kind == "SELECT" and "OPTIONAL" in expected:
        return "put the inner SELECT into braces of its own"
    if token.kind in _TERMS and {".", ";"} <= expected:
        return "put a `.` before it if it begins another triple"
    return ""


def _alone(reading: Reading, token: Token) -> str:
    """Return a hint that needs no more than the token and what is expected."""
    expected = reading.expected
    if token.text in _CURLY:
        return "write straight quotation marks"
    if token.kind == "word" and "variable" in expected and "iri" not in expected:
        return f"write ?{shown(token.text)}"
    if token.kind == "word" and "iri" in expected:
        return "a name has a prefix with a colon, a variable a question mark, a string quotation marks"
    if len(expected) == 1 and not min(expected)[0].isalpha():
        return f"write {named(expected)} {'instead' if expected <= set(CLOSED_BY) and token.kind in CLOSED_BY else 'before it'}"
    return ""


def _since_brace(reading: Reading) -> set[str]:
    """Return the kinds of the tokens since the last brace: those of the clause that is being read, and of those before it."""
    found = set()
    for token in reversed(reading.tokens):
        if token.kind in ("{", "}"):
            break
        found.add(token.kind)
    return found
