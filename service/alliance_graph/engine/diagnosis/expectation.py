"""What is expected somewhere in a query, in words."""

from __future__ import annotations

from collections.abc import Collection

from alliance_graph.engine.diagnosis.grammar import grammar

_GROUPS = (
    ({"variable", "iri", "string", "STR"}, "an expression"),
    ({"variable", "iri", "string"}, "a variable, an IRI or a literal"),
    ({"iri", "string"}, "an IRI or a literal"),
    ({"variable", "iri", "^"}, "a variable, an IRI or a path"),
    ({"variable", "iri"}, "a variable or an IRI"),
    ({"iri", "^"}, "an IRI or a path"),
    ({"iri", "name"}, "an IRI"),
    ({"iri"}, "an IRI in < and >"),
    ({"namespace"}, "a prefix with its colon"),
    ({"STR"}, "a function"),
    ({"string"}, "a string"),
    ({"integer"}, "a whole number"),
    ({"variable"}, "a variable"),
    ({"nil"}, "`()`"),
    ({"OPTIONAL"}, "another pattern"),
)
"""What tokens are called that may stand in the same place, the widest names first."""
_SAID_BY_GROUPS = frozenset(
    (
        *("variable", "iri", "name", "namespace", "string", "integer", "number", "signed", "label", "anon", "nil"),
        *("tag", "a", "TRUE", "FALSE", "UNDEF", "[", "^", "!", "<<", "<<(", "~", "{|", "^^", "NOT", "EXISTS"),
        *("OPTIONAL", "FILTER", "BIND", "VALUES", "MINUS", "GRAPH", "SERVICE", "LATERAL"),
    )
)
"""Tokens that are named by such a name or not at all."""
_BESIDE_IRI = frozenset(("variable", "iri", "name", "namespace", "string", "integer", "nil"))
"""Tokens that a name for IRIs and others says, too."""
_OPERATORS = frozenset(("||", "&&", "=", "!=", "<", ">", "<=", ">=", "IN", "+", "-", "*", "/"))
_OF_PATHS = frozenset(("?", "*", "+", "/", "|"))
_MOST_NAMED = 6


def named(expected: Collection[str]) -> str:
    """Return terminals of the grammar as words, as in “`.` or another pattern”."""
    left = set(expected)
    names = []
    for group, name in _GROUPS:
        if group <= left:
            names.append(name)
            left -= group
            if "STR" in group:
                left -= grammar().first["BuiltInCall"]
            if "iri" in group:
                left -= _BESIDE_IRI
            if "string" in group or "^" in group:
                left -= {"(", "+", "-"}
            if "OPTIONAL" in group:
                left.discard("{")
    left = left - _SAID_BY_GROUPS or (left if not names else set())
    if "?" in left:
        left -= _OF_PATHS
    if len(left & _OPERATORS) > 2:
        left -= _OPERATORS
        names.append("an operator")
    signs = [f"`{sign}`" for sign in sorted(left) if not sign.isupper()]
    words = sorted(word for word in left if word.isupper())
    found = [*signs, *words, *names]
    if len(found) > _MOST_NAMED:
        found = [*found[:_MOST_NAMED], "the like"]
    last = ", or " if any(" or " in name for name in found) else " or "
    return last.join(filter(None, (", ".join(found[:-1]), *found[-1:])))
