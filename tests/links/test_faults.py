"""What goes wrong between the project and a Wikidata is waited out, or said."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from alliance_graph.sources.wikidata.client import BATCH, Client
from alliance_graph.sources.wikidata.http import RemoteError
from alliance_graph.sources.wikidata.records import LinkRecord
from alliance_graph.sources.wikidata.verify import Verdict
from links.asking import Ask, client_of
from links.wikidata_service import Wikidata


@pytest.mark.parametrize(
    ("faults", "waits"),
    [
        (["status:429,7"], [7.0]),
        (["status:503,3"], [3.0]),
        (["status:503"], [1.0]),
        (["maxlag:2"], [2.0]),
        (["maxlag:"], [5.0]),
        (["cut", "cut", "cut"], [1.0, 2.0, 4.0]),
        (["half"], [1.0]),
        (["half-packed"], [1.0]),
        (["html"], [1.0]),
        (["plain"], []),
        (["status:429,0", "cut", "half", "status:500"], [0.0, 2.0, 4.0, 8.0]),
    ],
    ids=lambda value: " ".join(map(str, value)),
)
def test_a_passing_fault_is_waited_out(
    ask: Ask, service: Wikidata, pauses: list[float], faults: list[str], waits: list[float]
) -> None:
    service.faults = [*faults]
    assert {v.verdict for v in ask().values()} == {Verdict.CONFIRMED}
    assert pauses == waits
    assert service.faults == []


def test_a_date_to_come_back_at_is_kept(ask: Ask, service: Wikidata, pauses: list[float]) -> None:
    service.faults = [f"status:429,{format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)}"]
    ask()
    assert len(pauses) == 1
    assert 25 < pauses[0] <= 30


@pytest.mark.parametrize(
    ("faults", "told", "sent"),
    [
        (["cut"] * 9, "gave no answer", 5),
        (["status:429"] * 9, "status 429, 5 times", 5),
        (["status:429,9000"], "asks to wait 9000 seconds", 1),
        (["status:403"], "status 403", 1),
        (["error:internal"], "internal: it says why", 1),
        (["maxlag:1"] * 9, "is busy, 5 times", 5),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else str(value),
)
def test_a_lasting_fault_ends_after_a_bounded_number_of_tries(
    ask: Ask, service: Wikidata, faults: list[str], told: str, sent: int
) -> None:
    service.faults = [*faults]
    with pytest.raises(RemoteError, match=told):
        ask()
    assert len(service.asked) == sent


def test_a_run_that_broke_off_goes_on_where_it_was(ask: Ask, client: Client, service: Wikidata) -> None:
    service.faults = ["", "status:403"]
    with pytest.raises(RemoteError, match=f"{BATCH} of [0-9]+ items have been read and are kept"):
        ask()
    first, refused = service.identifiers()
    assert {v.verdict for v in ask().values()} == {Verdict.CONFIRMED}
    assert service.identifiers()[2] == refused
    assert not set(first) & {item for ids in service.identifiers()[2:] for item in ids}
    (kept := client.cache.of(client.api) / "Q29.json").write_text("{ spoilt", encoding="utf-8")
    ask()
    assert service.identifiers()[-1] == ["Q29"]
    assert json.loads(kept.read_text(encoding="utf-8"))["id"] == "Q29"


def test_what_is_too_old_is_asked_for_again(ask: Ask, service: Wikidata, tmp_path: Path, pauses: list[float]) -> None:
    ask()
    before = len(service.asked)
    ask()
    assert len(service.asked) == before
    ask(client_of(service, tmp_path, pauses, days=0))
    assert len(service.asked) == 2 * before


def test_one_service_does_not_answer_for_another(ask: Ask, client: Client, service: Wikidata) -> None:
    ask()
    other = Client(f"{service.api}?other", client.cache)
    assert {v.verdict for v in ask(other).values()} == {Verdict.NOT_ASKED}


def test_an_answer_cut_for_its_size_is_completed(ask: Ask, service: Wikidata, records: list[LinkRecord]) -> None:
    service.silent = 20
    assert {v.verdict for v in ask().values()} == {Verdict.CONFIRMED}
    assert service.identifiers()[1] == service.identifiers()[0][20:]


def test_an_answer_too_large_is_asked_for_in_halves(ask: Ask, client: Client, service: Wikidata) -> None:
    assert client.http
    client.http.largest = 20_000
    assert {v.verdict for v in ask().values()} == {Verdict.CONFIRMED}
    assert len(service.identifiers()[1]) == BATCH // 2
    client.http.largest = 10
    shutil.rmtree(client.cache.folder)
    with pytest.raises(RemoteError, match="larger than 10 bytes"):
        ask()


def test_an_identifier_the_service_refuses_is_missing_and_the_others_are_read(
    client: Client, service: Wikidata
) -> None:
    found = client.items(["Q29", "Q5000000000"])
    assert (found["Q29"].missing, found["Q5000000000"].missing) == (False, True)
