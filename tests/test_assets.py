"""The browser's part of the pages comes from npm at installation, pinned, licensed and without Node on the machine."""

from __future__ import annotations

import json
import re
import shutil
from importlib import resources
from pathlib import Path

import pytest

from conftest import REPOSITORY
from hatch_build import AssetError, build_assets

SOURCES = REPOSITORY / "service" / "alliance_graph" / "web" / "assets"
VENDOR = Path(str(resources.files("alliance_graph.web"))) / "static" / "vendor"


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No package can be downloaded, and none was kept from before."""
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9/")
    monkeypatch.setenv("NPM_CONFIG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NPM_CONFIG_FETCH_RETRIES", "0")


def test_an_installation_has_what_the_pages_need() -> None:
    shapes = json.loads((VENDOR / "world-atlas" / "countries-110m.json").read_text(encoding="utf-8"))
    assert shapes["type"] == "Topology"
    editor = (VENDOR / "codemirror.js").read_text(encoding="utf-8")
    assert "import(" not in editor
    assert "EditorView" in editor


def test_every_package_that_is_passed_on_has_its_licence_beside_it() -> None:
    notice = (VENDOR / "NOTICE.txt").read_text(encoding="utf-8")
    named = re.findall(r"^(\S+) [0-9.]+ \((\S+)\)$", notice, re.MULTILINE)
    asked = json.loads((SOURCES / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert set(asked) <= {name for name, _ in named}
    assert {licence for _, licence in named} <= {"MIT", "ISC"}
    assert len(re.findall(r"Permission (?:is hereby granted|to use, copy)", notice)) == len(named)


def test_every_package_is_pinned_by_its_hash_and_by_no_host() -> None:
    lock = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())


@pytest.mark.usefixtures("unreachable")
def test_nothing_is_downloaded_while_nothing_has_changed(tmp_path: Path) -> None:
    target = tmp_path / "vendor"
    shutil.copytree(VENDOR, target)
    build_assets(SOURCES, target)
    assert (target / "codemirror.js").read_bytes() == (VENDOR / "codemirror.js").read_bytes()


@pytest.mark.usefixtures("unreachable")
def test_a_package_that_cannot_be_had_is_named_with_the_way_out_and_nothing_is_lost(tmp_path: Path) -> None:
    sources, target = tmp_path / "assets", tmp_path / "static" / "vendor"
    shutil.copytree(SOURCES, sources)
    shutil.copytree(VENDOR, target)
    with (sources / "codemirror.js").open("a", encoding="utf-8") as changed:
        changed.write("// changed\n")
    with pytest.raises(AssetError, match=r"(?s)ECONNREFUSED 127\.0\.0\.1:9.*~/\.npmrc"):
        build_assets(sources, target)
    assert (target / "codemirror.js").is_file()
    assert [entry.name for entry in target.parent.iterdir()] == ["vendor"]
