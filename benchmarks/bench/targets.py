"""What this service aims for, and whether a run reached it.

A target is reached if each kind of query is there, but for the rate of repeated answers, which is
that of the median kind. The kinds that are not there are named either way, and the median is told.
How long one client waits is judged where it has a processor of its own: beside the servers it is
the system's choice of processors that decides, which differs with what else is running.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.peers import SERVICE, Fuseki, Oxigraph, RdflibEndpoint
from bench.result import MEASURES, Measure, Round, middle

_FIRST, _REPEATED, _FIRST_BESIDE, _REPEATED_BESIDE, _, _REPEATED_MANY = MEASURES
HEAVY_MILLISECONDS = 5.0
"""A query is heavy when Oxigraph's server needs longer for it."""


@dataclass(frozen=True)
class Verdict:
    """Whether a target was reached on a dataset, and what to know about it."""

    target: str
    reached: bool
    found: str
    exceptions: str = ""
    """The kinds that are not where the target is."""
    beside: str = ""
    """The same for one client beside the servers."""
    why: str = ""
    """What stands in the way where a kind is not there."""


def judge(this: Round) -> list[Verdict]:
    """Return what became of the targets on a dataset."""
    verdicts = [_repeated_beats_cheapest(this), _repeated_rate(this)]
    if Oxigraph.name in this.peers:
        verdicts += [_against_engine(this, heavy=False), _against_engine(this, heavy=True)]
    verdicts += [_faster_each(this, peer.name) for peer in (Fuseki, RdflibEndpoint) if peer.name in this.peers]
    return [verdict for verdict in verdicts if verdict is not None]


def _repeated_beats_cheapest(this: Round) -> Verdict | None:
    apart = _against_cheapest(this, _FIRST, _REPEATED)
    beside = _against_cheapest(this, _FIRST_BESIDE, _REPEATED_BESIDE)
    if apart is None or beside is None:
        return None
    return Verdict(
        "a repeated answer, of any kind, comes sooner than any peer's cheapest (one client)",
        not apart[1],
        *apart,
        "".join(beside),
        "to copy 200 KB from one process to the other takes 0.01 to 0.02 ms more than to copy a line"
        if apart[1] or beside[1]
        else "",
    )


def _against_cheapest(this: Round, first: Measure, repeated: Measure) -> tuple[str, str] | None:
    """Return what is to be told of our repeated answers and the peers' cheapest, and which of ours take longer."""
    peers = [
        (value, f"{peer}, {kind}")
        for kind, cells in this.cells.items()
        for peer in this.peers
        for measure in (first, repeated)
        if (value := measure.of(cells[peer])) is not None
    ]
    ours = {kind: value for kind, cells in this.cells.items() if (value := repeated.of(cells[SERVICE])) is not None}
    typical = middle(ours.values())
    if not peers or typical is None:
        return None
    cheapest, whose = min(peers)
    slower = {kind: value for kind, value in ours.items() if value >= cheapest}
    found = f"median {typical:.3f} ms, {len(ours) - len(slower)} of {len(ours)} kinds under {cheapest:.3f} ms ({whose})"
    return found, _listed({kind: f"{value:.3f} ms" for kind, value in slower.items()})


def _repeated_rate(this: Round) -> Verdict | None:
    ratios = {}
    for kind in this.cells:
        against = [ratio for peer in this.peers if (ratio := this.faster(_REPEATED_MANY, peer).get(kind)) is not None]
        if against:
            ratios[kind] = min(against)
    typical = middle(ratios.values())
    if typical is None:
        return None
    low = {kind: f"{value:.1f}×" for kind, value in ratios.items() if value < 5}
    return Verdict(
        "repeated answers at 5 times the rate of the fastest peer, in the median of kinds",
        typical >= 5,
        f"median {typical:.1f}×",
        _listed(low, "below 5×"),
        why="client and server take 6 to 8 µs each for an answer, most of it the system's for sending and receiving, so both "
        "processors are taken and the rate ends there, whoever asks"
        if low
        else "",
    )


def _against_engine(this: Round, *, heavy: bool) -> Verdict | None:
    allowed = 1.1 if heavy else 2.0
    apart = _slower_than_engine(this, _FIRST, allowed, heavy=heavy)
    beside = _slower_than_engine(this, _FIRST_BESIDE, allowed, heavy=heavy)
    if apart is None or beside is None:
        return None
    return Verdict(
        f"a {'heavy' if heavy else 'simple'} query seen for the first time takes at most {allowed:g} times "
        f"as long as on Oxigraph's server (one client)",
        not apart[1],
        *apart,
        "".join(beside),
        ""
        if not apart[1] and not beside[1]
        else "a worker has a copy of the data, which caches have to fetch anew (docs/decisions/isolation.md)"
        if heavy
        else "a query is read in Python and answered by an isolated process, theirs in one native process, which the "
        "system likes to put where the client is (docs/decisions/server.md)",
    )


def _slower_than_engine(this: Round, measure: Measure, allowed: float, *, heavy: bool) -> tuple[str, str] | None:
    """Return what is to be told of how much longer we take than Oxigraph's server, and for which kinds that is too long.

    Args:
        this: what was measured.
        measure: the way of asking.
        allowed: how many times as long we may take.
        heavy: whether of the heavy kinds or of the others.
    """
    slower = {
        kind: 1 / ratio
        for kind, ratio in this.faster(measure, Oxigraph.name).items()
        if ((_FIRST.of(this.cells[kind][Oxigraph.name]) or 0.0) > HEAVY_MILLISECONDS) == heavy
    }
    typical = middle(slower.values())
    if typical is None:
        return None
    over = {kind: f"{value:.2f}×" for kind, value in slower.items() if value > allowed}
    found = f"median {typical:.2f}× of {len(slower)} kinds, most {max(slower.values()):.2f}×"
    return found, _listed(over, f"over {allowed:g}×")


_SLOWER_THAN = {
    Fuseki.name: "it keeps only the first ten of an order where the engine here sorts all; with many clients, handing a "
    "query to an isolated process costs as much processor time as an easy query, and long queries take turns in few "
    "places so that short ones find room",
}
"""Why a peer is faster where it is, as far as that is known."""


def _faster_each(this: Round, peer: str) -> Verdict | None:
    slower: dict[str, str] = {}
    compared = 0
    for measure in MEASURES:
        ratios = this.faster(measure, peer)
        compared += len(ratios)
        slower |= {f"{kind} {measure.title}": f"{ratio:.2f}×" for kind, ratio in ratios.items() if ratio < 1}
    if not compared:
        return None
    return Verdict(
        f"faster than {peer} in each kind, first time and repeated, for one client and many",
        not slower,
        f"{compared - len(slower)} of {compared} comparisons",
        _listed(slower),
        why=_SLOWER_THAN.get(peer, "") if slower else "",
    )


def _listed(items: dict[str, str], words: str = "not") -> str:
    return f"; {words}: " + ", ".join(f"{name} ({value})" for name, value in items.items()) if items else ""


def median_faster(this: Round, measure: Measure, peer: str, *, best: bool = False) -> tuple[float, float, float] | None:
    """Return how many times faster we are than a peer: in the median of kinds, the least and the most."""
    ratios = list(this.faster(measure, peer, best=best).values())
    found = middle(ratios)
    return None if found is None else (found, min(ratios), max(ratios))
