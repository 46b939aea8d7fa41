"""The rows of the packs in the database: written on change only, with what was known when."""

import csv
import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.folder import Folder
from config.tables import parse
from estate.lifecycle import store
from estate.lifecycle.entries import HARDWARE
from estate.lifecycle.match import match
from estate.lifecycle.packs import load_packs, pack_hashes
from estate.lifecycle.rows import Row, as_cells, catalogue_of, changes, pack_name, rows_of
from estate.store.database import Database, open_database
from estate.store.lifecycle import CatalogueRow, PackLoad

HEADER = "vendor,part_number,model,end_of_sale,end_of_support,not_announced_on,source,source_type\n"
MONDAY = dt.datetime(2026, 11, 2, 2, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
OURS = "lifecycle/ours.csv"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'estate.db'}")
    yield database
    database.close()


def laid(folder: Path, **packs: str) -> Folder:
    """The estate folder with these packs of its own, and no others."""
    contents = {f"lifecycle/{name}.csv": text.encode() for name, text in packs.items()}
    return Folder(folder, contents)


def load(database: Database, folder: Folder, at: dt.datetime, *, all_of_them: bool = False) -> list[store.Loaded]:
    """Load the packs of the council's own; or those that ship too, which are many."""
    hashes = {name: one for name, one in pack_hashes(folder).items() if all_of_them or name.startswith("lifecycle/")}
    with database.writing() as session:
        return store.load(session, hashes, lambda: rows_of(load_packs(folder)), at)


def known(database: Database, at: dt.datetime | None = None) -> dict[str, list[Row]]:
    with database.reading() as session:
        return store.loaded_rows(session, at)


def said(rows: Mapping[str, Sequence[Row]]) -> Counter[tuple[Any, ...]]:
    """What packs say, wherever in them it stands."""
    return Counter((pack, type(row), *as_cells(row).items()) for pack, listed in rows.items() for row in listed)


def test_all_that_ships_is_loaded_once(database: Database, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    loaded = load(database, folder, MONDAY, all_of_them=True)
    assert sum(pack.rows for pack in loaded) == sum(len(pack.changes) for pack in loaded) > 7_000
    assert load(database, folder, MONDAY + DAY, all_of_them=True) == []
    assert changes(known(database), rows_of(load_packs(folder))) == []
    assert {row.place for rows in known(database).values() for row in rows} == {
        row.place for rows in rows_of(load_packs(folder)).values() for row in rows
    }


def test_a_row_that_moves_its_date_ends_and_begins_anew(database: Database, tmp_path: Path) -> None:
    text = f"{HEADER}Cisco,X-1,,,2027-01-31,,letter,\nCisco,X-2,,,,2026-01-31,letter,\n"
    load(database, laid(tmp_path, ours=text), MONDAY)
    later = text.replace("2027-01-31", "2028-01-31").replace("Cisco,X-2", "Cisco,X-0,,,2029-01-31,,mail,\nCisco,X-2")
    (loaded,) = load(database, laid(tmp_path, ours=later), MONDAY + DAY)
    assert (loaded.pack, loaded.rows) == (OURS, 3)
    moved, added = loaded.changes
    assert (moved.what, moved.moved) == ("changed", {"end_of_support": (dt.date(2027, 1, 31), dt.date(2028, 1, 31))})
    assert (added.what, added.row.place) == ("added", f"{OURS}:3")
    assert [row.place for row in known(database)[OURS]] == [f"{OURS}:2", f"{OURS}:3", f"{OURS}:4"]
    before, after = known(database, MONDAY + DAY / 2), known(database, MONDAY + DAY)
    assert [as_cells(row)["end_of_support"] for row in before[OURS]] == [dt.date(2027, 1, 31), None]
    assert changes(after, known(database)) == []
    assert known(database, MONDAY - DAY) == {}


def test_lines_that_move_change_nothing(database: Database, tmp_path: Path) -> None:
    rows = ["Cisco,X-1,,,2027-01-31,,letter,\n", "Cisco,X-1,,,2027-02-28,,mail,\n", "Cisco,X-2,,,2027-01-31,,letter,\n"]
    load(database, laid(tmp_path, ours=HEADER + "".join(rows)), MONDAY)
    (loaded,) = load(database, laid(tmp_path, ours=HEADER + "\n" + "".join(reversed(rows))), MONDAY + DAY)
    assert loaded.changes == ()
    assert [(as_cells(row)["part_number"], row.place) for row in known(database)[OURS]] == [
        ("X-2", f"{OURS}:3"), ("X-1", f"{OURS}:4"), ("X-1", f"{OURS}:5"),
    ]  # fmt: skip


def test_a_pack_that_is_gone_ends_its_rows_and_may_come_back(database: Database, tmp_path: Path) -> None:
    text = f"{HEADER}Cisco,X-1,,,2027-01-31,,letter,\n"
    load(database, laid(tmp_path, ours=text), MONDAY)
    (gone,) = load(database, laid(tmp_path), MONDAY + DAY)
    assert [change.what for change in gone.changes] == ["removed"]
    assert OURS not in known(database)
    assert load(database, laid(tmp_path), MONDAY + 2 * DAY) == []
    load(database, laid(tmp_path, ours=text), MONDAY + 3 * DAY)
    assert len(known(database)[OURS]) == 1


def test_what_a_source_says_otherwise_is_paired_by_the_source(database: Database, tmp_path: Path) -> None:
    text = f"{HEADER}Cisco,X-1,,,2027-01-31,,letter,\nCisco,X-1,,,2027-02-28,,mail,\n"
    load(database, laid(tmp_path, ours=text), MONDAY)
    (loaded,) = load(database, laid(tmp_path, ours=text.replace("2027-02-28", "2027-03-31")), MONDAY + DAY)
    (change,) = loaded.changes
    assert change.fields == {"end_of_support": (dt.date(2027, 2, 28), dt.date(2027, 3, 31))}


def test_the_rows_make_the_catalogue_again(database: Database, tmp_path: Path) -> None:
    series = "vendor,pattern,model\nCisco,^X-9,Nine\n"
    aliases = "vendor,pattern,becomes,reason\nCisco,^OLD-(.+)$,X-\\1,an older name\n"
    folder = laid(
        tmp_path,
        ours=f"{HEADER}Cisco,WS-C3850-24T-S,,,2026-01-31,,letter,\nCisco,,Nine,,2030-01-31,,letter,\n"
        "Cisco,X-1,,,2027-01-31,,letter,\n",
        series=series,
        aliases=aliases,
    )
    load(database, folder, MONDAY, all_of_them=True)
    catalogue = load_packs(folder)
    again = catalogue_of(known(database), catalogue.vendors)
    for part in ("WS-C3850-24T-S", "WS-C3850-24T", "X-91", "OLD-1", "N5K-C5672UP", "PWR-4330-AC=", "nothing"):
        assert match(again, "Cisco", part, "") == match(catalogue, "Cisco", part, "")
    assert str(match(again, "Cisco", "X-91", "").grade) == "series"
    assert match(again, "Cisco", "OLD-1", "").rule == "an older name"


dates = st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2021, 1, 1))
lines = st.tuples(st.sampled_from(["A", "B", "C"]), st.sampled_from(["letter", "mail"]), dates, dates).map(
    # a row must say something: without an end of support it says that none was announced
    lambda row: f"Cisco,{row[0]},,,{row[2] or ''},{'' if row[2] else row[3] or '2020-01-01'},{row[1]},"
)
files = st.none() | st.lists(lines, max_size=6).map(lambda rows: HEADER + "".join(f"{row}\n" for row in rows))


def parsed(pack: str, text: str) -> list[Row]:
    rows, problems = parse(HARDWARE, pack, list(csv.reader(text.splitlines())))
    assert problems == []
    return [*rows]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(files, files), min_size=1, max_size=4))
def test_a_load_changes_exactly_what_was_announced_and_forgets_nothing(
    database: Database, nights: list[tuple[str | None, str | None]]
) -> None:
    """Whatever packs follow one another: the database says what the files say now, and still what they said then."""
    history = list[tuple[dt.datetime, Counter[tuple[Any, ...]]]]()
    with database.writing() as session:
        session.execute(sa.delete(CatalogueRow))
        session.execute(sa.delete(PackLoad))
    for number, night in enumerate(nights):
        packs = {f"lifecycle/{name}.csv": text for name, text in zip(("one", "two"), night, strict=True) if text}
        files_now = {pack: parsed(pack, text) for pack, text in packs.items()}
        hashes = {pack: hashlib.sha256(text.encode()).hexdigest() for pack, text in packs.items()}
        before = known(database)
        announced = changes(before, files_now)
        at = MONDAY + number * DAY
        with database.writing() as session:
            loaded = store.load(session, hashes, lambda now=files_now: now, at)  # type: ignore[misc] # bound here and now
        done = [change for pack in loaded for change in pack.changes]
        assert done == announced
        expected = said(before)
        for change in done:
            pack = pack_name(change.row)
            expected.subtract(said({pack: [change.before]}) if change.before else {})
            expected.update(said({pack: [change.after]}) if change.after else {})
        assert said(known(database)) == said(files_now) == +expected
        history.append((at, said(files_now)))
    for at, then in history:
        assert said(known(database, at)) == then
