"""Options that several commands have, and how the values of an option are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import LANGUAGES

_Command = TypeVar("_Command", bound=Callable[..., Any])


def release(text: str) -> Callable[[_Command], _Command]:
    """Return the option that names a release.

    Args:
        text: what the command does with it, as its help says.
    """
    return click.option("--release", "chosen", type=click.Path(path_type=Path), help=text)


def _report_format(*names: str) -> Callable[[_Command], _Command]:
    return click.option(
        "--format",
        "output",
        type=click.Choice(names),
        default="terminal",
        show_default=True,
        help="How the report is written.",
    )


project = click.option(
    "--project", "folder", type=click.Path(path_type=Path), help="The folder with ontology/ and data/ [default: here]."
)
build_dir = click.option(
    "--build-dir", type=click.Path(path_type=Path), help="Where releases are kept [default: build/ in the project]."
)
report_format = _report_format("terminal", "github", "sarif", "junit", "json", "turtle")
brief_format = _report_format("terminal", "json")
report_file = click.option(
    "--output", "target", type=click.Path(path_type=Path), help="Write the report to a file instead of the terminal."
)
language = click.option(
    "--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the messages."
)


def pair(text: str, option: str, form: str) -> tuple[str, str]:
    """Return the two sides of an option's value; the first may contain `=` when it is an IRI."""
    name, equals, value = text.rpartition("=") if option == "--graph" else text.partition("=")
    if not equals or not name:
        raise AllianceGraphError(f"{option} {text!r} lacks a part", f"write {option} {form}")
    return name, value
