"""software_policy.csv: what is approved on a day, what is outside, and what should run instead."""

from __future__ import annotations

import datetime as dt

import pytest

from config.tables import parse
from estate.inventory.facts import DeviceFacts
from estate.inventory.store import DeviceState
from estate.lifecycle.approved import Running, Verdict, judge, running
from estate.policy.software import SOFTWARE_POLICY, SoftwareRule

DAY = dt.date(2026, 11, 24)
THEN = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
HEADER = ["platform", "kind", "role", "approved", "preferred", "valid_from", "valid_to", "reason"]


def rules(*rows: str) -> list[SoftwareRule]:
    found, problems = parse(SOFTWARE_POLICY, "software_policy.csv", [HEADER, *(row.split(",") for row in rows)])
    assert problems == []
    return found


def device(name: str, version: str | None, platform: str = "cisco-ios-xe", os: str = "IOS XE") -> DeviceState:
    facts = DeviceFacts("192.0.2.1", "hall", "edge", platform=platform, kind="switch", os=os, version=version)
    return DeviceState(1, name, facts, THEN, THEN, ())


def verdicts(found: list[Running]) -> dict[str, tuple[str, str | None]]:
    return {one.device: (str(one.verdict), one.should_run) for one in found}


def test_releases_and_trains_are_approved_and_the_rest_is_told_what_to_run() -> None:
    listed = rules("cisco-ios-xe,,edge,17.9 17.12.4,17.12.4,,,")
    states = [
        device("a", "17.09.04a"), device("b", "17.12.04"), device("c", "16.12.5"), device("d", None),
        device("e", "4.28.3M", platform="arista-eos", os="EOS"),
    ]  # fmt: skip
    found = running(states, listed, DAY)
    assert found[0].device == "c"
    assert verdicts(found) == {
        "a": ("approved", None), "b": ("preferred", None), "c": ("outside", "17.12.4"), "d": ("unknown", "17.12.4"),
        "e": ("no_rule", None),
    }  # fmt: skip


def test_without_a_preferred_release_the_newest_approved_one() -> None:
    (found,) = running([device("a", "16.9.8")], rules("*,switch,,17.9.4 17.12.2 17.10.1,,,,"), DAY)
    assert found.should_run == "17.12.2"


def test_the_first_row_in_force_on_the_day_counts() -> None:
    listed = rules("cisco-*,,,16.12,,,2026-06-30,", "cisco-*,,,17.9,,2026-07-01,,")
    assert judge("IOS XE", "16.12.5", listed[0]) is Verdict.APPROVED
    assert verdicts(running([device("a", "16.12.5")], listed, dt.date(2026, 6, 30))) == {"a": ("approved", None)}
    assert verdicts(running([device("a", "16.12.5")], listed, dt.date(2026, 7, 1))) == {"a": ("outside", "17.9")}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("cisco-ios,,,,,,,", "approved"),
        ("cisco-ios,,,17.9,,2026-07-01,2026-06-30,", "valid_to"),
        (",toaster,,1,,,,", "kind"),
    ],
)
def test_a_wrong_row_is_named(row: str, column: str) -> None:
    _, problems = parse(SOFTWARE_POLICY, "software_policy.csv", [HEADER, row.split(",")])
    assert [problem.column for problem in problems] == [column]
