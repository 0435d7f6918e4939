"""What the documentation says of limits, problems, formats and commands is what the code reads."""

from __future__ import annotations

import inspect
import re
import tomllib
from dataclasses import fields

import click
import pytest

from alliance_graph.cli import cli
from alliance_graph.config import ENVIRONMENT
from alliance_graph.engine.formats import FORMATS, FORMATS_OF_KIND
from alliance_graph.engine.limits import Limits
from alliance_graph.web.app import create_app  # noqa: F401 - the routes it registers are looked at below
from alliance_graph.web.metadata import blueprint as metadata
from alliance_graph.web.pages import blueprint as pages
from alliance_graph.web.problems import ENGINE_STATUS, TITLES
from alliance_graph.web.sparql import blueprint as sparql
from conftest import REPOSITORY

ENDPOINT = (REPOSITORY / "docs" / "endpoint.md").read_text(encoding="utf-8")
_OWN_STATUS = {
    "not-found": "404",
    "method-not-allowed": "405",
    "remote-failed": "502",
    "bad-request": "400, 408",
    "too-large": "413, 414, 431",
    "unsupported-media-type": "415",
    "internal": "500",
}
"""The statuses of problems that the service itself finds, in its several parts."""


def _section(title: str) -> list[str]:
    body = ENDPOINT.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    return [line for line in body.splitlines() if line.startswith("|")][2:]


def limit_rows() -> list[str]:
    source = inspect.getsource(Limits)
    rows = []
    for item in fields(Limits):
        comment = re.search(rf"((?:    # .*\n)+)    {item.name}:", source)
        assert comment, f"say in a comment what {item.name} limits"
        text = " ".join(line.strip("# ") for line in comment[1].splitlines())
        rows.append(f"| `{ENVIRONMENT}{item.name.upper()}` | {item.metadata.get('default', item.default)} | {text} |")
    return rows


def problem_rows() -> list[str]:
    return [
        f"| `{kind}` | {_OWN_STATUS.get(kind) or ENGINE_STATUS.get(kind, 400)} | {title} |"
        for kind, title in TITLES.items()
    ]


def format_rows() -> list[str]:
    rows = []
    for fmt in FORMATS.values():
        kinds = [kind for kind, formats in FORMATS_OF_KIND.items() if fmt in formats]
        names = {"solutions": "tables", "boolean": "yes or no", "graph": "graphs"}
        rows.append(f"| {fmt.name} | `{fmt.media_type}` | `{fmt.suffix}` | {', '.join(names[k] for k in kinds)} |")
    return rows


@pytest.mark.parametrize(
    ("title", "rows"),
    [("Limits", limit_rows()), ("Problems", problem_rows()), ("Formats", format_rows())],
    ids=["limits", "problems", "formats"],
)
def test_the_table_is_the_one_the_code_works_with(title: str, rows: list[str]) -> None:
    assert _section(title) == rows, "write this into docs/endpoint.md:\n" + "\n".join(rows)


def test_every_route_is_documented() -> None:
    from flask import Flask

    app = Flask("routes")
    for blueprint in (sparql, pages, metadata):
        app.register_blueprint(blueprint)
    documented = ENDPOINT + (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            address = re.sub(r"<(?:path:)?(\w+)>", r"<", rule.rule).split("<")[0]
            assert address in documented, f"say in docs/endpoint.md what {rule.rule} is"


def test_every_command_and_option_has_a_help_text() -> None:
    for name, command in cli.commands.items():
        assert command.help, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.opts}"


def test_every_command_is_in_the_readme() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8") + ENDPOINT
    for name in cli.commands:
        assert f"alliance-graph {name}" in readme, name


def test_every_decision_is_listed() -> None:
    folder = REPOSITORY / "docs" / "decisions"
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in folder.glob("*.md")} - {"README.md"}


def test_the_image_gets_all_that_the_package_is_made_of() -> None:
    copied = re.findall(
        r"^COPY (?!--from)(.*) \S+$", (REPOSITORY / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE
    )
    copied = [name for names in copied for name in names.split()]
    assert [name for name in copied if not (REPOSITORY / name).exists()] == []
    package = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = package["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["force-include"], package["project"]["readme"], "pyproject.toml", "LICENSE", "LICENSES", "service"}
    assert needed <= set(copied)
