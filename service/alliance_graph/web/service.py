"""What every request of the application shares: one release, loaded once."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox
from flask import current_app

from alliance_graph.config import Config
from alliance_graph.dataset.release import Release
from alliance_graph.engine.library import ReadyQuery


@dataclass(frozen=True)
class Service:
    """A release being served."""

    config: Config
    release: Release
    store: ox.Store
    library: dict[str, ReadyQuery]


def current_service() -> Service:
    """Return the service of the application that handles this request."""
    service = current_app.extensions["alliance_graph"]
    assert isinstance(service, Service)
    return service
