"""A changed fact or place, as people are told of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A changed fact or place: of the device itself where ``unit`` is None. ``what`` is changed, moved, renumbered."""

    subject: str
    field: str
    before: str | None
    after: str | None
    unit: int | None = None
    what: str = "changed"


def text_of(value: object) -> str | None:
    """A value as a change tells it; None stays None."""
    return None if value is None else str(value)
