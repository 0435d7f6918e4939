"""The grammar of SPARQL queries (SPARQL 1.2 Query Language, section 19.8), as tables to read a text by.

It is LL(1): what stands next tells how to go on, and what is still open tells what may stand next.
The engine reads queries by a grammar of its own, faster, but cannot say where it failed and why.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from typing import NamedTuple

START = "Query"
_RULES = """
Query = Prologue ( SelectQuery | ConstructQuery | DescribeQuery | AskQuery ) ValuesClause
Prologue = ( BASE iri | PREFIX namespace iri | VERSION string )*
SelectQuery = SelectClause DatasetClause* WhereClause SolutionModifier
SubSelect = SelectClause WhereClause SolutionModifier ValuesClause
SelectClause = SELECT ( DISTINCT | REDUCED )? ( ( variable | '(' Expression AS variable ')' )+ | '*' )
ConstructQuery = CONSTRUCT ( '{' Template? '}' DatasetClause* WhereClause SolutionModifier | DatasetClause* WHERE '{' Template? '}' SolutionModifier )
DescribeQuery = DESCRIBE ( VarOrIri+ | '*' ) DatasetClause* WhereClause? SolutionModifier
AskQuery = ASK DatasetClause* WhereClause SolutionModifier
DatasetClause = FROM ( Iri | NAMED Iri )
WhereClause = WHERE? Group
SolutionModifier = ( GROUP BY GroupCondition+ )? ( HAVING Constraint+ )? ( ORDER BY OrderCondition+ )? LimitOffset?
GroupCondition = BuiltInCall | Iri ArgList | '(' Expression ( AS variable )? ')' | variable
OrderCondition = ( ASC | DESC ) Bracketed | Constraint | variable
LimitOffset = LIMIT integer ( OFFSET integer )? | OFFSET integer ( LIMIT integer )?
ValuesClause = ( VALUES DataBlock )?
Template = TriplesSameSubject ( '.' Template? )?
Group = '{' ( SubSelect | TriplesBlock? ( NotTriples '.'? TriplesBlock? )* ) '}'
TriplesBlock = TriplesSameSubjectPath ( '.' TriplesBlock? )?
NotTriples = Group ( UNION Group )* | ( OPTIONAL | MINUS | LATERAL ) Group | GRAPH VarOrIri Group | SERVICE SILENT? VarOrIri Group | FILTER Constraint | BIND '(' Expression AS variable ')' | VALUES DataBlock
DataBlock = variable '{' DataValue* '}' | ( nil | '(' variable* ')' ) '{' ( '(' DataValue* ')' | nil )* '}'
DataValue = Iri | Literal | UNDEF | DataTripleTerm
Constraint = Bracketed | BuiltInCall | Iri ArgList
ArgList = nil | '(' DISTINCT? Expression ( ',' Expression )* ')'
ExpressionList = nil | '(' Expression ( ',' Expression )* ')'
TriplesSameSubject = VarOrTerm PropertyList | ( Collection | BlankNodeProperties | ReifiedTriple ) PropertyList?
PropertyList = Verb ObjectList ( ';' ( Verb ObjectList )? )*
Verb = VarOrIri | 'a'
ObjectList = Object ( ',' Object )*
Object = Node ( Reifier | '{|' PropertyList '|}' )*
TriplesSameSubjectPath = VarOrTerm PropertyListPath | ( CollectionPath | BlankNodePropertiesPath | ReifiedTriple ) PropertyListPath?
PropertyListPath = ( Path | variable ) ObjectListPath ( ';' ( ( Path | variable ) ObjectListPath )? )*
ObjectListPath = ObjectPath ( ',' ObjectPath )*
ObjectPath = NodePath ( Reifier | '{|' PropertyListPath '|}' )*
Reifier = '~' ( VarOrIri | BlankNode )?
Path = PathSequence ( '|' PathSequence )*
PathSequence = PathStep ( '/' PathStep )*
PathStep = '^'? ( Iri | 'a' | '!' PathNegated | '(' Path ')' ) ( '?' | '*' | '+' )?
PathNegated = PathOne | nil | '(' PathOne ( '|' PathOne )* ')'
PathOne = '^'? ( Iri | 'a' )
BlankNodeProperties = '[' PropertyList ']'
BlankNodePropertiesPath = '[' PropertyListPath ']'
Collection = '(' Node+ ')'
CollectionPath = '(' NodePath+ ')'
Node = VarOrTerm | Collection | BlankNodeProperties | ReifiedTriple
NodePath = VarOrTerm | CollectionPath | BlankNodePropertiesPath | ReifiedTriple
VarOrTerm = variable | Iri | Literal | BlankNode | nil | TripleTerm
ReifiedTriple = '<<' ReifiedPart Verb ReifiedPart Reifier? '>>'
ReifiedPart = variable | Iri | Literal | BlankNode | ReifiedTriple | TripleTerm
TripleTerm = '<<(' TermPart Verb TermPart ')>>'
TermPart = variable | Iri | Literal | BlankNode | TripleTerm
DataTripleTerm = '<<(' ( Iri | Literal ) ( Iri | 'a' ) ( Iri | Literal | DataTripleTerm ) ')>>'
ExpressionTripleTerm = '<<(' ExpressionPart Verb ExpressionPart ')>>'
ExpressionPart = variable | Iri | Literal | ExpressionTripleTerm
VarOrIri = variable | Iri
Expression = And ( '||' And )*
And = Relation ( '&&' Relation )*
Relation = Sum ( ( '=' | '!=' | '<' | '>' | '<=' | '>=' ) Sum | IN ExpressionList | NOT IN ExpressionList )?
Sum = Product ( ( '+' | '-' ) Product | signed ( ( '*' | '/' ) Unary )* )*
Product = Unary ( ( '*' | '/' ) Unary )*
Unary = ( '!' | '+' | '-' )* Primary
Primary = Bracketed | BuiltInCall | Iri ArgList? | Literal | variable | ExpressionTripleTerm
Bracketed = '(' Expression ')'
BuiltInCall = Aggregate | ( IRI | URI | STR | LANG | LANGDIR | DATATYPE | ABS | CEIL | FLOOR | ROUND | STRLEN | UCASE | LCASE | ENCODE_FOR_URI | YEAR | MONTH | DAY | HOURS | MINUTES | SECONDS | TIMEZONE | TZ | MD5 | SHA1 | SHA256 | SHA384 | SHA512 | ISIRI | ISURI | ISBLANK | ISLITERAL | ISNUMERIC | HASLANG | HASLANGDIR | ISTRIPLE | SUBJECT | PREDICATE | OBJECT ) Bracketed | ( LANGMATCHES | CONTAINS | STRSTARTS | STRENDS | STRBEFORE | STRAFTER | STRLANG | STRDT | SAMETERM | ADJUST ) '(' Expression ',' Expression ')' | ( IF | STRLANGDIR | TRIPLE ) '(' Expression ',' Expression ',' Expression ')' | ( RAND | NOW | UUID | STRUUID ) nil | ( CONCAT | COALESCE ) ExpressionList | BOUND '(' variable ')' | BNODE ( Bracketed | nil ) | ( SUBSTR | REGEX ) '(' Expression ',' Expression ( ',' Expression )? ')' | REPLACE '(' Expression ',' Expression ',' Expression ( ',' Expression )? ')' | NOT? EXISTS Group
Aggregate = COUNT '(' DISTINCT? ( '*' | Expression ) ')' | ( SUM | MIN | MAX | AVG | SAMPLE ) '(' DISTINCT? Expression ')' | GROUP_CONCAT '(' DISTINCT? Expression ( ';' SEPARATOR '=' string )? ')'
Literal = string ( tag | '^^' Iri )? | integer | number | signed | TRUE | FALSE
Iri = iri | name | namespace
BlankNode = label | anon
"""
"""Rules with capitals at the beginning, keywords all in capitals, other tokens in quotes or, as classes, small.

Where the engine takes more (LATERAL, ADJUST, a triple term as the subject of another), so do they.
"""

_SYMBOL = re.compile(r"'[^']+'|\w+|[()|*+?]")
_Alternatives = tuple[tuple[str, ...], ...]


class Grammar(NamedTuple):
    """The rules without their operators, and what follows from them."""

    alternatives: dict[str, _Alternatives]
    """The alternatives of each rule."""
    firsts: dict[str, tuple[frozenset[str], ...]]
    """What each alternative may begin with."""
    first: dict[str, frozenset[str]]
    """What a symbol may begin with; a terminal with itself."""
    empty: frozenset[str]
    """The rules that may stand for nothing."""
    keywords: frozenset[str]

    def expected(self, stack: list[str]) -> set[str]:
        """Return what may come next, given what is still to come, its next symbol last."""
        found: set[str] = set()
        for symbol in reversed(stack):
            found |= self.first[symbol]
            if symbol not in self.empty:
                break
        return found

    def accepts(self, stack: list[str], terminal: str) -> bool:
        """Return whether a terminal may come next."""
        for symbol in reversed(stack):
            if terminal in self.first[symbol]:
                return True
            if symbol not in self.empty:
                return False
        return False

    def take(self, stack: list[str], terminal: str) -> None:
        """Read a terminal that may come next: change what is still to come."""
        while (symbol := stack.pop()) != terminal:
            for alternative, first in zip(self.alternatives[symbol], self.firsts[symbol], strict=True):
                if terminal in first:
                    stack.extend(reversed(alternative))
                    break


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    """Return the grammar; made at its first use."""
    alternatives: dict[str, _Alternatives] = {}
    for line in _RULES.strip().splitlines():
        name, _, text = line.partition(" = ")
        alternatives[name] = _Rules(name, _SYMBOL.findall(text), alternatives).alternatives()
    terminals = {symbol for each in alternatives.values() for part in each for symbol in part} - set(alternatives)
    first = {name: frozenset[str]() for name in alternatives} | {name: frozenset([name]) for name in terminals}
    empty: set[str] = set()
    grows = True
    while grows:
        grows = False
        for name, each in alternatives.items():
            found = first[name].union(*(_first(part, first, empty) for part in each))
            can_be_empty = any(all(symbol in empty for symbol in part) for part in each)
            if found != first[name] or (can_be_empty and name not in empty):
                grows = True
                first[name] = found
                if can_be_empty:
                    empty.add(name)
    firsts = {name: tuple(_first(part, first, empty) for part in each) for name, each in alternatives.items()}
    return Grammar(alternatives, firsts, first, frozenset(empty), frozenset(filter(str.isupper, terminals)))


def _first(part: tuple[str, ...], first: dict[str, frozenset[str]], empty: set[str]) -> frozenset[str]:
    """Return what a sequence of symbols may begin with."""
    found = frozenset[str]()
    for symbol in part:
        found |= first[symbol]
        if symbol not in empty:
            break
    return found


class _Rules:
    """What turns the operators of one rule into further rules."""

    def __init__(self, name: str, symbols: list[str], rules: dict[str, _Alternatives]) -> None:
        self._name = name
        self._symbols = iter([*symbols, ")"])
        self._rules = rules
        self._numbers = itertools.count(1)

    def alternatives(self) -> _Alternatives:
        """Read up to the bracket that closes what has been begun."""
        found: list[list[str]] = [[]]
        for symbol in self._symbols:
            if symbol == ")":
                break
            if symbol == "|":
                found.append([])
            elif symbol == "(":
                found[-1].append(self._rule(self.alternatives()))
            elif symbol in "*+?":
                repeated = found[-1].pop()
                optional = self._rule(((),))
                more = () if symbol == "?" else (optional,)
                self._rules[optional] = ((repeated, *more), ())
                found[-1] += [repeated, optional] if symbol == "+" else [optional]
            else:
                found[-1].append(symbol.strip("'"))
        return tuple(map(tuple, found))

    def _rule(self, alternatives: _Alternatives) -> str:
        name = f"{self._name}/{next(self._numbers)}"
        self._rules[name] = alternatives
        return name
