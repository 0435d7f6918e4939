"""OWL 2 profiles, consistency and justifications, by the Java tools that come inside owlready2.

OWLAPI lists what breaks a profile; HermiT and Pellet must agree on consistency; Pellet names the minimal
axioms behind a contradiction. Each call is one Java process. Listing violations compiles ProfileCheck.java
in memory and so needs a JDK; everything else runs on a JRE.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

import pyoxigraph as ox

from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import PREFIXES

Profile = Literal["DL", "RL"]
_Done = subprocess.CompletedProcess[str]

OWL, RDF = PREFIXES["owl"], PREFIXES["rdf"]
_NAMESPACES = {"owl:": OWL, "rdf:": RDF, "xsd:": "http://www.w3.org/2001/XMLSchema#"}
# https://www.w3.org/TR/owl2-syntax/#Datatype_Maps
_DATATYPES = """owl:real owl:rational rdf:PlainLiteral rdf:langString rdf:XMLLiteral xsd:decimal xsd:integer
    xsd:nonNegativeInteger xsd:nonPositiveInteger xsd:positiveInteger xsd:negativeInteger xsd:long xsd:int
    xsd:short xsd:byte xsd:unsignedLong xsd:unsignedInt xsd:unsignedShort xsd:unsignedByte xsd:double
    xsd:float xsd:string xsd:normalizedString xsd:token xsd:language xsd:Name xsd:NCName xsd:NMTOKEN
    xsd:boolean xsd:hexBinary xsd:base64Binary xsd:anyURI xsd:dateTime xsd:dateTimeStamp"""
DATATYPE_MAP = frozenset(re.sub("owl:|rdf:|xsd:", lambda m: _NAMESPACES[m[0]], _DATATYPES).split())
_TYPE, _ONTOLOGY = ox.NamedNode(f"{RDF}type"), ox.NamedNode(f"{OWL}Ontology")
_IMPORTS = {ox.NamedNode(f"{OWL}{name}") for name in ("imports", "versionIRI", "priorVersion")}


class ReasonerError(AllianceGraphError):
    """The check could not be carried out: what is wrong, and how to put it right."""


@dataclass(frozen=True)
class Consistency:
    """What the reasoners found; justifications are minimal sets of axioms, by the entailment they explain."""

    consistent: bool
    unsatisfiable: tuple[str, ...] = ()
    justifications: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: int = 0

    @property
    def justification(self) -> list[str]:
        """Every axiom named in the justifications, once."""
        return list(dict.fromkeys(axiom for axioms in self.justifications.values() for axiom in axioms))


def merge(documents: Iterable[Iterable[ox.Triple]]) -> bytes:
    """Return the union of ontology files as N-Triples, under the first file's header, without imports."""
    triples = [triple for document in documents for triple in document]
    headers = dict.fromkeys(t.subject for t in triples if t.predicate == _TYPE and t.object == _ONTOLOGY)
    first = next(iter(headers), None)
    united = dict.fromkeys(
        ox.Triple(first if first and t.subject in headers else t.subject, t.predicate, t.object)
        for t in triples
        if not (t.subject in headers and t.predicate in _IMPORTS)
    )
    return ox.serialize(united, format=ox.RdfFormat.N_TRIPLES) or b""


def java_available(*, compiler: bool = False) -> str | None:
    """Why the tools cannot run here (a reason to skip a test), or None. Profiles need the JDK's compiler."""
    if importlib.util.find_spec("owlready2") is None:
        return "owlready2, whose jars hold the reasoners, is not installed: pip install owlready2"
    modules = _java_modules()
    if not modules:
        return "no Java was found on the PATH or in JAVA_HOME: install a JDK, version 11 or newer"
    if compiler and "jdk.compiler" not in modules:
        return "the Java found has no compiler: install a JDK (default-jdk-headless), not only a JRE"
    return None


def check_profile(ntriples: bytes, profile: Profile = "DL", *, timeout: float = 120) -> list[str]:
    """What keeps an ontology out of an OWL 2 profile, one line for each violation; empty when it conforms."""
    _require(compiler=True)
    source = str(Path(__file__).with_name("ProfileCheck.java"))
    done = _run(ntriples, ["-cp", str(_jars() / "pellet" / "*"), source, profile], timeout)
    lines = done.stdout.splitlines()
    if done.returncode or lines[-1:] != ["done"]:
        raise _failure("the OWLAPI profile checker", done)
    violations = {line.removeprefix("violation ") for line in lines if line.startswith("violation ")}
    return sorted(_shorten(re.sub(r" in (ontology )?OntologyID\(.*\)\]$", "]", line)) for line in violations)


def check_consistency(ntriples: bytes, *, timeout: float = 120) -> Consistency:
    """Whether an ontology has a model and all its classes can have members, and if not, for which axioms.

    Literals outside the OWL 2 datatype map (such as dates) are left out, and counted.
    """
    _require()
    triples = [quad.triple for quad in ox.parse(ntriples, format=ox.RdfFormat.N_TRIPLES)]
    kept = [t for t in triples if not _outside_datatype_map(t.object)]
    document = ox.serialize(kept, format=ox.RdfFormat.N_TRIPLES) or b""
    left_out = len(triples) - len(kept)

    unsatisfiable = _hermit(document, timeout)
    reasons = _pellet(document, "--inconsistent", timeout)
    if (unsatisfiable is None) != bool(reasons):
        verdict = "inconsistent" if unsatisfiable is None else "consistent"
        raise ReasonerError(f"HermiT finds it {verdict}, Pellet does not", "run check_profile on the ontology")
    if unsatisfiable:
        reasons = _pellet(document, "--all-unsat", timeout)
    return Consistency(unsatisfiable is not None, unsatisfiable or (), reasons, left_out)


def _hermit(ntriples: bytes, timeout: float) -> tuple[str, ...] | None:
    """The unsatisfiable classes, or None for an inconsistent ontology."""
    jar = str(_jars() / "hermit" / "HermiT.jar")
    done = _run(ntriples, ["-jar", jar, "--no-prefixes", "--unsatisfiable"], timeout)
    if "InconsistentOntologyException" in done.stderr:
        return None
    if done.returncode or not done.stdout.startswith("Classes equivalent to"):
        raise _failure("HermiT", done)
    names = {line.strip() for line in done.stdout.splitlines()[1:]} - {"", f"{OWL}Nothing"}
    return tuple(sorted(_shorten(f"<{name}>") for name in names))


def _pellet(ntriples: bytes, question: str, timeout: float) -> dict[str, tuple[str, ...]]:
    """Pellet's justifications in Manchester syntax; none when the entailment does not hold."""
    classpath = str(_jars() / "pellet" / "*")
    done = _run(ntriples, ["-cp", classpath, "pellet.Pellet", "explain", question], timeout)
    if done.returncode or "Exception in thread" in done.stderr or "Axiom: " not in done.stdout:
        raise _failure("Pellet", done)
    if "nsupported axiom" in done.stderr:
        raise _failure("Pellet, which passed over axioms that are not OWL 2 DL,", done)
    found: dict[str, tuple[str, ...]] = {}
    for section in re.split(r"^Axiom: ", done.stdout, flags=re.MULTILINE)[1:]:
        entailment, _, body = section.partition("\n")
        # An axiom starts at column 5 (after "1)" on the first line); deeper lines go on with it.
        axioms = re.split(r"^(?:\d+\)   | {5})(?=\S)", body, flags=re.MULTILINE)[1:]
        if axioms:
            found[entailment] = tuple(sorted(" ".join(axiom.split()) for axiom in axioms))
        elif "NOT ENTAILED" not in body:
            raise _failure("Pellet", done)
    return found


def _run(ntriples: bytes, arguments: list[str], timeout: float) -> _Done:
    """Runs Java on the ontology, handed over as RDF/XML, the syntax every OWLAPI version reads best."""
    java = _java() or "java"
    encoding = [f"-D{name}=UTF-8" for name in ("file.encoding", "stdout.encoding", "stderr.encoding")]
    with tempfile.TemporaryDirectory(prefix="alliance-graph-") as folder:
        document = Path(folder) / "ontology.rdf"
        try:
            quads = ox.parse(ntriples, format=ox.RdfFormat.N_TRIPLES)
            ox.serialize((quad.triple for quad in quads), output=document, format=ox.RdfFormat.RDF_XML)
        except (SyntaxError, ValueError) as error:
            raise ReasonerError(f"the ontology cannot be written as RDF/XML: {error}") from error
        command = [java, *encoding, *arguments, document.as_uri()]
        try:
            return subprocess.run(  # noqa: S603
                command, capture_output=True, encoding="utf-8", errors="replace", timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired as error:
            cause = f"the reasoner gave no answer within {timeout:g} seconds"
            raise ReasonerError(cause, "allow more time or check fewer files") from error


@cache
def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return (shutil.which("java", path=str(Path(home) / "bin")) if home else None) or shutil.which("java")


@cache
def _java_modules() -> frozenset[str]:
    """The names of the modules of the Java found; none when there is no Java, or one before version 9."""
    java = _java()
    if java is None:
        return frozenset()
    done = subprocess.run([java, "--list-modules"], capture_output=True, text=True, check=False)  # noqa: S603
    return frozenset(line.partition("@")[0] for line in done.stdout.splitlines())


def _require(*, compiler: bool = False) -> None:
    reason = java_available(compiler=compiler)
    if reason:
        cause, _, mend = reason.partition(": ")
        raise ReasonerError(cause, mend)


def _jars() -> Path:
    """owlready2's folder, found without importing it (which is slow)."""
    spec = importlib.util.find_spec("owlready2")
    return Path(spec.origin if spec and spec.origin else "owlready2").parent


def _failure(tool: str, done: _Done) -> ReasonerError:
    lines = [line for line in done.stderr.splitlines() if not line.startswith(("\tat ", "Picked up"))]
    said = " ".join(" ".join(lines[:6]).split()) or f"exit status {done.returncode}"
    mend = "mend the ontology as check_profile says"
    if "UnparsableOntologyException" in said:
        mend = "look for a predicate without a local name, or for control characters, which XML cannot hold"
    return ReasonerError(f"{tool} failed: {_shorten(said)}", mend)


def _outside_datatype_map(term: object) -> bool:
    return isinstance(term, ox.Literal) and term.datatype.value not in DATATYPE_MAP


def _shorten(text: str) -> str:
    for prefix, namespace in PREFIXES.items():
        text = re.sub(rf"<{re.escape(namespace)}([\w.-]+)>", rf"{prefix}:\1", text)
    return text
