"""Where the W3C test suites are, and how their IRIs name files."""

from __future__ import annotations

from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3] / "shared" / "conformance" / "rdf-tests"
_IRI = "https://w3c.github.io/rdf-tests/"
"""Where w3c/rdf-tests is published: the base of the relative IRIs in its files."""


def require() -> None:
    """Skip the module that is being imported when the suites are not beside the project."""
    if not _ROOT.is_dir():
        pytest.skip(
            "the W3C suites are no part of the project: put w3c/rdf-tests at ../shared/conformance/rdf-tests",
            allow_module_level=True,
        )


def files(pattern: str) -> list[Path]:
    """Return all files of the suites of SPARQL whose names match a pattern."""
    return sorted((_ROOT / "sparql").rglob(pattern))


def path_of(iri: str) -> Path:
    """Return the file that an IRI of the suites names."""
    assert iri.startswith(_IRI), iri
    return _ROOT / iri.removeprefix(_IRI)


def iri_of(path: str) -> str:
    """Return the IRI of a file, given relative to the root of the suites."""
    return _IRI + path


def text_of(iri: str) -> str:
    """Return the content of a file, its line ends as they are."""
    return path_of(iri).read_bytes().decode()
