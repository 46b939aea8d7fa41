"""Two nights over simulated devices on loopback: what was done to them in between is told, and nothing else."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from collectors.lab.estate import run
from estate.inventory.sentences import sentence
from estate.inventory.store import changes, observed_units, target_states
from estate.store.database import Database, open_database
from schedules.steps import utc_now

DEVICES = ("cc-dc-1", "cc-dist-1", "cc-dist-2", "cc-edge-1", "lh-dist-1")


def collected(folder: Path, night: int) -> None:
    """Collect from the simulated devices as they stand in a night."""
    command = [sys.executable, "-m", "estate", "collect"]
    status = asyncio.run(run(folder, command, lambda _: None, night=night, names=DEVICES))
    assert status in {0, 3}


def told(database: Database, run_id: int) -> list[str]:
    with database.reading() as session:
        # another lab on this machine may have taken the addresses of the first night
        found = [change for change in changes(session, run=run_id) if change.field != "address"]
    return sorted(f"{change.device}: {sentence(change)}" for change in found)


def held(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(unit.serial or unit.asset_id for unit in observed_units(session, utc_now().astimezone().date()))


def test_the_second_night_tells_exactly_what_was_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    (tmp_path / "estate.toml").write_text("", encoding="utf-8")
    collected(tmp_path, 1)
    database = open_database(f"sqlite:///{tmp_path / 'estate.db'}")
    before = held(database)
    assert all(" discovered (" in line for line in told(database, 1))
    collected(tmp_path, 2)
    with database.reading() as session:
        states = target_states(session)
    assert {name: states[name].outcome for name in DEVICES} == dict.fromkeys(DEVICES, "answered") | {
        "cc-dc-1": "partial"
    }
    board = "Switch 1 - WS-C3750G-12S - Fixed Module 0"
    assert told(database, 2) == [
        f"cc-dist-1: SF130122898 moved from {board}/GigabitEthernet1/0/12 to {board}/GigabitEthernet1/0/3",
        f"cc-dist-2: FNS15040KJM moved from cc-dist-1: {board}/GigabitEthernet1/0/9 to {board}/GigabitEthernet1/0/2",
        "cc-edge-1: WS-C3560G-48TS - Power Supply 0 swapped: AZS142215C3 out, AZS173320K8 in",
        "cc-edge-1: chassis swapped: FOC1408Z61U out, FOC1733X0LT in",
        "lh-dist-1: FCW2011C4QX renumbered: Switch 1 is now Switch 2",
        "lh-dist-1: FCW2011C50H renumbered: Switch 2 is now Switch 1",
    ]
    old, new = {"FOC1408Z61U", "AZS142215C3"}, {"FOC1733X0LT", "AZS173320K8"}
    assert sorted((set(before) - old) | new) == held(database)
    database.close()
