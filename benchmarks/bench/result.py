"""What a run of the benchmark found, and ratios from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from bench.bomb import Resilience
from bench.measure import CLIENTS, SINGLES, Cell, Single
from bench.peers import SERVICE
from bench.processes import describe_machine


@dataclass(frozen=True)
class Measure:
    """One way of asking, which gives one number for each kind of query and system."""

    title: str
    repeated: bool
    single: Single | None = None
    """How one client asks; None if many do."""

    def of(self, cell: Cell, *, best: bool = False) -> float | None:
        """Return the number: milliseconds to an answer for one client, else answers a second.

        It is the median, or what a system did when least disturbed: its fastest tenth, its best turn.
        """
        if self.single is None:
            return cell.rate(repeated=self.repeated, best=best)
        seconds = cell.latency(self.single, best=best)
        return None if seconds is None else seconds * 1000

    def faster(self, ours: Cell, theirs: Cell, *, best: bool = False) -> float | None:
        """Return how many times faster we are than they; below 1 we are slower."""
        mine, other = self.of(ours, best=best), self.of(theirs, best=best)
        if mine is None or other is None or not mine or not other or not theirs.agrees:
            return None
        return mine / other if self.single is None else other / mine


def _title(*, repeated: bool, clients: str) -> str:
    return f"{'repeated' if repeated else 'first time'}, {clients}"


MEASURES = (
    *(
        Measure(
            _title(repeated=single.repeated, clients="1 client" if single.apart else "1 client beside the servers"),
            single.repeated,
            single,
        )
        for single in SINGLES
    ),
    *(Measure(_title(repeated=repeated, clients=f"{CLIENTS} clients"), repeated) for repeated in (False, True)),
)


@dataclass
class Round:
    """What was measured on one dataset."""

    size: int
    triples: int
    ready: dict[str, float] = field(default_factory=dict)
    """Seconds from a system's first start to its first answer from all the data."""
    memory_loaded: dict[str, int] = field(default_factory=dict)
    memory_used: dict[str, int] = field(default_factory=dict)
    """Bytes in memory after all measurements of the last start."""
    cells: dict[str, dict[str, Cell]] = field(default_factory=dict)
    """By kind of query, then by system."""
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def systems(self) -> list[str]:
        """The systems that took part, this service first."""
        return list(self.ready)

    @property
    def peers(self) -> list[str]:
        return [name for name in self.ready if name != SERVICE]

    def faster(self, measure: Measure, peer: str, *, best: bool = False) -> dict[str, float]:
        """Return, by kind of query, how many times faster we are than a peer."""
        found = {kind: measure.faster(cells[SERVICE], cells[peer], best=best) for kind, cells in self.cells.items()}
        return {kind: ratio for kind, ratio in found.items() if ratio is not None}


@dataclass
class Result:
    """What a run found."""

    command: str = ""
    machine: dict[str, str | int] = field(default_factory=describe_machine)
    systems: dict[str, dict[str, str]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    bare: dict[str, list[float]] = field(default_factory=dict)
    """Seconds to the first answer on next to no data, at each start."""
    rounds: list[Round] = field(default_factory=list)
    bombs: dict[str, Resilience] = field(default_factory=dict)
    bomb_triples: int = 0
    bomb_limit: float = 0.0
    seconds: float = 0.0
    others_share: float = 0.0
    """How much of the machine's processor time went to other programs than those measured."""

    def load_rate(self, this: Round, name: str) -> float | None:
        """Return the triples loaded a second, the start itself not counted."""
        if name not in this.ready or name not in self.bare:
            return None
        loading = this.ready[name] - median(self.bare[name])
        return this.triples / loading if loading > 0.02 else None


def middle(ratios: Iterable[float]) -> float | None:
    """Return the median, or None of nothing."""
    found = list(ratios)
    return median(found) if found else None
