"""What borrowed capital costs the revenue budget (forecast-model.md 2.7, W5), to the penny."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estate.forecast.revenue import (
    ANNUITY,
    Borrowing,
    Terms,
    annuity,
    annuity_payment,
    by_year,
    charges,
    equal_instalments,
    provisions,
    reckoner,
)
from estate.forecast.split import largest_remainder
from tests.estate.forecast_kit import fy

FOUR = Terms(Decimal(4))


def paid(spend: str, first: str, terms: Terms = FOUR) -> dict[str, tuple[int, int | None]]:
    made = charges(Borrowing(3_500_000_00, fy(spend), fy(first), 7), terms)
    assert made is not None
    return {str(charge.fy): (charge.mrp, charge.interest) for charge in made}


def test_w5_spent_and_in_use_in_one_year() -> None:
    assert paid("2021/22", "2022/23") == {
        "2021/22": (0, 70_000_00),
        "2022/23": (500_000_00, 140_000_00),
        "2023/24": (500_000_00, 120_000_00),
        "2024/25": (500_000_00, 100_000_00),
        "2025/26": (500_000_00, 80_000_00),
        "2026/27": (500_000_00, 60_000_00),
        "2027/28": (500_000_00, 40_000_00),
        "2028/29": (500_000_00, 20_000_00),
    }
    assert sum(interest or 0 for _, interest in paid("2021/22", "2022/23").values()) == 630_000_00


def test_w5_in_use_a_year_later_is_provided_for_a_year_later() -> None:
    later = paid("2021/22", "2023/24")
    assert next(year for year, (mrp, _) in later.items() if mrp) == "2023/24"
    assert (later["2022/23"], later["2023/24"]) == ((0, 140_000_00), (500_000_00, 140_000_00))


def test_w5_the_half_year_can_be_switched_off() -> None:
    assert paid("2021/22", "2022/23", Terms(Decimal(4), half_year=False))["2021/22"] == (0, 0)


def test_w5_equal_instalments_correct_themselves() -> None:
    assert equal_instalments(1_107_500_00, 7) == [
        158_214_29, 158_214_29, 158_214_28, 158_214_29, 158_214_28, 158_214_29, 158_214_28,
    ]  # fmt: skip
    assert equal_instalments(1_107_500_00, 5) == [221_500_00] * 5


def test_w5_annuity() -> None:
    assert annuity_payment(3_500_000_00, 7, Decimal(4)) == 583_133_64
    parts = annuity(3_500_000_00, 7, Decimal(4))
    assert parts == [443_133_64, 460_858_99, 479_293_35, 498_465_08, 518_403_68, 539_139_83, 560_705_43]
    assert sum(parts) == 3_500_000_00
    assert annuity(700_00, 7, Decimal(0)) == [100_00] * 7


def test_an_unknown_rate_is_no_rate_of_nothing() -> None:
    assert {interest for _, interest in paid("2021/22", "2022/23", Terms()).values()} == {None}
    assert charges(Borrowing(100, fy("2021/22"), fy("2022/23"), 2), Terms(method=ANNUITY)) is None
    made = charges(Borrowing(100, fy("2021/22"), fy("2022/23"), 2), Terms())
    assert made is not None
    assert by_year([*made, *made])[fy("2022/23")].total is None


def test_borrowings_add_up_year_by_year() -> None:
    one = charges(Borrowing(3_500_000_00, fy("2021/22"), fy("2022/23"), 7), FOUR)
    two = charges(Borrowing(1_000_00, fy("2022/23"), fy("2023/24"), 2), FOUR)
    assert one is not None and two is not None  # noqa: PT018 - both, for the type
    both = by_year([*two, *one])
    assert [str(year) for year in both][:2] == ["2021/22", "2022/23"]
    assert (both[fy("2022/23")].mrp, both[fy("2022/23")].interest) == (500_000_00, 140_020_00)
    assert both[fy("2023/24")].total == 500_500_00 + 120_040_00


def test_a_life_that_no_rule_allows_is_refused() -> None:
    for life in (0, 51):
        with pytest.raises(ValueError, match="1 to 50 years"):
            provisions(100, life, FOUR)
    with pytest.raises(ValueError, match="no MRP method"):
        provisions(100, 5, Terms(method="guess"))


def test_what_a_million_costs() -> None:
    ((five, years), (seven, _)) = reckoner([7, 5, 7], FOUR, fy("2026/27"))
    assert (five, seven) == (5, 7)
    assert [charge.total for charge in years] == [
        20_000_00, 240_000_00, 232_000_00, 224_000_00, 216_000_00, 208_000_00,
    ]  # fmt: skip


@given(st.integers(0, 10**12), st.integers(1, 50), st.sampled_from(["0", "0.01", "4", "4.35", "19.9"]))
def test_provisions_come_to_what_was_borrowed(pence: int, life: int, rate: str) -> None:
    for method in ("equal_instalments", ANNUITY):
        parts = provisions(pence, life, Terms(Decimal(rate), method))
        assert parts is not None
        assert (sum(parts), len(parts)) == (pence, life)
    assert max(equal_instalments(pence, life)) - min(equal_instalments(pence, life)) <= 1


def test_s25_a_shared_cost_adds_up_to_the_penny() -> None:
    assert largest_remainder(90_705_29, [52, 48]) == [47_166_75, 43_538_54]
    assert largest_remainder(90_705_29, [1, 1, 1]) == [30_235_10, 30_235_10, 30_235_09]
    assert largest_remainder(-5, [1, 1]) == [-3, -2]
    assert largest_remainder(0, [0, 3]) == [0, 0]
    for weights in ([], [0, 0], [1, -1]):
        with pytest.raises(ValueError, match="cannot be divided"):
            largest_remainder(1, weights)


@given(st.integers(0, 10**10), st.lists(st.integers(0, 999), min_size=1, max_size=7).filter(any))
def test_largest_remainder_loses_nothing_and_errs_by_less_than_a_penny(total: int, weights: list[int]) -> None:
    shares = largest_remainder(total, weights)
    assert sum(shares) == total
    assert all(
        abs(share * sum(weights) - total * weight) < sum(weights) for share, weight in zip(shares, weights, strict=True)
    )
