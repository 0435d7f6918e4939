"""The examples do what their pages say: each is run, the output of a `console` block compared, each address asked for."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from alliance_graph.dataset.release import Release
from conftest import COMMAND, REPOSITORY, Server

PAGES = ("README.md", *(f"docs/{path.name}" for path in sorted((REPOSITORY / "docs").glob("*.md"))))
EVERY_PAGE = (
    *PAGES,
    *(f"docs/decisions/{path.name}" for path in sorted((REPOSITORY / "docs" / "decisions").glob("*.md"))),
)
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_ADDRESS = re.compile(r"`(/[a-z][^`<> *…]*|/)`")
# What an operator's proxy, or the inside of a container, has at a path; no address of the service.
_ELSEWHERE = ("/graph", "/srv/alliance-graph")


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
    assert _PYTHON.search((REPOSITORY / "README.md").read_text(encoding="utf-8"))
    commands = [command for _, command, _ in examples("README.md")]
    assert len([c for c in commands if " query " in c or "curl" in c]) >= 3
    assert any(" validate " in c for c in commands)


@pytest.mark.parametrize(
    ("page", "program"),
    [(page, program) for page in PAGES for program in _PYTHON.findall((REPOSITORY / page).read_text(encoding="utf-8"))],
    ids=lambda text: text.split("\n")[0][:50],
)
def test_python_example_runs(page: str, program: str, server: Server) -> None:
    command = [sys.executable, "-c", program.replace("http://localhost:8000", server.url)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, f"mend this in {page}:\n{program}\n{done.stderr.decode()}"
    assert done.stdout.strip(), f"this shows nothing, in {page}:\n{program}"


@pytest.mark.parametrize("page", PAGES)
def test_each_address_that_a_page_names_answers(page: str, server: Server) -> None:
    text = _FENCED.sub("", (REPOSITORY / page).read_text(encoding="utf-8"))
    named = {path for path in _ADDRESS.findall(text) if path not in _ELSEWHERE}
    accept = {"Accept": "text/html, */*;q=0.5"}
    gone = {path: status for path in named if (status := server.fetch(path, headers=accept).status) != 200}
    assert gone == {}


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_each_link_between_files_leads_somewhere(page: str) -> None:
    text = _FENCED.sub("", (REPOSITORY / page).read_text(encoding="utf-8"))
    for link, part in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text):
        target = (REPOSITORY / page).parent / link if link else REPOSITORY / page
        assert target.exists(), f"{page} links to {link}"
        if part:
            titles = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert part in [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles], (
                f"{page}: #{part}"
            )
