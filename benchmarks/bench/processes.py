"""What the kernel tells about processes and the machine (Linux, /proc)."""

from __future__ import annotations

import itertools
import os
import platform
import socket
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
MEBIBYTE = 1024 * 1024


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def family(pid: int) -> list[int]:
    """Return a process and all that come from it."""
    found = [pid]
    for member in found:
        for children in Path(f"/proc/{member}/task").glob("*/children"):
            try:
                found += map(int, children.read_text(encoding="ascii").split())
            except OSError:
                continue
    return found


@contextmanager
def apart(servers: Iterable[int]) -> Iterator[None]:
    """Give this process a processor of its own for a while, and servers the others, as if they were two machines.

    Nothing changes on a machine with one processor.

    Args:
        servers: the processes from which all others of the servers come.
    """
    everywhere = os.sched_getaffinity(0)
    own = {min(everywhere)}
    pids = list(servers)
    if everywhere == own:
        yield
        return
    try:
        os.sched_setaffinity(0, own)
        _place(pids, everywhere - own)
        yield
    finally:
        os.sched_setaffinity(0, everywhere)
        _place(pids, everywhere)


def _place(pids: Iterable[int], processors: AbstractSet[int]) -> None:
    """Have processes, and all that come from them, compute on some of the processors."""
    for member in itertools.chain.from_iterable(map(family, pids)):
        for thread in Path(f"/proc/{member}/task").glob("*"):
            with suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread.name), processors)


def memory(pid: int) -> int:
    """Return the resident memory of a family of processes in bytes; what several share counts once (PSS)."""
    total = 0
    for member in family(pid):
        try:
            text = Path(f"/proc/{member}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))
    return total


def processor_seconds(pid: int) -> float:
    """Return how long a family of processes, and those of it that have ended, have computed."""
    total = 0
    for member in family(pid):
        try:
            fields = Path(f"/proc/{member}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / _TICK


def machine_seconds() -> float:
    """Return how long all processors together have computed since the machine started."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, irq, softirq, *_ = map(int, fields)
    return (user + nice + system + irq + softirq) / _TICK


def describe_machine() -> dict[str, str | int]:
    """Return what matters about the machine, and nothing that tells which one it is."""
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory_bytes / 1024**3),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
