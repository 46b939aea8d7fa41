"""The age that a forecast counts from, how sure it is, and that the trace says so (forecast-model.md 2.13)."""

import datetime as dt

import pytest

from estate.forecast.calendar import Calendar
from estate.forecast.need import Rules, need_of
from estate.inventory.serials import Made, made_on
from estate.inventory.unit import Unit
from estate.lifecycle.milestones import Grade, Match
from tests.estate.forecast_kit import AS_OF, policy

CISCO = made_on("Cisco", "FOC2034X0AB", AS_OF)
ARUBA = made_on("Aruba", "SG35L510BP", AS_OF, "6300M")


@pytest.mark.parametrize(
    ("made", "need_by", "confidence", "basis"),
    [
        (CISCO, "2026-08-22", "estimated", "serial 2016-08-22 + 10 years (soft)"),
        (ARUBA, "2033-05-01", "assumed", "serial 2023-05-01 + 10 years (soft)"),
        (None, "2034-01-01", "assumed", "first_seen 2024-01-01 + 10 years (soft)"),
    ],
)
def test_a_date_from_the_serial_number_decides_where_nothing_better_is_known(
    made: Made | None, need_by: str, confidence: str, basis: str
) -> None:
    unit = Unit("A1", "switch", serial_made=made, first_seen=dt.date(2024, 1, 1))
    terms = policy(policy_age_years=10, age_mode="soft")
    need = need_of(unit, terms, Match(Grade.NONE), [], Rules(AS_OF, Calendar()))
    assert need.winner is not None
    assert (str(need.need_by), need.winner.confidence, need.winner.basis) == (need_by, confidence, basis)
    assert need.flags == (f"age_from_{'serial' if made else 'first_seen'}",)
