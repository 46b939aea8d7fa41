"""What holds of every forecast (forecast-model.md 2.14, 2.17), tried on random estates."""

import dataclasses
import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from estate.forecast.split import split_components
from estate.forecast.version import Version
from estate.inventory.unit import Unit
from estate.lifecycle.milestones import Grade, Match
from tests.estate.forecast_kit import forecast, policy, price, rate, rows, unit

POLICIES = (
    policy(contingency_pct=Decimal("7.5"), ratio_old=2),
    policy(policy="edge", kind="router", tier="edge", lead_days=42, source="policy.csv:3"),
)
RATES = tuple(rate(name, f"20{year}/{year + 1}", "2.7") for name in ("hardware", "labour") for year in range(27, 32))


def prices(factor: int = 1) -> tuple[Any, ...]:
    odd = {"install": Decimal("33.37"), "fixed": Decimal("100.01"), "training": Decimal("10.10")}
    return (
        price(list_price=Decimal("1234.56") * factor, **{name: value * factor for name, value in odd.items()}),
        price(
            policy="edge",
            list_price=Decimal("99.99") * factor,
            support_new=Decimal("7.77") * factor,
            place="prices.csv:3",
        ),
    )


dates = st.dates(dt.date(2020, 1, 1), dt.date(2034, 12, 31))
estates = st.lists(
    st.tuples(st.sampled_from(["switch", "router"]), st.sampled_from(["civic", "depot"]), dates, st.integers(1, 9)),
    min_size=1,
    max_size=25,
)
Things = list[tuple[str, str, dt.date, int]]


def units(things: Things) -> tuple[list[Unit], dict[str, Match]]:
    made, matches = [], {}
    for number, (kind, site, end, quantity) in enumerate(things):
        name = f"S{number:03}"
        made.append(unit(name, kind=kind, site=site, quantity=quantity, group="pair:1" if number in {1, 2} else None))
        matches[name] = Match(Grade.EXACT, dates={"end_of_support": end}, row="cisco.csv:2")
    return made, matches


def run(things: Things, factor: int = 1, shuffle: int | None = None) -> Version:
    made, matches = units(things)
    policies = POLICIES
    if shuffle is not None:
        random.Random(shuffle).shuffle(made)
    return forecast(made, matches, policies=policies, prices=prices(factor), indices=RATES)


def amounts(value: object) -> Iterator[object]:
    """Every leaf of a version."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for item in dataclasses.fields(value):
            yield from amounts(getattr(value, item.name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from amounts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from amounts(item)
    else:
        yield value


@settings(max_examples=40, deadline=None)
@given(estates)
def test_assets_bundles_lines_and_years_all_come_to_the_same(things: Things) -> None:
    version = run(things)
    found = rows(version)
    whole = sum(row.amount_pence for row in found)
    for key in ("asset_id", "bundle_id", "line_code", "fy", "component"):
        parts: Counter[object] = Counter()
        for row in found:
            parts[getattr(row, key)] += row.amount_pence
        assert sum(parts.values()) == whole
    header = version.header
    assert sum(sum(years.values()) for years in header["totals"]["need"].values()) == whole
    assert sum(sum(years.values()) for years in header["cap_rev"]["need"].values()) == whole
    bundled = sum(item["total_pence"] for item in header["bundles"])
    assert bundled == whole + sum(header["beyond"]["need"].values())
    chained = sum(
        row["amount_pence"] for item in version.units for row in item.chain["money"] if row["scenario"] == "need"
    )
    assert chained == whole


@settings(max_examples=40, deadline=None)
@given(estates, st.integers())
def test_the_order_of_assets_makes_no_difference(things: Things, seed: int) -> None:
    assert run(things) == run(things, shuffle=seed)


@settings(max_examples=20, deadline=None)
@given(estates)
def test_no_row_is_nothing_or_negative_and_no_amount_is_a_float(things: Things) -> None:
    version = run(things)
    assert all(isinstance(row.amount_pence, int) and row.amount_pence > 0 for row in version.rows)
    assert not [leaf for leaf in amounts(version) if isinstance(leaf, float)]


@settings(max_examples=40, deadline=None)
@given(estates)
def test_doubling_all_prices_doubles_every_amount_within_a_penny(things: Things) -> None:
    once, twice = run(things), run(things, factor=2)

    def atoms(version: Version) -> Counter[tuple[object, ...]]:
        found: Counter[tuple[object, ...]] = Counter()
        for row in version.rows:
            found[row.scenario, row.bundle_id, row.component, row.fy] += row.amount_pence
        return found

    single, double = atoms(once), atoms(twice)
    assert all(abs(double[key] - 2 * single[key]) <= 1 for key in single | double)


@given(
    st.lists(st.integers(0, 10_000_000), min_size=1, max_size=6), st.lists(st.integers(1, 5), min_size=1, max_size=9)
)
def test_a_split_loses_nothing_and_members_differ_by_a_penny_at_most(pence: list[int], weights: list[int]) -> None:
    shares = split_components(pence, weights)
    assert [sum(parts) for parts in shares] == pence
    assert all(part >= 0 for parts in shares for part in parts)
    each = [sum(column) // weight for column, weight in zip(zip(*shares, strict=True), weights, strict=True)]
    assert max(each) - min(each) <= 1
