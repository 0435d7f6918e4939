"""The dataset's description of itself: VoID, DCAT and DQV, counted from the dataset it describes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyoxigraph as ox

from alliance_graph import __version__
from alliance_graph.dataset.rdf import node
from alliance_graph.vocabulary import BASE, GRAPH, LANGUAGES, METADATA_GRAPH, ONTOLOGY

DATASET = f"{BASE}dataset"

_TITLES = {
    "en": "Alliance Graph: Morocco's military alliances as linked data",
    "fr": "Alliance Graph : les alliances militaires du Maroc en données liées",
    "ar": "مخطط التحالفات: التحالفات العسكرية للمغرب بيانات مترابطة",
    "es": "Alliance Graph: las alianzas militares de Marruecos como datos enlazados",
}

_METRICS = {
    "violation": {
        "en": "number of violations that validation finds",
        "fr": "nombre de violations trouvées par la validation",
        "ar": "عدد المخالفات التي يجدها التحقق",
        "es": "número de infracciones que halla la validación",
    },
    "warning": {
        "en": "number of warnings that validation gives",
        "fr": "nombre d’avertissements donnés par la validation",
        "ar": "عدد التحذيرات التي يعطيها التحقق",
        "es": "número de advertencias que da la validación",
    },
    "info": {
        "en": "number of remarks that validation makes",
        "fr": "nombre de remarques faites par la validation",
        "ar": "عدد الملاحظات التي يبديها التحقق",
        "es": "número de observaciones que hace la validación",
    },
}

_GRAPH_COUNTS = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_CLASS_COUNTS = "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c FILTER(isIRI(?c)) } GROUP BY ?c"
_PROPERTY_COUNTS = "SELECT ?p (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } } GROUP BY ?p"
_TOTALS = """
SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects)
{ SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }
"""


def _count(value: int) -> ox.Literal:
    return ox.Literal(str(value), datatype=node("xsd:nonNegativeInteger"))


def _rows(store: ox.Store, query: str) -> Iterator[tuple[str, ...]]:
    solutions = store.query(query, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    for solution in solutions:
        yield tuple(value.value for value in solution)


def counts(store: ox.Store) -> dict[str, int]:
    """Return the number of triples in each named graph, by IRI, in a fixed order."""
    return {graph: int(n) for graph, n in sorted(_rows(store, _GRAPH_COUNTS))}


def describe(store: ox.Store, findings: Mapping[str, int]) -> list[ox.Triple]:
    """Return the description of a dataset.

    Args:
        store: the dataset, complete but for this description.
        findings: the number of findings of the validation by severity (`violation`, `warning`, `info`).
    """
    triples: list[ox.Triple] = []
    dataset = ox.NamedNode(DATASET)

    def say(subject: ox.NamedNode, predicate: str, value: ox.NamedNode | ox.Literal) -> None:
        triples.append(ox.Triple(subject, node(predicate), value))

    for kind in ("void:Dataset", "dcat:Dataset"):
        say(dataset, "rdf:type", node(kind))
    for language in LANGUAGES:
        say(dataset, "dcterms:title", ox.Literal(_TITLES[language], language=language))
        say(dataset, "dcterms:language", ox.Literal(language))
    say(dataset, "dcat:version", ox.Literal(__version__))
    say(dataset, "dcterms:conformsTo", ox.NamedNode(f"{ONTOLOGY}/{__version__}"))
    say(dataset, "dcterms:license", ox.NamedNode("https://creativecommons.org/publicdomain/zero/1.0/"))
    say(dataset, "void:uriSpace", ox.Literal(BASE))
    say(dataset, "void:exampleResource", ox.NamedNode(f"{BASE}id/morocco"))
    say(dataset, "dcterms:isPartOf", ox.NamedNode(f"{BASE}catalog"))

    ((total, subjects, objects),) = _rows(store, _TOTALS)
    say(dataset, "void:triples", _count(int(total)))
    say(dataset, "void:distinctSubjects", _count(int(subjects)))
    say(dataset, "void:distinctObjects", _count(int(objects)))

    class_counts = sorted(_rows(store, _CLASS_COUNTS))
    property_counts = sorted(_rows(store, _PROPERTY_COUNTS))
    say(dataset, "void:classes", _count(len(class_counts)))
    say(dataset, "void:properties", _count(len(property_counts)))
    for number, (iri, n) in enumerate(class_counts, 1):
        part = ox.NamedNode(f"{DATASET}/class/{number}")
        say(dataset, "void:classPartition", part)
        say(part, "void:class", ox.NamedNode(iri))
        say(part, "void:entities", _count(int(n)))
    for number, (iri, n) in enumerate(property_counts, 1):
        part = ox.NamedNode(f"{DATASET}/property/{number}")
        say(dataset, "void:propertyPartition", part)
        say(part, "void:property", ox.NamedNode(iri))
        say(part, "void:triples", _count(int(n)))
    for graph, triple_count in counts(store).items():
        if graph == METADATA_GRAPH:
            continue
        say(dataset, "void:subset", ox.NamedNode(graph))
        say(ox.NamedNode(graph), "void:triples", _count(triple_count))
        if graph.startswith(GRAPH):
            say(ox.NamedNode(graph), "void:dataDump", ox.NamedNode(f"{BASE}dump/{graph[len(GRAPH) :]}.ttl"))
    for severity, n_findings in sorted(findings.items()):
        measurement = ox.NamedNode(f"{DATASET}/quality/{severity}")
        metric = ox.NamedNode(f"{DATASET}/metric/{severity}-count")
        say(dataset, "dqv:hasQualityMeasurement", measurement)
        say(measurement, "rdf:type", node("dqv:QualityMeasurement"))
        say(measurement, "dqv:isMeasurementOf", metric)
        say(measurement, "dqv:value", _count(n_findings))
        say(metric, "rdf:type", node("dqv:Metric"))
        say(metric, "dqv:expectedDataType", node("xsd:nonNegativeInteger"))
        for language in LANGUAGES:
            say(metric, "rdfs:label", ox.Literal(_METRICS[severity][language], language=language))
    return triples
