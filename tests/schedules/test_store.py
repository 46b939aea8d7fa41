"""The ledger: one claim a due instant, steps that end, and runs that died."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from estate.store.database import Database, open_database
from schedules import store
from schedules.steps import this_host, utc_now

DUE = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


def test_a_due_instant_is_claimed_once(database: Database) -> None:
    with database.writing() as session:
        first = store.claim(session, "nightly", DUE, "a", DUE)
        assert first is not None
        assert store.claim(session, "nightly", DUE, "b", DUE) is None
        # another job, and another instant, are other runs
        assert store.claim(session, "collect", DUE, "b", DUE) not in (None, first)
        assert store.claim(session, "nightly", DUE + dt.timedelta(days=1), "b", DUE) not in (None, first)


def test_a_due_instant_is_the_same_in_any_zone(database: Database) -> None:
    with database.writing() as session:
        assert store.claim(session, "nightly", DUE, "a", DUE) is not None
    elsewhere = DUE.astimezone(dt.timezone(dt.timedelta(hours=5)))
    with database.writing() as session:
        assert store.claim(session, "nightly", elsewhere, "b", DUE) is None


def race(databases: Sequence[Database]) -> list[int | None]:
    """All of them claim the same instant at the same time."""
    gate = threading.Barrier(len(databases))
    claims: list[int | None] = []

    def claim(database: Database) -> None:
        gate.wait(10)
        with database.writing() as session:
            claims.append(store.claim(session, "nightly", DUE, this_host(), utc_now()))

    threads = [threading.Thread(target=claim, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return claims


def race_on(url: str) -> None:
    databases = [open_database(url) for _ in range(6)]
    claims = race(databases)
    for database in databases:
        database.close()
    assert len(claims) == 6
    assert len([claim for claim in claims if claim is not None]) == 1


def test_six_schedulers_race_on_sqlite(tmp_path: Path) -> None:
    race_on(f"sqlite:///{tmp_path / 'estate.db'}")


def test_six_schedulers_race_on_postgresql(postgresql_url: str) -> None:
    race_on(postgresql_url)


def test_steps_and_the_end_are_kept(database: Database) -> None:
    later = DUE + dt.timedelta(seconds=90)
    with database.writing() as session:
        run_id = store.claim(session, "nightly", DUE, this_host(), DUE)
        assert run_id
        store.begin_step(session, run_id, 1, "collect", DUE)
        store.end_step(session, run_id, 1, store.PART, "31 of 33", later)
        store.begin_step(session, run_id, 2, "forecast", later)
        store.finish(session, run_id, store.PART, "collect: 31 of 33", later, {"asked": 33})
    with database.reading() as session:
        run = store.run(session, run_id)
        assert store.run(session, 99) is None
    assert run
    assert (run.outcome, run.reason, run.seconds, run.summary) == ("part", "collect: 31 of 33", 90, {"asked": 33})
    assert [(step.name, step.outcome, step.detail) for step in run.steps] == [
        ("collect", "part", "31 of 33"),
        ("forecast", "running", ""),
    ]


def a_dead_process() -> int:
    """The number of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait(30)
    return child.pid


def test_a_killed_run_is_abandoned_at_the_next_claim(database: Database) -> None:
    with database.writing() as session:
        dead = store.claim(session, "nightly", DUE, this_host(), DUE, pid=a_dead_process())
        assert dead
        store.begin_step(session, dead, 1, "collect", DUE)
    tomorrow = DUE + dt.timedelta(days=1)
    with database.reading() as session:
        # who only looks sees it too, though nothing is written
        [shown] = store.runs(session, 10, host=this_host(), now=tomorrow)
        assert shown.outcome == store.ABANDONED
        assert store.runs(session, 10)[0].outcome == store.RUNNING
    with database.writing() as session:
        assert store.claim(session, "nightly", tomorrow, this_host(), tomorrow)
    with database.reading() as session:
        run = store.run(session, dead)
    assert run
    assert run.outcome == store.ABANDONED
    assert "gone" in run.reason
    assert run.ended_at == tomorrow
    assert [(step.outcome, step.ended_at) for step in run.steps] == [(store.ABANDONED, tomorrow)]


@pytest.mark.parametrize(
    ("host", "pid", "hours", "died"),
    [
        ("here", os.getpid(), 0, False),
        ("here", os.getppid(), 2, False),
        ("here", os.getppid(), 25, True),
        ("here", os.getpid(), 2, True),  # a process of our number, but before our time: a container started again
        ("elsewhere", 1, 2, False),
        ("elsewhere", 1, 25, True),
    ],
    ids=["mine", "alive", "a-day-old", "before-our-time", "elsewhere", "elsewhere-a-day-old"],
)
def test_only_what_must_be_dead_is_called_dead(host: str, pid: int, hours: int, died: bool) -> None:  # noqa: FBT001 - a column of the table above
    now = utc_now()
    assert bool(store.died(host, pid, now - dt.timedelta(hours=hours), "here", now)) is died
