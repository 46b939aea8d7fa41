"""One poll of one device over SNMP, from the first question to the Observation."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from collectors import entity
from collectors.answers import (
    SYS_DESCR,
    SYS_LOCATION,
    SYS_NAME,
    SYS_UPTIME,
    SYSTEM,
    Answers,
    object_id,
)
from collectors.observation import Component, Observation, Outcome, Section
from collectors.platforms import ENTERPRISE_ARCS, GENERIC, Platform, Rules, Source
from collectors.recognise import Identity, recognise
from collectors.text import clean, descr
from collectors.transport import SnmpTransport, TransportError, Value
from collectors.unnamed import AGENTS, identity_group
from collectors.vendor_tables import merged, vendor_parts

# Instances in one GET: their names and answers fit a datagram of 1,400 bytes.
_AT_ONCE = 24
# How much of an unknown vendor's subtree is read.
_PEEK = 1000
_ENTERPRISES = "1.3.6.1.4.1"
_HOPS = 5
# All that a survey can ask lies below these: what of a whole walk is worth loading.
PREFIXES = (
    "1.0.8802.1.1.2.1.5.4795.1.2",
    "1.2.840.10036.3.1.2",
    "1.3.6.1.2.1.1",
    "1.3.6.1.2.1.16.19",
    "1.3.6.1.2.1.25.3",
    "1.3.6.1.2.1.27",
    "1.3.6.1.2.1.33",
    "1.3.6.1.2.1.43",
    "1.3.6.1.2.1.47",
    "1.3.6.1.2.1.54.1.1.1",
    "1.3.6.1.2.1.69.1",
    "1.3.6.1.3.94",
    "1.3.6.1.4.1",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """All that was asked of a device: under which rule, what it answered, and how completely.

    ``found`` is what it is by these answers, where that is known already.
    """

    platform: Platform | None
    answers: Answers
    sections: tuple[Section, ...]
    found: Identity | None = None


async def ask(transport: SnmpTransport, rules: Rules) -> Asked:
    """Ask a device all that recognition needs: the system group, entPhysicalTable, the vendor's own objects.

    Raises:
        TransportError: when the very first question is not answered.
    """
    scalars = dict(await transport.get(SYSTEM))
    system = Section("system", bool(scalars), "" if scalars else "the system group is empty", len(scalars))
    platform = rules.choose(object_id(scalars), descr(scalars.get(SYS_DESCR, b"")))
    walk = await transport.walk(entity.COLUMNS)
    section = Section("entity", walk.complete, walk.reason, walk.rows)
    platform, vendor = await _ask_vendor(transport, rules, platform, scalars)
    pattern, maker = (platform.part_pattern, platform.vendor) if platform else (None, None)
    parts = entity.components(walk.columns, pattern, maker)
    columns, more, vendor = await _walk_vendor(transport, platform, object_id(scalars), parts, vendor)
    answers = Answers(scalars, columns, *merged(parts, more))
    found = recognise(rules, platform, answers)
    if vendor.complete:
        root = _unknown_ground(answers, found)
        private = await _peek(transport, root) if root else {}
        tells = private and identity_group(private, descr(scalars.get(SYS_DESCR, b"")))
        if not tells and (root is not None or _nameless(platform, found)):
            root = await _other_ground(transport, root)
            private |= await _peek(transport, root) if root else {}
        if private:
            # there is more to read than was recognised
            return Asked(platform, replace(answers, private=private), (system, section, vendor))
    return Asked(platform, answers, (system, section, vendor), found)


async def survey(transport: SnmpTransport, rules: Rules, *, target: str, address: str, at: dt.datetime) -> Observation:
    """Ask a device what it is: the system group, then entPhysicalTable, then the vendor's own objects.

    Args:
        transport: what to ask through.
        rules: the platform rules.
        target: the name of the target.
        address: where it is asked.
        at: when (UTC, aware).

    Returns:
        An Observation that is ANSWERED only where every section was read to its end, else PARTIAL.

    Raises:
        TransportError: when the very first question is not answered.
    """
    started = time.perf_counter()
    asked = await ask(transport, rules)
    seen = observed(rules, asked, target=target, address=address, at=at)
    return replace(seen, duration=round(time.perf_counter() - started, 3), transport=transport.name)


def observed(rules: Rules, asked: Asked, *, target: str, address: str, at: dt.datetime) -> Observation:
    """What a device is by all that it answered; the rest as in :func:`survey`."""
    platform, scalars = asked.platform, asked.answers.scalars
    found = asked.found or recognise(rules, asked.platform, asked.answers)
    text = descr(scalars.get(SYS_DESCR, b""))
    open_ends = [f"{part.name}: {part.reason or 'not read to its end'}" for part in asked.sections if not part.complete]
    uptime = scalars.get(SYS_UPTIME)
    return Observation(
        target=target,
        address=address,
        at=at,
        outcome=Outcome.PARTIAL if open_ends else Outcome.ANSWERED,
        reason="; ".join(open_ends),
        platform=platform.name if platform else None,
        kind=found.kind,
        vendor=found.vendor,
        model=found.model,
        part_number=found.part_number,
        serial=found.serial,
        os=platform.os if platform else None,
        version=found.version,
        manufactured_on=found.manufactured_on,
        sys_name=clean(scalars.get(SYS_NAME, b"")),
        sys_descr=text or None,
        sys_object_id=object_id(scalars),
        location=clean(scalars.get(SYS_LOCATION, b"")),
        uptime=uptime / 100 if isinstance(uptime, int) else None,
        components=tuple(
            _maker_by_its_name(part, found.vendor)
            for part in (*asked.answers.parts, *_of_one_model(asked.answers.vendor_parts, platform, found))
        ),
        sections=asked.sections,
        evidence=found.evidence,
    )


def _unknown_ground(answers: Answers, found: Identity) -> str | None:
    """The enterprise subtree worth a look: of a device that lacks identity and answered no object in it, or lacks most.

    A rule that names no object there, or only those of its vendor's other products, must not hide what this one tells.
    """
    device = object_id(answers.scalars)
    if (found.model and found.serial and found.version) or not device:
        return None
    arcs = device.split(".")
    if arcs[:6] != ["1", "3", "6", "1", "4", "1"] or len(arcs) < ENTERPRISE_ARCS or arcs[6] in AGENTS:
        return None
    root = ".".join(arcs[:ENTERPRISE_ARCS])
    read = [*answers.scalars, *(oid for oid, rows in answers.columns.items() if rows)]
    lacking = [found.model, found.serial, found.version].count(None)
    return None if lacking == 1 and any(oid.startswith(f"{root}.") for oid in read) else root


def _nameless(platform: Platform | None, found: Identity) -> bool:
    """Whether a device is known by its agent or bare operating system alone, and lacks model or serial number."""
    bare = platform is None or platform.last or platform.name == GENERIC
    return bare and not (found.model and found.serial)


async def _other_ground(transport: SnmpTransport, own: str | None) -> str | None:
    """The first enterprise subtree but its own that a device answers below, and no agent of a host has: few GETNEXT."""
    here = _ENTERPRISES
    for _ in range(_HOPS):
        try:
            found = await transport.after(here)
        except TransportError:
            return None
        if found is None or not found.startswith(f"{_ENTERPRISES}."):
            return None
        arc = found.split(".")[ENTERPRISE_ARCS - 1]
        if arc not in AGENTS and f"{_ENTERPRISES}.{arc}" != own:
            return f"{_ENTERPRISES}.{arc}"
        here = f"{_ENTERPRISES}.{int(arc) + 1}"
    return None


async def _peek(transport: SnmpTransport, root: str) -> dict[str, Value]:
    """The first objects below an enterprise number, not more than a few requests' worth."""
    walk = await transport.walk((root,), _PEEK)
    return {f"{root}.{index}": value for index, value in walk.columns.get(root, {}).items()}


def _of_one_model(parts: tuple[Component, ...], platform: Platform | None, found: Identity) -> Iterator[Component]:
    """The parts of vendor tables; a cluster's member that names no model has the device's, with its source."""
    alike = {table.name for table in platform.tables if table.one_model} if platform else set[str]()
    for part in parts:
        if part.model or part.part_number or part.index.partition(".")[0] not in alike:
            yield part
            continue
        where: dict[str, str] = {
            name: found.evidence[name] for name in ("model", "part_number") if name in found.evidence
        }
        yield replace(part, model=found.model, part_number=found.part_number, where={**where, **part.where})


def _maker_by_its_name(part: Component, vendor: str | None) -> Component:
    """A part whose maker is the device's own, called as the device's is."""
    if vendor is None or part.vendor is None or (maker := entity.maker_of(part.vendor, vendor)) == part.vendor:
        return part
    return replace(part, vendor=maker)


async def _ask_vendor(
    transport: SnmpTransport, rules: Rules, platform: Platform | None, scalars: dict[str, Value]
) -> tuple[Platform | None, Section]:
    """Get the vendor's scalars into ``scalars``; a device without a rule of its own is first asked who it is."""
    try:
        if platform is None or platform.last:
            probes = [source.oid for source, _ in rules.probes]
            said = await _get(transport, probes)
            scalars |= said
            platform = next((rule for source, rule in rules.probes if _fits(source, said)), platform)
        platform = platform or rules.platform(GENERIC)
        asked = [oid for rule in (platform, rules.anything) if rule for oid in rule.scalars(object_id(scalars))]
        scalars |= await _get(transport, [oid for oid in dict.fromkeys(asked) if oid not in scalars])
    except TransportError as error:
        return platform, Section("vendor", complete=False, reason=error.reason)
    return platform, Section("vendor", complete=True)


def _fits(source: Source, said: dict[str, Value]) -> bool:
    """Whether a probe was answered, with what its pattern asks for where it has one."""
    text = clean(said.get(source.oid, b""))
    return text is not None and (source.pattern is None or bool(source.pattern.search(text)))


async def _get(transport: SnmpTransport, oids: Sequence[str]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for start in range(0, len(oids), _AT_ONCE):
        values.update(await transport.get(oids[start : start + _AT_ONCE]))
    return values


async def _walk_vendor(
    transport: SnmpTransport,
    platform: Platform | None,
    device: str | None,
    parts: tuple[Component, ...],
    section: Section,
) -> tuple[dict[str, dict[str, Value]], tuple[Component, ...], Section]:
    """Walk the vendor's columns, and its tables of parts where ENTITY-MIB knows no serial number of one."""
    if platform is None or not section.complete:
        return {}, (), section
    bare = sum(1 for part in parts if part.serial) == 0
    tables = tuple(table for table in platform.tables if bare or table.always)
    columns = dict.fromkeys([*platform.columns(device), *(oid for table in tables for oid in table.asked)])
    if not columns:
        return {}, (), section
    walk = await transport.walk(tuple(columns))
    more = vendor_parts(tables, walk.columns, platform.part_pattern)
    return walk.columns, more, Section("vendor", walk.complete, walk.reason, walk.rows)
