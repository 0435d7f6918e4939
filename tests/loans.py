"""Which workers have a client's connection, and how a client comes to be lent to one."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from bytewise import Client, get
from processes import Process, Service, until

numbers = itertools.count()
"""What makes one query another."""


def borrowers(service: Service) -> list[Process]:
    """Return the workers that have a client's connection."""
    return [worker for worker in service.workers if clients_of(worker)]


def clients_of(worker: Process) -> int:
    """Return how many clients' connections a worker has: its other descriptors for them are all of its own socket."""
    try:
        links = {str(file.readlink()) for file in Path(f"/proc/{worker.pid}/fd").iterdir()}
    except OSError:
        return 0
    return len({link for link in links if link.startswith("socket:")}) - 1


def ask_easy(client: Client, number: int = 10) -> None:
    """Ask queries that nobody has asked."""
    for _ in range(number):
        client.send(get(f"ASK {{ # {next(numbers)}\n}}"))
        assert client.response()[0] == 200


def lend(service: Service, client: Client) -> Process:
    """Ask until the connection is lent; return who has it."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        ask_easy(client)
        if found := borrowers(service):
            return found[0]
    pytest.fail("the connection is not lent")


def is_free(service: Service) -> bool:
    return not borrowers(service)


@contextmanager
def connected(service: Service) -> Iterator[Client]:
    """Connect when nobody else, such as the client of another test, has a worker."""
    until(lambda: is_free(service), 10)
    with ExitStack() as stack:
        yield Client(service, stack)
