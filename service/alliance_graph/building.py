"""From sources to a release: read, validate, and only if nothing is violated, write."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from alliance_graph.dataset import release as releases
from alliance_graph.dataset.project import Project
from alliance_graph.dataset.release import Release
from alliance_graph.validation.findings import Report

BUILD_FOLDER = "build"


def build_folder(project: Project, chosen: Path | None) -> Path:
    """Return where a project's releases are kept: beside it, or in the user's cache for the installed one."""
    if chosen is not None:
        return chosen
    if project.is_installed:
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(cache) / "alliance-graph" / BUILD_FOLDER
    return project.root / BUILD_FOLDER


def build(
    project: Project, folder: Path | None = None, progress: Callable[[str], None] = lambda step: None
) -> tuple[Release | None, Report]:
    """Validate a project and write its release.

    Returns:
        The release, or None when there are violations; and the validation's report.
    """
    from alliance_graph.validation.session import Session

    session = Session(project, progress=progress)
    report = session.run()
    if not report.clean:
        progress("")
        return None, report
    progress("building the release")
    store = releases.assemble(project, session.documents.values(), report.counts)
    written = releases.write(project, store, report.counts, build_folder(project, folder))
    progress("")
    return written, report


def up_to_date_release(
    project: Project, folder: Path | None = None, progress: Callable[[str], None] = lambda step: None
) -> tuple[Release | None, Report | None]:
    """Return the current release when it is of these very sources, else build one.

    Returns:
        The release, or None when there are violations; and the report when it was built.
    """
    current = releases.current(build_folder(project, folder))
    if current is not None and current.manifest.sources == releases.source_digest(project):
        return current, None
    return build(project, folder, progress)
