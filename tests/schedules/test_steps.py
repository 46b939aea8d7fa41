"""Steps: each ends in the ledger, whatever happens in it."""

from __future__ import annotations

import datetime as dt

from config.errors import EstateError, InputError, Problem
from estate.store.database import Database
from schedules import store
from schedules.progress import Lines
from schedules.result import NightResult
from schedules.step import Ended
from schedules.steps import Steps, utc_now
from schedules.stop import Stop


def some_steps(database: Database) -> tuple[Steps, list[str]]:
    told = list[str]()
    with database.writing() as session:
        run_id = store.claim(session, "nightly", utc_now(), "here", utc_now())
    assert run_id
    return Steps(database, run_id, Lines(told.append), Stop()), told


def well() -> Ended:
    return Ended(store.DONE, "fine")


def test_what_builds_on_a_failed_step_is_skipped_and_the_rest_is_not(database: Database) -> None:
    def fail() -> Ended:
        raise InputError([Problem("prices.csv", 4, "list_price", "is odd"), Problem("fx.csv", 2, "fy", "is odd")])

    steps, told = some_steps(database)
    assert not steps.do("collect", fail)
    assert not steps.do("inventory", well, after=("collect",))
    assert steps.do("check", well)
    assert not steps.do("report", well, after=("check", "inventory"))
    assert [(step.name, step.outcome) for step in steps.results] == [
        ("collect", "failed"),
        ("inventory", "skipped"),
        ("check", "done"),
        ("report", "skipped"),
    ]
    assert steps.results[3].detail == "inventory did not succeed"
    assert steps.outcome() == ("failed", "collect: 2 problems in the estate folder")
    assert told[0].startswith("collect: failed in ")
    assert told[0].endswith("; 2 problems in the estate folder")
    with database.reading() as session:
        run = store.run(session, steps.run_id)
    assert run
    # the ledger has every problem with its place
    assert "fx.csv, row 2, column fy: is odd" in run.steps[0].detail
    assert "prices.csv, row 4, column list_price: is odd" in run.steps[0].detail


def test_a_mistake_of_our_own_ends_in_the_ledger_too(database: Database) -> None:
    def stumble() -> Ended:
        raise ZeroDivisionError("of what?")

    steps, _ = some_steps(database)
    assert not steps.do("forecast", stumble)
    assert steps.results[0].detail == "internal error: ZeroDivisionError: of what?"


def test_in_part_is_weaker_than_failed_and_stronger_than_done(database: Database) -> None:
    steps, _ = some_steps(database)
    steps.do("a", well)
    assert steps.outcome() == ("done", "")
    assert steps.do("b", lambda: Ended(store.PART, "1 of 2"))
    assert steps.outcome() == ("part", "b: 1 of 2")

    def fail() -> Ended:
        raise EstateError("no")

    steps.do("c", fail)
    assert steps.outcome() == ("failed", "c: no")
    result = NightResult(steps.run_id, dt.date(2026, 11, 22), utc_now())
    steps.finish(result)
    assert (result.outcome, result.exit_status) == ("failed", 1)
    with database.reading() as session:
        [run] = store.runs(session, 5)
    assert (run.outcome, run.reason) == ("failed", "c: no")
    assert run.ended_at
