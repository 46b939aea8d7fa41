"""What took most requests last night is asked first, and what is known of a device reaches the poll."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.poll import requests_of
from collectors.targets import Target
from schedules.collect import _largest_first


def target(name: str) -> Target:
    return Target("192.0.2.1", name, None, None, "c", "snmp", None, (), "targets.csv:2")


def test_the_largest_come_first_and_the_rest_in_their_order() -> None:
    known: dict[str, dict[str, Any]] = {"b": {"snmp": {"requests": 3}}, "d": {"snmp": {"requests": 90}}, "c": {}}
    order = _largest_first([target(name) for name in "abcde"], known)
    assert [item.name for item in order] == ["d", "b", "a", "c", "e"]


@pytest.mark.parametrize("hints", [{}, {"snmp": {}}, {"snmp": {"requests": "many"}}, {"other": 1}])
def test_hints_that_say_nothing_are_nothing(hints: dict[str, Any]) -> None:
    assert requests_of(hints) == 0
