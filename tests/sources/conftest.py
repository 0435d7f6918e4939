"""What the tests of importers share."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_graph.dataset.project import Project
from sources.files import Files


@pytest.fixture
def files(tmp_path: Path, project: Project) -> Files:
    return Files(tmp_path, project)
