"""Asking a web service for JSON, politely: waits when told to, tries again a bounded number of times."""

from __future__ import annotations

import http.client
import json
import ssl
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from alliance_graph import __version__
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import BASE

ATTEMPTS = 5
_AGAIN = frozenset((429, 500, 502, 503, 504))
_CHUNK = 1 << 16


class RemoteError(AllianceGraphError):
    """A service gave no usable answer."""


class AnswerTooLargeError(RemoteError):
    """A service gave more than is read at once; asking for less may help."""


@dataclass(frozen=True)
class Answer:
    """What a service answered."""

    json: dict[str, Any]
    wait: float | None
    """Seconds it asks to wait before the next try (Retry-After), if it does."""


def user_agent(purpose: str, contact: str) -> str:
    """Return a User-Agent as the policy of the Wikimedia Foundation asks for: tool, purpose and contact."""
    return f"alliance-graph/{__version__} ({'; '.join(part for part in (BASE, contact, purpose) if part)})"


@dataclass
class Http:
    """How services are asked."""

    agent: str
    attempts: int = ATTEMPTS
    """How often a request is sent at the most."""
    first_wait: float = 1.0
    """Seconds before the second try when the service names none; doubled for each further one."""
    longest_wait: float = 120.0
    """A service that asks for more than these seconds is left alone."""
    timeout: float = 60.0
    largest: int = 64 << 20
    """The largest answer that is read, in bytes."""
    sleep: Callable[[float], None] = time.sleep
    tell: Callable[[str], None] = lambda text: None
    """Told why it waits."""

    def ask(
        self,
        url: str,
        form: Mapping[str, str] | None = None,
        *,
        post: bool = False,
        busy: Callable[[Answer], float | None] = lambda answer: None,
    ) -> Answer:
        """Send a request and return the answer.

        Args:
            url: the service.
            form: the parameters.
            post: send them in the body.
            busy: for an answer that only says "later", the seconds to wait if the service names none.

        Raises:
            RemoteError: every try failed, or trying again is no use.
        """
        check_address(url)
        request = self._request(url, form, post)
        wait, why = 0.0, ""
        for attempt in range(self.attempts):
            if attempt:
                self.tell(f"{why}; trying again in {wait:.0f} s")
                self.sleep(wait)
            backoff = self.first_wait * 2**attempt
            try:
                answer = self._send(request)
            except urllib.error.HTTPError as error:
                with error:
                    why, told = f"answered with status {error.code}", _seconds(error.headers.get("Retry-After"))
                if error.code not in _AGAIN:
                    raise RemoteError(why, "check the address and the options", place=url) from None
                wait = self._bounded(backoff if told is None else told, url)
                continue
            except (OSError, http.client.HTTPException, zlib.error, EOFError) as error:
                if isinstance(getattr(error, "reason", error), ssl.SSLCertVerificationError):
                    raise RemoteError(f"has no valid certificate: {error}", place=url) from None
                why, wait = f"gave no answer ({_cause(error)})", self._bounded(backoff, url)
                continue
            except ValueError:
                why, wait = "gave an answer that is not whole JSON", self._bounded(backoff, url)
                continue
            later = busy(answer)
            if later is None:
                return answer
            why, wait = "is busy", self._bounded(max(later, backoff) if answer.wait is None else answer.wait, url)
        raise RemoteError(f"{why}, {self.attempts} times", "try again later", place=url)

    def _request(self, url: str, form: Mapping[str, str] | None, post: bool) -> urllib.request.Request:
        data = urlencode(form or {})
        headers = {"User-Agent": self.agent, "Accept": "application/json", "Accept-Encoding": "gzip"}
        if post:
            return urllib.request.Request(url, data.encode(), headers, method="POST")  # noqa: S310 - checked
        return urllib.request.Request(f"{url}?{data}" if data else url, headers=headers)  # noqa: S310 - checked

    def _send(self, request: urllib.request.Request) -> Answer:
        with urllib.request.urlopen(request, timeout=self.timeout) as response:  # noqa: S310 - checked
            gzipped = response.headers.get("Content-Encoding", "").lower() == "gzip"
            body = _read(response, gzipped, self.largest)
            found = json.loads(body)
            if not isinstance(found, dict):
                raise ValueError("not an object")
            return Answer(found, _seconds(response.headers.get("Retry-After")))

    def _bounded(self, seconds: float, url: str) -> float:
        if seconds > self.longest_wait:
            raise RemoteError(
                f"asks to wait {seconds:.0f} seconds",
                "run the command again then",
                place=url,
            )
        return seconds


def check_address(url: str) -> None:
    """Check that an address is one that may be asked.

    Raises:
        AllianceGraphError: it is not http or https.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AllianceGraphError("not the address of a service", "write https://…", place=url)


def _read(response: http.client.HTTPResponse, gzipped: bool, largest: int) -> bytes:
    """Return a body, unpacked, unless it is too large; a body that ends early raises."""
    unpacker = zlib.decompressobj(wbits=31) if gzipped else None
    parts, size = [], 0
    while chunk := response.read(_CHUNK):
        part = unpacker.decompress(chunk, largest + 1) if unpacker else chunk
        size += len(part)
        if size > largest:
            raise AnswerTooLargeError(f"gave an answer larger than {largest} bytes", place=response.url)
        parts.append(part)
    if unpacker and not unpacker.eof:
        raise EOFError("the answer was cut")
    return b"".join(parts)


def _cause(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    return str(reason or error) or type(error).__name__


def _seconds(header: str | None) -> float | None:
    """Return what a Retry-After field says: seconds, or a date."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
