"""The examples do what their pages say: every `console` block is run and its output compared."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from alliance_graph.dataset.release import Release
from conftest import COMMAND, REPOSITORY, Server

PAGES = ("README.md", "docs/sources.md")
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(page: str) -> list[tuple[str, str, str]]:
    """Return page, command and expected output of each example."""
    found = []
    for block in _BLOCK.findall((REPOSITORY / page).read_text(encoding="utf-8")):
        lines = block.removeprefix("$ ").splitlines(keepends=True)
        end = next((n for n, line in enumerate(lines) if n and not line.startswith("  ")), len(lines))
        # A command goes on over the lines that are indented; its output is not.
        if lines[0].count("'") % 2 == 0:
            end = 1
        found.append((page, "".join(lines[:end]), "".join(lines[end:])))
    return found


@pytest.mark.parametrize(
    ("page", "command", "expected"),
    [example for page in PAGES for example in examples(page)],
    ids=lambda text: text.split("\n")[0][:50],
)
def test_example(page: str, command: str, expected: str, server: Server, release: Release) -> None:
    shell = command.replace("http://localhost:8000", server.url)
    environment = {**os.environ, "PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", shell], cwd=REPOSITORY, env=environment, capture_output=True, check=False, timeout=120
    )
    output = (done.stdout + done.stderr).decode()
    assert _tidy(output) == _tidy(expected), f"write this into {page}:\n{output}"


def _tidy(text: str) -> list[str]:
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n").split("\n")


def test_there_are_examples_of_each_kind() -> None:
    commands = [command for _, command, _ in examples("README.md")]
    assert len([c for c in commands if " query " in c or "curl" in c]) >= 3
    assert any(" validate " in c for c in commands)


def test_files_that_readme_links_to_exist() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", (REPOSITORY / "README.md").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (REPOSITORY / Path(link)).exists()] == []
