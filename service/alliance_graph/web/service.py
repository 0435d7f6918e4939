"""What every request of the application shares: a dataset and the engine that answers from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyoxigraph as ox
from flask import Flask, current_app

from alliance_graph.config import Config
from alliance_graph.dataset import release as releases
from alliance_graph.dataset.release import Release
from alliance_graph.engine.library import ReadyQuery, read_library
from alliance_graph.engine.pool import Engine, Reply, Task
from alliance_graph.engine.terms import term_to_json


@dataclass(frozen=True)
class Service:
    """A dataset being served."""

    config: Config
    release: Release | None
    """The release; None when an operator's own files are served."""
    digest: str
    """What the answers depend on; another digest may mean other answers."""
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


def start_service(config: Config) -> Service:
    """Start the engine for a configuration.

    Raises:
        AllianceGraphError: the release or the files cannot be read.
    """
    if config.release is None:
        return Service(config, None, config.source.digest(), Engine(config.source, config.limits), {})
    release = releases.read(config.release)
    library = read_library(release.folder / "queries")
    return Service(config, release, release.manifest.digest, Engine(release.source, config.limits), library)


def current_service() -> Service:
    """Return the service of the application that handles this request."""
    return service_of(current_app)


def service_of(app: Flask) -> Service:
    """Return the service of an application."""
    service = app.extensions["alliance_graph"]
    assert isinstance(service, Service)
    return service
