"""Folding one observation into what is known of its device: what changed, what is new, what is gone.

Silence removes nothing. Only a complete reading of the sections that a unit was read from says that it is gone; a
section that was cut off, or not asked, leaves its last knowledge as it stands, and an empty table where there were
rows is taken for a failed reading, not for an empty box. What this says of one device, :mod:`estate.inventory.placing`
settles between devices.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from collectors.folding import agree
from collectors.observation import Observation, Outcome, Section
from estate.inventory.pairing import Held, believed, pair
from estate.inventory.relocation import MOVED, Place, follows, is_box, shift, swaps
from estate.inventory.sections import read_in, section_of
from estate.inventory.seen import SeenUnit
from estate.inventory.units import units_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from collectors.targets import Target

# Outcomes that say something of the hardware; every other one changes the ledger only.
ANSWERS = frozenset({Outcome.ANSWERED, Outcome.PARTIAL})

# What a device said of itself: these fields of an Observation are facts with history.
IDENTITY = (
    "platform", "kind", "vendor", "model", "part_number", "serial", "os", "version", "sys_name", "sys_descr",
    "sys_object_id", "location",
)  # fmt: skip
# The section that SSH is read into.
_SSH = "ssh"
# What changes without being a fact: agents renumber on reboot, and another transport finds the same thing elsewhere.
_NOT_FACTS = frozenset({"identity", "index", "section", "evidence"})
_FACTS = tuple(item.name for item in fields(SeenUnit) if item.name not in _NOT_FACTS)
# Of these a change is told to people; the rest follows from them or does not matter to anybody.
_TOLD = frozenset(_FACTS) - {"cls", "kind", "position", "parent", "fru", "description"}


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What a device is, as history keeps it; ``evidence`` maps a field to where it was read.

    ``disagreements`` are those of :class:`collectors.observation.Disagreement`, as plain values.
    """

    address: str
    site: str | None = None
    role: str | None = None
    platform: str | None = None
    kind: str | None = None
    vendor: str | None = None
    model: str | None = None
    part_number: str | None = None
    serial: str | None = None
    os: str | None = None
    version: str | None = None
    sys_name: str | None = None
    sys_descr: str | None = None
    sys_object_id: str | None = None
    location: str | None = None
    evidence: dict[str, str] = field(default_factory=dict)
    disagreements: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a device before a reading; ``rows`` counts the rows of each section's last complete reading."""

    facts: DeviceFacts | None = None
    units: tuple[Held, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """A changed fact or place: of the device itself where ``unit`` is None. ``what`` is changed, moved, renumbered."""

    subject: str
    field: str
    before: str | None
    after: str | None
    unit: int | None = None
    what: str = "changed"


@dataclass(frozen=True, slots=True)
class Swap:
    """A slot where another unit now stands than before."""

    old: Held
    new: SeenUnit


@dataclass(frozen=True, slots=True)
class Folded:
    """What a reading means for its device.

    ``facts`` is None where nothing changed. ``revised`` units have new facts, ``amended`` ones only a new index or
    section; ``confirmed`` are all that were seen again, revised or not. ``arrived`` units were not here before; that
    does not yet say where they come from. ``named`` is a unit known only by its device until now, whose serial became
    known: it ends without having been removed.
    """

    outcome: Outcome
    reason: str
    sections: tuple[Section, ...]
    facts: DeviceFacts | None = None
    confirmed: tuple[Held, ...] = ()
    revised: tuple[Held, ...] = ()
    amended: tuple[Held, ...] = ()
    arrived: tuple[SeenUnit, ...] = ()
    gone: tuple[Held, ...] = ()
    named: tuple[Held, ...] = ()
    lines: tuple[Line, ...] = ()
    swaps: tuple[Swap, ...] = ()


def fold(known: Known, target: Target, observation: Observation) -> Folded:
    """What an observation means, given what was known of its device."""
    if observation.outcome not in ANSWERS:
        return Folded(observation.outcome, observation.reason, observation.sections)
    sections = _sections(known, observation)
    complete = {section.name for section in sections if section.complete}
    doubted = {section.name for section in sections if not section.complete}
    outcome, reason = _outcome(observation, sections)
    facts, lines = _facts(known.facts, target, observation, complete, doubted)
    seen = believed(known.units, units_of(replace(observation, sections=sections)), complete)
    pairs, arrived, missing = pair(known.units, seen)
    stands = [
        (held, held.seen if _same(held.seen, now) else _kept(held.seen, now, complete, doubted)) for held, now in pairs
    ]
    places = {held.seen.identity: Place(held.seen, None) for held in missing}
    places |= {unit.identity: Place(None, unit) for unit in arrived}
    places |= {held.seen.identity: Place(held.seen, kept) for held, kept in stands}
    confirmed, revised, amended = [], [], []
    for held, kept in stands:
        if kept is held.seen:
            confirmed.append(held)
            continue
        again = Held(held.key, kept)
        confirmed.append(again)
        if changed := [name for name in _FACTS if getattr(held.seen, name) != getattr(kept, name)]:
            revised.append(again)
            lines += _lines(held, kept, changed, places)
        elif (held.seen.index, held.seen.section) != (kept.index, kept.section):
            amended.append(again)
    named, gone = _ended(missing, arrived, complete)
    lines += [_line_of_name(held, arrived) for held in named]
    by_identity = {held.seen.identity: held for held in known.units}
    swapped = [Swap(by_identity[old.identity], new) for old, new in swaps([held.seen for held in gone], places)]
    # the device's own serial is that of the box: a swap says it already
    said = {(swap.old.seen.serial, swap.new.serial) for swap in swapped}
    lines = [line for line in lines if line.field != "serial" or (line.before, line.after) not in said]
    return Folded(
        outcome, reason, sections, facts, tuple(confirmed), tuple(revised), tuple(amended), tuple(arrived),
        tuple(gone), tuple(named), tuple(lines), tuple(swapped),
    )  # fmt: skip


def _sections(known: Known, observation: Observation) -> tuple[Section, ...]:
    """The sections as far as they are to be believed: an empty one after a full one is not complete."""
    listed = Counter(chain.from_iterable(map(read_in, observation.components)))
    sections = []
    for section in observation.sections:
        rows = max(section.rows, listed[section.name])
        if section.complete and not rows and (missing := _missing(known, observation, section.name)):
            before = max(missing, known.rows.get(section.name, 0))
            reason = f"it gave no rows, where there were {before}: taken for a failed reading"
            sections.append(Section(section.name, complete=False, reason=reason, rows=0))
        else:
            sections.append(replace(section, rows=rows))
    return tuple(sections)


def _missing(known: Known, observation: Observation, section: str) -> int:
    """How much that this section once gave is missing now: if nothing is, its emptiness says nothing."""
    units = [held for held in known.units if section in held.seen.sections]
    if units:
        shown = {unit.identity for unit in units_of(observation)}
        units = [held for held in units if held.seen.identity not in shown]
    evidence = known.facts.evidence if known.facts else {}
    facts = [name for name in IDENTITY if getattr(observation, name) is None and name in evidence]
    return len(units) + sum(section_of(evidence[name]) == section for name in facts)


def _outcome(observation: Observation, sections: Iterable[Section]) -> tuple[Outcome, str]:
    doubted = [section for section in sections if not section.complete]
    if observation.outcome is Outcome.ANSWERED and doubted:
        return Outcome.PARTIAL, "; ".join(f"{section.name}: {section.reason or 'cut off'}" for section in doubted)
    return observation.outcome, observation.reason


def _facts(
    before: DeviceFacts | None, target: Target, observation: Observation, complete: set[str], doubted: set[str]
) -> tuple[DeviceFacts | None, list[Line]]:
    """The device's facts where they changed, and a line for each; what was not read again stays as it was."""
    values = {name: getattr(observation, name) for name in IDENTITY}
    evidence = dict(observation.evidence)
    ssh_alone = _SSH in complete and complete <= {_SSH} and bool(doubted)
    if before is not None:
        for name in IDENTITY:
            old, new = before.evidence.get(name), observation.evidence.get(name)
            silent = values[name] is None and not _denied(old, complete, whole=_whole(observation))
            worse = _no_news(before, name, values[name]) if ssh_alone else _second_best(old, new, doubted)
            if silent or worse:
                values[name] = getattr(before, name)
                if name in before.evidence:
                    evidence[name] = before.evidence[name]
    now = DeviceFacts(observation.address, target.site, target.role, evidence=evidence, **values)
    now = replace(now, disagreements=_disagreements(before, now, observation, complete))
    if before is None:
        return now, []
    lines = [
        Line(target.name, name, _text(getattr(before, name)), _text(getattr(now, name)), what=_what(before, now, name))
        for name in ("address", "site", "role", *IDENTITY)
        if getattr(before, name) != getattr(now, name)
    ]
    # the long text that a version was read from says the same again
    told = [line for line in lines if line.field != "sys_descr" or not any(one.field == "version" for one in lines)]
    return (now, told) if lines or now.disagreements != before.disagreements else (None, [])


def _disagreements(
    before: DeviceFacts | None, now: DeviceFacts, observation: Observation, complete: set[str]
) -> list[dict[str, str]]:
    """What SNMP and SSH disagree on; where they were not both read to their end, also what they did before.

    One whose value has changed since is over: nobody knows what the other would say of the new one.
    """
    found = [asdict(item) for item in observation.disagreements]
    if before is None or {_SSH, "system"} <= complete:
        return found
    told = {(item["field"], item["subject"]) for item in found}

    def stands(item: dict[str, str]) -> bool:
        ours = item["subject"] == observation.target
        return not ours or getattr(now, item["field"], None) == item["value"]

    return found + [i for i in before.disagreements if (i["field"], i["subject"]) not in told and stands(i)]


def _no_news(before: DeviceFacts, name: str, value: str | None) -> bool:
    """Whether SSH, answering in SNMP's place, says what SNMP had said, or what it was known to say beside it."""
    known, where = getattr(before, name), before.evidence.get(name)
    if known is None or value is None or where is None or section_of(where) == _SSH:
        return False
    others = [item["other"] for item in before.disagreements if item["field"] == name and item["value"] == known]
    return any(agree(name, value, said, before.vendor) for said in (known, *others))


def _what(before: DeviceFacts, now: DeviceFacts, field: str) -> str:
    """A device that stands on another site has moved; one whose site was only now written down has not."""
    return MOVED if field == "site" and before.site and now.site else "changed"


def _whole(observation: Observation) -> bool:
    return observation.outcome is Outcome.ANSWERED


def _denied(where: str | None, complete: set[str], *, whole: bool) -> bool:
    """Whether a blank means that the thing is no longer so: the section that gave it was read to its end."""
    return section_of(where) in complete if where else whole


def _second_best(old: str | None, new: str | None, doubted: set[str]) -> bool:
    """Whether a value stands in for one that could not be read: its better place was cut off, and it has another."""
    if old is None or section_of(old) not in doubted:
        return False
    # SSH has no better place: it fills what SNMP leaves blank, and SNMP has now said it
    if section_of(old) == _SSH:
        return new is None
    return new is None or section_of(new) != section_of(old)


_values = attrgetter(*_FACTS, "index", "section")


def _same(before: SeenUnit, now: SeenUnit) -> bool:
    """Whether nothing changed: the usual night, so it is asked first."""
    return bool(_values(before) == _values(now))


def _kept(before: SeenUnit, now: SeenUnit, complete: set[str], doubted: set[str]) -> SeenUnit:
    """What is now seen of a unit, with what an incomplete reading could not say again."""
    values: dict[str, object] = {}
    evidence: dict[str, str] = {}
    for name in _FACTS:
        old, where = getattr(before, name), before.evidence.get(name)
        if old is None:
            continue
        if getattr(now, name) is not None and not _second_best(where, now.evidence.get(name), doubted):
            continue
        sure = section_of(where) in complete if where else complete.issuperset(before.sections)
        if not sure:
            values[name] = old
            if where:
                evidence[name] = where
    if not complete.issuperset(before.sections):
        # which sections it needs is known only from a reading that saw all of them
        needed = {*before.sections, *now.sections}
        # but what SNMP now lists whole, SNMP can take away, whether or not SSH is asked
        if _SSH not in now.sections and complete.issuperset(now.sections):
            needed.discard(_SSH)
        values["section"] = "+".join(sorted(needed))
    if not values:
        return now
    return replace(now, **values, evidence={**now.evidence, **evidence})  # type: ignore[arg-type] # names are SeenUnit's


def _ended(missing: Sequence[Held], arrived: Sequence[SeenUnit], complete: set[str]) -> tuple[list[Held], list[Held]]:
    """Of what is not seen any more: what got a name, and what is gone. The rest stays as last known."""
    named, gone = [], []
    for held in missing:
        nameless = held.seen.serial is None and is_box(held.seen)
        if nameless and _name_of(held, arrived) is not None:
            named.append(held)
        elif complete.issuperset(held.seen.sections):
            gone.append(held)
    return named, gone


def _lines(held: Held, now: SeenUnit, changed: Iterable[str], places: Mapping[str, Place]) -> list[Line]:
    """What to tell of a unit; what only follows from another place of what is around it is not told again."""
    before, after, place = asdict(held.seen), asdict(now), shift(held.seen, now, places)
    told: list[Line] = []
    for name in changed:
        if name not in _TOLD or (name == "slot" and place is None):
            continue
        # a unit is called after its place, so its new name says nothing more
        if name == "name" and (place not in {None, "changed"} or follows(name, held.seen, now, places)):
            continue
        what = place if name == "slot" and place else "changed"
        told.append(Line(now.subject, name, _text(before[name]), _text(after[name]), held.key, what))
    return told


def _line_of_name(held: Held, arrived: Sequence[SeenUnit]) -> Line:
    unit = _name_of(held, arrived)
    return Line(held.seen.subject, "serial", None, unit.serial if unit else None, held.key)


def _name_of(held: Held, arrived: Sequence[SeenUnit]) -> SeenUnit | None:
    """The box, now known by its serial, that was known only by its device or place."""
    whole = "#" not in held.seen.identity
    return next((u for u in arrived if u.serial and is_box(u) and (whole or u.slot == held.seen.slot)), None)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
