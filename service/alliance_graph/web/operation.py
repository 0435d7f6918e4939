"""Query operations, from a request to what is asked of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from alliance_graph.engine.formats import FORMATS_OF_KIND
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.tasks import Task
from alliance_graph.web.cache import digest
from alliance_graph.web.environ import QUERY
from alliance_graph.web.negotiation import choose
from alliance_graph.web.protocol import read_request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PATH = "/sparql"
METHODS = ("GET", "HEAD", "POST", "QUERY")
"""The methods of a query operation."""


def read_task(environ: WSGIEnvironment, body: bytes, limits: Limits) -> Task:
    """Return what a query operation asks of the engine.

    Args:
        environ: the WSGI environment.
        body: the body of the request, if it has one; not more than a byte too much.
        limits: what a query may cost.

    Raises:
        ProtocolError: the request is no query operation.
    """
    operation = read_request(environ, body, limits.query_bytes)
    environ[QUERY] = operation.query
    formats = accepted_formats(environ.get("HTTP_ACCEPT"))
    return Task(operation.query, formats, operation.dataset.default_graphs, operation.dataset.named_graphs)


def cache_key(task: Task) -> bytes:
    """Return what tells the answer to a query from others."""
    bindings = [(name, *sorted(term.items())) for name, term in sorted(task.bindings.items())] if task.bindings else ()
    return digest((task.query, task.default_graphs, task.named_graphs, task.formats, bindings))


@lru_cache(maxsize=256)
def accepted_formats(accept: str | None) -> Mapping[str, str | None]:
    """Return, for each kind of answer, the format an Accept header wants most; None where it wants none."""
    chosen = {kind: choose(accept, offered) for kind, offered in FORMATS_OF_KIND.items()}
    return {kind: fmt.name if fmt else None for kind, fmt in chosen.items()}
