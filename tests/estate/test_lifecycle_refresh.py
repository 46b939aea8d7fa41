"""``estate lifecycle refresh``: what the estate has is asked for, kept as it comes, and what changed is said."""

from __future__ import annotations

import datetime as dt
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina
from click.testing import CliRunner, Result

from config.errors import EstateError, InputError, UsageError
from config.settings import load
from estate.cli import estate
from tests.estate.sources_server import Cisco, Reply, Request, eox_error, eox_record, serving

ASSETS = """\
serial,vendor,part_number,kind,device,quantity,state
FOX1,Cisco Systems,WS-C3850-12XS-S,switch,core1,1,
FOX2,cisco,WS-C9999-1,switch,core2,1,
FOX3,Cisco,WS-C9999-1,switch,core3,1,
FOX4,Cisco,PWR-9999=,power-supply,core3,1,
FOX5,Cisco,N/A,switch,core4,1,
FOX6,Cisco,WS-RETIRED-1,switch,old,1,retired
FOX7,Acme,AX-1000,switch,core5,1,
FOX8,Cisco,WS-C3850-48P-S,switch,core6,1,
"""
ORDER = ["WS-C9999-1", "PWR-9999=", "WS-C3850-12XS-S", "WS-C3850-48P-S"]


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CISCO_ID", "the-id")
    monkeypatch.setenv("CISCO_SECRET", "the-secret")
    (tmp_path / "assets.csv").write_text(ASSETS, encoding="utf-8")
    return tmp_path


def refresh(folder: Path, address: str, *arguments: str, own: str = "") -> Result:
    text = f"""\
[lifecycle]
rate = 1000
timeout = 5
[lifecycle.cisco_eox]
token_url = "{address}/token"
base_url = "{address}{Cisco.BASE}/"
client_id = "env:CISCO_ID"
client_secret = "env:CISCO_SECRET"
{own}
"""
    (folder / "estate.toml").write_text(text, encoding="utf-8")
    words = ["--config", str(folder), "lifecycle", "refresh", "--source", "cisco-eox", *arguments]
    return CliRunner().invoke(estate, words, catch_exceptions=False, standalone_mode=False)


def told(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def pack(folder: Path) -> str:
    return (folder / "lifecycle" / "cisco-eox.csv").read_text(encoding="utf-8")


def test_the_estates_own_part_numbers_are_asked_for_and_kept(folder: Path) -> None:
    cisco = Cisco({"WS-C9999-1": [eox_record("WS-C9999-1")]})
    with serving(cisco) as address:
        result = refresh(folder, address, "-o", "jsonl")
    assert result.return_value == 0
    assert cisco.asked == [ORDER]
    assert next(iter(cisco.agents)).startswith("estate-evergreen")
    kinds = {(one["kind"], one["subject"]) for one in told(result)}
    assert kinds >= {("new", "WS-C9999-1"), ("not_announced", "PWR-9999="), ("left_out", "N/A")}
    assert "4 of 4 answered" in result.stderr
    words = ["--config", str(folder), "status", "-o", "jsonl"]
    states = {
        one["serial"]: one
        for line in CliRunner().invoke(estate, words).stdout.splitlines()
        if (one := json.loads(line))
    }
    assert states["FOX2"]["date"] == "2027-10-31"
    assert states["FOX2"]["source"].endswith(f"(Cisco EoX API v5, read {dt.datetime.now().astimezone().date()})")
    assert states["FOX4"]["state"] == "not_announced"
    assert load(folder).lifecycle.cisco_eox.client_secret == "env:CISCO_SECRET"


def test_silence_about_a_part_does_not_hide_a_date_that_another_source_has(folder: Path) -> None:
    with serving(Cisco()) as address:
        result = refresh(folder, address, "-o", "jsonl")
    conflicts = {one["subject"]: one["note"] for one in told(result) if one["kind"] == "conflict"}
    assert sorted(conflicts) == ["WS-C3850-12XS-S", "WS-C3850-48P-S"]
    assert "end of support 2025-10-31, which is kept" in conflicts["WS-C3850-48P-S"]
    assert "end of support 2027-04-30, which is kept" in conflicts["WS-C3850-12XS-S"]  # that of its series
    assert "WS-C3850" not in pack(folder)


def test_a_quota_ends_the_run_and_the_next_one_asks_for_the_rest(folder: Path) -> None:
    many = "".join(f"X{number},Cisco,WS-M{number:03},switch,m{number},1,\n" for number in range(45))
    (folder / "assets.csv").write_text(ASSETS.splitlines()[0] + "\n" + many, encoding="utf-8")
    cisco = Cisco(calls_left=2)
    with serving(cisco) as address:
        first = refresh(folder, address)
        assert first.return_value == 3
        assert "quota" in first.stderr
        assert "5 are left" in first.stderr
        assert len(pack(folder).splitlines()) == 41
        cisco.calls_left = 10
        second = refresh(folder, address)
        assert second.return_value == 0
        assert len(cisco.asked[-1]) == 5
        assert refresh(folder, address).return_value == 0
    assert len(cisco.asked) == 3
    assert len(pack(folder).splitlines()) == 46


def test_a_limit_is_what_the_user_wanted(folder: Path) -> None:
    cisco = Cisco()
    with serving(cisco) as address:
        result = refresh(folder, address, "--limit", "1")
    assert result.return_value == 0
    assert cisco.asked == [ORDER[:1]]
    assert "3 are left" in result.stderr


def test_dates_that_moved_are_told_with_what_they_were(folder: Path) -> None:
    cisco = Cisco({"WS-C9999-1": [eox_record("WS-C9999-1")], "PWR-9999=": [eox_record("PWR-9999=")]})
    with serving(cisco) as address:
        refresh(folder, address)
        cisco.known["WS-C9999-1"] = [eox_record("WS-C9999-1", LastDateOfSupport="2028-01-31", EndOfSaleDate="")]
        del cisco.known["PWR-9999="]
        (folder / "lifecycle" / "cisco-eox.asked.json").unlink()
        result = refresh(folder, address, "-o", "jsonl")
    told_of = [(one["kind"], one["subject"], one["milestone"], one["before"], one["after"]) for one in told(result)]
    assert ("moved", "WS-C9999-1", "end_of_support", "2027-10-31", "2028-01-31") in told_of
    assert ("gone", "WS-C9999-1", "end_of_sale", "2022-10-31", None) in told_of
    assert ("gone", "PWR-9999=", "end_of_support", "2027-10-31", None) in told_of
    assert any(one[:2] == ("not_announced", "PWR-9999=") for one in told_of)


def test_a_date_that_differs_from_what_ships_has_moved(folder: Path) -> None:
    cisco = Cisco({"WS-C3850-48P-S": [eox_record("WS-C3850-48P-S", LastDateOfSupport="2029-10-31")]})
    with serving(cisco) as address:
        result = refresh(folder, address, "-o", "jsonl")
    moved = [one for one in told(result) if one["milestone"] == "end_of_support"]
    assert [(one["kind"], one["before"], one["after"]) for one in moved] == [("moved", "2025-10-31", "2029-10-31")]


def test_what_cannot_be_true_is_named_and_not_written(folder: Path) -> None:
    bad = eox_record("WS-C9999-1", EndOfSaleDate="1969-12-31", LastDateOfSupport="1975-01-01")
    with serving(Cisco({"WS-C9999-1": [bad]})) as address:
        result = refresh(folder, address, "-o", "jsonl")
    (refused,) = [one for one in told(result) if one["kind"] == "refused"]
    assert "placeholder" in refused["note"]
    assert "WS-C9999-1" not in pack(folder)


def test_a_part_that_nothing_is_said_of_makes_the_run_partial(folder: Path) -> None:
    with serving(Cisco({"PWR-9999=": [eox_record("PWR-9999")]})) as address:
        result = refresh(folder, address, "-o", "jsonl")
    assert result.return_value == 3
    assert ("unanswered", "PWR-9999=") in {(one["kind"], one["subject"]) for one in told(result)}


def test_rows_that_people_added_stay(folder: Path) -> None:
    (folder / "lifecycle").mkdir()
    (folder / "lifecycle" / "cisco-eox.csv").write_text(
        "part_number,vendor,end_of_support,source\nOWN-1,Cisco,2030-01-31,a letter\n", encoding="utf-8"
    )
    with serving(Cisco()) as address:
        refresh(folder, address)
    assert "Cisco,OWN-1,,,,,,,2030-01-31,,,a letter,,," in pack(folder)


def test_a_pack_with_a_mistake_in_it_is_not_written_over(folder: Path) -> None:
    (folder / "lifecycle").mkdir()
    text = "vendor,part_number,end_of_support,source\nCisco,A-1,31/12/2030,a letter\n"
    (folder / "lifecycle" / "cisco-eox.csv").write_text(text, encoding="utf-8")
    with serving(Cisco()) as address, pytest.raises(InputError, match="row 2"):
        refresh(folder, address)
    assert pack(folder) == text


def test_an_answer_that_breaks_off_leaves_the_pack_as_it_was(folder: Path) -> None:
    with serving(Cisco({"WS-C9999-1": [eox_record("WS-C9999-1")]})) as address:
        refresh(folder, address, "--limit", "1")
    before = pack(folder)
    with serving(Cisco(faults=[Reply(500, b"")])) as address, pytest.raises(EstateError, match="no source answered"):
        refresh(folder, address)
    assert pack(folder) == before
    assert [path.name for path in (folder / "lifecycle").iterdir() if path.name.startswith(".")] == []


def test_not_being_entitled_is_no_answer_about_support(folder: Path) -> None:
    cisco = Cisco({"WS-C9999-1": [eox_error("SSA_ERR_034", "WS-C9999-1")]})
    with serving(cisco) as address, pytest.raises(EstateError, match="no source answered"):
        refresh(folder, address)
    assert not (folder / "lifecycle" / "cisco-eox.csv").exists()


def test_without_credentials_it_says_where_they_go(folder: Path) -> None:
    (folder / "estate.toml").write_text("", encoding="utf-8")
    words = ["--config", str(folder), "lifecycle", "refresh", "--source", "cisco-eox"]
    with pytest.raises(UsageError, match=r"lifecycle\.cisco_eox"):
        CliRunner().invoke(estate, words, catch_exceptions=False, standalone_mode=False)


def test_an_old_answer_is_asked_for_again(folder: Path) -> None:
    cisco = Cisco()
    with serving(cisco) as address:
        refresh(folder, address)
        memory = folder / "lifecycle" / "cisco-eox.asked.json"
        today = dt.datetime.now().astimezone().date()
        text = memory.read_text(encoding="utf-8")
        old = text.replace(f'"PWR-9999=": "{today}"', f'"PWR-9999=": "{today - dt.timedelta(days=30)}"')
        memory.write_text(old, encoding="utf-8")
        refresh(folder, address)
    assert cisco.asked[1] == ["PWR-9999="]


def test_a_source_that_cannot_be_asked_does_not_end_the_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CISCO_SECRET")
    with serving(Cisco()) as address, pytest.raises(EstateError, match="CISCO_SECRET is not set"):
        refresh(folder, address)
    words = ["--config", str(folder), "lifecycle", "refresh"]
    result = CliRunner().invoke(estate, words, catch_exceptions=False, standalone_mode=False)
    assert result.return_value == 3  # the estate runs nothing that endoflife.date is asked about
    assert "cisco-eox: env:CISCO_SECRET is not set" in result.stderr
    assert "endoflife.date: 0 of 0 answered" in result.stderr


def test_a_person_who_ends_the_run_is_told_what_came_before(folder: Path) -> None:
    many = "".join(f"X{number},Cisco,WS-M{number:03},switch,m{number},1,\n" for number in range(45))
    (folder / "assets.csv").write_text(ASSETS.splitlines()[0] + "\n" + many, encoding="utf-8")
    cisco = Cisco()

    def answer(request: Request) -> Reply:
        if len(cisco.asked) == 2:
            signal.raise_signal(signal.SIGINT)
        return cisco(request)

    with serving(answer) as address:
        result = refresh(folder, address, "-o", "jsonl")
    assert result.return_value == 3
    assert "stopped by hand" in result.stderr
    assert len(told(result)) >= 20
    assert len(pack(folder).splitlines()) > 20
