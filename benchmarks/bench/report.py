"""The report of a run: report.md to read, report.json with every number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from bench.bomb import Latency
from bench.measure import Cell
from bench.peers import SERVICE
from bench.processes import MEBIBYTE
from bench.queries import KINDS
from bench.result import MEASURES, Measure, Result, Round
from bench.targets import Verdict, judge, median_faster

_NONE = "–"


def write(result: Result, folder: Path) -> str:
    """Write both files; return the summary."""
    folder.mkdir(parents=True, exist_ok=True)
    summary = _summary(result)
    parts = [_head(result), summary, *(_round(this) for this in result.rounds), _costs(result), _bombs(result)]
    (folder / "report.md").write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")
    numbers = asdict(result) | {"targets": _targets_json(result)}
    for this in numbers["rounds"]:
        this["cells"] = {kind: {n: _cell_json(c) for n, c in cells.items()} for kind, cells in this["cells"].items()}
    text = json.dumps(numbers, indent=1, ensure_ascii=False)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    return summary


def _cell_json(cell: dict[str, Any]) -> dict[str, Any]:
    """Return a cell with its times summed up, of which there may be ten thousand."""
    for name, seconds in cell["seconds"].items():
        times = sorted(seconds)
        cell["seconds"][name] = {"answers": len(times)}
        if times:
            cell["seconds"][name] |= {f"p{share}": times[len(times) * share // 100] for share in (10, 50, 90, 99)}
    return cell


def _targets_json(result: Result) -> dict[str, list[dict[str, object]]]:
    return {str(this.triples): [asdict(verdict) for verdict in judge(this)] for this in result.rounds}


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _head(result: Result) -> str:
    machine = result.machine
    rows = [[name, about["version"], about["settings"]] for name, about in result.systems.items()]
    lines = [
        "# Measurements against other servers",
        "Written by the benchmark; [README.md](README.md) says how it measures and what the numbers leave out. "
        "The ratios are what to read: they come from one machine in one run, and other machines give other times.",
        f"Command: `{result.command}`, {result.seconds / 60:.0f} minutes. "
        f"Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"{machine['system']}, Python {machine['python']}. "
        f"Other programs took {result.others_share:.0%} of its processor time meanwhile.",
        _table(["System", "Version", "As it ran"], rows),
    ]
    lines += [f"Left out: {name}: {reason}." for name, reason in result.left_out.items()]
    lines += [f"Trouble: {trouble}." for trouble in result.troubles]
    return "\n\n".join(lines)


def _summary(result: Result) -> str:
    lines = [
        "## Summary",
        f"How many times faster {SERVICE} is: the median over the kinds of query (least–most). "
        "Below 1 it is slower. “First time” is a query that the server has not seen; “repeated” is the same bytes again.",
        _ratios(result, best=False),
        "The same from what each system did when least disturbed by other programs: the fastest tenth of its answers "
        "to one client, the best of its turns with many.",
        _ratios(result, best=True),
        "## Targets",
    ]
    for this in result.rounds:
        points = [_point(verdict) for verdict in judge(this)]
        lines.append(f"{this.triples:,} triples:\n\n" + "\n".join(points))
    return "\n\n".join(lines)


def _point(verdict: Verdict) -> str:
    beside = f" Beside the servers: {verdict.beside}." if verdict.beside else ""
    why = f" Why: {verdict.why}." if verdict.why else ""
    mark = "reached" if verdict.reached else "**missed**"
    return f"- {mark}: {verdict.target}: {verdict.found}{verdict.exceptions}.{beside}{why}"


def _ratios(result: Result, *, best: bool) -> str:
    rows = []
    for this in result.rounds:
        for peer in this.peers:
            found = [median_faster(this, measure, peer, best=best) for measure in MEASURES]
            rows.append([f"{this.triples:,}", peer, *(_range(one) for one in found)])
    return _table(["Triples", "Against", *(measure.title for measure in MEASURES)], rows)


def _range(found: tuple[float, float, float] | None) -> str:
    return _NONE if found is None else f"**{_times(found[0])}** ({_times(found[1])}–{_times(found[2])})"


def _times(ratio: float) -> str:
    return f"{ratio:.2f}×" if ratio < 2 else f"{ratio:.1f}×" if ratio < 10 else f"{ratio:,.0f}×"


def _round(this: Round) -> str:
    parts = [f"## {this.triples:,} triples"]
    parts += [_measure(this, measure) for measure in MEASURES]
    notes = [
        f"- {kind.title}, {name}: {cell.trouble or 'its answer differs from the others, so it is not compared'}."
        for kind in KINDS
        for name, cell in this.cells.get(kind.name, {}).items()
        if cell.trouble or not cell.agrees
    ]
    notes += [f"- {name} is not given this many: {reason}." for name, reason in this.left_out.items()]
    if notes:
        parts.append("\n".join(notes))
    return "\n\n".join(parts)


def _measure(this: Round, measure: Measure) -> str:
    unit = "answers a second" if measure.single is None else "milliseconds to the answer"
    peers = "; in brackets how many times faster this service is"
    rows = []
    for kind in KINDS:
        cells = this.cells.get(kind.name)
        if cells:
            rows.append([kind.title, *(_cell(measure, cells, name) for name in this.systems)])
    return f"### {measure.title.capitalize()}: {unit}{peers}\n\n" + _table(["Query", *this.systems], rows)


def _cell(measure: Measure, cells: dict[str, Cell], name: str) -> str:
    value = measure.of(cells[name])
    if value is None:
        return _NONE
    shown = f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    if name == SERVICE:
        return f"**{shown}**"
    ratio = measure.faster(cells[SERVICE], cells[name])
    return shown if ratio is None else f"{shown} ({_times(ratio)})"


def _costs(result: Result) -> str:
    names = list(result.systems)
    starts = {name: median(seconds) for name, seconds in result.bare.items()}
    rows = [["start to first answer, no data", *(_seconds(starts.get(name)) for name in names)]]
    for this in result.rounds:
        rows += [
            [f"start to first answer, {this.triples:,}", *(_seconds(this.ready.get(name)) for name in names)],
            ["triples loaded a second", *(_rate(result.load_rate(this, name)) for name in names)],
            ["memory after loading", *(_mebibytes(this.memory_loaded.get(name)) for name in names)],
            ["memory after all queries", *(_mebibytes(this.memory_used.get(name)) for name in names)],
        ]
    return "\n\n".join(
        [
            "## Start, loading, memory",
            "Memory is that of all of a system's processes, with shared pages counted once.",
            _table(["", *names], rows),
        ]
    )


def _seconds(value: float | None) -> str:
    return _NONE if value is None else f"{value:.2f} s"


def _rate(value: float | None) -> str:
    return _NONE if value is None else f"{round(value, -2):,.0f}"


def _mebibytes(value: int | None) -> str:
    return _NONE if value is None else f"{value / MEBIBYTE:,.0f} MiB"


def _bombs(result: Result) -> str:
    if not result.bombs:
        return ""
    rows = []
    for name, found in result.bombs.items():
        rows.append([name, "none", _latency(found.quiet), "", ""])
        for bombing in found.bombings:
            got = " / ".join(bombing.outcomes)
            rows.append(["", str(bombing.bombs), _latency(bombing.others), f"{bombing.seconds:.1f} s", got])
        rows.append(["", "left by its sender", "", "", f"{found.abandoned:.1f} processors go on with it"])
    return "\n\n".join(
        [
            "## Query bombs",
            f"A count over three crossed scans of {result.bomb_triples:,} triples, which no engine ends; time limit "
            f"{result.bomb_limit:g} s where the server has one. Meanwhile another client asks trivial queries, none twice: "
            "its median, 99th percentile and worst time in milliseconds.",
            _table(["System", "Bombs", "Trivial query of another client", "First sender waited", "Senders got"], rows),
        ]
    )


def _latency(latency: Latency) -> str:
    times = " / ".join(f"{value * 1000:.1f}" for value in (latency.median, latency.worst_percent, latency.worst))
    return f"{times}, {latency.failures} failed" if latency.failures else times
