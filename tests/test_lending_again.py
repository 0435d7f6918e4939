"""When a client's connection is lent: soon again after a loan that was of use, late after one in which a worker computed in vain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bytewise import Client, get, post
from loans import ask_easy, borrowers, connected, is_free, lend, numbers
from processes import Service, running, until

_ROWS = "SELECT ?s ?l { ?s <urn:l> ?l } LIMIT "


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data = tmp_path_factory.mktemp("data") / "many.nt"
    data.write_text("".join(f'<urn:n{i}> <urn:l> "{"x" * 100}{i}" .\n' for i in range(2500)))
    with running(tmp_path_factory.mktemp("log") / "log", "--dataset", data, seconds=10) as found:
        yield found


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with connected(service) as found:
        yield found


def _answered(client: Client, request: bytes) -> bytes:
    client.send(request)
    status, _, body = client.response()
    assert status == 200
    return body


def _is_lent(service: Service) -> bool:
    """Return whether a connection is lent; the service does so when the answer is on its way."""
    try:
        until(lambda: bool(borrowers(service)), 0.5)
    except AssertionError:
        return False
    return True


def test_a_client_that_repeats_itself_in_between_is_lent_again_after_one_query(
    service: Service, client: Client
) -> None:
    lend(service, client)
    ask_easy(client, 3)
    same = get(f"ASK {{ # {next(numbers)}\n}}")
    assert _answered(client, same) == _answered(client, same)
    until(lambda: is_free(service), 5)
    ask_easy(client, 1)
    assert _is_lent(service)


def test_a_client_is_lent_again_after_three_queries_if_the_loan_was_of_no_use(service: Service, client: Client) -> None:
    ask_easy(client, 3)
    assert _is_lent(service)
    _answered(client, post(b"ASK {}"))
    assert is_free(service)
    ask_easy(client, 2)
    assert not _is_lent(service)
    ask_easy(client, 1)
    assert _is_lent(service)


def test_a_client_of_large_answers_is_lent(service: Service, client: Client) -> None:
    for limit in (500, 501, 502, 503):
        assert len(_answered(client, get(f"{_ROWS}{limit} # {next(numbers)}"))) > 64 * 1024
    assert _is_lent(service)
    assert len(_answered(client, get(f"{_ROWS}504 # {next(numbers)}"))) > 64 * 1024
    assert borrowers(service), "a worker answers them"


def test_after_an_answer_that_is_too_large_for_a_worker_a_client_is_not_lent_for_long(
    service: Service, client: Client
) -> None:
    worker = lend(service, client)
    assert len(_answered(client, get(f"{_ROWS}2400 # {next(numbers)}"))) > 256 * 1024
    assert is_free(service)
    assert worker.pid in {one.pid for one in service.workers}, "it goes on"
    ask_easy(client, 20)
    assert not _is_lent(service)


def test_who_posts_is_not_lent(service: Service, client: Client) -> None:
    for _ in range(6):
        query = f"{_ROWS}500 # {next(numbers)}".encode()
        assert len(_answered(client, post(query))) > 64 * 1024
    assert not _is_lent(service)
