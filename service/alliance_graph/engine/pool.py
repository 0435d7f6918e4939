"""The service's side of the engine: places for queries, and what happens when one goes too far.

There are two lanes. A query starts in the short one. If it takes longer than `short_seconds` it
moves to one of the few places for long queries; if they are all taken, it is paused until one is
free. So however many heavy queries arrive, a light one soon finds a place. A worker that exceeds a
limit is ended by the kernel and replaced; what it died of becomes the problem that the client is
told.
"""

from __future__ import annotations

import time

from alliance_graph.dataset.memory import Source
from alliance_graph.engine.begun import Begun, Means
from alliance_graph.engine.crew import Crew
from alliance_graph.engine.lanes import Asker, Gone, Lane, Place
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.loans import Loans
from alliance_graph.engine.problems import EngineError
from alliance_graph.engine.tasks import Reply, Task

__all__ = ["Begun", "Engine", "EngineError", "Reply", "Task"]


class Engine:
    """A dataset, and what answers queries about it."""

    def __init__(self, source: Source, limits: Limits, attendant: str) -> None:
        """Start the engine and wait until it has loaded the dataset.

        Args:
            source: the data.
            limits: what a query may cost.
            attendant: the module whose `Attendant` answers, in a worker, a client whose connection is lent.

        Raises:
            AllianceGraphError: the dataset could not be loaded.
        """
        self.limits = limits
        short, long = Lane(limits.short_queries, limits), Lane(limits.long_queries, limits)
        self._means = Means(Crew(source, limits, attendant), short, long, limits)
        self.loans = Loans(self._means.crew, short, limits.short_queries)

    @property
    def quads(self) -> int:
        """How many quads the dataset has."""
        return self._means.crew.quads

    def close(self) -> None:
        """End all processes of the engine."""
        self._means.crew.close()

    def ask(self, task: Task, gone: Gone | None = None, client: str = "") -> Reply:
        """Answer a query.

        Args:
            task: the query.
            gone: set when nobody waits for the answer any more; the work ends then.
            client: a name that the queries of one client share; where queries wait, clients take turns.

        Raises:
            EngineError: there is no answer; the error says which problem it is.
        """
        return self._begun(task, gone, client).finish()

    def begin(self, task: Task, gone: Gone | None = None, client: str = "") -> Begun | None:
        """Hand a query to a worker, or let it stand in the line for one; the arguments are those of `ask`.

        Returns:
            The query, which has to be finished; None if there is no worker to be had without some waiting.

        Raises:
            EngineError: no worker could be reached, or too many wait.
        """
        return self._begun(task, gone, client) if self._means.crew.has_idle or self._means.short.is_full else None

    def _begun(self, task: Task, gone: Gone | None, client: str) -> Begun:
        asker = Asker(client, time.monotonic() + self.limits.seconds, gone)
        return Begun(self._means, task, asker, Place(self._means.short, asker))
