"""What the layers of the application tell one another in the WSGI environment of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from alliance_graph.engine.pool import Begun

SERVICE = "alliance_graph.service"
"""The service that answers the request: one from beginning to end, whatever release comes meanwhile."""

STARTED = "alliance_graph.started"
"""When the request came, by `time.perf_counter`."""

GONE = "alliance_graph.gone"
"""A `threading.Event` that is set when the client has gone, where the server can tell."""

NO_WAITING = "alliance_graph.no_waiting"
"""Set where the answer is wanted at once: `WouldWaitError` is raised if it takes longer than so many seconds."""

BEGUN = "alliance_graph.begun"
"""The query of the request, which a worker has in hand already."""

ROUTE = "alliance_graph.route"
"""Which of its routes answers, says the application."""

QUERY = "alliance_graph.query"
"""The query that is answered."""

CACHE_KEY = "alliance_graph.cache_key"
"""Which answer the response is, says whoever made it, if it may be kept."""

CACHED = "alliance_graph.cached"
"""Set when the answer was a kept one."""

REPEATS = "alliance_graph.repeats"
"""Where the response may be noted as that of every request of the very same bytes (`Repeats`)."""

ON_REPEAT = "alliance_graph.on_repeat"
"""What to call with the client's address when such a request was answered so."""

SMALL_BYTES = 32 * 1024
"""An answer up to this size is read from its worker, compressed and sent at once."""

_LASTING = (SERVICE, STARTED, QUERY, CACHE_KEY)
"""What does not have to be found out again."""


class WouldWaitError(Exception):
    """There is no answer without waiting."""

    def __init__(self, environ: WSGIEnvironment, begun: Begun | None = None) -> None:
        """Say what has been done so far.

        Args:
            environ: the WSGI environment of the request.
            begun: its query, if a worker has it in hand.
        """
        super().__init__("the answer takes some waiting")
        self.begun = begun
        self.again: WSGIEnvironment = {name: environ[name] for name in _LASTING if name in environ}
        if begun is not None:
            self.again[BEGUN] = begun
        """What to add to the WSGI environment to ask again, and wait."""
