"""A timeline: a bar from start to end, as exact as the dates are known."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from alliance_graph.pictures.answer import Answer, CannotDrawError, Thing
from alliance_graph.pictures.dates import Span, moment, span
from alliance_graph.pictures.lettering import lines, shorten, width
from alliance_graph.pictures.picture import NARROW, WIDE, Drawing, Item, Picture, Plane
from alliance_graph.pictures.scale import Scale, cover
from alliance_graph.pictures.series import area_swatch
from alliance_graph.pictures.svg import element, group, linked
from alliance_graph.pictures.words import word

COLUMNS = "thing, start [startPrecision, end, endPrecision, endStatus, kind] | thing, startYear [endYear]"
_TIMES = ("start", "end", "startYear", "endYear", "startPrecision", "endPrecision", "date")
_MOST = 400
_BAR, _LEAST, _TAIL = 12.0, 7.0, 16.0
_TOP, _FOOT = 50.0, 34.0
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Bar:
    """One row of the answer that has a start."""

    thing: Thing
    kind: Thing | None
    time: Span

    @property
    def told(self) -> str:
        """From when to when."""
        if self.time.is_unknown and self.time.end is None:
            return f"{self.time.start} – ?"
        return str(self.time.start) if self._is_point else f"{self.time.start} – {self.time.end or ''}".rstrip()

    @property
    def _is_point(self) -> bool:
        return self.time.end is not None and str(self.time.end) == str(self.time.start)


def draw(answer: Answer, title: str = "", on: datetime.date | None = None) -> Picture:
    """Return the timeline of an answer.

    Args:
        answer: rows that name a thing, with `start` or `startYear`; `kind` groups them.
        title: what it shows.
        on: a day to mark: what was not in force on it is drawn pale. If None, the answer's `date`.

    Raises:
        CannotDrawError: it has no such columns, no dated rows, or too many.
    """
    language = answer.language
    subject = answer.subject(*_TIMES)
    if not (answer.has("start") or answer.has("startYear")) or subject is None:
        raise CannotDrawError("unfit", language, columns=COLUMNS)
    if not answer.rows:
        raise CannotDrawError("no_rows", language)
    bars, undated = _read(answer, subject)
    if not bars:
        raise CannotDrawError("no_dates", language)
    if len(bars) > _MOST:
        raise CannotDrawError("too_many", language, n=len(bars), most=_MOST)
    if on is None and (asked := moment(answer.rows[0], "date")) is not None:
        on = asked.first
    notes = [word("undated", language, n=undated)] if undated else []
    wide = Plane(WIDE, language, "timeline-wide")
    return Picture(
        kind="timeline",
        title=title or word("timeline", language),
        description=word(
            "timeline_told", language, n=len(bars), first=bars[0].time.start, kinds=len({b.kind for b in bars})
        ),
        drawings=(
            _drawing(wide, bars, on),
            _drawing(Plane(NARROW, language, "timeline-narrow"), bars, on),
        ),
        legend=(
            Item(area_swatch("time"), word("known", language)),
            Item(_open_swatch(wide), word("open_end", language)),
            Item(_unknown_swatch(wide), word("unknown_end", language)),
            Item(area_swatch("time vague"), word("vague", language)),
            *([Item(group([area_swatch("time")], class_="off"), word("off", language))] if on else []),
        ),
        notes=tuple(notes),
    )


def _read(answer: Answer, subject: str) -> tuple[list[Bar], int]:
    """Return the bars by kind and start, and the number of rows without a start."""
    kind = "kind" if answer.has("kind") else None
    bars: dict[Bar, None] = {}
    undated = 0
    for row in answer.rows:
        time, thing = span(row), answer.thing(row, subject)
        if time is None or thing is None:
            undated += 1
            continue
        bar = Bar(thing, answer.thing(row, kind) if kind else None, time)
        bars[bar] = None
    first: dict[Thing | None, datetime.date] = {}
    for bar in bars:
        start = bar.time.start.first
        first[bar.kind] = min(first.get(bar.kind, start), start)

    def rank(bar: Bar) -> tuple[datetime.date, str, datetime.date, str]:
        return first[bar.kind], bar.kind.label if bar.kind else "", bar.time.start.first, bar.thing.label

    return sorted(bars, key=rank), undated


def _drawing(plane: Plane, bars: Sequence[Bar], on: datetime.date | None) -> Drawing:
    begin = 340.0 if plane.is_wide else 10.0
    days = [
        day
        for bar in bars
        for day in (bar.time.start.first, bar.time.until, bar.time.seen and bar.time.seen.last)
        if day
    ]
    scale = cover([*days, *([on] if on else [])], begin, plane.width - begin - 20)
    marks: list[Markup] = []
    y = _TOP
    last: Thing | None = None
    for bar in bars:
        if bar.kind is not None and bar.kind != last:
            marks.append(plane.text(10, y + 22, shorten(bar.kind.label, plane.width - 20, 14), "head"))
            y += 32
        last = bar.kind
        label = lines(bar.thing.label, begin - 24 if plane.is_wide else plane.width - 20, 14, 2)
        tall = 18.0 * len(label)
        at = y + (tall - 18) / 2 + 3 if plane.is_wide else y + tall + 1
        texts = [plane.text(10, y + 14 + 18 * n, line, "label") for n, line in enumerate(label)]
        marks.append(
            group(
                [linked(bar.thing.address, *texts), *_bar(plane, bar, scale, at)],
                class_="span" if on is None or bar.time.covers(on) else "span off",
                data_start=bar.time.start.first.isoformat(),
                data_end=bar.time.until.isoformat() if bar.time.until else "",
            )
        )
        y += tall + 4 if plane.is_wide else tall + _BAR + 12
    height = y + _FOOT
    years = _years(plane, scale, height)
    day = _day(plane, scale, height, on)
    data = {"begin": f"{scale.begin}", "room": f"{scale.room}", "first": f"{scale.first}", "last": f"{scale.last}"}
    return Drawing(plane, height, Markup("").join([*years, day, *marks]), data)


def _bar(plane: Plane, bar: Bar, scale: Scale, y: float) -> Iterator[Markup]:
    start, end, until = bar.time.start, bar.time.end, bar.time.until
    x0, x1 = scale.at(start.first), scale.at(start.last + _DAY)
    x3 = scale.at(until + _DAY) if until else scale.begin + scale.room
    x2 = max(scale.at(end.first), x1) if end else x3
    yield element("title", f"{bar.thing.label}: {bar.told}")
    if x3 - x0 < _LEAST:
        x0, x3 = (x0 + x3 - _LEAST) / 2, (x0 + x3 + _LEAST) / 2
        yield plane.box(x0, y, _LEAST, _BAR, class_="time", rx=2)
    else:
        # The time within which it began, or ended, is drawn paler than the time in which it surely held.
        if start.precision != "day" and start.first.year >= scale.first:
            yield plane.box(x0, y, x1 - x0, _BAR, class_="time vague")
        else:
            x1 = x0
        if end is not None and end.precision != "day":
            yield plane.box(x2, y, x3 - x2, _BAR, class_="time vague")
        else:
            x2 = x3
        yield from _sure(plane, bar.time, scale, (x1, x2), y)
    if until is None:
        yield _arrow(plane, x3, y, 1)
    elif end is None:
        yield plane.box(x3 + 1, y + 1, _TAIL, _BAR - 2, class_="unknown")
        x3 += _TAIL
    if start.first.year < scale.first:
        yield _arrow(plane, x0, y, -1)
    yield from _dates(plane, bar.told, (x0, x3), y, scale, open_end=until is None)


def _sure(plane: Plane, time: Span, scale: Scale, ends: tuple[float, float], y: float) -> Iterator[Markup]:
    """Draw the time in which it surely held; thin where its source no longer looked."""
    begin, end = ends
    seen = scale.at(time.seen.last + _DAY) if time.until is None and time.seen else end
    if begin < seen:
        yield plane.box(begin, y, min(seen, end) - begin, _BAR, class_="time")
    if max(seen, begin) < end:
        yield plane.box(max(seen, begin), y + _BAR / 2 - 1.5, end - max(seen, begin), 3, class_="time")


def _arrow(plane: Plane, along: float, y: float, towards: int) -> Markup:
    """Return a point that says: on beyond here."""
    tip, foot = plane.x(along + 9 * towards), plane.x(along - towards)
    return element(
        "path", d=f"M{foot:.1f} {y:.1f}L{tip:.1f} {y + _BAR / 2:.1f}L{foot:.1f} {y + _BAR:.1f}Z", class_="time beyond"
    )


def _dates(
    plane: Plane, told: str, ends: tuple[float, float], y: float, scale: Scale, *, open_end: bool
) -> Iterator[Markup]:
    """Write the dates where there is room: after the bar, before it, or in it."""
    needed = width(told, 11) + 6
    x0, x3 = ends
    if not open_end and x3 + needed + 6 < scale.begin + scale.room + 20:
        yield plane.text(x3 + 6, y + 10, told, "date", "start")
    elif x0 - needed - 6 > scale.begin:
        yield plane.text(x0 - 6, y + 10, told, "date", "end")
    elif x3 - x0 > needed:
        yield plane.text(x0 + 6, y + 10, told, "date on-time", "start")


def _years(plane: Plane, scale: Scale, height: float) -> Iterator[Markup]:
    for year in scale.marks(70 if plane.is_wide else 60):
        along = scale.at(datetime.date(year, 1, 1))
        x = plane.x(along)
        yield element("line", x1=x, x2=x, y1=_TOP - 8, y2=height - _FOOT + 8, class_="rule")
        for y in (_TOP - 14, height - 10):
            yield plane.text(along, y, str(year), "quiet", "middle")


def _day(plane: Plane, scale: Scale, height: float, on: datetime.date | None) -> Markup:
    """Return the mark of a day; without one it is there unseen, for the script that moves it."""
    along = scale.at(on) if on else scale.begin
    x = plane.x(along)
    line = element("line", x1=x, x2=x, y1=18, y2=height - 26, class_="on-day")
    label = plane.text(along, 13, on.isoformat() if on else "", "day-label", "middle")
    return group([line, label], class_="day", visibility=None if on else "hidden")


def _open_swatch(plane: Plane) -> Markup:
    marks = (
        element("rect", x=0, y=1, width=8, height=10, class_="time"),
        element("rect", x=8, y=4.5, width=8, height=3, class_="time"),
        element("path", d="M15 1L23 6L15 11Z", class_="time beyond"),
    )
    return group(marks, transform="matrix(-1 0 0 1 24 0)" if plane.mirrored else None)


def _unknown_swatch(plane: Plane) -> Markup:
    marks = (
        element("rect", x=0, y=1, width=7, height=10, class_="time"),
        element("rect", x=8, y=1.5, width=15, height=9, class_="unknown"),
    )
    return group(marks, transform="matrix(-1 0 0 1 24 0)" if plane.mirrored else None)
