"""The addresses of things: the path of each IRI of ours, as a page for people and as RDF for programs.

The ending of the path says which (`/id/morocco.ttl`), or the Accept header where it has none. Modules
of pages say with `shows` which classes they have a page for.
"""

from __future__ import annotations

from collections.abc import Callable

import pyoxigraph as ox
from flask import Response, redirect, request, url_for

from alliance_graph.dataset import rdf
from alliance_graph.engine.formats import GRAPH_FORMATS, Format
from alliance_graph.vocabulary import BASE, PREFIXES, expand
from alliance_graph.web import metadata
from alliance_graph.web.naming import SPACES, WHOLE, address_of
from alliance_graph.web.negotiation import choose
from alliance_graph.web.pages.asking import Row, rows_of
from alliance_graph.web.pages.frame import PAGE, Alternate, blueprint
from alliance_graph.web.problems import problem
from alliance_graph.web.service import current_service, keep
from alliance_graph.web.sparql import allow_reading, citable

View = Callable[[str], Response]

_WITH_GRAPHS = ("nquads", "trig")
_OFFERED = (PAGE, *GRAPH_FORMATS)
_FORMAT_OF = {fmt.suffix: fmt for fmt in _OFFERED}
_RULE = f"/<any({', '.join(SPACES)}):space>"

_ELSEWHERE = {"replacement": 301, "versioned": 302}
"""Where a thing is described instead, and the status that says whether for ever: another version comes some day."""

_VOCABULARY = ("ontology", "scheme/")
_ANY = f"{PREFIXES['rdfs']}Resource"

_views: dict[str, View] = {}


def shows(*classes: str) -> Callable[[View], View]:
    """Make a function the page of all things of these classes, such as `ally:Claim`; it gets their IRI.

    A thing of several such classes has the page of the one that was named first; `rdfs:Resource`
    stands for things of no such class. A class may be the IRI of one thing alone.
    """

    def register(view: View) -> View:
        _views.update((expand(name) or name, view) for name in classes)
        return view

    return register


@blueprint.get(_RULE, defaults={"path": ""})
@blueprint.get(f"{_RULE}/<path:path>")
def thing(space: str, path: str) -> Response:
    """Describe a thing: as a page or as RDF."""
    return _describe(f"{space}/{path}" if path else space)


@blueprint.get(f"/<any({', '.join(WHOLE)}):space><any({', '.join(map(repr, _FORMAT_OF))}):suffix>")
def whole(space: str, suffix: str) -> Response:
    """Describe a thing whose address is a single word, in the format that its ending names."""
    return _describe(space + suffix)


def alternates(iri: str) -> list[Alternate]:
    """Return the addresses of a thing's description as RDF."""
    root = url_for("pages.home", lang=None, _external=True)
    path = address_of(iri).partition("?")[0].removeprefix(url_for("pages.home", lang=None))
    return [Alternate(f.media_type, f"{root}{path}{f.suffix}", f.label) for f in GRAPH_FORMATS]


def _describe(path: str) -> Response:
    """Answer for the thing whose IRI has this path below the base."""
    stem, dot, ending = path.rpartition(".")
    # The name of a graph of the operator's own may end so.
    fmt = _FORMAT_OF.get(dot + ending) if BASE + path not in current_service().graphs else None
    iri = BASE + (stem if fmt else path)
    suffix = fmt.suffix if fmt else ""
    if fmt is None:
        asked = request.headers.get("Accept")
        named = PAGE.media_type in request.accept_mimetypes.values()
        fmt = choose(asked, _OFFERED if named else (*GRAPH_FORMATS, PAGE))
    if fmt is None:
        offered = [f.media_type for f in _OFFERED]
        return problem("not-acceptable", 406, f"this can be given as {', '.join(offered)}", offered=offered)
    if current_service().release is None or not _is_iri(iri):
        return _without_page(iri, fmt)
    known, _ = rows_of("known", thing=iri)
    if not known and not _documents(iri):
        return _unknown(iri)
    for name, status in _ELSEWHERE.items():
        other = next((row.text(name) for row in known if name in row), None)
        if other is not None:
            path, question, arguments = address_of(other).partition("?")
            response = redirect(f"{path}{suffix}{question}{arguments}", status)
            assert isinstance(response, Response)
            return response
    if fmt is not PAGE:
        return _data(iri, fmt)
    classes = {iri, *(row.text("class") for row in known)}
    return next((view for name, view in _views.items() if name in classes), _views[_ANY])(iri)


def _unknown(iri: str) -> Response:
    return problem("not-found", 404, f"the dataset says nothing of <{iri}>; a search finds things by their names")


def _without_page(iri: str, fmt: Format) -> Response:
    """Answer for what is no IRI, or where an operator's own files are served: their graphs come as RDF alone."""
    service = current_service()
    if service.release is not None:
        return _unknown(iri)
    if iri in service.graphs:
        return _data(iri, GRAPH_FORMATS[0] if fmt is PAGE else fmt)
    endpoint = url_for("sparql.endpoint", _external=True)
    detail = f"only a release has pages of things; for what these files say of it send DESCRIBE <{iri}> to {endpoint}"
    return problem("not-found", 404, detail)


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


def _data(iri: str, fmt: Format) -> Response:
    """Return the description of a thing as RDF; of what is itself a document, such as a graph, all that is in it."""
    assert fmt.rdf is not None
    documents = (iri,) if iri in current_service().graphs else _documents(iri)
    if documents:
        response = metadata.graph_answer(documents, fmt)
    else:
        rows, _ = rows_of("description", thing=iri)
        quads = [_quad(row) for row in rows]
        statements = quads if fmt.name in _WITH_GRAPHS else [*dict.fromkeys(quad.triple for quad in quads)]
        response = citable(Response(rdf.serialise(statements, fmt.rdf), content_type=fmt.content_type))
        response.headers["Vary"] = "Accept"
        response.headers["Cache-Control"] = "public, no-cache"
    keep("thing", iri, fmt.name)
    response.headers.add("Link", f'<{iri}>; rel="describes"')
    return allow_reading(response)


def _quad(row: Row) -> ox.Quad:
    subject, name, graph = row["subject"], row["property"], row["graph"]
    assert not isinstance(subject, ox.Literal)
    assert isinstance(name, ox.NamedNode)
    assert isinstance(graph, ox.NamedNode)
    return ox.Quad(subject, name, row["object"], graph)


def _documents(iri: str) -> tuple[str, ...]:
    """Return the graphs that a vocabulary or a part of one is written in."""
    if not iri.removeprefix(BASE).startswith(_VOCABULARY):
        return ()
    return tuple(row.text("graph") for row in rows_of("documents", thing=iri)[0])
