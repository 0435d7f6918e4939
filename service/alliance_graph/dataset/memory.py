"""A dataset in memory, as queries see it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from alliance_graph.errors import AllianceGraphError


def load(files: Iterable[Path], *, union: bool) -> ox.Store:
    """Return a store with the content of RDF files, whose suffixes tell the formats.

    Blank nodes keep the labels the files give them, so that an answer with a blank node in it is
    the same after every start.

    Args:
        files: the files.
        union: whether the default graph is to hold every triple of every graph.

    Raises:
        AllianceGraphError: a file cannot be read, or its content is not what its suffix says.
    """
    store = ox.Store()
    for path in files:
        form = ox.RdfFormat.from_extension(path.suffix[1:])
        if form is None:
            raise AllianceGraphError("the suffix tells no RDF format", "name it .nq, .ttl, .trig …", place=str(path))
        try:
            store.bulk_extend(ox.parse(path=str(path), format=form, rename_blank_nodes=False))
        except (SyntaxError, OSError) as error:
            raise AllianceGraphError(f"cannot be loaded: {error}", "mend the file", place=str(path)) from None
    if union:
        add_union(store)
    return store


def add_union(store: ox.Store) -> None:
    """Put every triple of the named graphs in the default graph too, each once.

    The engine can pretend this when it evaluates, but then gives a triple that two graphs have
    twice, where the union of graphs is a set, and it passes over the FROM clauses of the query.
    """
    store.bulk_extend([ox.Quad(quad.subject, quad.predicate, quad.object) for quad in store])
