"""Whole responses to whole requests, byte for byte as they go over the wire.

The quickest answer is the one that needs no look at the request but whether its bytes were seen
before. The server empties the table each second, so whatever changes with time, such as the Date
field or the release that is served, changes here too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from alliance_graph.web.environ import WHOLE_BYTES

LONGEST_REQUEST = 16 * 1024
"""The longest request that is looked for, in bytes."""
_CAPACITY = 16 * 1024 * 1024


OnRepeat = Callable[[str, int], None]
"""What to call when a response was given again: with the client's address, and how many times it was."""


@dataclass(slots=True)
class Repeat:
    """A response, and how often it was given again."""

    response: bytes
    on_repeat: OnRepeat
    times: dict[str, int] = field(default_factory=dict)
    """How often, by the address of the client: they are told together, which lets a tenth more be answered."""

    def count(self, client: str) -> None:
        """Note that it was given again."""
        self.times[client] = self.times.get(client, 0) + 1


class Repeats:
    """Responses by the requests they answer, within a bound on their size together."""

    def __init__(self) -> None:
        self._responses: dict[bytes, Repeat] = {}
        self._size = 0
        self.get = self._responses.get

    def put(self, request: bytes, response: bytes, on_repeat: OnRepeat) -> None:
        """Note the response to a request, unless there is no room until the table is emptied."""
        size = len(request) + len(response)
        if len(response) <= WHOLE_BYTES and self._size + size <= _CAPACITY and request not in self._responses:
            self._size += size
            self._responses[request] = Repeat(response, on_repeat)

    def clear(self) -> None:
        """Forget all of them, after telling how often they were given again."""
        for repeat in self._responses.values():
            for client, times in repeat.times.items():
                repeat.on_repeat(client, times)
        self._responses.clear()
        self._size = 0
