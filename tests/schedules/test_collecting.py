"""Collecting: each answer folded in as it comes, and nothing of one device in the way of another."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
import sqlalchemy as sa

from collectors.observation import Component, Observation, Outcome, Section
from collectors.targets import Target, select
from config.errors import UsageError
from estate.store.database import Database
from estate.store.ledger import RunDevice
from schedules import store
from schedules.collecting import Collected, Collection
from schedules.progress import Quiet
from schedules.runner import LocalRunner
from schedules.step import Ended
from schedules.steps import Steps
from schedules.stop import Stop

NOW = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


def target(name: str, site: str = "town-hall") -> Target:
    return Target(
        address="192.0.2.1", name=name, site=site, role=None, credential="c", transport="snmp", port=None, tags=(),
        source="targets.csv:2",
    )  # fmt: skip


def answer(asked: Target) -> Observation:
    return Observation(
        target=asked.name,
        address=asked.address,
        at=NOW,
        outcome=Outcome.ANSWERED,
        vendor="Cisco",
        model="C9300-48T",
        serial=f"FOC{asked.name}",
        components=(Component("1", "chassis", vendor="Cisco", model="C9300-48T", serial=f"FOC{asked.name}"),),
        sections=(Section("system", complete=True), Section("entity", complete=True, rows=1)),
    )


@dataclass
class Devices:
    """Devices that answer as a function says; it counts what it was asked."""

    says: Callable[[Target], Observation]
    asked: list[str] = field(default_factory=list)
    closed: bool = False

    async def poll(self, target: Target) -> Observation:
        """Answer."""
        self.asked.append(target.name)
        await asyncio.sleep(0.001)
        return self.says(target)

    async def close(self) -> None:
        """Note that this was not forgotten."""
        self.closed = True


def a_run(database: Database) -> int:
    with database.writing() as session:
        run_id = store.claim(session, "collect", dt.datetime.now(dt.UTC), "here", NOW)
    assert run_id
    return run_id


def ledger(database: Database, run_id: int) -> dict[str, tuple[str, str]]:
    with database.reading() as session:
        rows = session.scalars(sa.select(RunDevice).where(RunDevice.run_id == run_id))
        return {row.target: (row.outcome, row.reason) for row in rows}


def test_every_device_lands_in_the_ledger(database: Database) -> None:
    def says(asked: Target) -> Observation:
        if asked.name == "dead":
            return replace(answer(asked), outcome=Outcome.SILENT, reason="nothing came back", components=())
        if asked.name == "odd":
            raise KeyError("what")
        return answer(asked)

    devices, run_id = Devices(says), a_run(database)
    targets = [target(name) for name in ("a", "b", "dead", "odd")]
    collected = Collected(len(targets))
    Collection(database, run_id, LocalRunner(2), devices, Quiet(), Stop()).run(targets, collected)
    assert collected.sentence() == "2 of 4 devices answered, 0 in part, 2 not"
    assert [(device.target, device.outcome) for device in collected.incomplete] == [
        ("dead", Outcome.SILENT),
        ("odd", Outcome.FAILED),
    ]
    assert {name: outcome for name, (outcome, _) in ledger(database, run_id).items()} == {
        "a": "answered", "b": "answered", "dead": "silent", "odd": "failed",
    }  # fmt: skip
    assert len(collected.changes) == 2
    assert devices.closed


def test_what_cannot_be_stored_is_told_and_the_rest_goes_on(database: Database) -> None:
    def says(asked: Target) -> Observation:
        # a mistake of our own that only shows when it is written
        return replace(answer(asked), sections=object()) if asked.name == "bad" else answer(asked)  # type: ignore[arg-type] # on purpose

    run_id, collected = a_run(database), Collected(2)
    targets = [target("bad"), target("good")]
    Collection(database, run_id, LocalRunner(1), Devices(says), Quiet(), Stop()).run(targets, collected)
    outcomes = ledger(database, run_id)
    assert outcomes["good"] == ("answered", "")
    assert outcomes["bad"][0] == "failed"
    assert "could not be stored" in outcomes["bad"][1]
    assert collected.sentence() == "1 of 2 devices answered, 0 in part, 1 not"


def test_a_stop_keeps_what_was_folded_in_and_asks_no_more(database: Database) -> None:
    stop = Stop()

    class StopAfterThree(Quiet):
        def device(self, observation: Observation, done: int, total: int) -> None:
            del observation, total
            if done == 3:
                stop.set("stopped by SIGTERM")

    devices, run_id = Devices(answer), a_run(database)
    steps = Steps(database, run_id, StopAfterThree(), stop)
    targets = [target(f"d{number}") for number in range(100)]
    collected = Collected(len(targets))

    def work() -> Ended:
        Collection(database, run_id, LocalRunner(2), devices, steps.listener, stop).run(targets, collected)
        raise AssertionError("it was stopped")

    assert not steps.do("collect", work)
    assert not steps.do("inventory", work)
    assert [(step.outcome, step.detail) for step in steps.results] == [
        ("failed", "stopped by SIGTERM after 3 of 100 devices"),
        ("skipped", "stopped by SIGTERM after 3 of 100 devices"),
    ]
    assert collected.sentence() == "3 of 100 devices answered, 0 in part, 0 not, 97 not asked any more"
    assert len(ledger(database, run_id)) == 3
    assert len(devices.asked) < 10
    assert devices.closed


def test_a_stop_does_not_wait_for_a_device_that_says_nothing(database: Database) -> None:
    stop = Stop()

    class Forever(Devices):
        async def poll(self, target: Target) -> Observation:
            stop.set("stopped by SIGINT")
            await asyncio.sleep(600)
            return answer(target)

    devices, run_id = Forever(answer), a_run(database)
    steps = Steps(database, run_id, Quiet(), stop)
    collection = Collection(database, run_id, LocalRunner(2), devices, Quiet(), stop)

    def work() -> Ended:
        collection.run([target("a")], Collected(1))
        raise AssertionError("it was stopped")

    began = dt.datetime.now(dt.UTC)
    assert not steps.do("collect", work)
    assert dt.datetime.now(dt.UTC) - began < dt.timedelta(seconds=5)
    assert steps.results[0].detail == "stopped by SIGINT after 0 of 1 devices"


def test_targets_are_narrowed_by_site_and_name() -> None:
    targets = [target("core-1"), target("core-2", "depot"), target("edge-1", "depot")]

    def names(sites: tuple[str, ...], patterns: tuple[str, ...]) -> list[str]:
        return [chosen.name for chosen in select(targets, sites, patterns)]

    assert names((), ()) == ["core-1", "core-2", "edge-1"]
    assert names(("DEPOT",), ()) == ["core-2", "edge-1"]
    assert names(("depot",), ("core-*",)) == ["core-2"]
    assert names((), ("core-1", "edge-*")) == ["core-1", "edge-1"]
    with pytest.raises(UsageError, match=r"--name core-9: no target in targets\.csv fits"):
        names((), ("core-1", "core-9"))
    with pytest.raises(UsageError, match="--site library"):
        names(("library",), ())
