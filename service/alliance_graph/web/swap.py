"""Going over to a new release while serving.

`alliance-graph build` replaces the link to the current release in one step. A request that comes
at least a second after the last look notices; the new release is loaded beside the old one, which
answers until then and ends the queries it has begun.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from alliance_graph.errors import AllianceGraphError
from alliance_graph.web.service import Service, service_of, start_service

if TYPE_CHECKING:
    from flask import Flask

_INTERVAL_SECONDS = 1.0
_GRACE_SECONDS = 5.0


class ReleaseSwap:
    """Gives the service to answer from, and looks now and then whether there is a new release to go over to."""

    def __init__(self, flask: Flask, link: Path) -> None:
        """Make it ready.

        Args:
            flask: the application whose service is replaced.
            link: the link to the current release.
        """
        self.flask = flask
        self.link = link
        self._serving = link.resolve()
        self._next_look = 0.0
        self._busy = threading.Lock()

    def __call__(self) -> Service:
        """Return the service to answer a request from."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _INTERVAL_SECONDS
            if self.link.resolve() != self._serving and self._busy.acquire(blocking=False):
                threading.Thread(target=self._swap, name="release-swap", daemon=True).start()
        return service_of(self.flask)

    def _swap(self) -> None:
        target = self.link.resolve()
        old = service_of(self.flask)
        try:
            self.flask.extensions["alliance_graph"] = start_service(old.config, old.metrics)
        except AllianceGraphError as error:
            print(f"alliance-graph: still serving {old.digest[:16]}: {error}", file=sys.stderr)  # noqa: T201
            old = None  # type: ignore[assignment]
        self._serving = target
        self._busy.release()
        if old is not None:
            time.sleep(old.config.limits.seconds + _GRACE_SECONDS)
            old.close()
