"""What is wrong with a text that the engine cannot read as a query: where, what, and how to mend it.

The engine's own errors name the end of the longest word it tried, often a keyword that the text has
nothing to do with. So such a text is read once more, by the grammar (`reading`), and the first token
that cannot stand where it stands is named (`faults`). Where the grammar finds nothing, another rule
is broken (`rules`, `trials`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from alliance_graph.engine.diagnosis.faults import fault
from alliance_graph.engine.diagnosis.mistake import Mistake
from alliance_graph.engine.diagnosis.reading import Reading
from alliance_graph.engine.diagnosis.rules import broken_rule, grouped_without_select, said_by_engine, undeclared_prefix
from alliance_graph.engine.diagnosis.trials import culprit, malformed

_UNKNOWN = (
    "each of its parts is in order, but not beside the others",
    "look whether a variable is set twice, SELECT has one that GROUP BY lacks, or a blank node label is in two groups",
)


def diagnose(query: str, prefixes: Collection[str], said: str, offset: int, is_query: Callable[[str], bool]) -> Mistake:
    """Return what is wrong with a text.

    Args:
        query: a text that the engine cannot read as a query.
        prefixes: those that need no declaration.
        said: what the engine says about it.
        offset: where it says so, in characters from the start.
        is_query: tells whether the engine can read a text as a query.
    """
    reading = Reading(query)
    tokens = reading.tokens
    return (
        undeclared_prefix(tokens, prefixes)
        or fault(reading)
        or broken_rule(tokens)
        or malformed(tokens, is_query)
        or culprit(query, tokens, is_query)
        or said_by_engine(said, offset)
        or grouped_without_select(tokens)
        or Mistake(0, *_UNKNOWN)
    )
