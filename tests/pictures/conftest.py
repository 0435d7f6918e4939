"""What the tests of pictures share."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_graph.pictures import worldmap


@pytest.fixture(scope="session")
def atlas() -> Path:
    if not worldmap.WORLD.exists():
        pytest.skip("the shapes of the countries are not installed (make install fetches them)")
    return worldmap.WORLD
