"""What the tests of validation share."""

from __future__ import annotations

import pytest

from alliance_graph.dataset.project import Project
from conftest import copy_of
from validation.planting import DEFECTS


@pytest.fixture(scope="package")
def planted(project: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, str]]:
    """A copy of the project with one defect of each kind, and the place of each."""
    copy = copy_of(project, tmp_path_factory.mktemp("planted") / "project")
    return copy, {rule: f"{file}:{plant(copy.root / file)}" for rule, (file, plant) in DEFECTS.items()}
