"""Answers kept in memory.

A release does not change, so an answer from it stays right as long as it is served. Three tables:
answers by what was asked (query, graphs, parameters, format), the requests that led to them, and
for a second the bytes of those requests.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

import brotli

from alliance_graph.web.repeats import Repeats
from alliance_graph.web.response import Lasting

MEBIBYTE = 1024 * 1024
_SMALLEST_COMPRESSED = 1024
_LARGEST_SHARE = 8
"""An answer larger than this part of the cache is not kept: it would push out many others."""
_BROTLI_QUALITY = 5
_GZIP_LEVEL = 6
_REQUESTS_PER_ANSWER = 4
_FEWEST_REQUESTS = 1024
_OVERHEAD_BYTES = 4096
"""What an answer takes beside its body: header fields, keys, and the requests that are remembered for it."""


def etag_of(body: bytes) -> str:
    """Return a strong entity tag for a body (RFC 9110, section 8.8.3)."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


@dataclass(slots=True)
class Answer:
    """A whole response with status 200."""

    lasting: Lasting
    body: bytes
    etag: str
    encoded: dict[str, bytes] = field(default_factory=dict)
    """The body in the content codings it was asked for."""

    @property
    def size(self) -> int:
        """Return what the answer counts for, its other codings included whether they were asked for yet or not."""
        return 2 * len(self.body) + _OVERHEAD_BYTES

    def coding(self, accepted: str) -> str:
        """Return the content coding to use: brotli before gzip, none for what is small or compressed already.

        Args:
            accepted: the Accept-Encoding field.
        """
        if not accepted or len(self.body) < _SMALLEST_COMPRESSED or not self.lasting.is_compressible:
            return ""
        offered = {}
        for member in accepted.lower().split(","):
            name, _, parameters = member.partition(";")
            offered[name.strip()] = parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
        return next((coding for coding in ("br", "gzip") if offered.get(coding, offered.get("*", False))), "")

    def is_at_hand(self, accepted: str) -> bool:
        """Return whether the body is there already in the coding that a client wants."""
        coding = self.coding(accepted)
        return not coding or coding in self.encoded

    def representation(self, coding: str) -> tuple[bytes, str]:
        """Return the body in a coding, and its entity tag; each coding has its own."""
        if not coding:
            return self.body, self.etag
        body = self.encoded.get(coding)
        if body is None:
            body = self.encoded[coding] = _compress(self.body, coding)
        return body, f'{self.etag[:-1]}-{coding}"'


def _compress(body: bytes, coding: str) -> bytes:
    if coding == "br":
        compressed: bytes = brotli.compress(body, quality=_BROTLI_QUALITY)
        return compressed
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)


def digest(key: object) -> bytes:
    """Return what stands for a key: a query may be long, and what is not counted must not be kept."""
    return hashlib.sha256(repr(key).encode("utf-8", "surrogatepass")).digest()


class Cache:
    """Answers by the digests of their keys, the least recently used of which go first when the space is full."""

    def __init__(self, capacity: int) -> None:
        """Make an empty cache.

        Args:
            capacity: how many bytes of answers are kept.
        """
        self.capacity = capacity
        self.size = 0
        self.repeats = Repeats()
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()
        self._requests: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def by_request(self, request: bytes) -> Answer | None:
        """Return the answer that this very request got before."""
        key = self._requests.get(request)
        return self.get(key) if key is not None else None

    def get(self, key: bytes) -> Answer | None:
        """Return a kept answer."""
        with self._lock:
            answer = self._answers.get(key)
            if answer is not None:
                self._answers.move_to_end(key)
            return answer

    def put(self, key: bytes, answer: Answer) -> None:
        """Keep an answer, unless it is too large."""
        if len(answer.body) * _LARGEST_SHARE > self.capacity:
            return
        with self._lock:
            old = self._answers.pop(key, None)
            self.size += answer.size - (old.size if old else 0)
            self._answers[key] = answer
            while self.size > self.capacity:
                _, gone = self._answers.popitem(last=False)
                self.size -= gone.size

    def remember(self, request: bytes, key: bytes) -> None:
        """Note that a request is answered by the answer with this key."""
        with self._lock:
            if key not in self._answers:
                return
            self._requests[request] = key
            while len(self._requests) > max(_FEWEST_REQUESTS, _REQUESTS_PER_ANSWER * len(self._answers)):
                self._requests.popitem(last=False)
