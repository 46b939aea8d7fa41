"""The sections on what a forecast assumes beside the files: preferences, hard times and chances."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from config.sections import Exact, Rate, Section


class RiskWeight(Section):
    """What a year's delay weighs by the band of a unit (forecast-model.md 2.8, 2.9): a stated preference."""

    high: int = Field(10, ge=0)
    significant: int = Field(6, ge=0)
    moderate: int = Field(4, ge=0)
    low: int = Field(3, ge=0)


# Days from order to delivery when supply is short, by kind (forecast-model.md 2.18); what is not listed takes 300.
SHOCK_LEAD_DAYS = {
    "server": 200, "hypervisor": 200, "storage": 200, "ups": 120, "ups-battery": 120, "cabling": 90,
}  # fmt: skip


class Shock(Section):
    """Scenario ``shock``: supply as short and dear as in 2021 and 2022, for the whole horizon; every cell a setting."""

    price_pct: Rate = Field(Decimal(7), description="by how much list prices rise")
    fx_factor: Exact = Field(Decimal("1.20"), ge=1, le=10, description="how many times dearer foreign currency becomes")
    lead_days: dict[str, Annotated[int, Field(ge=0, le=3650)]] = Field(
        SHOCK_LEAD_DAYS, description="days from order to delivery by kind"
    )
    other_lead_days: int = Field(300, ge=0, le=3650, description="the same for every kind that is not listed")


Chance = tuple[Annotated[int, Field(ge=-3650, le=3650)], Annotated[int, Field(ge=0, le=100)]]


def _chances(value: tuple[Chance, ...]) -> tuple[Chance, ...]:
    if sum(chance for _, chance in value) > 100:  # noqa: PLR2004 - per cent
        raise ValueError("the chances come to more than 100 per cent")
    return value


def _not_back(value: tuple[Chance, ...]) -> tuple[Chance, ...]:
    if any(shift < 0 for shift, _ in value):
        raise ValueError("nothing arrives before it is due: write 0 or more")
    return value


Chances = Annotated[tuple[Chance, ...], AfterValidator(_chances)]
Delays = Annotated[Chances, AfterValidator(_not_back)]


class Simulation(Section):
    """What ``estate forecast simulate`` draws from: wide priors, to be narrowed by a council's own outturn.

    A spread of 15 stands for a factor between 0.85 and 1.15, the middle being likeliest (the sum of two even draws). A
    list has pairs of a shift and its chance in per cent; what is left to 100 is no shift.
    """

    price_pct: int = Field(15, ge=0, le=90, description="spread of all prices together")
    own_price_pct: int = Field(20, ge=0, le=90, description="spread of each bundle's price beside it")
    stale_price_pct: int = Field(30, ge=0, le=90, description="the same where the price is stale or an assumption")
    index_points: int = Field(2, ge=0, le=20, description="spread of each year's inflation, in percentage points")
    fx_pct: int = Field(15, ge=0, le=90, description="spread of what foreign currency costs")
    ratio_pct: int = Field(10, ge=0, le=90, description="spread of how many new ones replace the old")
    lead_days: Delays = Field(((60, 15), (150, 10), (258, 5)), description="days by which all deliveries take longer")
    date_days: Chances = Field(((-180, 5), (180, 10), (365, 5)), description="days by which a vendor moves a date")
    unsure_date_days: Chances = Field(
        ((-365, 20), (365, 20)), description="the same where the date is estimated or assumed"
    )
    slip_years: Delays = Field(((1, 30), (2, 10)), description="financial years by which a delivery slips")
