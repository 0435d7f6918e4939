"""Reading a published CSV file: every row knows its line, and what is not as published is refused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from alliance_graph.errors import AllianceGraphError

_INTEGER = re.compile(r"(-?[0-9]+)(?:\.0+)?")
_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True)
class Form:
    """How a dataset publishes a file: its name, its columns in their order, its encoding."""

    name: str
    columns: tuple[str, ...]
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    place: str
    """`file:line`, as error messages name it."""
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """Return a cell without the blanks around it; empty when nothing is recorded."""
        return self.cells[column].strip()

    def whole(self, column: str) -> int | None:
        """Return a whole number, also where it is written `22.0`; None for an empty cell."""
        text = self.text(column)
        if not text:
            return None
        match = _INTEGER.fullmatch(text)
        if match is None:
            raise self.error(f"{column} is {text!r}, not a whole number")
        return int(match[1])

    def number(self, column: str) -> str:
        """Return a decimal number as it is written."""
        text = self.text(column)
        if not _DECIMAL.fullmatch(text):
            raise self.error(f"{column} is {text!r}, not a number")
        return text

    def flag(self, column: str) -> bool:
        """Return a dummy variable: 1 or 0."""
        return self.code(column, ("0", "1")) == "1"

    def code(self, column: str, codes: tuple[str, ...]) -> str:
        """Return one of the codes that the codebook gives for a column."""
        text = self.text(column)
        plain = text.removesuffix(".0")
        if plain not in codes:
            known = ", ".join(code or "an empty cell" for code in codes)
            raise self.error(f"{column} is {text!r}, a code that the codebook does not explain", f"it knows {known}")
        return plain

    def error(self, cause: str, mend: str = "correct the cell, or give the file as published") -> AllianceGraphError:
        return AllianceGraphError(cause, mend, place=self.place)


def read_rows(path: Path, form: Form) -> list[Row]:
    """Return the rows of a file.

    Raises:
        AllianceGraphError: the file cannot be read, or is not in the published form.
    """
    reader = csv.reader(io.StringIO(_text(path, form), newline=""), strict=True)
    rows: list[Row] = []
    try:
        header = next(reader, [])
        _check_header(path, header, form)
        line = reader.line_num
        for cells in reader:
            place, line = f"{path}:{line + 1}", reader.line_num
            if not cells:
                continue
            if len(cells) != len(header):
                raise AllianceGraphError(
                    f"{len(cells)} cells under {len(header)} columns", "correct the row", place=place
                )
            rows.append(Row(place, dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        raise AllianceGraphError(
            f"not valid CSV: {error}", "correct the row", place=f"{path}:{reader.line_num}"
        ) from None
    if not rows:
        raise AllianceGraphError("no row below the header", f"give {form.name} as published", place=str(path))
    return rows


def columns_of(path: Path) -> tuple[str, ...]:
    """Return the first line's columns, whatever the rest of the file is."""
    first = _content(path).removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("latin-1")
    try:
        return tuple(next(csv.reader([first]), []))
    except csv.Error:
        return ()


def _text(path: Path, form: Form) -> str:
    content = _content(path)
    if form.encoding == "latin-1":
        if not content.isascii() and _is_utf8(content):
            raise AllianceGraphError(
                "is in UTF-8, where the published file is in Latin-1",
                f"give {form.name} as published",
                place=str(path),
            )
        return content.decode("latin-1")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise AllianceGraphError("not UTF-8", f"give {form.name} as published", place=f"{path}:{line}") from None


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AllianceGraphError(
            f"cannot be read: {error.strerror}", "check that the file is there and readable", place=str(path)
        ) from None


def _check_header(path: Path, header: list[str], form: Form) -> None:
    missing = [column for column in form.columns if column not in header]
    unknown = [column for column in header if column not in form.columns]
    if not missing and not unknown and len(header) == len(form.columns):
        return
    causes = [f"lacks {_list(missing)}"] if missing else []
    causes += [f"has {_list(unknown)}, which {form.name} does not have"] if unknown else []
    causes += [] if causes else ["names a column twice"]
    raise AllianceGraphError(
        f"not the columns of {form.name}: it {' and '.join(causes)}", "give the file as published", place=f"{path}:1"
    )


def _list(columns: list[str]) -> str:
    shown = ", ".join(repr(column) for column in columns[:4])
    more = f" and {len(columns) - 4} more" if len(columns) > 4 else ""
    return f"column{'s' if len(columns) > 1 else ''} {shown}{more}"
