"""Due times: wall-clock arithmetic over changes of the clocks, and the times that are refused."""

from __future__ import annotations

import datetime as dt

import pytest

from config.errors import InputError
from config.sections.night import Schedule
from schedules import due
from schedules.due import Daily

TODAY = dt.date(2026, 11, 22)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def test_the_same_wall_clock_time_in_summer_and_winter() -> None:
    daily = Daily.of(Schedule(at="02:15"))
    assert daily.on(dt.date(2026, 11, 22)) == utc("2026-11-22T02:15")
    assert daily.on(dt.date(2026, 7, 1)) == utc("2026-07-01T01:15")


def test_last_and_next_are_around_now() -> None:
    daily = Daily.of(Schedule(at="02:15"))
    before, at, after = utc("2026-11-22T02:14:59"), utc("2026-11-22T02:15"), utc("2026-11-22T02:15:01")
    assert daily.last(before) == utc("2026-11-21T02:15")
    assert daily.last(at) == daily.last(after) == at
    assert daily.next(before) == at
    assert daily.next(at) == daily.next(after) == utc("2026-11-23T02:15")


def test_the_day_is_that_of_the_zone() -> None:
    # 23:30 in UTC is the next morning in Auckland
    daily = Daily.of(Schedule(at="02:15", zone="Pacific/Auckland"))
    assert daily.last(utc("2026-11-22T23:30")) == utc("2026-11-22T13:15")


def test_a_night_of_a_change_is_due_once_and_23_or_25_hours_after_the_last() -> None:
    daily = Daily.of(Schedule(at="02:15"))
    spring, autumn = dt.date(2027, 3, 28), dt.date(2027, 10, 31)
    day = dt.timedelta(days=1)
    assert daily.on(spring) - daily.on(spring - day) == dt.timedelta(hours=23)
    assert daily.on(autumn) - daily.on(autumn - day) == dt.timedelta(hours=25)


def test_catching_up_within_the_grace_only() -> None:
    daily = Daily.of(Schedule(at="02:15"))
    grace = dt.timedelta(hours=6)
    assert due.missed(daily, utc("2026-11-22T08:15"), grace) == utc("2026-11-22T02:15")
    assert due.missed(daily, utc("2026-11-22T08:16"), grace) is None
    assert due.missed(daily, utc("2026-11-22T02:15"), grace) == utc("2026-11-22T02:15")


@pytest.mark.parametrize(
    ("at", "zone", "says"),
    [
        # Europe/London: forward at 01:00 on 28 March 2027, back at 02:00 on 31 October 2027
        ("01:30", "Europe/London", "does not exist on Sunday 2027-03-28 in Europe/London"),
        ("01:00", "Europe/London", "does not exist on Sunday 2027-03-28"),
        ("02:30", "America/New_York", "does not exist on Sunday 2027-03-14"),
        ("01:30", "America/New_York", "happens twice on Sunday 2027-11-07"),
        # half an hour, the other way round in the year
        ("01:45", "Australia/Lord_Howe", "happens twice on Sunday 2027-04-04"),
    ],
)
def test_skipped_and_ambiguous_times_are_refused(at: str, zone: str, says: str) -> None:
    with pytest.raises(InputError) as raised:
        due.check(Schedule(at=at, zone=zone), TODAY)
    [problem] = raised.value.problems
    assert (problem.file, problem.column) == ("estate.toml", "schedule.at")
    assert says in problem.text


@pytest.mark.parametrize(
    ("at", "zone"),
    [("02:15", "Europe/London"), ("00:59", "Europe/London"), ("02:00", "Europe/London"), ("01:30", "Etc/UTC")],
)
def test_safe_times_are_taken(at: str, zone: str) -> None:
    assert due.check(Schedule(at=at, zone=zone), TODAY).at == dt.time.fromisoformat(at)


def test_the_refusal_names_times_that_are_safe() -> None:
    with pytest.raises(InputError, match="choose 00:45 or 02:00"):
        due.check(Schedule(at="01:30"), TODAY)
