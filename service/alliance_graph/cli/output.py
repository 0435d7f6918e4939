"""What commands end with and where they write: exit codes, files, the step at work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from alliance_graph.errors import AllianceGraphError

CLEAN, FOUND, FAILED = 0, 1, 2
"""Exit codes: nothing is wrong, violations were found, the command could not run."""


def deliver(text: str, target: Path | None) -> None:
    """Write to a file, or to standard output where none is named."""
    if target is None:
        click.echo(text, nl=False)
    else:
        write(target, text)


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise AllianceGraphError(f"cannot be written: {error.strerror}", "check the folder", place=str(path)) from None


def terminal_progress(show: bool) -> Callable[[str], None]:
    """Return what shows on a terminal which step is at work; silent elsewhere."""
    if not show or not sys.stderr.isatty():
        return lambda step: None

    def tell(step: str) -> None:
        click.echo(f"\r\033[K{step} …" if step else "\r\033[K", nl=False, err=True)

    return tell
