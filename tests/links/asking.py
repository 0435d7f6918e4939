"""Asking a Wikidata, and what it found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from alliance_graph.sources.wikidata.client import Cache, Client
from alliance_graph.sources.wikidata.http import Http, user_agent
from alliance_graph.sources.wikidata.records import LinkRecord
from alliance_graph.sources.wikidata.verify import Verification
from alliance_graph.vocabulary import PREFIXES
from links.wikidata_service import Wikidata

FILE = "data/links/wikidata.ttl"
Ask = Callable[..., dict[str, Verification]]


def client_of(service: Wikidata, folder: Path, pauses: list[float], *, days: float = 7) -> Client:
    """Return a client that notes its pauses instead of waiting, and keeps answers for so many days."""
    http = Http(user_agent("tests", "tests@example.org"), sleep=pauses.append)
    return Client(service.api, Cache(folder / "cache", timedelta(days=days)), http)


def short(record: LinkRecord) -> str:
    return record.iri.removeprefix(PREFIXES["link"])


def kinds(found: Verification) -> set[str]:
    return {o.key for o in found.observations}
