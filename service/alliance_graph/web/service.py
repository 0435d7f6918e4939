"""What every request of the application shares: one release and the engine that answers from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyoxigraph as ox
from flask import current_app

from alliance_graph.config import Config
from alliance_graph.dataset.release import Release
from alliance_graph.engine.library import ReadyQuery
from alliance_graph.engine.pool import Engine, Reply, Task
from alliance_graph.engine.terms import term_to_json


@dataclass(frozen=True)
class Service:
    """A release being served."""

    config: Config
    release: Release
    engine: Engine
    library: dict[str, ReadyQuery]

    def select(self, query: str) -> ox.QuerySolutions:
        """Return the solutions of a SELECT of our own.

        Raises:
            EngineError: there is no answer.
        """
        reply = self.engine.ask(Task(query, {"solutions": "json"}))
        solutions = ox.parse_query_results(reply.body, format=ox.QueryResultsFormat.JSON)
        assert isinstance(solutions, ox.QuerySolutions)
        return solutions

    def ask_ready(self, ready: ReadyQuery, values: Mapping[str, str], formats: Mapping[str, str | None]) -> Reply:
        """Answer a ready query.

        Raises:
            AllianceGraphError: a parameter is wrong, or there is no answer.
        """
        bindings = {name: term_to_json(term) for name, term in ready.bind(values).items()}
        return self.engine.ask(Task(ready.text, formats, bindings=bindings))


def current_service() -> Service:
    """Return the service of the application that handles this request."""
    service = current_app.extensions["alliance_graph"]
    assert isinstance(service, Service)
    return service
