"""One step of a run, as plain data: how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Ended(NamedTuple):
    """How a step ended by its own account: ``done`` or ``part``, and a line that says what it did."""

    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step ended: an outcome of :mod:`schedules.store`, its seconds of wall time, and why."""

    name: str
    outcome: str
    seconds: float
    detail: str


def first_line(detail: str) -> str:
    """What a detail of several lines is about."""
    return detail.split("\n", 1)[0].rstrip(":")
