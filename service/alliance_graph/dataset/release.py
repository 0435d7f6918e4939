"""A release: an immutable folder made from the sources, named by the digest of what it says.

`dataset.nq` is the dataset in canonical N-Quads (RDF Dataset Canonicalization 1.0, sorted), so its
SHA-256 is the release's digest and anyone can recompute it with `sha256sum`. Nothing in a release
depends on when or where it was built: the same sources give the same bytes (those of the search
index depend on the version of SQLite too).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pyoxigraph as ox

from alliance_graph import __version__
from alliance_graph.dataset import description, entailment, index, rdf
from alliance_graph.dataset.documents import Document, store_of
from alliance_graph.dataset.memory import Source
from alliance_graph.dataset.project import CHECKS_FOLDER, EXAMPLES_FOLDER, SOURCE_FOLDERS, Project
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import GRAPH, METADATA_GRAPH

MANIFEST = "manifest.json"
DATASET_FILE = "dataset.nq"
CURRENT = "current"


@dataclass(frozen=True)
class Manifest:
    """What a release says of itself."""

    version: str
    digest: str
    """SHA-256 of `dataset.nq`, hexadecimal."""
    sources: str
    """SHA-256 over the names and contents of the source files, hexadecimal."""
    triples: int
    graphs: dict[str, int]
    findings: dict[str, int]
    """Number of validation findings by severity; violations are always 0."""
    files: dict[str, str]
    """SHA-256 of each file of the release by its path."""


@dataclass(frozen=True)
class Release:
    """A release on disk."""

    folder: Path
    manifest: Manifest

    @property
    def source(self) -> Source:
        """The whole dataset, as a service or a query reads it."""
        return Source(files=((str(self.folder / DATASET_FILE), ""),))

    @property
    def checks(self) -> Path:
        """The folder of the checks that the dataset passed."""
        return self.folder / "checks"

    @property
    def examples(self) -> Path:
        """The folder of examples of what rules forbid and allow; it is missing where the project has none."""
        return self.folder / "examples"

    @property
    def index(self) -> Path:
        """The search index of the dataset and its ready queries."""
        return self.folder / index.INDEX_FILE


def source_digest(project: Project) -> str:
    """Return one digest for all source files, so that an unchanged project need not be built again."""
    digest = hashlib.sha256(__version__.encode())
    for folder in SOURCE_FOLDERS:
        for path in project.files(folder, "*"):
            if path.is_file():
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{project.relative(path)}\0{content}\n".encode())
    return digest.hexdigest()


def assemble(project: Project, documents: Iterable[Document], findings: Mapping[str, int]) -> ox.Store:
    """Return the whole dataset: the documents, what they entail, and the description of it all."""
    store = store_of(documents)
    entailment.materialise(store, entailment.read_rules(project))
    metadata = ox.NamedNode(METADATA_GRAPH)
    store.extend(ox.Quad(t.subject, t.predicate, t.object, metadata) for t in description.describe(store, findings))
    return store


def write(project: Project, store: ox.Store, findings: Mapping[str, int], folder: Path) -> Release:
    """Write a release below `folder` and make it the current one.

    The release is written beside its place and renamed when whole, so there is never half a
    release; the link `current` is replaced in one step.

    Raises:
        AllianceGraphError: the folder cannot be written.
    """
    releases = folder / "releases"
    try:
        releases.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=releases))
    except OSError as error:
        raise AllianceGraphError(
            f"cannot be written: {error.strerror}", "name another folder with --build-dir", place=str(folder)
        ) from None
    try:
        manifest = _write_files(project, store, findings, draft)
        target = releases / manifest.digest[:16]
        if target.exists():
            _renew(target, draft, manifest)
        else:
            draft.chmod(0o755)
            draft.rename(target)
        _point(folder / CURRENT, target)
    except OSError as error:
        raise AllianceGraphError(
            f"cannot be written: {error.strerror}", "free some space or name another --build-dir", place=str(folder)
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Release(target, manifest)


def _renew(target: Path, draft: Path, manifest: Manifest) -> None:
    """Bring a release up to date that says the same: its ready queries or its sources' comments are others.

    Each file is replaced in one step and the manifest last, so a release in use stays readable.
    """
    for name, digest in manifest.files.items():
        old = target / name
        if not old.is_file() or hashlib.sha256(old.read_bytes()).hexdigest() != digest:
            old.parent.mkdir(parents=True, exist_ok=True)
            (draft / name).replace(old)
    for old in [path for path in target.rglob("*") if path.is_file()]:
        if old.relative_to(target).as_posix() not in {*manifest.files, MANIFEST}:
            old.unlink()
    (draft / MANIFEST).replace(target / MANIFEST)


def read(folder: Path) -> Release:
    """Return the release in a folder.

    Raises:
        AllianceGraphError: there is no release, or its manifest cannot be read.
    """
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise AllianceGraphError("no release here", "run alliance-graph build first", place=str(folder)) from None
    except (OSError, ValueError, TypeError) as error:
        raise AllianceGraphError(
            f"the release's {MANIFEST} cannot be read: {error}", "run alliance-graph build again", place=str(folder)
        ) from None
    return Release(folder.resolve(), manifest)


def current(folder: Path) -> Release | None:
    """Return the current release of a build folder; None if nothing was built there yet."""
    link = folder / CURRENT
    return read(link) if link.exists() else None


def _point(link: Path, target: Path) -> None:
    fresh = link.with_name(f".{link.name}-{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    fresh.symlink_to(os.path.relpath(target, link.parent))
    try:
        fresh.replace(link)
    except OSError:
        fresh.unlink()
        raise


def canonical_quads(store: ox.Store) -> list[ox.Quad]:
    """Return the dataset's quads with canonical blank node labels (RDFC-1.0), in code point order."""
    dataset = ox.Dataset(store)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(dataset, key=str)


def _write_files(project: Project, store: ox.Store, findings: Mapping[str, int], draft: Path) -> Manifest:
    quads = canonical_quads(store)
    nquads = "".join(f"{line}\n" for line in sorted(_nquad(quad) for quad in quads)).encode()
    (draft / DATASET_FILE).write_bytes(nquads)
    (draft / "dataset.trig").write_bytes(rdf.serialise(quads, ox.RdfFormat.TRIG))
    (draft / "dataset.jsonld").write_bytes(rdf.serialise(quads, ox.RdfFormat.JSON_LD))
    for graph in description.counts(store):
        name = graph[len(GRAPH) :] if graph.startswith(GRAPH) else hashlib.sha256(graph.encode()).hexdigest()
        path = draft / "graphs" / f"{name}.ttl"
        path.parent.mkdir(parents=True, exist_ok=True)
        triples = [quad.triple for quad in quads if quad.graph_name == ox.NamedNode(graph)]
        path.write_bytes(rdf.serialise(triples, ox.RdfFormat.TURTLE))
    for source, target in ((project.queries, "queries"), (project.root / CHECKS_FOLDER, "checks")):
        shutil.copytree(source, draft / target)
    if (project.root / EXAMPLES_FOLDER).is_dir():
        shutil.copytree(project.root / EXAMPLES_FOLDER, draft / "examples", ignore=shutil.ignore_patterns("*.toml"))
    index.write(store, draft / "queries", draft / index.INDEX_FILE)
    files = sorted(p for p in draft.rglob("*") if p.is_file())
    manifest = Manifest(
        version=__version__,
        digest=hashlib.sha256(nquads).hexdigest(),
        sources=source_digest(project),
        triples=len(quads),
        graphs=description.counts(store),
        findings=dict(findings),
        files={p.relative_to(draft).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files},
    )
    text = json.dumps(asdict(manifest), indent=2, sort_keys=True) + "\n"
    (draft / MANIFEST).write_text(text, encoding="utf-8")
    return manifest


def _nquad(quad: ox.Quad) -> str:
    return f"{quad} ."
