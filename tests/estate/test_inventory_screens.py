"""Screens as evidence in the database: kept when what a device says has changed, and shown by ``estate show``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from collectors.observation import Observation, Outcome
from estate.cli import estate
from estate.inventory.store import KeptScreen, screens
from estate.store.database import Database, open_database
from estate.store.forecast import Blob
from estate.store.ledger import ReadingScreen
from tests.estate.inventory_lab import box, night, observed, run_night


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "estate.toml").write_text("", encoding="utf-8")
    return tmp_path


@pytest.fixture
def database(folder: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{folder / 'estate.db'}")
    yield opened
    opened.close()


def shown(number: int, text: str, version: str = "1.0", name: str = "sw1") -> Observation:
    seen = observed(name, night(number), [box()], version=version)
    return replace(seen, screens={"show version": text, "show inventory": "the same every night"})


def kept(database: Database, number: int, name: str = "sw1") -> list[KeptScreen]:
    with database.reading() as session:
        return screens(session, name, night(number + 1))


def count(database: Database, table: type[Blob | ReadingScreen]) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_quiet_night_keeps_no_screen_again(database: Database) -> None:
    run_night(database, 0, [shown(0, "up 1 day")])
    run_night(database, 1, [shown(1, "up 2 days")])
    assert [(item.command, item.text) for item in kept(database, 1)] == [
        ("show version", "up 1 day"), ("show inventory", "the same every night"),
    ]  # fmt: skip
    assert count(database, ReadingScreen) == 2


def test_a_changed_device_keeps_what_it_printed_then_and_now(database: Database) -> None:
    run_night(database, 0, [shown(0, "version 1")])
    run_night(database, 1, [shown(1, "version 2", version="2.0")])
    assert kept(database, 0)[0].text == "version 1"
    assert kept(database, 1)[0].text == "version 2"
    assert count(database, ReadingScreen) == 4
    assert count(database, Blob) == 3


def test_a_screen_of_two_devices_is_stored_once(database: Database) -> None:
    run_night(database, 0, [shown(0, "version 1"), replace(shown(0, "version 1", name="sw2"), components=())])
    assert count(database, Blob) == 2
    assert kept(database, 0, "sw2")[0].text == "version 1"


def test_what_a_refused_login_level_printed_is_kept(database: Database) -> None:
    denied = observed("sw1", night(0), [], outcome=Outcome.DENIED)
    run_night(database, 0, [replace(denied, screens={"show version": "% Permission denied"})])
    assert [item.text for item in kept(database, 0)] == ["% Permission denied"]


def show(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), "show", *words], catch_exceptions=False)


def test_the_screens_are_shown(database: Database, folder: Path) -> None:
    run_night(database, 0, [shown(0, "version 1\nserial X")])
    done = show(folder, "SW1", "--screens")
    assert done.exit_code == 0
    assert "show version  (2026-01-01" in done.stdout
    assert "\n\nversion 1\nserial X\n" in done.stdout
    records = json.loads(show(folder, "sw1", "--screens", "-o", "json").stdout)
    assert [item["command"] for item in records] == ["show version", "show inventory"]
    assert "No screens of other are kept" in show(folder, "other", "--screens").stderr
