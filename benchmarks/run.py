"""Measure this service against its peers: same data, same machine, same run. See benchmarks/README.md."""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench import data
from bench.bomb import bombard
from bench.data import Shape
from bench.installing import NotInstalledError
from bench.measure import QUICK, Budget, Subject, compare, measure, warm_up
from bench.peers import SERVICE, SYSTEMS
from bench.processes import machine_seconds, memory
from bench.queries import KINDS
from bench.report import write
from bench.result import Result, Round
from bench.systems import NotStartedError, Running, System

HERE = Path(__file__).resolve().parent
SIZES = (10_000, 100_000, 1_000_000)


@dataclass
class Bench:
    """One run of the benchmark."""

    cache: Path
    budget: Budget
    bare_starts: int
    bombs: tuple[int, ...]
    limit: float
    result: Result = field(default_factory=Result)
    _processor_seconds: float = 0.0

    def run(self, sizes: list[int], names: list[str] | None, *, install: bool) -> None:
        """Measure everything."""
        shutil.rmtree(self.cache / "runs", ignore_errors=True)
        started, busy = time.perf_counter(), machine_seconds()
        systems = self._installed(names, install=install)
        self._bare(systems)
        for size in sizes:
            self._size(size, systems)
        self._bombs(min(sizes[-1], 100_000) if len(sizes) > 1 else sizes[0], systems)
        own = time.process_time() + self._processor_seconds
        self.result.seconds = time.perf_counter() - started
        others = machine_seconds() - busy - own
        self.result.others_share = max(0.0, others / self.result.seconds / int(self.result.machine["cores"]))

    def _installed(self, names: list[str] | None, *, install: bool) -> list[System]:
        systems = []
        for kind in SYSTEMS:
            system = kind()
            if names and system.name.lower() not in names and system.name != SERVICE:
                continue
            try:
                system.install(self.cache / "peers", allowed=install)
                self.result.systems[system.name] = {"version": system.version(), "settings": system.settings}
                systems.append(system)
            except NotInstalledError as error:
                if system.name == SERVICE:
                    sys.exit(f"benchmark: {error}")
                self._tell(f"{system.name} is left out: {error}")
                self.result.left_out[system.name] = str(error)
        return systems

    def _dataset(self, triples: int) -> tuple[Shape, Path, int]:
        shape = Shape.of(triples)
        path = self.cache / "data" / f"{triples}.nt"
        path.parent.mkdir(parents=True, exist_ok=True)
        return shape, path, data.write(shape, path)

    def _start(self, system: System, path: Path, triples: int, what: str, limit: float | None = None) -> Running | None:
        folder = self.cache / "runs" / f"{system.name}-{what}".lower().replace(" ", "-")
        try:
            return system.start(path, triples, folder, limit=limit)
        except (NotStartedError, NotInstalledError, OSError) as error:
            self._tell(f"{system.name} did not start: {error}")
            self.result.troubles.append(f"{system.name} ({what}): {error}")
            return None

    def _stop(self, running: Running) -> None:
        self._processor_seconds += running.stop()

    def _bare(self, systems: list[System]) -> None:
        """Measure the start on next to no data, a few times in turn."""
        path = self.cache / "data" / "one.nt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("<urn:a> <urn:b> <urn:c> .\n", encoding="utf-8")
        for turn in range(self.bare_starts):
            for system in systems:
                self._tell(f"start {turn + 1}: {system.name}")
                running = self._start(system, path, 1, f"bare-{turn}")
                if running is not None:
                    self.result.bare.setdefault(system.name, []).append(running.ready_seconds)
                    self._stop(running)

    def _size(self, size: int, systems: list[System]) -> None:
        shape, path, triples = self._dataset(size)
        this = Round(size, triples)
        self.result.rounds.append(this)
        able = [system for system in systems if system.most_triples is None or triples <= system.most_triples]
        this.left_out = {system.name: system.too_large for system in systems if system not in able}
        for start in range(self.budget.starts):
            subjects = []
            try:
                for system in able:
                    self._tell(
                        f"{triples:,} triples, start {start + 1} of {self.budget.starts}: {system.name} loads them"
                    )
                    running = self._start(system, path, triples, f"{size}-{start}")
                    if running is not None:
                        this.ready.setdefault(system.name, running.ready_seconds)
                        this.memory_loaded.setdefault(system.name, memory(running.pid))
                        subjects.append(Subject(system.name, running, shape))
                self._rounds(this, subjects, start)
            finally:
                for subject in subjects:
                    subject.close()
                    self._stop(subject.running)

    def _rounds(self, this: Round, subjects: list[Subject], start: int) -> None:
        """Measure what there is to measure after one of the starts."""
        warm_up(subjects, self.budget)
        for kind in KINDS:
            compare(kind, subjects, this.cells.setdefault(kind.name, {}), self.budget)
        rounds, starts = self.budget.rounds, self.budget.starts
        for turn, kind in itertools.product(range(start * rounds, (start + 1) * rounds), KINDS):
            self._tell(f"{this.triples:,} triples, round {turn + 1} of {rounds * starts}: {kind.title}")
            measure(kind, subjects, this.cells[kind.name], self.budget, turn)
        for subject in subjects:
            this.memory_used[subject.name] = memory(subject.running.pid)

    def _bombs(self, size: int, systems: list[System]) -> None:
        """Measure what bombs do, one system at a time with no other running."""
        shape, path, triples = self._dataset(size)
        self.result.bomb_triples, self.result.bomb_limit = triples, self.limit
        for system in systems:
            self._tell(f"query bombs: {system.name}")
            running = self._start(system, path, triples, "bombs", self.limit)
            if running is not None:
                try:
                    self.result.bombs[system.name] = bombard(running, shape, self.limit, self.bombs)
                finally:
                    self._stop(running)

    def _tell(self, step: str) -> None:
        print(step, file=sys.stderr, flush=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest dataset only, in about two minutes")
    parser.add_argument(
        "--install", action="store_true", help="let apt-get download Virtuoso's package (into the cache)"
    )
    parser.add_argument("--sizes", help="numbers of triples, with commas between them")
    parser.add_argument("--peers", help="names of the peers to measure, with commas between them [default: all]")
    parser.add_argument(
        "--cache", type=Path, default=HERE.parent / ".cache" / "benchmarks", help="where peers are kept"
    )
    parser.add_argument("--output", type=Path, default=HERE, help="the folder of report.md and report.json")
    options = parser.parse_args()
    sizes = (
        [int(size) for size in options.sizes.split(",")] if options.sizes else list(SIZES[: 1 if options.quick else 3])
    )
    names = options.peers.lower().split(",") if options.peers else None
    bench = Bench(
        options.cache.resolve(),
        QUICK if options.quick else Budget(),
        bare_starts=1 if options.quick else 3,
        bombs=(1,) if options.quick else (1, 4),
        limit=3 if options.quick else 5,
    )
    flags = [f"--{name}" for name in ("quick", "install") if getattr(options, name)]
    flags += [f"--{name} {getattr(options, name)}" for name in ("sizes", "peers") if getattr(options, name)]
    bench.result.command = " ".join(["python", "benchmarks/run.py", *flags])
    bench.run(sizes, names, install=options.install)
    print(write(bench.result, options.output))


if __name__ == "__main__":
    main()
