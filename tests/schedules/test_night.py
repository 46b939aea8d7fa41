"""Whole nights against simulated devices on loopback: what lands in the database, the ledger and the folder."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from collectors.lab.agent import Serving
from config.folder import Folder
from estate.command import Context
from estate.folder.starter import write_starter
from estate.lifecycle.explaining import explain_unit
from estate.lifecycle.packs import load_packs
from estate.store.database import Database, open_database
from estate.store.tables import Base
from schedules import store, summary
from schedules.collect import collect
from schedules.nightly import nightly
from schedules.progress import Quiet
from schedules.result import NightResult
from schedules.steps import utc_now
from schedules.stop import Stop
from tests.schedules.small_lab import COMMUNITY, describe, devices, running

GOOD = ("cc-edge-1", "cc-dist-1", "dp-edge-2")
CUT = "lh-edge-3"
DEAD = "dp-edge-4"
HISTORY = ("device", "device_fact", "unit", "unit_fact", "change", "catalogue_row", "pack_load")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Serving]]:
    agents = devices((*GOOD, CUT), tmp_path_factory.mktemp("captures"))
    with running(agents) as serving:
        yield serving


@pytest.fixture
def context(tmp_path: Path, lab: list[Serving], monkeypatch: pytest.MonkeyPatch) -> Context:
    folder = tmp_path / "estate"
    write_starter(folder)
    describe(folder, lab, (DEAD,))
    monkeypatch.setenv("LAB_COMMUNITY", COMMUNITY)
    monkeypatch.setenv("ESTATE_SNMP__TIMEOUT", "0.5")
    monkeypatch.setenv("ESTATE_SNMP__RETRIES", "1")
    return Context(str(folder))


def night(context: Context, stop: Stop | None = None) -> NightResult:
    result = nightly(context, utc_now(), None, Quiet(), stop=stop)
    assert result is not None
    return result


def rows(database: Database) -> dict[str, int]:
    """How many rows the tables of history have."""
    with database.reading() as session:
        return {
            name: session.scalar(sa.select(sa.func.count()).select_from(Base.metadata.tables[name])) or 0
            for name in HISTORY
        }


def outcomes(result: NightResult) -> dict[str, str]:
    return {step.name: step.outcome for step in result.steps}


def test_two_nights(context: Context) -> None:
    first = night(context)
    assert outcomes(first) == {
        "check": "done", "collect": "part", "neighbours": "done", "inventory": "done", "lifecycle": "done",
        "notices": "done", "forecast": "done", "report": "done",
    }  # fmt: skip
    assert (first.outcome, first.exit_status) == ("part", 3)
    assert first.collected
    assert first.collected.sentence() == "3 of 5 devices answered, 1 in part, 1 not"
    assert [(device.target, str(device.outcome)) for device in first.collected.incomplete] == [
        (DEAD, "silent"),
        (CUT, "partial"),
    ]
    check_files(context, first)
    check_chains(context, first)
    with closing(open_database(context.database)) as database:
        check_ledger(database, first)
        before = rows(database)
        assert before["device"] == 4  # nobody has ever heard of the dead one
        assert before["unit"] > 4
        assert before["catalogue_row"] > 10_000  # the packs that ship, once
        second = night(context)
        assert second.run_id != first.run_id
        assert rows(database) == before
    assert second.collected
    assert second.collected.changes == []
    assert first.folder
    assert second.folder
    first_page = (first.folder / "estate.html").read_text(encoding="utf-8")
    assert "There is no earlier forecast to compare with" in first_page
    assert "Compared with forecast 1 (draft, " in (second.folder / "estate.html").read_text(encoding="utf-8")
    latest = context.folder / "reports" / "latest"
    assert latest.resolve() == second.folder
    text = summary.render(second, 100)
    assert "Changes    none" in text
    assert f"{CUT}  partial  entity: " in text


@pytest.mark.slow
def test_a_night_on_postgresql(context: Context, postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESTATE_DATABASE", postgresql_url)
    first = night(context)
    assert (first.outcome, first.exit_status) == ("part", 3)
    with closing(open_database(postgresql_url)) as database:
        check_ledger(database, first)
        before = rows(database)
        night(context)
        assert rows(database) == before
    assert not (context.folder / "estate.db").exists()


def check_chains(context: Context, result: NightResult) -> None:
    """Every unit, and every version that runs, has a state, and the chain that leads to just that."""
    assert result.status
    catalogue = load_packs(Folder(context.folder))
    programs = {item.unit.device: item for item in result.status.software}
    for item in result.status.units:
        told = explain_unit(catalogue, item, programs.pop(item.unit.device, None), cyber_essentials=True)
        hardware = told[0]
        assert hardware.binding
        assert hardware.binding.state is item.state
        assert hardware.found == item.state.match
        assert hardware.steps
        if len(told) > 1:
            assert told[1].binding
            assert told[1].found == told[1].binding.state.match


def check_files(context: Context, result: NightResult) -> None:
    """The folder of the night holds workbook, page and feed, and the feed ties to the version."""
    folder = context.folder / "reports" / f"{result.as_of.isoformat()}-run{result.run_id}"
    assert result.folder == folder
    assert all(path.is_file() for path in result.paths)
    assert {path.suffix for path in result.paths} >= {".xlsx", ".html", ".csv", ".json"}
    assert result.version
    with (folder / "feed" / "fact_forecast.csv").open(encoding="utf-8") as stream:
        pence = sum(int(row["amount_pence"]) for row in csv.DictReader(stream))
    assert pence == sum(row.amount_pence for row in result.version.rows)
    assert json.loads((folder / "feed" / "manifest.json").read_text(encoding="utf-8"))


def check_ledger(database: Database, result: NightResult) -> None:
    with database.reading() as session:
        run = store.run(session, result.run_id)
    assert run
    assert (run.job, run.outcome) == ("nightly", "part")
    assert run.reason == "collect: 3 of 5 devices answered, 1 in part, 1 not"
    assert run.ended_at
    assert [step.name for step in run.steps] == [step.name for step in result.steps]
    assert all(step.ended_at for step in run.steps)
    assert {device.target: device.outcome for device in run.devices} == {
        **dict.fromkeys(GOOD, "answered"),
        CUT: "partial",
        DEAD: "silent",
    }
    assert run.summary["asked"] == 5
    assert result.version
    assert run.summary["version"] == result.version.id


def test_a_mistake_in_the_money_files_loses_no_device(context: Context) -> None:
    with (context.folder / "prices.csv").open("a", encoding="utf-8") as stream:
        stream.write('Cisco,X,,,GBP,"1,234.00"\n')
    result = night(context)
    assert outcomes(result) == {
        "check": "failed", "collect": "part", "neighbours": "done", "inventory": "done", "lifecycle": "done",
        "notices": "done", "forecast": "failed", "report": "skipped",
    }  # fmt: skip
    assert (result.outcome, result.exit_status) == ("failed", 1)
    assert not (context.folder / "reports").exists()
    detail = next(step.detail for step in result.steps if step.name == "forecast")
    assert "prices.csv, row" in detail
    assert "column list_price: '1,234.00' is not a plain number" in detail
    assert result.collected
    assert result.collected.answered == 3
    assert "prices.csv, row" in summary.render(result, 100)


def test_a_mistake_in_the_targets_asks_nobody(context: Context) -> None:
    with (context.folder / "targets.csv").open("a", encoding="utf-8") as stream:
        stream.write("192.0.2.300,,wrong,lab,x\n")
    result = night(context)
    assert outcomes(result) == {
        "check": "failed", "collect": "failed", "neighbours": "skipped", "inventory": "skipped",
        "lifecycle": "skipped", "notices": "skipped", "forecast": "skipped", "report": "skipped",
    }  # fmt: skip
    assert result.exit_status == 1


def test_a_due_night_runs_once(context: Context) -> None:
    (context.folder / "targets.csv").write_text("address,name,credential\n")
    due = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
    first = nightly(context, utc_now(), None, Quiet(), due_at=due)
    assert first
    assert first.exit_status == 0
    assert nightly(context, utc_now(), None, Quiet(), due_at=due) is None


def test_collect_asks_only_whom_it_shall(context: Context) -> None:
    result = collect(context, utc_now(), Quiet(), sites=["cc"])
    assert result.collected
    assert sorted(device.target for device in result.collected.devices) == ["cc-dist-1", "cc-edge-1"]
    assert (result.outcome, result.exit_status) == ("done", 0)
    assert not (context.folder / "reports").exists()


def test_a_night_that_is_stopped_ends_in_the_ledger(context: Context) -> None:
    stop = Stop()
    stop.set("stopped by SIGTERM")
    result = night(context, stop)
    assert set(outcomes(result).values()) == {"skipped"}
    assert (result.outcome, result.exit_status) == ("failed", 1)
    assert result.reason == "check: stopped by SIGTERM"
