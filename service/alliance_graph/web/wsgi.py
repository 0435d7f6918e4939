"""The WSGI entry point: `alliance_graph.web.wsgi:app`, configured by `ALLIANCE_GRAPH_*`."""

from __future__ import annotations

import os

from alliance_graph.config import Config
from alliance_graph.web.app import create_app

app = create_app(Config.from_environment(os.environ))
