"""The night's step that asks whom the devices see: what is kept, what is gone, and the line that tells it."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.lab.agent import Agent
from collectors.neighbour import Neighbour
from collectors.neighbours import Heard
from collectors.observation import Observation, Outcome
from collectors.targets import Target
from estate.command import Context
from estate.folder.starter import write_starter
from estate.inventory.store import record
from estate.inventory.store.neighbours import record_neighbours, seen_neighbours
from estate.store.database import Database, open_database
from schedules import store, summary
from schedules.blindspot import _until_stopped
from schedules.nightly import nightly
from schedules.progress import Quiet
from schedules.seeing import Seen
from schedules.steps import utc_now
from schedules.stop import Stop, StoppedError
from tests.collectors import neighbour_rows as rows
from tests.schedules.small_lab import COMMUNITY, describe, running

NIGHT = dt.datetime(2026, 11, 2, 2, 15, tzinfo=dt.UTC)
AP = Neighbour("lldp", "Gi1", "ap-7", capabilities=("access-point",), chassis="02:00:00:00:00:07")
LONG = Neighbour("lldp", "Gi3", description="é" * 1024)
FAR = Neighbour("cdp", "Gi2", "far", ("192.0.2.9",), "N9K", ("switch",), serial="SAL1", remote_port="Eth1")


@pytest.fixture(params=["sqlite", "postgresql"])
def inventory(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An inventory with the device core-1."""
    database = (
        request.getfixturevalue("database")
        if request.param == "sqlite"
        else open_database(request.getfixturevalue("postgresql_url"))
    )
    target = Target("127.0.0.1", "core-1", "hall", None, "lab", "snmp", None, (), "targets.csv:2")
    with database.writing() as session:
        run = store.claim(session, "collect", NIGHT, "here", NIGHT)
        assert run is not None
        record(
            session.connection(),
            run,
            target,
            Observation("core-1", "127.0.0.1", NIGHT, Outcome.ANSWERED, transport="snmp"),
        )
    yield database
    database.close()


def kept(database: Database, heard: Heard, days: int) -> list[tuple[str | None, int, int]]:
    """The neighbours after a reading so many days later: name, and on which days they were first and last seen."""
    with database.writing() as session:
        record_neighbours(session, "core-1", heard, NIGHT + dt.timedelta(days=days))
    with database.reading() as session:
        found = seen_neighbours(session)
    return [(row.neighbour.name, (row.first_seen - NIGHT).days, (row.last_seen - NIGHT).days) for row in found]


def test_only_a_complete_reading_says_that_a_neighbour_is_gone(inventory: Database) -> None:
    assert kept(inventory, Heard((AP, FAR)), 0) == [("ap-7", 0, 0), ("far", 0, 0)]
    with inventory.reading() as session:
        assert [row.neighbour for row in seen_neighbours(session)] == [AP, FAR]
    assert kept(inventory, Heard((AP,), complete=False, reason="it stopped answering"), 1) == [
        ("ap-7", 0, 1),
        ("far", 0, 0),
    ]
    assert kept(inventory, Heard((AP,)), 2) == [("ap-7", 0, 2)]
    assert kept(inventory, Heard((AP, FAR, LONG)), 3) == [("ap-7", 0, 3), ("far", 0, 3), (None, 3, 3)]


def test_a_device_that_the_inventory_does_not_know_is_passed_over(inventory: Database) -> None:
    with inventory.writing() as session:
        record_neighbours(session, "nobody", Heard((AP,)), NIGHT)
    with inventory.reading() as session:
        assert seen_neighbours(session) == ()


def test_the_night_counts_those_that_nobody_collects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "estate"
    write_starter(folder)
    monkeypatch.setenv("LAB_COMMUNITY", COMMUNITY)
    monkeypatch.setenv("ESTATE_SNMP__TIMEOUT", "0.5")
    core_2 = bytes.fromhex("020000000002")
    sees = rows.lldp(1, 1, b"core-2", chassis=core_2) | rows.lldp(2, 1, b"ap-7", chassis=bytes.fromhex("020000000007"))
    agents = {
        "core-1": Agent("", rows.system("core-1") | sees, community=COMMUNITY),
        "core-2": Agent("", rows.system("other") | rows.own_chassis(core_2), community=COMMUNITY),
    }
    with running(agents) as serving:
        describe(folder, serving)
        context = Context(str(folder))
        first = nightly(context, utc_now(), None, Quiet())
        # a device that does not answer tells nothing new: what it told before still stands
        describe(folder, serving[1:], ("core-1",))
        second = nightly(context, utc_now(), None, Quiet())
    for night in (first, second):
        assert night is not None
        text = summary.render(night, 100)
        assert "Blind spot 1 neighbour seen, not collected: ap-7 (by core-1 ge-0/0/2)" in text
        assert night.counts()["not_collected"] == 1


def test_a_stop_ends_the_asking() -> None:
    stop, began = Stop(), time.monotonic()
    stop.set("stopped by the test")

    async def endless() -> list[Seen]:
        await asyncio.sleep(60)
        return []

    with pytest.raises(StoppedError, match="stopped by the test"):
        asyncio.run(_until_stopped(endless(), stop))
    assert time.monotonic() - began < 10
