"""What the chains of many units have alike is one object in all of them, when computed and when read again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from estate.forecast import store
from estate.forecast.content import content_hash
from estate.forecast.version import Version
from estate.store.database import open_database
from tests.estate.forecast_kit import forecast, match, price, rate, unit

SAME = ("match", "policy", "price")


@pytest.fixture
def version() -> Version:
    """Two bundles of one product, bought at one price in one year, and another product at another price."""
    return forecast(
        [unit("A1"), unit("A2"), unit("B1", site="depot"), unit("C1", site="depot", part_number="C9300")],
        match(end_of_support="2028-07-31"),
        prices=[price(), price(vendor="Cisco", part_number="C9300", list_price=Decimal(500), place="prices.csv:3")],
        indices=[rate(series, "2027/28", "2.5") for series in ("hardware", "labour", "general")],
    )


def check(version: Version) -> None:
    one, two, elsewhere, other = (item.chain for item in version.units)
    assert all(one[name] is two[name] is elsewhere[name] for name in SAME)
    assert one["bundle"] is two["bundle"]
    assert one["bundle"]["bundle_id"] != elsewhere["bundle"]["bundle_id"]
    assert one["index"]["hardware"] == elsewhere["index"]["hardware"] == other["index"]["hardware"]
    assert other["policy"] is one["policy"]
    assert (other["price"]["row"], one["price"]["row"]) == ("prices.csv:3", "prices.csv:2")
    assert one["asset_id"] == "A1"
    assert two["asset_id"] == "A2"


def test_when_computed(version: Version) -> None:
    check(version)
    one, _, elsewhere, other = (item.chain["index"] for item in version.units)
    assert one["hardware"] is elsewhere["hardware"] is other["hardware"]


def test_when_read_again(version: Version, tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'estate.db'}")
    with database.writing() as session:
        stored = store.save(session, version, {})
    with database.reading() as session:
        again = store.load(session, stored.id)
    database.close()
    check(again)
    assert content_hash(again) == content_hash(stored)
