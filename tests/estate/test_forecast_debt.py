"""Technology debt as a stock and a flow that reconcile, and what keeps pace with it (forecast-model.md 2.8, W7)."""

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from estate.forecast.debt import Position, bands, coming, left_on, past_security, stock, sum_of
from estate.forecast.flow import flow
from estate.forecast.pace import consumption, per_cent_of, steady_state, sustains
from tests.estate.forecast_kit import day

FIRST, SECOND = day("2026-11-22"), day("2027-11-22")


def position(name: str, need: str | None, pounds: int | None, **more: object) -> Position:
    given: dict[str, object] = {"asset_id": name, "need_by": day(need) if need else None}
    return Position(value=None if pounds is None else pounds * 100, **{**given, **more})  # type: ignore[arg-type] # as named


OLD = [
    position("a", "2025-01-01", 300_000, device="core-1", slot="chassis"),
    position("b", "2025-01-01", 120_000),
    position("c", "2025-01-01", 80_000),
    position("d", "2027-06-30", 210_000),
]
NEW = [
    position("b", "2025-01-01", 126_000),
    position("d", "2027-06-30", 210_000),
    position("e", "2026-01-31", 45_000),
    position("a2", "2037-01-01", 310_000, device="core-1", slot="chassis"),
]


def test_w7_the_flow_reconciles_and_names_every_term() -> None:
    moved = flow(OLD, FIRST, NEW, SECOND)
    assert (moved.opening.pence, moved.closing.pence) == (500_000_00, 381_000_00)
    assert moved.terms == {
        "newly_due": 210_000_00,
        "discovered": 45_000_00,
        "date_brought_forward": 0,
        "delivered": -300_000_00,
        "retired": -80_000_00,
        "date_put_back": 0,
        "value_change": 6_000_00,
    }
    assert moved.holds
    assert per_cent_of(moved.closing.pence, 4_200_000_00) == "9.07"


def test_w7_money_received_says_delivered_where_no_place_was_taken() -> None:
    assert flow(OLD, FIRST, NEW, SECOND, received=["c"]).terms["delivered"] == -380_000_00


def test_w7_a_date_that_moves_is_a_term_of_its_own() -> None:
    put_back = [position("b", "2030-01-01", 126_000)]
    assert flow(OLD[1:2], FIRST, put_back, SECOND).terms["date_put_back"] == -120_000_00
    sooner = [position("d", "2027-01-31", 210_000)]
    assert (
        flow([position("d", "2029-06-30", 210_000)], FIRST, sooner, SECOND).terms["date_brought_forward"] == 210_000_00
    )
    undated = flow([position("d", None, 210_000)], FIRST, sooner, SECOND)
    assert undated.terms["date_brought_forward"] == 210_000_00


def test_w7_steady_state() -> None:
    kit = [
        position("1", None, 1_400_000, policy="core", life=7),
        position("2", None, 2_100_000, policy="edge", life=10),
        position("3", None, 1_500_000, policy="server", life=5),
        position("4", None, None, policy="server", life=5),
    ]
    assert sum(item.pence or 0 for item in steady_state(kit)) == 710_000_00
    assert sustains(1_107_500_00, 7) == 7_752_500_00
    assert [item.pence for item in steady_state([position("5", None, 100)])] == [None]


def test_debt_starts_on_the_day_after_the_need_date() -> None:
    item = [position("a", "2026-11-22", 1)]
    assert [stock(item, day(text)).units for text in ("2026-11-22", "2026-11-23")] == [0, 1]


def test_what_has_no_price_is_counted_and_worth_nothing() -> None:
    both = [position("a", "2025-01-01", None, quantity=24), position("b", "2025-01-01", 5)]
    assert stock(both, FIRST).record == {"units": 25, "pence": 500, "unpriced": 24}


def test_bands_follow_rules() -> None:
    past, soon, late = day("2026-01-31"), day("2027-01-31"), day("2030-01-31")
    quarter = dt.timedelta(days=90)
    kit = [
        position("core", "2026-01-31", 1, driver="support", ended=past, tier="core"),
        position("wall", "2026-01-31", 2, driver="security", ended=past, tier="edge", exposure="internet"),
        position("edge", "2026-01-31", 4, driver="support", ended=past, tier="edge"),
        position("aged", "2026-01-31", 8, driver="age"),
        position("aged, ending", "2026-01-31", 16, driver="age", ended=soon, window=quarter),
        position("deadline", "2026-01-31", 32, driver="compliance", ended=late),
        position("ending", "2027-01-31", 64, driver="support", ended=soon, window=quarter),
        position("fine", "2030-01-31", 128, driver="support", ended=late, window=quarter),
    ]
    found = bands(kit, FIRST)
    assert {name: cell.pence // 100 for name, cell in found.items()} == {
        "High": 1 + 2, "Significant": 4 + 32, "Moderate": 16, "Low": 8,
    }  # fmt: skip
    assert sum(cell.pence for cell in found.values()) == stock(kit, FIRST).pence
    assert coming(kit, FIRST).pence == 64_00


def test_what_is_live_is_out_of_debt_and_what_nobody_replaces_stays() -> None:
    kit = [position("a", "2027-01-31", 1, live_by=day("2027-03-01")), position("b", "2027-01-31", 2)]
    assert sum_of(left_on(kit, SECOND)).pence == 300
    assert sum_of(left_on(kit, SECOND, lambda item: item.live_by)).pence == 200
    assert sum_of(left_on(kit, day("2027-02-28"), lambda item: item.live_by)).pence == 300
    assert past_security([position("a", None, 1, security=day("2027-01-31"))], SECOND).units == 1


def test_consumption_is_age_over_life_by_value() -> None:
    kit = [
        position("new", None, 300, life=10, age_from=SECOND),
        position("old", None, 100, life=4, age_from=day("2019-11-22")),
        position("unknown", None, 100, life=4, quantity=3),
    ]
    share, unknown = consumption(kit, SECOND)
    assert share is not None
    assert (share.quantize(Decimal("0.01")), unknown) == (Decimal("0.50"), 3)
    assert consumption([], SECOND) == (None, 0)


kits = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2035, 1, 1)),
        st.none() | st.integers(0, 10**7),
    ),
    max_size=12,
    unique_by=lambda item: item[0],
)


@given(kits, kits)
def test_the_flow_always_reconciles_with_each_unit_in_one_term(
    before: list[tuple[int, dt.date | None, int | None]], after: list[tuple[int, dt.date | None, int | None]]
) -> None:
    one, two = ([Position(str(name), need, value) for name, need, value in kit] for kit in (before, after))
    moved = flow(one, FIRST, two, SECOND)
    assert moved.holds
    assert len({item.asset_id for item in moved.moved}) == len(moved.moved)
