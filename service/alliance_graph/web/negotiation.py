"""Content negotiation (RFC 9110, section 12.5): which of the formats we have a client wants most."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from alliance_graph.engine.formats import Format

_QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_LONGEST_HEADER = 4096
"""How much of an Accept header is read; browsers send 200 characters, and 100,000 would take 0.1 s."""


@dataclass(frozen=True)
class MediaRange:
    """One member of an Accept header; parameters other than `q` do not tell our formats apart."""

    type: str
    subtype: str
    quality: float

    def matches(self, media_type: str) -> int:
        """Return how specifically the range matches: 0 not, 1 `*/*`, 2 `type/*`, 3 exactly."""
        kind, _, subtype = media_type.partition("/")
        if self.type == "*":
            return 1 if self.subtype == "*" else 0
        if self.type != kind:
            return 0
        if self.subtype == "*":
            return 2
        return 3 if self.subtype == subtype else 0


def parse_accept(header: str) -> list[MediaRange]:
    """Return the media ranges of an Accept header; malformed members are left out, as browsers expect."""
    ranges = []
    for member in header[:_LONGEST_HEADER].split(","):
        media, *parameters = (part.strip() for part in member.split(";"))
        kind, slash, subtype = media.lower().partition("/")
        if not slash or not kind or not subtype:
            continue
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                quality = float(value) if _QUALITY.fullmatch(value.strip()) else 0.0
        ranges.append(MediaRange(kind, subtype, quality))
    return ranges


def choose(header: str | None, offered: Sequence[Format]) -> Format | None:
    """Return the offered format a client wants most, the earlier one when it wants two alike.

    None means that it accepts none of them. Without a header anything is accepted.
    """
    if header is None or not header.strip():
        return offered[0]
    ranges = parse_accept(header)
    if not ranges:
        return offered[0]
    best: tuple[float, Format] | None = None
    for fmt in offered:
        quality = max(_quality(ranges, fmt.media_type), *(_quality(ranges, a, named=True) for a in fmt.aliases), 0.0)
        if quality > 0 and (best is None or quality > best[0]):
            best = (quality, fmt)
    return best[1] if best else None


def _quality(ranges: list[MediaRange], media_type: str, *, named: bool = False) -> float:
    """Return the quality that the most specific matching range gives a media type.

    An alias counts only when it is `named`: what `text/*` asks for is not sent under another type.
    """
    least = 3 if named else 1
    matching = [(r.matches(media_type), r.quality) for r in ranges if r.matches(media_type) >= least]
    return max(matching)[1] if matching else 0.0
