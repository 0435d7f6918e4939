"""The library of ready queries: one `.rq` file each, with a header that says what it is.

The header is TOML in lines that begin with `#+`: `title` and `description` in the four languages,
`topic` (under which the library lists it), `view` (how a page shows the result), `languages` (those
it can answer in) and `parameters`, each with `type`, `description` and usually a `default`.
Parameters are bound by the engine to variables of the same name, never pasted into the text; one
without a default has to be given.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from alliance_graph.dataset.project import Project
from alliance_graph.engine.evaluation import QuerySyntaxError, evaluate, kind_of
from alliance_graph.errors import AllianceGraphError
from alliance_graph.headers import parse_header, require_keys, require_languages
from alliance_graph.vocabulary import LANGUAGES, PREFIXES, expand

VIEWS = ("table", "graph", "matrix", "timeline", "map", "chart")
TOPICS = ("claims", "verdicts", "partners", "record", "dataset")
TYPES = ("iri", "string", "language", "integer", "date")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True)
class Parameter:
    """A value the user may give to a ready query."""

    name: str
    type: str
    description: dict[str, str]
    default: str | None

    def term(self, value: str, place: str) -> ox.NamedNode | ox.Literal:
        """Return the RDF term for a value as a user writes it.

        Raises:
            AllianceGraphError: the value is not of the parameter's type.
        """
        wrong = AllianceGraphError(
            f"parameter {self.name}: {value!r} is not of type {self.type}", f"write {_EXAMPLES[self.type]}", place=place
        )
        if self.type == "iri":
            iri = expand(value)
            try:
                return ox.NamedNode(iri or "")
            except ValueError:
                raise wrong from None
        if self.type == "language" and not _LANGUAGE.fullmatch(value):
            raise wrong
        if self.type == "integer":
            if not _INTEGER.fullmatch(value):
                raise wrong
            return ox.Literal(int(value))
        if self.type == "date":
            try:
                datetime.date.fromisoformat(value)
            except ValueError:
                raise wrong from None
            return ox.Literal(value, datatype=ox.NamedNode(f"{PREFIXES['xsd']}date"))
        return ox.Literal(value)


_EXAMPLES = {
    "iri": "an IRI such as id:morocco or https://w3id.org/alliance-graph/id/morocco",
    "string": "a text",
    "language": "a language tag such as en",
    "integer": "a whole number",
    "date": "a date such as 1991-07-04",
}


@dataclass(frozen=True)
class ReadyQuery:
    """One query of the library."""

    name: str
    title: dict[str, str]
    description: dict[str, str]
    topic: str | None
    """One of `TOPICS`; None for a query that is not listed."""
    view: str
    languages: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    text: str
    kind: str
    """The kind of its answers: `solutions`, `boolean` or `graph`."""
    place: str = field(compare=False)

    def bind(self, values: Mapping[str, str]) -> dict[str, ox.NamedNode | ox.Literal]:
        """Return the terms to bind to the query's variables for the values a user gave.

        Raises:
            AllianceGraphError: a value is of the wrong type, belongs to no parameter, or is missing.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in values:
            if name not in known:
                offer = ", ".join(known) or "none"
                raise AllianceGraphError(
                    f"no parameter {name!r}", f"the parameters of this query are: {offer}", place=self.name
                )
        bound = {}
        for name, parameter in known.items():
            value = values.get(name, parameter.default)
            if value is None:
                raise AllianceGraphError(
                    f"parameter {name} is missing", f"give {name}={_EXAMPLES[parameter.type]}", place=self.name
                )
            bound[name] = parameter.term(value, self.name)
        return bound


def read_query(path: Path, place: str) -> ReadyQuery:
    """Read one ready query.

    Raises:
        AllianceGraphError: the header or the query is wrong, or they do not fit together.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AllianceGraphError(
            f"cannot be read: {error}", "check that it is a readable file in UTF-8", place=place
        ) from None
    name = path.stem
    if not _NAME.fullmatch(name):
        raise AllianceGraphError("the file name is not kebab-case", "rename it, as in my-query.rq", place=place)
    header = parse_header(text, place)
    require_keys(
        header, place=place, required=("title", "description", "view", "languages"), optional=("topic", "parameters")
    )
    if header.get("topic", TOPICS[0]) not in TOPICS:
        raise AllianceGraphError(f"unknown topic {header['topic']!r}", f"write one of {', '.join(TOPICS)}", place=place)
    if header["view"] not in VIEWS:
        raise AllianceGraphError(f"unknown view {header['view']!r}", f"write one of {', '.join(VIEWS)}", place=place)
    languages = header["languages"]
    if not isinstance(languages, list) or not set(languages) <= set(LANGUAGES):
        raise AllianceGraphError("languages is not a list of known ones", f"of {', '.join(LANGUAGES)}", place=place)
    parameters = header.get("parameters", {})
    if not isinstance(parameters, dict):
        raise AllianceGraphError("parameters is not a table", "write [parameters.name]", place=place)
    parameters = tuple(_parameter(key, table, place) for key, table in parameters.items())
    return ReadyQuery(
        name=name,
        title=require_languages(header, "title", place=place),
        description=require_languages(header, "description", place=place),
        topic=header.get("topic"),
        view=header["view"],
        languages=tuple(languages),
        parameters=parameters,
        text=text,
        kind=_prove(text, parameters, place),
        place=place,
    )


def _parameter(name: str, table: Any, place: str) -> Parameter:
    what = f"parameter {name}"
    if not isinstance(table, dict):
        raise AllianceGraphError(f"{what} is not a table", f"write [parameters.{name}]", place=place)
    require_keys(table, place=place, required=("type", "description"), optional=("default",), what=what)
    if table["type"] not in TYPES:
        raise AllianceGraphError(f"{what} has an unknown type", f"write one of {', '.join(TYPES)}", place=place)
    default = table.get("default")
    if default is not None and not isinstance(default, str):
        raise AllianceGraphError(f"the default of {what} is not a string", "put it in quotes", place=place)
    parameter = Parameter(name, table["type"], require_languages(table, "description", place=place), default)
    if default is not None:
        parameter.term(default, place)
    return parameter


def _prove(text: str, parameters: tuple[Parameter, ...], place: str) -> str:
    """Check that the engine accepts a query and can bind its parameters; return the kind of its answers."""
    probe = {p.name: p.term(p.default, place) if p.default is not None else ox.Literal("") for p in parameters}
    try:
        return kind_of(evaluate(ox.Store(), text, bindings=probe, place=place))
    except QuerySyntaxError:
        raise
    except AllianceGraphError as error:
        raise AllianceGraphError(error.cause, "name each parameter in the SELECT", place=place) from None


def read_library(folder: Path, name: str = "queries") -> dict[str, ReadyQuery]:
    """Read all ready queries of a folder, by name.

    Raises:
        AllianceGraphError: one of them is wrong.
    """
    found = (read_query(path, f"{name}/{path.name}") for path in sorted(folder.glob("*.rq")))
    return {query.name: query for query in found}


def library_problems(project: Project) -> Iterator[tuple[str, int, int, str]]:
    """Yield file, line, column and cause of each ready query that cannot be used."""
    for path in sorted(project.queries.glob("*.rq")):
        name = project.relative(path)
        try:
            read_query(path, name)
        except AllianceGraphError as error:
            line, _, column = error.place.removeprefix(f"{name}:").partition(":")
            cause = f"{error.cause}; {error.mend}" if error.mend else error.cause
            yield name, int(line) if line.isdecimal() else 1, int(column) if column.isdecimal() else 1, cause
