"""Random lives: boxes and parts that move, swap, vanish and return, over nights that are cut short or lost.

What must hold whatever happens: no unit is lost, none is invented, none stands in two places, the spans of a unit do
not overlap, and the order in which a night asks its devices makes no difference.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.observation import Observation, Outcome
from estate.inventory.store import observed_units
from estate.store.database import Database, open_database
from estate.store.tables import Base
from tests.estate.inventory_lab import box, night, observed, part, run_night

DEVICES = ("alpha", "beta", "gamma")
PARTS = ("P1", "P2", "P3", "P4")
# how a device's night goes, the good one most often
ENDS = ("whole", "whole", "whole", "whole", "cut", "silent", "empty")
T = Base.metadata.tables


@dataclass
class Night:
    """Where each part is (two places: two devices answer with it), which serial each box has, and how it is read."""

    places: dict[str, frozenset[str]]
    boxes: dict[str, str]
    versions: dict[str, str]
    ends: dict[str, str]
    order: tuple[str, ...]
    shuffled: tuple[str, ...]
    cut_after: dict[str, int] = field(default_factory=dict)

    def shown(self, device: str) -> list[str]:
        """The parts that the device lists tonight."""
        return [name for name in PARTS if device in self.places[name]]

    def observations(self, number: int, order: Iterable[str]) -> list[Observation]:
        """What the devices say, asked in an order."""
        at = {device: night(number) + dt.timedelta(minutes=DEVICES.index(device)) for device in DEVICES}
        return [self._observation(device, at[device]) for device in order]

    def _observation(self, device: str, at: dt.datetime) -> Observation:
        end = self.ends[device]
        if end == "silent":
            return observed(device, at, (), outcome=Outcome.SILENT)
        listed = [box(self.boxes[device])]
        listed += [
            part(name, slot=PARTS.index(name) + 1, software_revision=self.versions[name]) for name in self.shown(device)
        ]
        if end == "cut":
            listed = listed[: self.cut_after[device]]
        if end == "empty":
            listed = []
        return observed(device, at, listed, cut=end == "cut", version=self.versions[PARTS[0]])


def subsets() -> st.SearchStrategy[frozenset[str]]:
    return st.sampled_from(
        [frozenset[str](), *(frozenset([name]) for name in DEVICES) , *(frozenset([name]) for name in DEVICES),
         frozenset(DEVICES[:2]), frozenset(DEVICES[1:]), frozenset(DEVICES)]
    )  # fmt: skip


def nights() -> st.SearchStrategy[Night]:
    return st.builds(
        Night,
        places=st.fixed_dictionaries({name: subsets() for name in PARTS}),
        boxes=st.fixed_dictionaries({name: st.sampled_from([f"{name}-box", f"{name}-rma"]) for name in DEVICES}),
        versions=st.fixed_dictionaries({name: st.sampled_from(["1", "2"]) for name in PARTS}),
        ends=st.fixed_dictionaries({name: st.sampled_from(ENDS) for name in DEVICES}),
        order=st.permutations(DEVICES).map(tuple),
        shuffled=st.permutations(DEVICES).map(tuple),
        cut_after=st.fixed_dictionaries({name: st.integers(0, 4) for name in DEVICES}),
    )


def history(database: Database) -> list[tuple[Any, ...]]:
    """Every row of every unit, told without ids."""
    fact, unit, device = T["unit_fact"], T["unit"], T["device"]
    statement = (
        sa.select(
            unit.c.identity, device.c.name, fact.c.valid_from, fact.c.valid_to, fact.c.claim, fact.c.slot,
            fact.c.software_revision,
        )
        .join(unit, unit.c.id == fact.c.unit_id)
        .join(device, device.c.id == fact.c.device_id)
    )  # fmt: skip
    with database.reading() as session:
        return sorted((tuple(row) for row in session.execute(statement)), key=str)


def told(database: Database) -> list[tuple[Any, ...]]:
    change, device = T["change"], T["device"]
    statement = sa.select(
        change.c.at, device.c.name, change.c.subject, change.c.what, change.c.field, change.c.before, change.c.after
    ).join(device, device.c.id == change.c.device_id)
    with database.reading() as session:
        return sorted((tuple(row) for row in session.execute(statement)), key=str)


def check_spans(rows: list[tuple[Any, ...]]) -> None:
    spans: dict[Any, list[tuple[dt.datetime, dt.datetime | None]]] = defaultdict(list)
    for identity, device, start, end, claim, *_ in rows:
        assert end is None or end >= start
        spans[(identity, device) if claim else identity].append((start, end))
    for key, listed in spans.items():
        ordered = sorted(listed, key=lambda span: (span[0], span[1] or dt.datetime.max.replace(tzinfo=dt.UTC)))
        for (_, end), (start, _) in pairwise(ordered):
            assert end is not None, key
            assert end <= start, key


def check_places(life: Night, before: dict[str, str], after: dict[str, list[str]]) -> None:
    """Each part is where it was read to be, and what silence says nothing about is where it was."""
    for name in PARTS:
        assert len(after[name]) <= 1, f"{name} in two places"
        where = after[name][0] if after[name] else None
        heard = {device for device in DEVICES if life.ends[device] == "whole" and device in life.places[name]}
        could_hear = {device for device in DEVICES if life.ends[device] == "whole"}
        if heard:
            assert where is not None, f"{name} is lost"
            assert where in heard or where not in could_hear, f"{name} where nobody shows it"
        elif where is None:
            assert name not in before or before[name] in could_hear, f"{name} removed by silence"


def placed(database: Database, number: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    with database.reading() as session:
        for unit in observed_units(session, night(number).date()):
            if not unit.claim:
                found[unit.asset_id].append(unit.device or "")
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(nights(), min_size=1, max_size=6))
def test_random_lives(lives: list[Night]) -> None:
    one, other = open_database("sqlite:///:memory:"), open_database("sqlite:///:memory:")
    before: dict[str, str] = {}
    for number, life in enumerate(lives):
        run_night(one, number, life.observations(number, life.order))
        run_night(other, number, life.observations(number, life.shuffled))
        rows = history(one)
        assert rows == history(other), f"the order mattered on night {number}"
        assert told(one) == told(other), f"the order mattered to the changes of night {number}"
        check_spans(rows)
        after = placed(one, number)
        invented = after.keys() - {*PARTS} - {f"{name}-{end}" for name in DEVICES for end in ("box", "rma")}
        assert not {name for name in invented if not name.startswith("device:")}
        check_places(life, before, after)
        before = {name: places[0] for name, places in after.items() if places}
    one.close()
    other.close()
