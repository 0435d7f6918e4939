"""The header fields of responses, in one place for whoever makes a response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_graph.engine.formats import FORMATS
from alliance_graph.web.response import Lasting

if TYPE_CHECKING:
    from alliance_graph.web.service import Service

_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
}
"""What every response has."""

READING = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Server-Timing",
}
"""What lets scripts of any site read answers (Fetch Standard, CORS); never with credentials."""


def answer_fields(name: str) -> dict[str, str]:
    """Return the fields that describe an answer in a format, by its name."""
    return {
        "Content-Type": FORMATS[name].content_type,
        "Vary": "Accept",
        # A new release may answer otherwise: a client may keep the answer but asks whether it still holds.
        "Cache-Control": "public, no-cache",
    }


def of_answer(name: str, citing: dict[str, str]) -> Lasting:
    """Return the fields that every answer of the endpoint has in a format.

    Args:
        name: the format.
        citing: what `cite_as` gives.
    """
    return Lasting([*(answer_fields(name) | citing | READING | COMMON).items()])


def timing(seconds: float) -> str:
    """Return what Server-Timing says of how long a query took."""
    return f"query;dur={seconds * 1000:.1f}"


def cite_as(service: Service) -> dict[str, str]:
    """Return the field that links an answer to the page that says how it is cited (RFC 8574), if it is of a release."""
    if service.release is None:
        return {}
    return {"Link": f'<{service.config.prefix}/cite>; rel="cite-as"'}
