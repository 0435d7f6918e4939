"""Queries that go too far: in time, in memory, or in the size of the answer; about data with triples enough, and `<urn:l>` for labels."""

from __future__ import annotations

CARTESIAN = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
ENDLESS = {
    "cartesian": CARTESIAN,
    "regex": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g <urn:l> ?h"
    " FILTER(REGEX(CONCAT(STR(?a), STR(?c), STR(?f)), CONCAT('(.*', ?h, '.*)*$'), 'i')) }",
    "path": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER EXISTS { ?a (<urn:next>|^<urn:next>)* ?d } }",
    "filter": "SELECT * { ?a <urn:l> ?b . ?c <urn:l> ?d . ?e <urn:l> ?f FILTER(SHA512(CONCAT(?b, ?d, ?f)) = '') }",
}
GREEDY = {
    "doubling": "SELECT (STRLEN(?x40) AS ?n) { BIND('x' AS ?x0) "
    + " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(40))
    + " }",
    "group": "SELECT (STRLEN(GROUP_CONCAT(?x12)) AS ?n) { ?a ?b ?c . ?d ?e ?f BIND(STR(?c) AS ?x0) "
    + " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(12))
    + " }",
    "order": "SELECT ?a { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?e ?d ?c ?b",
    "distinct": "SELECT (COUNT(DISTINCT *) AS ?n) { ?a ?b ?c . ?d ?e ?f }",
}
LARGE = {
    "rows": "SELECT * { ?a ?b ?c . ?d ?e ?f }",
    "one value": "SELECT ?x22 { BIND('x' AS ?x0) "
    + " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(22))
    + " }",
    "graph": "CONSTRUCT { ?a ?b ?x } { ?a ?b ?c . ?d ?e ?f BIND(CONCAT(STR(?f), STR(?d), SHA512('x'))  AS ?x) } LIMIT 20000",
}
