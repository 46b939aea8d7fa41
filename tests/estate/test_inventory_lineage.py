"""A repair by exchange keeps the age of what it replaced; any other swap starts anew (model 2.3 item 8, 2.13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from config.folder import Folder
from estate.inventory.declared import ASSETS
from estate.inventory.population import population
from estate.inventory.store import observed_units
from estate.inventory.unit import Unit
from estate.store.database import Database, open_database
from tests.estate.inventory_lab import box, night, observed, part, run_night

Parts = Sequence[tuple[str, str]]


@pytest.fixture
def database() -> Iterator[Database]:
    database = open_database("sqlite:///:memory:")
    yield database
    database.close()


def seen(database: Database, nights: dict[int, Parts]) -> dict[str, Unit]:
    """What stands after some nights: each with the power supplies that the box shows, as (serial, part number)."""
    for number, parts in nights.items():
        listed = [part(serial, slot=place, part_number=name) for place, (serial, name) in enumerate(parts, 1)]
        run_night(database, number, [observed("a", night(number), [box(), *listed])])
    with database.reading() as session:
        return {unit.asset_id: unit for unit in observed_units(session, night(max(nights)).date())}


def test_an_exchange_in_its_slot_keeps_the_age(database: Database) -> None:
    unit = seen(database, {0: [("OLD", "PWR-1")], 20: [("NEW", "pwr-1")]})["NEW"]
    assert (unit.replaces, unit.served_since) == ("OLD", night(0).date())
    assert unit.age_from == (night(0).date(), "served_since")
    assert unit.age_confidence("served_since") == "assumed"
    assert unit.made_or_bought == (night(20).date(), "first_seen")


def test_an_exchange_of_an_exchange_goes_back_to_the_first(database: Database) -> None:
    unit = seen(database, {0: [("ONE", "PWR-1")], 5: [("TWO", "PWR-1")], 9: [("THREE", "PWR-1")]})["THREE"]
    assert (unit.replaces, unit.served_since) == ("TWO", night(0).date())


@pytest.mark.parametrize(("back", "kept"), [(31, True), (33, False)])
def test_the_window_is_thirty_days(database: Database, back: int, kept: bool) -> None:  # noqa: FBT001 - the answer
    other = ("STAYS", "PWR-2")
    nights: dict[int, Parts] = {0: [other, ("OLD", "PWR-1")], 1: [other], back: [other, ("NEW", "PWR-1")]}
    assert (seen(database, nights)["NEW"].replaces == "OLD") is kept


def test_another_product_another_slot_or_a_mere_move_starts_anew(database: Database) -> None:
    unit = seen(database, {0: [("OLD", "PWR-1")], 1: [("NEW", "PWR-2")]})["NEW"]
    assert (unit.replaces, unit.age_from) == (None, (night(1).date(), "first_seen"))
    after = seen(database, {2: [("LATER", "PWR-1")]})["LATER"]
    assert after.replaces is None
    moved = seen(database, {3: [("LATER", "PWR-1"), ("B", "PWR-1")], 4: [("B", "PWR-1"), ("LATER", "PWR-1")]})
    assert {moved[name].replaces for name in ("LATER", "B")} == {None}


def test_assets_csv_dates_the_exchange_by_what_it_replaced(database: Database, tmp_path: Path) -> None:
    rows = "serial,vendor,state,installed_on\nOLD,Acme,retired,2019-04-01\n"
    (tmp_path / "assets.csv").write_text(rows, encoding="utf-8")
    units = tuple(seen(database, {0: [("OLD", "PWR-1")], 20: [("NEW", "PWR-1")]}).values())
    people = population(units, Folder(tmp_path).rows(ASSETS), night(20).date())
    (unit,) = [item for item in people.units if item.asset_id == "NEW"]
    assert unit.age_from == (dt.date(2019, 4, 1), "installed_on")
    assert unit.evidence["installed_on"] == "assets.csv:2: of OLD, whose place it took"
