"""Queries as nobody should write them: torn, swollen, nested too deep, and dear to answer."""

from __future__ import annotations

from functools import cache
from random import Random

from alliance_graph.engine.tokens import TOKEN
from conftest import REPOSITORY, SHARED


@cache
def corpus() -> tuple[str, ...]:
    """Return the ready queries and, where they are, those of the W3C suites."""
    suites = SHARED / "conformance" / "rdf-tests" / "sparql"
    files = [*REPOSITORY.glob("queries/*.rq"), *(suites.rglob("*.rq") if suites.is_dir() else ())]
    texts = [file.read_bytes().decode("utf-8", "replace") for file in sorted(files)]
    return tuple(text for text in texts if len(text) < 20_000)


@cache
def _tokens_of(text: str) -> tuple[str, ...]:
    return tuple(token[0] for token in TOKEN.finditer(text))


_SPICES = (
    *("SELECT", "ASK {", "CONSTRUCT WHERE {", "DESCRIBE *", "{", "}", "(", ")", "[", "]", "<<", ">>", "{|", "|}"),
    *("UNION", "OPTIONAL {", "MINUS {", "FILTER", "EXISTS {", "GRAPH ?g {", "VALUES ?x {", "BIND(", "AS ?x", "SERVICE"),
    *("GROUP BY ?s", "HAVING (COUNT(*) > 1)", "ORDER BY DESC(?s)", "LIMIT 999999999999999999999", "OFFSET -1"),
    *(
        "99999999999999999999",
        "1e999",
        "-0",
        ".5.5",
        "'",
        '"""',
        "'''",
        "\\",
        "\\uD800",
        "\\U00110000",
        "%",
        "@en--ltr",
    ),
    *(
        "?",
        "$",
        "_:",
        "<",
        "<urn:x>",
        "<>",
        "a:",
        ":",
        "^",
        "*",
        "+",
        "/",
        "|",
        "!",
        "||",
        "&&",
        ";",
        ",",
        ".",
        "#",
        "\n",
    ),
    *("\0", "\ufeff", "\u2028", "\U0001f4a5", "مغرب", "e\u0301", "\x7f", "\ufffe"),
    *("REGEX(?s, '(a*)*$')", "REPLACE('x', '(((((((.*)*)*)*)*)*)*)*', '$9')", "STRDT('x', ?p)", "IRI('\\n')", "RAND()"),
    *("<http://www.w3.org/2001/XMLSchema#dateTime>('9999999999-99-99T99:99:99Z')", "SUBSTR('x', -1e300, 1e300)"),
    *("(<urn:p>|!<urn:p>)*", "COUNT(DISTINCT *)", "GROUP_CONCAT(?s; SEPARATOR='')", "SELECT * { ?s ?p ?o }"),
)


def mutated(random: Random) -> str:
    """Return a query with tokens left out, doubled, swapped, or put in from elsewhere."""
    tokens = [*_tokens_of(random.choice(corpus()))]
    for _ in range(random.choice((0, 1, 1, 2, 3, 8))):
        at = random.randrange(len(tokens) + 1)
        match random.randrange(6):
            case 0:
                del tokens[at : at + random.randrange(1, 4)]
            case 1:
                tokens[at:at] = tokens[at : at + random.randrange(1, 12)] * random.choice((1, 2, 50))
            case 2:
                tokens.insert(at, random.choice(_SPICES))
            case 3:
                tokens[at : at + 1] = [random.choice(_SPICES)]
            case 4:
                other = _tokens_of(random.choice(corpus()))
                tokens[at:] = other[random.randrange(len(other)) :]
            case _:
                random.shuffle(tokens[at : at + 6])
    return "".join(tokens)[:120_000]


def large(random: Random) -> str:
    """Return something repeated until the query is long, or the answer large."""
    number = random.choice((30, 79, 200, 3_000, 30_000))
    unit = random.choice(
        (
            *(
                "?s ?p ?o . ",
                "?s%d ?p%d ?o%d . ",
                "{ ?s ?p ?o%d } UNION ",
                "OPTIONAL { ?s ?p ?o%d } ",
                "FILTER(?s != %d) ",
            ),
            *(
                "BIND(CONCAT(STR(?s), '%d') AS ?x%d) ",
                "MINUS { ?s ?p %d } ",
                "VALUES ?x%d { 1 2 3 } ",
                "?s <urn:p>* ?x%d . ",
            ),
            *("{ SELECT * { ?s%d ?p ?o } } ", "FILTER EXISTS { ?s ?p%d ?o } ", "?s (<urn:a>/<urn:b>) ?x%d . ", "'%d' "),
        )
    )
    many = "".join(unit.replace("%d", str(i)) for i in range(number))
    start = random.choice(("ASK", "SELECT *", "SELECT (COUNT(*) AS ?n)", "CONSTRUCT { ?s ?p ?o }", "DESCRIBE ?s"))
    return f"{start} {{ ?s ?p ?o . {many} {{}} }}"[: random.choice((90_000, 110_000))]


def nested(random: Random) -> str:
    """Return a query with brackets in brackets, closed or not."""
    opening, closing = random.choice(
        (
            *(
                ("{", "}"),
                ("{ SELECT (COUNT(*) AS ?n) {", "}}"),
                ("FILTER EXISTS {", "}"),
                ("?s ?p ?o OPTIONAL {", "}"),
            ),
            *(
                ("FILTER(", ")"),
                ("?s ?p [ ?p ", "]"),
                ("?s ?p (", ")"),
                ("?s ?p << ?s ?p ", ">>"),
                ("BIND(STR(", ") AS ?x)"),
            ),
            *(
                ("{} UNION {", "}"),
                ("MINUS {", "}"),
                ("GRAPH ?g {", "}"),
                ("?s ^(", ")"),
                ("FILTER(!", ")"),
                ("FILTER(1+(", "))"),
            ),
        )
    )
    depth = random.choice((5, 60, 127, 129, 1_000, 20_000))
    return f"ASK {{ {opening * depth} {random.choice(('', '1', '?s ?p ?o'))} {closing * random.choice((depth, depth - 1, 0))} }}"[
        :100_000
    ]


def bomb(random: Random) -> str:
    """Return a query that is cheap to read and dear to answer."""
    return (
        random.choice(
            (
                "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
                "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c",
                "SELECT * { ?a ?b ?c . ?d ?e ?f }",
                "SELECT ?x30 { BIND('x' AS ?x0) "
                + " ".join(f"BIND(CONCAT(?x{i},?x{i}) AS ?x{i + 1})" for i in range(30))
                + " }",
                "SELECT * { ?a ?b ?c . ?d ?e ?f FILTER(REGEX(STR(?c), CONCAT('(', STR(?f), '.*)*$'))) }",
                "SELECT * { ?a (<urn:x>|!<urn:x>)* ?b }",
                "CONSTRUCT { ?a ?e ?f } { ?a ?b ?c . ?d ?e ?f }",
            )
        )
        + f" # {random.random()}"
    )
