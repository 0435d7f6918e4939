"""What the conformance tests share: the service over the data of a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alliance_graph.config import Config
from alliance_graph.web.app import create_app
from alliance_graph.web.service import service_of
from conformance.serving import Asked, Data, source_of


@pytest.fixture(scope="module")
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The service over the data that the test names, kept as long as the next test has the same."""
    data: Data = request.param
    app = create_app(Config(source=source_of(data, tmp_path_factory.mktemp("data"))))
    try:
        yield Asked(app.test_client())
    finally:
        service_of(app).engine.close()
