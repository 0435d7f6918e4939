"""An answer as a table on the terminal."""

from __future__ import annotations

import pyoxigraph as ox

from alliance_graph.engine.evaluation import Results, Term
from alliance_graph.vocabulary import compact


def cell(term: Term | None, *, tagged: bool = True) -> str:
    """Return a term as a person reads it: names short, literals bare, with their language if `tagged`."""
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode):
        return compact(term.value)
    if isinstance(term, ox.Literal):
        return f"{term.value} @{term.language}" if tagged and term.language else term.value
    return str(term)


def show(results: Results, hide: frozenset[str] = frozenset()) -> None:
    """Print an answer; `hide` names columns that only repeat what was asked, such as the language.

    On a terminal long cells are wrapped to its width; in a pipe every row is one line.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, emoji=False, width=100_000)
    if isinstance(results, ox.QueryBoolean):
        console.print("yes" if results else "no")
        return
    if isinstance(results, ox.QueryTriples):
        names, rows = ["subject", "predicate", "object"], [[t.subject, t.predicate, t.object] for t in results]
    else:
        shown = [v for v in results.variables if v.value not in hide]
        names, rows = [v.value for v in shown], [[solution[v] for v in shown] for solution in results]
    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        cells = [cell(term, tagged=not hide) for term in row]
        table.add_row(*(cells if console.is_terminal else [" ".join(text.splitlines()) for text in cells]))
    console.print(table)
    console.print(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")
