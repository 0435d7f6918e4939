"""Reading items of Wikidata: fifty a call, kept on disk, so that a run that broke off is taken up again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alliance_graph.building import build_folder
from alliance_graph.dataset.project import Project
from alliance_graph.sources.wikidata.http import Answer, AnswerTooLargeError, Http, RemoteError
from alliance_graph.vocabulary import LANGUAGES

API = "https://www.wikidata.org/w/api.php"
BATCH = 50
"""How many items one call of wbgetentities may name."""

DEFAULT_NAMES = "mul"
"""Wikidata's code of names that hold in every language without one of its own."""

PROPERTIES = ("P31", "P279", "P297", "P298", "P299")
"""The properties whose values are kept: instance of, subclass of, the three ISO 3166-1 codes."""

_MAXLAG = 5
_BUSY = frozenset(("maxlag", "ratelimited", "readonly"))
_FORMAT = 1


@dataclass(frozen=True)
class Item:
    """What Wikidata says of an item, as far as links are held against it."""

    asked: str
    """The identifier that was asked for."""
    id: str
    """The one that answered: another one when the item was merged; empty when there is none."""
    revision: int = 0
    modified: str = ""
    retrieved: str = ""
    """When it was read, in UTC."""
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Language → label and aliases."""
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Property → values that are not deprecated."""

    @property
    def missing(self) -> bool:
        """Whether it was deleted or never was: the interface does not tell these apart."""
        return not self.id

    @property
    def redirected(self) -> bool:
        return bool(self.id) and self.id != self.asked

    def names_in(self, language: str) -> tuple[str, ...]:
        """Return its names in a language, with those that hold in every language."""
        return (*self.names.get(language, ()), *self.names.get(DEFAULT_NAMES, ()))

    def label(self, language: str = "en") -> str:
        """Return its first name."""
        return next(iter((*self.names_in(language), *(n for names in self.names.values() for n in names))), "")


@dataclass(frozen=True)
class Cache:
    """Items on disk, one file each, apart for each service."""

    folder: Path
    max_age: timedelta

    def of(self, api: str) -> Path:
        return self.folder / hashlib.sha256(api.encode()).hexdigest()[:12]

    def read(self, api: str, identifier: str) -> Item | None:
        """Return an item that is kept and not too old; a file that cannot be read counts as none."""
        try:
            kept = json.loads((self.of(api) / f"{identifier}.json").read_text(encoding="utf-8"))
            if kept.pop("format") != _FORMAT:
                return None
            item = Item(**kept)
            if datetime.now(UTC) - datetime.fromisoformat(item.retrieved) > self.max_age:
                return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return item

    def write(self, api: str, item: Item) -> None:
        """Keep an item: whole, or not at all."""
        path = self.of(api) / f"{item.asked}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps({"format": _FORMAT, **asdict(item)}, ensure_ascii=False), encoding="utf-8")
        draft.replace(path)


@dataclass
class Client:
    """Reads items from a service, or from what was kept of it."""

    api: str
    cache: Cache
    http: Http | None = None
    """None: nothing is asked, only what is kept is read."""

    def items(self, identifiers: Iterable[str], progress: Callable[[str], None] = lambda text: None) -> dict[str, Item]:
        """Return the items with these identifiers; without a network, those that are kept.

        Raises:
            RemoteError: the service gave no usable answer. What came before is kept.
        """
        wanted = sorted(set(identifiers), key=lambda q: (len(q), q))
        found = {q: item for q in wanted if (item := self.cache.read(self.api, q))}
        left = [q for q in wanted if q not in found]
        if self.http is None:
            return found
        for start in range(0, len(left), BATCH):
            progress(f"read {len(found)} of {len(wanted)} items")
            try:
                for item in self._read(self.http, left[start : start + BATCH]):
                    self.cache.write(self.api, item)
                    found[item.asked] = item
            except RemoteError as error:
                error.mend = f"{error.mend}; {len(found)} of {len(wanted)} items have been read and are kept"
                raise
        return found

    def _read(self, http: Http, identifiers: list[str]) -> Iterator[Item]:
        """Yield what is asked for; what an answer leaves out, or what makes it too large, is asked in halves."""
        try:
            answered = _parse(self._call(http, identifiers), identifiers)
        except AnswerTooLargeError:
            if len(identifiers) == 1:
                raise
            answered = {}
        yield from answered.values()
        left = [q for q in identifiers if q not in answered]
        if not left:
            return
        if len(identifiers) == 1:
            raise RemoteError(f"says nothing of {left[0]}", "try again later", place=self.api)
        # Whole again when most was answered: the answer was cut for its size, not for one of the items.
        size = max(1, len(left) if len(left) < len(identifiers) else len(left) // 2)
        for start in range(0, len(left), size):
            yield from self._read(http, left[start : start + size])

    def _call(self, http: Http, identifiers: list[str]) -> dict[str, Any]:
        form = {
            "action": "wbgetentities",
            "format": "json",
            "ids": "|".join(identifiers),
            "props": "info|labels|aliases|claims",
            "languages": "|".join((*LANGUAGES, DEFAULT_NAMES)),
            "redirects": "yes",
            "maxlag": str(_MAXLAG),
        }
        answer = http.ask(self.api, form, busy=_busy).json
        error = answer.get("error")
        if not isinstance(error, dict):
            return answer
        unknown = error.get("id")
        if error.get("code") == "no-such-entity" and unknown in identifiers:
            rest = [q for q in identifiers if q != unknown]
            entities = self._call(http, rest).get("entities", {}) if rest else {}
            return {"entities": {**entities, unknown: {"id": unknown, "missing": ""}}}
        told = " ".join(f"{error.get('code', '')}: {error.get('info', '')}".split())[:300]
        raise RemoteError(f"refuses: {told}", "check --api", place=self.api)


def open_client(project: Project, api: str, http: Http | None, *, folder: Path | None, days: float) -> Client:
    """Return a client that keeps items in a folder: the one named, or `.cache` beside what is built."""
    kept = folder or build_folder(project, None).parent / ".cache" / "wikidata"
    return Client(api, Cache(kept, timedelta(days=days)), http)


def _busy(answer: Answer) -> float | None:
    error = answer.json.get("error")
    return float(_MAXLAG) if isinstance(error, dict) and error.get("code") in _BUSY else None


def _parse(answer: dict[str, Any], identifiers: list[str]) -> dict[str, Item]:
    """Return the items of an answer by the identifiers that were asked for."""
    entities = answer.get("entities")
    if not isinstance(entities, dict):
        raise RemoteError("gave an answer without entities", "check --api")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    found: dict[str, Item] = {}
    for key, entity in entities.items():
        if not isinstance(entity, dict):
            continue
        redirect = entity.get("redirects")
        asked = redirect.get("from", key) if isinstance(redirect, dict) else key
        if asked in identifiers:
            found[asked] = _item(asked, entity, now)
    return found


def _item(asked: str, entity: dict[str, Any], now: str) -> Item:
    if "missing" in entity:
        return Item(asked, "", retrieved=now)
    return Item(
        asked,
        str(entity.get("id", asked)),
        revision=int(entity.get("lastrevid", 0)),
        modified=str(entity.get("modified", "")),
        retrieved=now,
        names=_names(entity),
        claims={p: values for p in PROPERTIES if (values := tuple(_values(entity, p)))},
    )


def _names(entity: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    # Empty lists stand where an empty object is meant: PHP knows no difference.
    labels, aliases = (entity.get(part) or {} for part in ("labels", "aliases"))
    names: dict[str, tuple[str, ...]] = {}
    for language in (*LANGUAGES, DEFAULT_NAMES):
        label = [labels[language]["value"]] if language in labels else []
        found = (*label, *(alias["value"] for alias in aliases.get(language, ())))
        if found:
            names[language] = found
    return names


def _values(entity: dict[str, Any], name: str) -> Iterator[str]:
    for statement in (entity.get("claims") or {}).get(name, ()):
        snak = statement.get("mainsnak", {})
        if statement.get("rank") == "deprecated" or snak.get("snaktype") != "value":
            continue
        value = snak.get("datavalue", {}).get("value")
        if isinstance(value, dict):
            value = value.get("id")
        if isinstance(value, str):
            yield value
