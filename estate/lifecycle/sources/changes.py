"""What a source changes in what is known: new, moved, gone, not announced, and what could not be used, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from estate.lifecycle.milestones import MILESTONES

Cells = dict[str, str]
"""A row of a pack as the file holds it: text by column, blank where the source says nothing."""


class Kind(StrEnum):
    """What happened to one product, release or row."""

    NEW = "new"
    MOVED = "moved"
    ADDED = "added"
    GONE = "gone"
    NOT_ANNOUNCED = "not_announced"
    SAME = "same"
    CONFLICT = "conflict"
    REFUSED = "refused"
    LEFT_OUT = "left_out"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a source said, and what it does to what was known.

    ``subject`` is a part number, a model or a release; ``before`` and ``after`` are dates, or all of them for something
    new; ``note`` says why where the answer could not be used.
    """

    kind: Kind
    source: str
    subject: str
    milestone: str = ""
    before: str = ""
    after: str = ""
    note: str = ""


DATES = ("released", *MILESTONES)


def dates_of(cells: Mapping[str, str] | None) -> Cells:
    """The dates that a row gives."""
    return {name: cells[name] for name in DATES if cells.get(name)} if cells else {}


def changes(source: str, subject: str, before: Mapping[str, str] | None, after: Mapping[str, str]) -> list[Change]:
    """What a row changes against what was known before (None for nothing): at least one entry, SAME where nothing."""
    old, new = dates_of(before), dates_of(after)
    if not new:
        was = [Change(Kind.GONE, source, subject, name, day) for name, day in old.items()]
        known = before is not None and not old and bool(before.get("not_announced_on"))
        said = Change(
            Kind.SAME if known else Kind.NOT_ANNOUNCED, source, subject, after=after.get("not_announced_on", "")
        )
        return [*was, said]
    if not old:
        return [Change(Kind.NEW, source, subject, after=spoken(new))]
    found = [
        Change(_kind(old.get(name), new.get(name)), source, subject, name, old.get(name, ""), new.get(name, ""))
        for name in DATES
        if old.get(name) != new.get(name)
    ]
    return found or [Change(Kind.SAME, source, subject)]


def _kind(old: str | None, new: str | None) -> Kind:
    if old and new:
        return Kind.MOVED
    return Kind.ADDED if new else Kind.GONE


def spoken(dates: Mapping[str, str]) -> str:
    """Dates in one line: ``end of sale 2022-10-31, end of support 2027-10-31``."""
    return ", ".join(f"{name.replace('_', ' ')} {day}" for name, day in dates.items())


def counted(listed: Iterable[Change]) -> str:
    """How many subjects changed in each way: ``3 new, 1 moved, 20 same``."""
    subjects: dict[Kind, set[str]] = {}
    for change in listed:
        subjects.setdefault(change.kind, set()).add(change.subject)
    words = [f"{len(subjects[kind])} {kind.replace('_', ' ')}" for kind in Kind if kind in subjects]
    return ", ".join(words) or "nothing"
