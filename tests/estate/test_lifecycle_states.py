"""Support states: which date binds, the window, and that nothing unknown comes out as supported."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estate.inventory.unit import Unit
from estate.lifecycle.milestones import MILESTONES, Grade, Match, State
from estate.lifecycle.states import unit_state
from estate.lifecycle.status import UnitStatus, headline, product_of, status, worst_first
from estate.policy.policies import Policy

POLICY = Policy(
    "edge", "switch", None, None, None, None, "ignore", 30, 42, 30, None, 1, 1, Decimal(0), None, "edge", "internal",
    "policy.csv:2",
)  # fmt: skip
SECURITY, SUPPORT = dt.date(2026, 10, 31), dt.date(2027, 10, 31)
BOTH = {"end_of_security_support": SECURITY, "end_of_support": SUPPORT}
SEVERITY = [State.SUPPORTED, State.ENDING, State.UNSUPPORTED]

days = st.dates(dt.date(2000, 1, 1), dt.date(2060, 1, 1))
found_matches = st.builds(
    Match,
    grade=st.sampled_from(list(Grade)),
    dates=st.dictionaries(st.sampled_from(MILESTONES), days),
    not_announced_on=st.none() | days,
)
policies = st.none() | st.builds(
    replace,
    st.just(POLICY),
    lead_days=st.integers(0, 900),
    exposure=st.sampled_from(["internet", "internal"]),
)


@pytest.mark.parametrize(
    ("exposure", "cyber_essentials", "dates", "milestone"),
    [
        ("internet", False, BOTH, "end_of_security_support"),
        ("internal", True, BOTH, "end_of_security_support"),
        ("internal", False, BOTH, "end_of_support"),
        ("internal", False, {"end_of_security_support": SECURITY}, "end_of_security_support"),
        ("internet", True, {"end_of_support": SUPPORT}, "end_of_support"),
        ("internet", True, {"end_of_security_support": SUPPORT, "end_of_support": SUPPORT}, "end_of_security_support"),
        ("internet", True, {"end_of_security_support": SUPPORT, "end_of_support": SECURITY}, "end_of_support"),
    ],
)
def test_which_date_binds(exposure: str, dates: dict[str, dt.date], milestone: str, *, cyber_essentials: bool) -> None:
    found = Match(Grade.EXACT, dates=dates)
    state = unit_state(found, replace(POLICY, exposure=exposure), dt.date(2026, 1, 1), None, cyber_essentials)
    assert (state.milestone, state.date) == (milestone, dates[milestone])


@pytest.mark.parametrize(
    ("as_of", "within", "policy", "expected"),
    [
        (SUPPORT - dt.timedelta(366), None, None, State.SUPPORTED),
        (SUPPORT - dt.timedelta(365), None, None, State.ENDING),
        (SUPPORT - dt.timedelta(103), None, POLICY, State.SUPPORTED),  # 42 + 30 + 30 = 102 days
        (SUPPORT - dt.timedelta(102), None, POLICY, State.ENDING),
        (SUPPORT - dt.timedelta(102), 101, POLICY, State.SUPPORTED),
        (SUPPORT, 0, POLICY, State.ENDING),  # a vendor's date is the last supported day
        (SUPPORT + dt.timedelta(1), None, POLICY, State.UNSUPPORTED),
    ],
)
def test_the_window(as_of: dt.date, within: int | None, policy: Policy | None, expected: State) -> None:
    found = Match(Grade.EXACT, dates={"end_of_support": SUPPORT})
    state = unit_state(found, policy, as_of, within, cyber_essentials=True)
    assert (state.state, state.confirmed) == (expected, True)


def test_a_series_date_is_the_latest_possible() -> None:
    found = Match(Grade.SERIES, dates={"end_of_support": SUPPORT})
    before = unit_state(found, None, dt.date(2020, 1, 1), None, cyber_essentials=True)
    after = unit_state(found, None, SUPPORT + dt.timedelta(1), None, cyber_essentials=True)
    assert (before.state, before.confirmed) == (State.SUPPORTED, False)
    assert after.state is State.UNSUPPORTED


@pytest.mark.parametrize("name", ["eox_announced", "end_of_sale", "end_of_sw_maintenance", "last_renewal"])
def test_other_milestones_do_not_make_a_state(name: str) -> None:
    found = Match(Grade.EXACT, dates={name: SUPPORT})
    state = unit_state(found, None, dt.date(2026, 1, 1), None, cyber_essentials=True)
    assert (state.state, state.milestone, state.date) == (State.UNKNOWN, "", None)
    assert state.match.dates == {name: SUPPORT}


@given(
    found=found_matches,
    policy=policies,
    as_of=days,
    within=st.none() | st.integers(0, 4000),
    cyber_essentials=st.booleans(),
)
def test_nothing_unknown_is_ever_supported(
    found: Match, policy: Policy | None, as_of: dt.date, within: int | None, *, cyber_essentials: bool
) -> None:
    state = unit_state(found, policy, as_of, within, cyber_essentials)
    known = {"end_of_security_support", "end_of_support"} & found.dates.keys()
    assert (state.state in SEVERITY) == bool(known)
    assert (state.date is None) == (not known)
    assert not (state.confirmed and found.grade is Grade.SERIES)
    if state.state is State.SUPPORTED:
        assert state.date is not None
        assert as_of <= state.date


@given(
    found=found_matches,
    policy=policies,
    one=days,
    other=days,
    within=st.none() | st.integers(0, 4000),
    cyber_essentials=st.booleans(),
)
def test_a_state_only_gets_worse_with_time(
    found: Match, policy: Policy | None, one: dt.date, other: dt.date, within: int | None, *, cyber_essentials: bool
) -> None:
    early = unit_state(found, policy, min(one, other), within, cyber_essentials)
    late = unit_state(found, policy, max(one, other), within, cyber_essentials)
    if early.state in SEVERITY:
        assert SEVERITY.index(early.state) <= SEVERITY.index(late.state)
    else:
        assert early.state is late.state


def test_status_of_units_worst_first_with_a_headline() -> None:
    units = [
        Unit("S1", "switch", device="a", vendor="Cisco", part_number="GONE"),
        Unit("S2", "switch", device="b", vendor="Cisco", part_number="FINE"),
        Unit("S3", "switch", device="c", vendor="Cisco", part_number="LATEST", quantity=2),
        Unit("S4", "router", device="d"),
        Unit("S5", "switch", device="e", vendor="Cisco", part_number="OPEN"),
    ]
    later = dt.date(2040, 1, 1)
    matches = {
        ("Cisco", "GONE", ""): Match(Grade.EXACT, dates={"end_of_support": dt.date(2020, 1, 1)}),
        ("Cisco", "FINE", ""): Match(Grade.EXACT, dates={"end_of_support": later}),
        ("Cisco", "LATEST", ""): Match(Grade.SERIES, dates={"end_of_support": later}),
        ("Cisco", "OPEN", ""): Match(Grade.SERIES, not_announced_on=dt.date(2024, 11, 9)),
    }
    assert product_of(units[3]) == ("", "", "")
    result = status(units, matches, [POLICY], dt.date(2026, 11, 22), None, cyber_essentials=True)
    assert [item.policy is not None for item in result] == [True, True, True, False, True]
    retired = UnitStatus(replace(units[0], asset_id="S0"), None, result[0].state, excluded="retired in assets.csv")
    ordered = worst_first([*result, retired])
    assert [item.unit.asset_id for item in ordered] == ["S1", "S4", "S5", "S2", "S3", "S0"]
    assert headline(ordered) == (
        "6 units of equipment: 1 unsupported, 0 ending, 3 supported (2 only at the latest), 1 not announced, "
        "1 unknown (17 %); 1 not in service or not counted"
    )
    part = UnitStatus(replace(units[0], asset_id="S9", kind="module"), None, result[0].state)
    assert headline([*result, part]).endswith(
        "; 1 part inside: 1 unsupported, 0 ending, 0 supported, 0 not announced, 0 unknown (0 %)"
    )
    assert headline([]) == "0 units of equipment: 0 unsupported, 0 ending, 0 supported, 0 not announced, 0 unknown"
