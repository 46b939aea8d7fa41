"""The nightly job gives the same inventory, row for row, with our own SNMP engine and with pysnmp."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from collectors.lab.estate import run
from estate.inventory.store import hints
from estate.store import base
from estate.store.database import Database, open_database

# devices of v2c and v3, and one whose password is wrong; the whole estate has some that are dead or stop half way too
SOME = ("cc-dc-1", "cc-edge-1", "cc-stor-1", "lh-fw-1")
ENGINES = ("estate", "pysnmp")
# what no two nights have in common, beside all times: numbers of rows, where the lab found room, how long it took, and
# what is only kept for the next night
PASSING = {"id", "hints", "address", "seconds", "pid", "summary", "detail", "content_hash"}
PLACE = re.compile(r"127\.\d+\.\d+\.\d+ port \d+")


def rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every table as a sorted list, its rows' references followed to what they refer to."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with database.reading() as session:
        texts: dict[tuple[str, Any], str] = {}
        for table in base.Base.metadata.sorted_tables:
            lines = []
            for row in session.execute(sa.select(table)).mappings():
                lasting = {name: value for name, value in row.items() if _lasts(name, value)}
                cells = [(name, _cell(table, name, value, texts)) for name, value in lasting.items()]
                lines.append(tuple(cells))
                if "id" in row:
                    texts[table.name, row["id"]] = repr(cells)
            found[table.name] = sorted(lines, key=repr)
    return found


def _lasts(name: str, value: Any) -> bool:
    return name not in PASSING and not isinstance(value, dt.datetime)


def _cell(table: sa.Table, name: str, value: Any, texts: dict[tuple[str, Any], str]) -> Any:
    for key in table.c[name].foreign_keys:
        return texts.get((key.column.table.name, value), "") if value is not None else None
    return PLACE.sub("a place", value) if isinstance(value, str) else value


def collected(folder: Path, engine: str, names: Sequence[str] | None, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A night over the simulated estate with one engine."""
    folder.mkdir()
    (folder / "estate.toml").write_text(f'[snmp]\nengine = "{engine}"\n', encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    command = [sys.executable, "-m", "estate", "collect"]
    assert asyncio.run(run(folder, command, lambda _: None, names=names)) in {0, 3}
    return open_database(f"sqlite:///{folder / 'estate.db'}")


def compared(folder: Path, names: Sequence[str] | None, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many rows both engines gave alike."""
    ours, theirs = (collected(folder / engine, engine, names, monkeypatch) for engine in ENGINES)
    try:
        own, other = rows(ours), rows(theirs)
        with ours.reading() as session:
            assert hints(session)
        with theirs.reading() as session:
            assert not hints(session)
    finally:
        ours.close()
        theirs.close()
    for name in own:
        assert own[name] == other[name], name
    return sum(map(len, own.values()))


def test_some_devices_are_the_same_with_both_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compared(tmp_path, SOME, monkeypatch) > 80


@pytest.mark.slow
def test_the_simulated_estate_is_the_same_with_both_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compared(tmp_path, None, monkeypatch) > 1000
