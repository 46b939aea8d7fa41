"""The clock itself: APScheduler really fires, once, and stops when it is told to."""

from __future__ import annotations

import datetime as dt
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self
from zoneinfo import ZoneInfo

import pytest

from config.errors import EstateError
from estate.store.database import Database, open_database
from schedules import store
from schedules.clock import Clock
from schedules.due import Daily
from schedules.steps import this_host, utc_now
from schedules.stop import Stop, StoppedError, on_signals

UTC = ZoneInfo("Etc/UTC")
GRACE = dt.timedelta(hours=1)


def soon(seconds: float = 1.5) -> Daily:
    """A daily time that is due in a moment."""
    return Daily((utc_now() + dt.timedelta(seconds=seconds)).replace(microsecond=0, tzinfo=None).time(), UTC)


@dataclass
class Running:
    """A clock at work in a thread."""

    clock: Clock
    stop: Stop = field(default_factory=Stop)

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self.clock.run, args=(self.stop,))
        self.thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop.set("the test is over")
        self.thread.join(20)
        assert not self.thread.is_alive()


def until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_it_fires_at_its_time() -> None:
    daily, fired = soon(), list[tuple[dt.datetime, dt.datetime]]()
    due = daily.next(utc_now())
    # the last due instant is a day ago, out of the grace: nothing is caught up
    with Running(Clock(daily, GRACE, lambda due_at: fired.append((due_at, utc_now())))):
        assert until(lambda: bool(fired))
        time.sleep(0.3)
    [(due_at, at)] = fired
    assert due_at == due
    assert dt.timedelta(0) <= at - due < dt.timedelta(seconds=2)


def a_minute_ago() -> Daily:
    return Daily((utc_now() - dt.timedelta(minutes=1)).replace(microsecond=0, tzinfo=None).time(), UTC)


def test_it_catches_up_once_at_start() -> None:
    fired = list[dt.datetime]()
    daily = a_minute_ago()
    with Running(Clock(daily, GRACE, fired.append)):
        assert until(lambda: bool(fired))
        time.sleep(0.3)
    assert fired == [daily.last(utc_now())]


def test_a_night_missed_by_more_than_the_grace_is_left() -> None:
    fired = list[dt.datetime]()
    with Running(Clock(a_minute_ago(), dt.timedelta(seconds=10), fired.append)):
        time.sleep(0.5)
    assert fired == []


def test_a_failing_night_does_not_end_the_clock() -> None:
    def fail(_due: dt.datetime) -> None:
        raise EstateError("the database is away")

    with Running(Clock(a_minute_ago(), GRACE, fail)) as running:
        time.sleep(0.5)
        assert running.thread.is_alive()


def two_clocks(first: Database, second: Database) -> list[str]:
    """Two schedulers with the same time over one ledger; which of them ran the night."""
    daily, ran, tried = soon(1.2), list[str](), list[str]()

    def job(name: str, database: Database) -> Callable[[dt.datetime], None]:
        def run(due_at: dt.datetime) -> None:
            with database.writing() as session:
                claimed = store.claim(session, "nightly", due_at, this_host(), utc_now())
            tried.append(name)
            if claimed:
                ran.append(name)

        return run

    with Running(Clock(daily, GRACE, job("a", first))), Running(Clock(daily, GRACE, job("b", second))):
        assert until(lambda: len(tried) == 2)
    assert sorted(tried) == ["a", "b"]
    return ran


def test_two_schedulers_one_night_on_sqlite(database: Database) -> None:
    second = open_database(str(database.engine.url))
    assert len(two_clocks(database, second)) == 1
    second.close()


def test_two_schedulers_one_night_on_postgresql(postgresql_url: str) -> None:
    first, second = open_database(postgresql_url), open_database(postgresql_url)
    assert len(two_clocks(first, second)) == 1
    first.close()
    second.close()


def test_a_stop_waits_for_the_night_at_work() -> None:
    began, ended = threading.Event(), threading.Event()

    def job(_due: dt.datetime) -> None:
        began.set()
        time.sleep(0.5)
        ended.set()

    with Running(Clock(a_minute_ago(), GRACE, job)):
        assert began.wait(10)
    assert ended.is_set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_sets_the_flag_and_the_second_one_is_the_system_s(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with on_signals() as stop:
        assert signal.getsignal(number) != before
        os.kill(os.getpid(), number)
        assert stop.wait(5)
        assert stop.reason == f"stopped by {number.name}"
        assert signal.getsignal(number) == before
        with pytest.raises(StoppedError, match=number.name):
            stop.check()
    assert signal.getsignal(number) == before
