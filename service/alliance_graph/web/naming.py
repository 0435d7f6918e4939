"""How an IRI is shown to a person: by its name in the language of the request, at its address here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from flask import g, url_for
from markupsafe import Markup, escape

from alliance_graph.dataset.words import fold
from alliance_graph.vocabulary import BASE, LANGUAGES, PREFIXES, compact
from alliance_graph.web.i18n import language, messages
from alliance_graph.web.service import current_service

SPACES = ("id", "claim", "assessment", "mention", "link", "source", "scheme", "graph", "ontology", "catalog", "dataset")
"""The first part of the path of every IRI of ours that has a page here."""

WHOLE = ("catalog", "dataset", "ontology")
"""The spaces that are things themselves."""

_NAMED = re.compile(r"\bid:([a-z0-9]+(?:-[a-z0-9]+)*)")
"""How a text of the data names a thing."""


@dataclass(frozen=True)
class Name:
    """What a thing is called."""

    text: str
    language: str
    """The language of the text; empty if it has none."""


def address_of(iri: str) -> str:
    """Return where a thing is described here; what is not ours is where its IRI says.

    The path of an IRI of ours is an address of this service: `…/id/morocco` is at `/id/morocco`.
    """
    path, mark, fragment = iri.removeprefix(BASE).partition("#")
    if not iri.startswith(BASE) or path.partition("/")[0] not in SPACES:
        return iri
    if "home" not in g:
        g.home = url_for("pages.home").partition("?")
    root, question, arguments = g.home
    return f"{root}{quote(path)}{question}{arguments}{mark}{quote(fragment)}"


def by_name(iri: str) -> tuple[str, str]:
    """Return by what things are ordered: their names as searches compare them, then their IRIs."""
    return fold(name_of(iri).text), iri


def slug(iri: str) -> str:
    """Return the last part of an IRI, by which addresses and style sheets know a concept."""
    return iri.rpartition("/")[2]


def followed(iri: str) -> str | None:
    """Return where a link to a thing leads; None if its IRI is no address of the web, but may be a script."""
    return address_of(iri) if iri.lower().startswith(("http://", "https://")) else None


def name_of(iri: str) -> Name:
    """Return the name of a thing: in the language of the request, else in English, else in any; else its short IRI."""
    names = current_service().names.get(iri)
    if not names:
        return Name(compact(iri).strip("<>"), "")
    return Name(*_best(names))


def _best(names: Mapping[str, str]) -> tuple[str, str]:
    for tag in (language(), LANGUAGES[0], ""):
        if tag in names:
            return names[tag], tag
    tag, text = next(iter(names.items()))
    return text, tag


def anchor(iri: str) -> Markup:
    """Return the name of a thing as HTML, linked to where it is described."""
    anchors: dict[str, Markup] = g.setdefault("anchors", {})
    if iri not in anchors:
        name = name_of(iri)
        foreign = name.language not in ("", language())
        tag = Markup(' lang="{}" dir="auto"').format(name.language) if foreign else ""
        anchors[iri] = Markup('<a href="{}"{}>{}</a>').format(address_of(iri), tag, name.text)
    return anchors[iri]


def property_name(iri: str) -> Name:
    """Return what a property is called beside its values: words made for that, else its name."""
    texts = messages().get(f"properties.{re.split('[#/]', iri)[-1]}")
    return Name(texts[language()], language()) if texts else name_of(iri)


def with_links(text: str) -> Markup:
    """Return a text of the data as HTML in which the things it names (`id:morocco`) are links."""
    parts = _NAMED.split(text)
    return Markup().join(escape(p) if at % 2 == 0 else anchor(PREFIXES["id"] + p) for at, p in enumerate(parts))
