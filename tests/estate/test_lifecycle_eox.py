"""Cisco's EoX API v5: its client against a server with its faults, and what its records mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import stamina

from collectors.secrets import Secret
from config.sections.lifecycle import CiscoEox, Lifecycle
from estate.lifecycle.sources.eox import Batch, EoxClient, batches
from estate.lifecycle.sources.eox_records import askable, page_of, told
from estate.lifecycle.sources.web import SourceError, StoppedError, Web
from tests.estate.sources_server import Cisco, Reply, as_json, date_field, eox_error, eox_record, serving

DAY = dt.date(2026, 11, 28)
OVER_QPS = Reply(403, b"", {"X-Mashery-Error-Code": "ERR_403_DEVELOPER_OVER_QPS"})


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        """Say the time."""
        return self.now


def client(address: str, clock: Clock | None = None, secret: str = "the-secret") -> EoxClient:
    settings = CiscoEox(token_url=f"{address}/token", base_url=f"{address}{Cisco.BASE}/")
    web = Web(Lifecycle(rate=1000, timeout=5), sleep=lambda _: None)
    return EoxClient(web, settings, Secret("the-id"), Secret(secret), clock or Clock())


def ask(cisco: Cisco, *parts: str) -> list[Batch]:
    with serving(cisco) as address:
        return list(client(address).ask(parts))


def one(record: dict[str, Any], part: str = "WS-C1") -> Any:
    (found,) = told([record], [part], DAY, "https://example.test/")
    return found


# ------------------------------------------------------------------------------------------------------- the client


def test_part_numbers_are_sent_as_they_are_twenty_at_a_time_and_in_short_addresses() -> None:
    cisco = Cisco()
    odd = ["CISCO2921/K9", "PWR-4330-AC=", "C9300-48P-A++", "WS-C1(2)"]
    ask(cisco, *odd, *(f"WS-C2960X-48FPD-L-{number:03}" for number in range(45)))
    assert [part for some in cisco.asked for part in some][:4] == odd
    assert "CISCO2921%2FK9,PWR-4330-AC%3D,C9300-48P-A%2B%2B" in cisco.paths[0]
    assert max(len(some) for some in cisco.asked) <= 20
    assert sum(len(some) for some in cisco.asked) == 49


def test_all_pages_are_read() -> None:
    cisco = Cisco({f"WS-{number}": [eox_record(f"WS-{number}")] for number in range(7)}, page=3)
    (batch,) = ask(cisco, *(f"WS-{number}" for number in range(7)))
    assert len(batch.records) == 7
    assert [path.split("/")[-2] for path in cisco.paths] == ["1", "2", "3"]


@pytest.mark.parametrize(("expires_in", "tokens"), [(3599, 2), ("3599", 2), (10_000_000, 1), (0, 3), (None, 3)])
def test_a_token_is_renewed_when_it_says_so(expires_in: Any, tokens: int) -> None:
    cisco, clock = Cisco(expires_in=expires_in), Clock()
    with serving(cisco) as address:
        asking = client(address, clock)
        for seconds in (0, 3000, 3600):
            clock.now = seconds
            list(asking.ask(["WS-C1"]))
    assert cisco.tokens == tokens


def test_a_token_that_was_revoked_is_renewed_once() -> None:
    cisco = Cisco()
    with serving(cisco) as address:
        asking = client(address)
        list(asking.ask(["WS-C1"]))
        cisco.tokens += 1  # the server forgets the token that it gave
        list(asking.ask(["WS-C1"]))
    assert cisco.tokens == 3
    assert len(cisco.asked) == 2


def test_wrong_credentials_are_told_without_showing_them() -> None:
    with serving(Cisco()) as address, pytest.raises(StoppedError, match=r"no token.*invalid_client") as caught:
        list(client(address, secret="quite-wrong").ask(["WS-C1"]))
    assert "quite-wrong" not in str(caught.value)


def test_a_used_up_quota_stops_and_what_came_before_is_there() -> None:
    cisco = Cisco(calls_left=1)
    with serving(cisco) as address:
        asking = client(address).ask([f"WS-C{number}" for number in range(30)])
        assert len(next(asking).parts) == 20
        with pytest.raises(StoppedError, match=r"quota.*OVER_RATE"):
            next(asking)


def test_being_too_fast_only_slows_down() -> None:
    cisco = Cisco(faults=[OVER_QPS])
    assert len(ask(cisco, "WS-C1")) == 1
    with pytest.raises(StoppedError, match="OVER_QPS"):
        ask(Cisco(faults=[OVER_QPS] * 5), "WS-C1")


def test_a_client_without_the_right_is_told_what_to_do() -> None:
    with pytest.raises(StoppedError, match=r"HTTP 403.*role"):
        ask(Cisco(faults=[Reply(403, b"<h1>Not Authorized</h1>")]), "WS-C1")
    with pytest.raises(StoppedError, match="SSA_ERR_036"):
        ask(Cisco({"WS-C1": [eox_error("SSA_ERR_036", "WS-C1")]}), "WS-C1")


def test_a_part_number_that_the_gateway_chokes_on_is_singled_out() -> None:
    batches_told = ask(Cisco(), "WS-C1", "BAD ONE", "WS-C2")
    assert {batch.parts: batch.refused for batch in batches_told if batch.refused} == {
        ("BAD ONE",): "cannot be asked for (HTTP 596)"
    }
    assert {part for batch in batches_told if batch.records for part in batch.parts} == {"WS-C1", "WS-C2"}


def test_what_is_not_the_answer_stops() -> None:
    for reply, said in (
        (Reply(200, b"<html>maintenance</html>"), "not JSON"),
        (as_json([1]), "EOXRecord"),
        (Reply(503, b"later"), "HTTP 503"),
        (Reply(200, b"[" * 100_000), "not JSON"),
    ):
        with pytest.raises(SourceError, match=said):
            ask(Cisco(faults=[reply]), "WS-C1")


def test_an_answer_that_is_cut_off_is_asked_for_again() -> None:
    cisco = Cisco({"WS-C1": [eox_record("WS-C1")]}, faults=[Reply(200, b'{"EOX', cut=100)])
    assert len(ask(cisco, "WS-C1")[0].records) == 1


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:9 cannot be reached"):
        list(client("http://127.0.0.1:9").ask(["WS-C1"]))


def test_batches_hold_their_bounds() -> None:
    assert [len(some) for some in batches([f"C{number}" for number in range(41)])] == [20, 20, 1]
    assert [len(some) for some in batches(["A" * 60] * 5)] == [4, 1]
    assert list(batches([])) == []


# ------------------------------------------------------------------------------------------------------ the records


def test_a_record_becomes_a_row() -> None:
    row = one(eox_record("WS-C1")).row
    assert row == {
        "vendor": "Cisco", "part_number": "WS-C1", "eox_announced": "2021-11-01", "end_of_sale": "2022-10-31",
        "end_of_sw_maintenance": "2023-10-31", "end_of_security_support": "2027-10-31", "end_of_support": "2027-10-31",
        "replacement_part": "C9200L-24P-4G", "bulletin": "EOL14000 https://www.cisco.com/a.html",
        "source": "https://example.test/ (Cisco EoX API v5, read 2026-11-28)", "source_type": "eox-api-record",
        "as_of": "2026-11-28",
    }  # fmt: skip


def test_no_end_announced_is_a_statement_with_a_date() -> None:
    row = one(eox_error("SSA_ERR_026", "WS-C1")).row
    assert row["not_announced_on"] == "2026-11-28"
    assert "end_of_support" not in row


def test_one_error_may_name_several_part_numbers() -> None:
    error = eox_error("SSA_ERR_026", "WS-C1,WS-C2")
    assert [item.part for item in told([error], ["WS-C1", "WS-C2", "WS-C3"], DAY, "")] == ["WS-C1", "WS-C2"]
    error["EOXError"]["ErrorDataValue"] = None
    assert len(told([error], ["WS-C1", "WS-C2", "WS-C3"], DAY, "")) == 2


def test_another_error_is_no_statement_about_support() -> None:
    item = one(eox_error("SSA_ERR_001", "WS-C1"))
    assert item.row is None
    assert item.reason.startswith("SSA_ERR_001")


def test_the_security_date_has_two_spellings_and_may_be_missing() -> None:
    record = eox_record("WS-C1")
    record["EndOfSecurityVulnerabilitySupportDate"] = record.pop("EndOfSecurityVulSupportDate")
    assert one(record).row["end_of_security_support"] == "2027-10-31"
    del record["EndOfSecurityVulnerabilitySupportDate"]
    assert "end_of_security_support" not in one(record).row


def test_of_several_records_the_one_updated_last_counts() -> None:
    records = [
        eox_record("WS-C1", UpdatedTimeStamp="2024-05-01"),
        eox_record("WS-C1", UpdatedTimeStamp="2025-06-01", LastDateOfSupport="2028-01-31"),
        eox_record("WS-C1", UpdatedTimeStamp=" ", LastDateOfSupport="2020-01-31"),
    ]
    (item,) = told(records, ["WS-C1"], DAY, "")
    assert item.row is not None
    assert item.row["end_of_support"] == "2028-01-31"
    assert item.row["note"] == "3 records, this one updated 2025-06-01"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"EndOfSaleDate": "1969-12-31", "LastDateOfSupport": "1975-01-01"}, "placeholder"),
        ({"EndOfSaleDate": "2022-10-31", "LastDateOfSupport": "2021-10-31"}, "before the end of sale"),
        ({"LastDateOfSupport": "31/10/2027"}, "is not a date"),
        ({"EOLProductID": "WS-C1="}, "another part number"),
    ],
)
def test_what_cannot_be_true_is_refused(given: dict[str, str], reason: str) -> None:
    item = one(eox_record("WS-C1", **given))
    assert item.row is None
    assert reason in item.reason


def test_a_record_without_a_date_is_unknown_and_not_unannounced() -> None:
    record = eox_record("WS-C1")
    record |= {name: date_field(" ") for name, value in record.items() if isinstance(value, dict) and "value" in value}
    assert one(record).row is None
    assert "without any date" in one(record).reason


def test_a_date_in_another_format_is_refused() -> None:
    record = eox_record("WS-C1")
    record["LastDateOfSupport"] = {"value": "31-10-2027", "dateFormat": "DD-MM-YYYY"}
    assert "not as YYYY-MM-DD" in one(record).reason


def test_a_part_that_replaces_itself_has_no_replacement() -> None:
    record = eox_record("WS-C1")
    record["EOXMigrationDetails"]["MigrationProductId"] = "ws-c1 "
    assert one(record).row["replacement_part"] == ""
    record["EOXMigrationDetails"] |= {"MigrationOption": "See Migration Section", "MigrationProductId": "X"}
    assert one(record).row["replacement_part"] == ""


def test_texts_are_made_harmless() -> None:
    record = eox_record("WS-C1", ProductBulletinNumber="=HYPERLINK(1)\x00\n" + "x" * 900)
    bulletin = one(record).row["bulletin"]
    assert bulletin.startswith("HYPERLINK(1) xxx")
    assert len(bulletin) <= 300


def test_shapes_that_nobody_promised_do_not_end_the_run() -> None:
    for odd in ({}, {"EOXInputValue": 7}, {"EOXError": "x", "EOLProductID": None}, eox_record("OTHER")):
        assert told([odd], ["WS-C1"], DAY, "") == []
    record = eox_record("WS-C1") | {"EOXMigrationDetails": None, "UpdatedTimeStamp": 5, "EndOfSaleDate": "2022-10-31"}
    assert one(record).row["end_of_sale"] == "2022-10-31"
    with pytest.raises(SourceError):
        page_of({"EOXRecord": [1]})
    with pytest.raises(SourceError):
        page_of({"EOXRecord": [], "PaginationResponseRecord": {"LastIndex": "many"}})


@pytest.mark.parametrize("text", ["", " ", "n/a", "N/A", "b", "p", "x", "unknown", "Unspecified", "SPARE%", "MF-12",
                                  "WS-C2950*", "WS C2950", "1234", "A,B-1"])  # fmt: skip
def test_what_is_no_part_number_is_never_asked(text: str) -> None:
    assert not askable(text)


@pytest.mark.parametrize("text", ["WIC-1T", "WIC-1T=", "CISCO2921/K9", "C9300-48P-A++", "ws-c2960x-24ts-l"])
def test_part_numbers_are_asked(text: str) -> None:
    assert askable(text)
