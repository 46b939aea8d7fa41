"""projects.csv: the register of projects, their state and the people who answer for them (S21)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.cells import one_of, text
from config.tables import Column, Table, by

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEDULED, ACTIVE, COMPLETE = STATUSES = ("Scheduled", "Active", "Complete")
TO_BE_CONFIRMED = "TBC"


@dataclass(frozen=True, slots=True)
class Project:
    """A row of projects.csv. A blank person, or ``TBC``, is somebody who is yet to be named."""

    project: str
    programme: str
    name: str
    status: str
    sponsor: str
    manager: str
    source: str

    @property
    def unnamed(self) -> tuple[str, ...]:
        """Which people are still to be named: ``sponsor``, ``manager``."""
        people = {"sponsor": self.sponsor, "manager": self.manager}
        return tuple(role for role, name in people.items() if name.casefold() in {"", TO_BE_CONFIRMED.casefold()})


PROJECTS = Table(
    "projects",
    Project,
    (
        Column("project", required=True),
        Column("programme", text, ""),
        Column("name", text, ""),
        Column("status", one_of(*STATUSES), required=True),
        Column("sponsor", text, ""),
        Column("manager", text, ""),
    ),
    key=by("project"),
)


def count(projects: Iterable[Project]) -> dict[str, Counter[str]]:
    """How many projects of each status a programme has, in the order of the file."""
    found: dict[str, Counter[str]] = {}
    for item in projects:
        found.setdefault(item.programme, Counter())[item.status] += 1
    return found
