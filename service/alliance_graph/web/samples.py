"""Code that asks what a page shows, to be taken into a script: curl, Python, R and JavaScript."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from alliance_graph.engine.formats import FORMATS

_JSON = FORMATS["json"]
_BEST = {"solutions": FORMATS["csv"], "boolean": _JSON, "graph": FORMATS["turtle"]}
"""The format in which a program best takes an answer of each kind; CSV has no form for yes or no."""


@dataclass(frozen=True)
class Sample:
    """A program, in one of the languages."""

    name: str
    """The language, or the program that runs it."""
    code: str


def samples_for_query(endpoint: str, query: str, kind: str) -> tuple[Sample, ...]:
    """Return programs that send a query to an endpoint.

    Args:
        endpoint: its address.
        query: the text of the query.
        kind: the kind of its answer: `solutions`, `boolean` or `graph`.
    """
    return (
        Sample("curl", _curl(endpoint, query, kind)),
        Sample("Python", _python(endpoint, query, kind)),
        Sample("R", _r(endpoint, query, kind)),
        Sample("JavaScript", _javascript(endpoint, query, kind)),
    )


def samples_for_address(address: Callable[[str], str], kind: str) -> tuple[Sample, ...]:
    """Return programs that get what has an address of its own, such as the answer to a ready query.

    Args:
        address: gives the address for the ending of a format, such as `.csv`.
        kind: the kind of the answer: `solutions`, `boolean` or `graph`.
    """
    best = address(_BEST[kind].suffix)
    url = json.dumps(best)
    python = {
        "solutions": f"import pandas\n\nprint(pandas.read_csv({url}))\n",
        "boolean": (
            "import json\nfrom urllib.request import urlopen\n\n"
            f'with urlopen({url}) as answer:\n    print(json.load(answer)["boolean"])\n'
        ),
        "graph": f'from rdflib import Graph\n\nprint(len(Graph().parse({url}, format="turtle")))\n',
    }
    r = {
        "solutions": f"read.csv({url})\n",
        "boolean": f"jsonlite::fromJSON({url})$boolean\n",
        "graph": f'cat(readLines({url}), sep = "\\n")\n',
    }
    # JavaScript has no reader of CSV.
    javascript = f"const answer = await fetch({json.dumps(address(_JSON.suffix)) if kind == 'solutions' else url});\n"
    return (
        Sample("curl", f"curl --fail-with-body {shlex.quote(best)}\n"),
        Sample("Python", python[kind]),
        Sample("R", r[kind]),
        Sample("JavaScript", javascript + _READ_JAVASCRIPT[kind]),
    )


def _curl(endpoint: str, query: str, kind: str) -> str:
    return (
        f"curl --fail-with-body {shlex.quote(endpoint)} \\\n"
        f"  --header {shlex.quote(f'Accept: {_BEST[kind].media_type}')} \\\n"
        f"  --data-urlencode {shlex.quote(f'query={query}')}\n"
    )


_READ_PYTHON = {
    "solutions": (
        'for row in sparql.query().convert()["results"]["bindings"]:\n'
        '    print({name: term["value"] for name, term in row.items()})\n'
    ),
    "boolean": 'print(sparql.query().convert()["boolean"])\n',
    "graph": "print(sparql.query().convert().decode())\n",
}


def _python(endpoint: str, query: str, kind: str) -> str:
    text = query.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if text.endswith('"'):
        text = f'{text[:-1]}\\"'
    form = "TURTLE" if kind == "graph" else "JSON"
    return (
        f"from SPARQLWrapper import {form}, POST, SPARQLWrapper\n\n"
        f"sparql = SPARQLWrapper({json.dumps(endpoint)})\n"
        "sparql.setMethod(POST)\n"
        f"sparql.setReturnFormat({form})\n"
        f'sparql.setQuery("""{text}""")\n'
        f"{_READ_PYTHON[kind]}"
    )


_READ_R = {
    "solutions": "read.csv(text = resp_body_string(answer))\n",
    "boolean": "resp_body_json(answer)$boolean\n",
    "graph": "cat(resp_body_string(answer))\n",
}


def _r(endpoint: str, query: str, kind: str) -> str:
    dashes = "-" * next(n for n in range(len(query)) if f'){"-" * n}"' not in query)
    return (
        "library(httr2)\n\n"
        f'query <- r"{dashes}({query}){dashes}"\n'
        f"answer <- request({json.dumps(endpoint)}) |>\n"
        f'  req_headers(Accept = "{_BEST[kind].media_type}") |>\n'
        "  req_body_form(query = query) |>\n"
        "  req_perform()\n"
        f"{_READ_R[kind]}"
    )


_CHECK_JAVASCRIPT = "if (!answer.ok) throw new Error(await answer.text());\n"
_READ_JAVASCRIPT = {
    "solutions": f"{_CHECK_JAVASCRIPT}const {{ results }} = await answer.json();\nconsole.log(results.bindings);\n",
    "boolean": f"{_CHECK_JAVASCRIPT}const {{ boolean }} = await answer.json();\nconsole.log(boolean);\n",
    "graph": f"{_CHECK_JAVASCRIPT}console.log(await answer.text());\n",
}


def _javascript(endpoint: str, query: str, kind: str) -> str:
    text = query.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    accept = (_BEST[kind] if kind == "graph" else _JSON).media_type
    return (
        f"const answer = await fetch({json.dumps(endpoint)}, {{\n"
        '  method: "POST",\n'
        f'  headers: {{ Accept: "{accept}" }},\n'
        f"  body: new URLSearchParams({{ query: `{text}` }}),\n"
        "});\n"
        f"{_READ_JAVASCRIPT[kind]}"
    )
