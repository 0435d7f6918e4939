"""The data to take along: the whole dataset and each graph, as files of the release with their digests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from flask import Response, send_file, url_for

from alliance_graph.dataset.release import Release
from alliance_graph.engine.formats import FORMATS_BY_SUFFIX
from alliance_graph.vocabulary import GRAPH
from alliance_graph.web.i18n import t
from alliance_graph.web.pages.frame import blueprint, page
from alliance_graph.web.problems import problem
from alliance_graph.web.service import current_service

_WHOLE = ("dataset.nq", "dataset.trig", "dataset.jsonld")
_GRAPHS = "graphs"


@dataclass(frozen=True)
class Dump:
    """A file of the release."""

    name: str
    address: str
    size: int
    """In bytes."""
    sha256: str


@dataclass(frozen=True)
class GraphDump:
    """A graph and the file that holds it."""

    iri: str
    triples: int
    address: str


@blueprint.get("/data")
def data() -> Response:
    """Say how to take the data along, or to ask for them by program."""
    release = current_service().release
    if release is None:
        return _nothing("data")
    graphs = [
        GraphDump(iri, triples, address)
        for iri, triples in release.manifest.graphs.items()
        if (address := dump_of(iri, release))
    ]
    return page("data.html", title=t("data.title"), dumps=[_dump(name, release) for name in _WHOLE], graphs=graphs)


def dump_of(iri: str, release: Release) -> str | None:
    """Return the address of the file that holds a graph; None where the release has none."""
    name = f"{iri.removeprefix(GRAPH)}.ttl"
    return url_for("pages.dump", name=name, lang=None) if _file(name, release) else None


@blueprint.get("/dump/<path:name>")
def dump(name: str) -> Response:
    """Send the whole dataset or one graph, as the dataset's description names them (`void:dataDump`)."""
    release = current_service().release
    file = _file(name, release) if release is not None else None
    if release is None or file is None:
        return _nothing(name)
    fmt = FORMATS_BY_SUFFIX[PurePosixPath(file).suffix]
    response = send_file(release.folder / file, mimetype=fmt.media_type, conditional=False)
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _file(name: str, release: Release) -> str | None:
    """Return the path in the release of what is offered under a name: only what the manifest lists."""
    path = name if name in _WHOLE else f"{_GRAPHS}/{name}"
    return path if path in release.manifest.files else None


def _dump(name: str, release: Release) -> Dump:
    size = (release.folder / name).stat().st_size
    return Dump(name, url_for("pages.dump", name=name, lang=None), size, release.manifest.files[name])


def _nothing(name: str) -> Response:
    return problem("not-found", 404, f"there is no file {name!r} to take along here; a release lists its own at /data")
