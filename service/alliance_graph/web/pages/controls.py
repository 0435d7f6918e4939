"""What a reader can set on a page by its form: a choice of one, a choice of several, a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from flask import request

from alliance_graph.dataset.words import fold
from alliance_graph.errors import AllianceGraphError
from alliance_graph.pictures.answer import Answer
from alliance_graph.vocabulary import compact, expand


@dataclass(frozen=True)
class Control:
    """A part of the form, as the address of the request sets it."""

    name: str
    kind: str
    """`one`, `several` or `day`."""
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """Value and label of each choice."""
    chosen: frozenset[str] = frozenset()
    """The values chosen, where several may be."""


def one(name: str, options: Iterable[tuple[str, str]]) -> Control:
    """Return a choice of one; the first option is the one if the address names none.

    Raises:
        AllianceGraphError: the address names another.
    """
    offered = tuple(options)
    value = request.args.get(name) or offered[0][0]
    if value not in dict(offered):
        raise AllianceGraphError(
            f"{name}: there is no {value!r} here", f"give one of {', '.join(option for option, _ in offered)}"
        )
    return Control(name, "one", value, offered)


def several(column: str, answer: Answer) -> Control:
    """Return a choice among the things in a column of an answer; none chosen means all.

    Raises:
        AllianceGraphError: the address names something else.
    """
    found = {thing.key: thing.label for row in answer.rows if (thing := answer.thing(row, column))}
    options = tuple((compact(key), label) for key, label in sorted(found.items(), key=lambda item: fold(item[1])))
    chosen = frozenset(request.args.getlist(column))
    for value in chosen - {option for option, _ in options}:
        raise AllianceGraphError(f"{column}: there is no {value!r} here", "choose from the form")
    return Control(column, "several", options=options, chosen=chosen)


def chosen(control: Control) -> frozenset[str]:
    """Return the IRIs of what is chosen."""
    return frozenset(expand(value) or value for value in control.chosen)


def day(name: str) -> tuple[Control, datetime.date | None]:
    """Return a day; None if the address names none.

    Raises:
        AllianceGraphError: it is no day.
    """
    value = request.args.get(name, "")
    try:
        return Control(name, "day", value), datetime.date.fromisoformat(value) if value else None
    except ValueError:
        raise AllianceGraphError(f"{name}: {value!r} is not a day", "write it as in 1991-07-04") from None
