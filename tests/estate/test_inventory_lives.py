"""Random lives: boxes and parts that move, swap, vanish and return, over nights that are cut short or lost.

What must hold whatever happens: no unit is lost, none is invented, none stands in two places, the spans of a unit do
not overlap, what is told fits to where everything was and is, and the order in which a night asks its devices makes no
difference.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.observation import Component, Observation, Outcome
from estate.inventory.store import Changed, changes, observed_units, record
from estate.store.database import Database, open_database
from estate.store.tables import Base
from tests.estate.inventory_lab import SERIAL, box, new_run, night, observed, part, run_night, target
from tests.examples import examples

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


@settings(max_examples=examples(8, 100), deadline=None)
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


# ------------------------------------------------------------------------------------- stacks, slots, sites, swaps

STACKS = ("north", "south")
MEMBERS = ("M1", "M2", "M3")
CARDS = ("C1", "C2", "C3", "C4")
SLOTS = (1, 2)


@dataclass(frozen=True)
class Rack:
    """A night of two stacks: whose each member is and which number it has, which slot of which member holds each card.

    A card's place is a member and a slot; a card whose member is in neither stack, or whose slot is taken, is on the
    shelf. ``swapped`` members have been replaced: another serial in the same place.
    """

    members: dict[str, str]
    numbers: tuple[str, ...]
    swapped: frozenset[str]
    cards: dict[str, tuple[str, int]]
    sites: dict[str, str]
    ends: dict[str, str]
    cut_after: dict[str, int]
    order: tuple[str, ...]

    def listing(self, device: str) -> list[Component]:
        """What a stack lists when it is read to its end."""
        listed: list[Component] = []
        ordered = [name for name in self.numbers if self.members[name] == device]
        for number, name in enumerate(ordered, start=1):
            serial = f"{name}-new" if name in self.swapped else name
            where = {"serial": f"{SERIAL}.{number}000"}
            listed.append(Component(
                f"{number}000", "chassis", None, number, f"Switch {number}", serial=serial, vendor="Acme", where=where,
            ))  # fmt: skip
            listed += [self._card(card, number, slot) for slot, card in sorted(self._in(name).items())]
        return listed

    def _in(self, member: str) -> dict[int, str]:
        taken: dict[int, str] = {}
        for card in CARDS:
            where, slot = self.cards[card]
            if where == member:
                taken.setdefault(slot, card)
        return taken

    @staticmethod
    def _card(card: str, number: int, slot: int) -> Component:
        index = f"{number}00{slot}"
        where = {"serial": f"{SERIAL}.{index}"}
        return Component(
            index, "module", f"{number}000", slot, f"Switch {number} Slot {slot}", serial=card, vendor="Acme",
            where=where,
        )  # fmt: skip

    def observe(self, database: Database, number: int, order: Iterable[str]) -> None:
        """Record the night, the devices in an order; some are recorded twice, as a queue may deliver them."""
        with database.writing() as session:
            run = new_run(session, night(number))
        for device in order:
            at = night(number) + dt.timedelta(minutes=STACKS.index(device))
            listed, end = self.listing(device), self.ends[device]
            cut = end == "cut"
            outcome = Outcome.SILENT if end == "silent" else None
            said = observed(device, at, listed[: self.cut_after[device]] if cut else listed, cut=cut, outcome=outcome)
            for _ in range(2):
                with database.writing() as session:
                    record(session.connection(), run, target(device, self.sites[device]), said)


def racks() -> st.SearchStrategy[Rack]:
    places = st.tuples(st.sampled_from((*MEMBERS, *MEMBERS, "shelf")), st.sampled_from(SLOTS))
    return st.builds(
        Rack,
        members=st.fixed_dictionaries({name: st.sampled_from((*STACKS, *STACKS, "shelf")) for name in MEMBERS}),
        numbers=st.permutations(MEMBERS).map(tuple),
        swapped=st.frozensets(st.sampled_from(MEMBERS), max_size=1),
        cards=st.fixed_dictionaries(dict.fromkeys(CARDS, places)),
        sites=st.fixed_dictionaries({name: st.sampled_from(("depot", "depot", "town-hall")) for name in STACKS}),
        ends=st.fixed_dictionaries(
            {name: st.sampled_from(("whole", "whole", "whole", "cut", "silent")) for name in STACKS}
        ),
        cut_after=st.fixed_dictionaries({name: st.integers(0, 4) for name in STACKS}),
        order=st.permutations(STACKS).map(tuple),
    )


def shown(rack: Rack, device: str) -> set[str]:
    return {item.serial or "" for item in rack.listing(device)}


def lines(database: Database, number: int) -> list[Changed]:
    with database.reading() as session:
        return list(changes(session, night(number), night(number + 1)))


def check_events(rack: Rack, told: list[Changed], before: dict[str, str], after: dict[str, str]) -> None:
    """What the night tells fits to where everything was and is: nothing else, and everything once."""
    # a stack that lists nothing is a box without a serial, which has no life to follow
    told = [change for change in told if change.subject != "chassis" or change.what == "swapped"]
    came = [change.subject for change in told if change.what in {"discovered", "installed", "joined", "returned"}]
    went = [change.subject for change in told if change.what == "removed"]
    moved = [change.subject for change in told if change.what == "moved" and not change.field]
    moves_within = {change.subject for change in told if change.what == "moved" and change.field == "slot"}
    swaps = [change for change in told if change.what == "swapped"]
    for listed in (came, went, moved, [swap.after for swap in swaps]):
        assert len(listed) == len(set(listed)), "told twice"
    out, into = {swap.before or "" for swap in swaps}, {swap.after or "" for swap in swaps}
    assert set(went) <= before.keys() - after.keys() <= {*went, *out}
    assert after.keys() - before.keys() <= {*came, *into}
    assert set(moved) == {name for name in before.keys() & after.keys() if before[name] != after[name]}
    for swap in swaps:
        sure = rack.ends[swap.device] == "whole" or swap.before in moves_within
        assert sure, "a swap needs a complete reading, or the old one seen elsewhere in it"
        assert swap.after in shown(rack, swap.device)
    for change in told:
        if change.what in {"moved", "renumbered"} and change.field == "slot":
            assert change.before != change.after
            assert rack.ends[change.device] != "silent"


@settings(max_examples=examples(8, 100), deadline=None)
@given(st.lists(racks(), min_size=2, max_size=5))
def test_random_stacks(lives: list[Rack]) -> None:
    one, other = open_database("sqlite:///:memory:"), open_database("sqlite:///:memory:")
    before: dict[str, str] = {}
    for number, rack in enumerate(lives):
        rack.observe(one, number, rack.order)
        rack.observe(other, number, reversed(rack.order))
        rows = history(one)
        assert rows == history(other), f"the order mattered on night {number}"
        assert told(one) == told(other), f"the order mattered to the changes of night {number}"
        check_spans(rows)
        where = placed(one, number)
        assert all(len(places) == 1 for places in where.values()), "counted twice"
        after = {name: places[0] for name, places in where.items() if not name.startswith("device:")}
        for name in before.keys() - after.keys():
            assert rack.ends[before[name]] == "whole", f"{name} removed by silence"
        for device in STACKS:
            if rack.ends[device] == "whole" and rack.listing(device):
                assert shown(rack, device) <= after.keys(), "lost"
        known = {*CARDS, *MEMBERS, *(f"{name}-new" for name in MEMBERS)}
        assert after.keys() <= known, "invented"
        check_events(rack, lines(one, number), before, after)
        before = after
    one.close()
    other.close()


@settings(max_examples=examples(10, 50), deadline=None)
@given(racks(), st.permutations(MEMBERS))
def test_members_that_only_take_other_numbers_tell_nothing_else(rack: Rack, numbers: list[str]) -> None:
    database = open_database("sqlite:///:memory:")
    first = replace(rack, ends=dict.fromkeys(STACKS, "whole"))
    second = replace(first, numbers=tuple(numbers))
    first.observe(database, 0, STACKS)
    second.observe(database, 1, STACKS)
    assert {change.what for change in lines(database, 1)} <= {"renumbered"}
    database.close()
