"""What was found, compared with what is known: which of it is a target already, and what is proposed as one.

Pure functions. Two devices are never taken for one by a name alone where anything else contradicts it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from collectors.discovery import Answer, Ranges, in_order
from collectors.neighbour import Neighbour
from collectors.observation import Outcome
from schedules.grouping import grouped
from schedules.known import Register, name_key, serial_key, short_name

NEW, KNOWN, OUTSIDE, NO_ADDRESS = "new", "known", "outside", "no_address"
STATES: Final = (NEW, OUTSIDE, NO_ADDRESS, KNOWN)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A neighbour, and the target that sees it."""

    device: str
    site: str | None
    neighbour: Neighbour

    @property
    def place(self) -> str:
        """``core-1 Ethernet1/1``."""
        return f"{self.device} {self.neighbour.port}".rstrip()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was found at one place. ``credential`` is what it answered to; ``addresses`` are its other ones."""

    state: str
    address: str | None = None
    name: str | None = None
    port: int | None = None
    addresses: tuple[str, ...] = ()
    site: str | None = None
    platform: str | None = None
    kind: str | None = None
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    credential: str | None = None
    description: str | None = None
    capabilities: tuple[str, ...] = ()
    seen_by: tuple[str, ...] = ()
    target: str | None = None
    note: str = ""


# ------------------------------------------------------------------------------------------------------- proposing


def unknown(sightings: Iterable[Sighting], register: Register) -> list[Sighting]:
    """The neighbours that are no target."""
    return [sighting for sighting in sightings if register.neighbour(sighting.neighbour) is None]


def group_sightings(sightings: Iterable[Sighting]) -> list[list[Sighting]]:
    """The sightings of each neighbour together: by its addresses and chassis, else by its name, else by its port."""

    def strong(item: Sighting) -> set[Hashable]:
        seen = item.neighbour
        keys: set[Hashable] = {("address", address) for address in seen.addresses}
        if seen.chassis:
            keys.add(("chassis", seen.chassis.casefold()))
        if keys and (name := short_name(seen.name or "")):
            # one port may tell of its neighbour in two protocols
            keys.add(("port", item.place, name))
        return keys

    def weak(item: Sighting) -> Hashable:
        return name_key(item.neighbour.name or "") or None

    return grouped(sightings, strong, weak)


def group_answers(answers: Iterable[Answer]) -> list[list[Answer]]:
    """The answers of each device together: by its serial number, else by its name and sysObjectID."""

    def strong(item: Answer) -> set[Hashable]:
        serial = _serial(item)
        return {serial} if serial else set()

    def weak(item: Answer) -> Hashable:
        name, kind = name_key(item.observation.sys_name or ""), item.observation.sys_object_id
        return (name, kind) if name and kind else None

    return grouped(answers, strong, weak)


def propose(
    answers: Sequence[Answer],
    sightings: Sequence[Sighting],
    register: Register,
    ranges: Ranges,
    port: int | None = None,
) -> list[Proposal]:
    """Everything that was found, each device once: what is new first, what is known last.

    Args:
        answers: who answered a probe.
        sightings: whom targets see.
        register: what is known.
        ranges: what may be probed.
        port: where they were probed, if not at the usual port.
    """
    known: dict[str, list[Sighting]] = {}
    strangers: list[Sighting] = []
    for sighting in sightings:
        if found := register.neighbour(sighting.neighbour):
            known.setdefault(found[0], []).append(sighting)
        else:
            strangers.append(sighting)
    rows: list[Proposal] = []
    waiting = group_sightings(strangers)
    for together in group_answers(answers):
        places = {answer.address for answer in together}
        seen = [group for group in waiting if any(places & {*item.neighbour.addresses} for item in group)]
        waiting = [group for group in waiting if not any(group is other for other in seen)]
        matches = (register.answer(answer, port) for answer in together)
        found = next((match for match in matches if match), None)
        also = known.pop(found[0], []) if found else []
        rows.append(_answered(together, [*also, *(item for group in seen for item in group)], found, port))
    rows += [_known_neighbour(target, seen) for target, seen in known.items()]
    rows += [_silent(group, ranges, port) for group in waiting]
    order = {address: place for place, address in enumerate(in_order({row.address or "" for row in rows}))}
    return sorted(rows, key=lambda row: (STATES.index(row.state), order[row.address or ""], row.name or ""))


def _answered(
    answers: Sequence[Answer], sightings: Sequence[Sighting], found: tuple[str, str] | None, port: int | None
) -> Proposal:
    """What answered, as the target that it was found to be or as a new one."""
    best = next((each for each in answers if _serial(each)), answers[0])
    places = in_order(answer.address for answer in answers)
    seen = best.observation
    name = seen.sys_name or next((item.neighbour.name for item in sightings if item.neighbour.name), None)
    notes = [f"target {found[0]} by its {found[1]}"] if found else []
    if places[1:]:
        notes.append(f"also at {', '.join(places[1:])}")
    if seen.outcome is not Outcome.ANSWERED and seen.reason:
        notes.append(seen.reason)
    return Proposal(
        state=KNOWN if found else NEW,
        address=places[0],
        name=name,
        port=port,
        addresses=tuple(places[1:]),
        site=next((item.site for item in sightings if item.site), None),
        platform=seen.platform,
        kind=seen.kind,
        vendor=seen.vendor,
        model=seen.model,
        serial=seen.serial,
        credential=next(answer.credential for answer in answers if answer.address == places[0]),
        description=seen.sys_descr,
        capabilities=_capabilities(sightings),
        seen_by=_places(sightings),
        target=found[0] if found else None,
        note="; ".join(notes),
    )


def _silent(seen: Sequence[Sighting], ranges: Ranges, port: int | None) -> Proposal:
    """A neighbour that nobody answered for: it has no address, or one that may not be probed, or that is silent."""
    addresses = list(dict.fromkeys(address for item in seen for address in item.neighbour.addresses))
    inside = [address for address in addresses if address in ranges]
    state = NEW if inside else OUTSIDE if addresses else NO_ADDRESS
    notes = {
        NEW: "answers none of discovery.credentials over SNMP",
        OUTSIDE: f"outside the configured ranges ({ranges})",
        NO_ADDRESS: "seen, but it tells no address",
    }
    chosen = next(iter(inside or addresses), None)
    return Proposal(
        state=state,
        address=chosen,
        name=next((item.neighbour.name for item in seen if item.neighbour.name), None),
        port=port if state == NEW else None,
        addresses=tuple(address for address in addresses if address != chosen),
        site=next((item.site for item in seen if item.site), None),
        serial=next((item.neighbour.serial for item in seen if item.neighbour.serial), None),
        description=next((item.neighbour.description for item in seen if item.neighbour.description), None),
        capabilities=_capabilities(seen),
        seen_by=_places(seen),
        note=notes[state],
    )


def _known_neighbour(target: str, seen: Sequence[Sighting]) -> Proposal:
    addresses = list(dict.fromkeys(address for item in seen for address in item.neighbour.addresses))
    return Proposal(
        state=KNOWN,
        address=addresses[0] if addresses else None,
        name=next((item.neighbour.name for item in seen if item.neighbour.name), None),
        addresses=tuple(addresses[1:]),
        description=next((item.neighbour.description for item in seen if item.neighbour.description), None),
        capabilities=_capabilities(seen),
        seen_by=_places(seen),
        target=target,
        note=f"target {target}",
    )


def _places(seen: Iterable[Sighting]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.place for item in seen))


def _capabilities(seen: Iterable[Sighting]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for item in seen for word in item.neighbour.capabilities))


def _serial(answer: Answer) -> str:
    return serial_key(answer.observation.vendor, answer.observation.serial)


# ------------------------------------------------------------------------------------------------------ blind spot


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """The neighbours that nobody polls: what each is called (its name, address or chassis), and who sees it."""

    seen: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def sentence(self, names: int = 4) -> str:
        """``4 neighbours seen, not collected: dp-edge-9 (by dp-core-1 Gi1/0/1), ...``."""
        if not self.seen:
            return "no neighbour seen that is not collected"
        plural = "s" if len(self.seen) != 1 else ""
        told = ", ".join(f"{what} (by {places[0]})" for what, places in self.seen[:names])
        more = f" and {len(self.seen) - names} more" if len(self.seen) > names else ""
        return f"{len(self.seen)} neighbour{plural} seen, not collected: {told}{more}"


def blind_spot(sightings: Sequence[Sighting], register: Register) -> BlindSpot:
    """The neighbours that are no target, each once, by what they are called."""
    found = []
    for group in group_sightings(unknown(sightings, register)):
        names = [item.neighbour.name for item in group]
        addresses = [address for item in group for address in item.neighbour.addresses]
        others = [item.neighbour.chassis or item.neighbour.description for item in group]
        called = next((text for text in (*names, *addresses, *others) if text), "something without a name")
        found.append((called, _places(group)))
    return BlindSpot(tuple(sorted(found)))
