"""One Observation out of what a device said over SNMP and over SSH.

SNMP's value wins where both speak; SSH fills what SNMP left blank, and adds the parts that only it lists
(:mod:`collectors.parts`). Whatever both say, and say differently, is kept as a disagreement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from collectors.agreement import agree, by_other_name
from collectors.observation import (
    ANSWERS,
    SNMP_SECTIONS,
    SSH_SECTION,
    Disagreement,
    Observation,
    Outcome,
    Section,
)
from collectors.parts import SNMP, SSH, Parts
from collectors.platforms import GENERIC

# What a device says of itself: SSH fills each where SNMP left it blank.
_FILLED: Final = (
    "vendor", "model", "part_number", "serial", "version", "manufactured_on", "sys_name", "sys_descr", "location",
)  # fmt: skip
# What our rules say of it: they go together, from the transport that recognised more than a generic agent.
_RULED: Final = ("platform", "kind", "os")
_COMPARED: Final = ("vendor", "model", "part_number", "serial", "version", "sys_name")
# A device with more of them than this has two owners, not two spellings.
MAX_DISAGREEMENTS: Final = 100


def missing(seen: Observation) -> list[str]:
    """What an answer over SNMP leaves for SSH to say; nothing where it says all that an inventory asks."""
    if seen.outcome is not Outcome.ANSWERED:
        return [f"SNMP {seen.outcome}"]
    unknown = [name for name in ("serial", "version", "model") if getattr(seen, name) is None]
    bare = not any(part.serial for part in seen.components)
    return [*unknown, *(["components with serial numbers"] if bare else [])]


def fold_transports(snmp: Observation, ssh: Observation) -> Observation:
    """What a device said over both transports, as one Observation.

    Args:
        snmp: what came of asking over SNMP, an answer or not.
        ssh: what came of asking the same target over SSH.

    Returns:
        ANSWERED where both were read to their end; PARTIAL where one was not, with the transport in the reason; where
        neither answered, the outcome of SNMP, or of SSH where SNMP was merely silent.
    """
    short = ((name, seen) for name, seen in ((SNMP, snmp), (SSH, ssh)) if seen.outcome is not Outcome.ANSWERED)
    told = "; ".join(_told(name, seen) for name, seen in short)
    common: dict[str, Any] = {
        "reason": told,
        "transport": "snmp+ssh",
        "duration": round(snmp.duration + ssh.duration, 3),
        "screens": ssh.screens,
        "sections": (*_sections(snmp, SNMP, SNMP_SECTIONS), *_sections(ssh, SSH, (SSH_SECTION,))),
    }
    if snmp.outcome not in ANSWERS and ssh.outcome not in ANSWERS:
        outcome = ssh.outcome if snmp.outcome is Outcome.SILENT else snmp.outcome
        return replace(snmp, **(common | {"outcome": outcome, "sections": ()}))
    common["outcome"] = Outcome.PARTIAL if told else Outcome.ANSWERED
    if ssh.outcome not in ANSWERS:
        return replace(snmp, **common)
    if snmp.outcome not in ANSWERS:
        return replace(ssh, **common)
    return replace(snmp, **(_folded(snmp, ssh) | common))


def _told(name: str, seen: Observation) -> str:
    return f"{name} {seen.outcome}: {seen.reason or 'no reason given'}"


def _sections(seen: Observation, name: str, asked: Sequence[str]) -> tuple[Section, ...]:
    """The sections of a transport; where it did not answer, all that was asked of it is unread."""
    if seen.outcome in ANSWERS:
        return seen.sections
    return tuple(Section(section, complete=False, reason=_told(name, seen)) for section in asked)


def _folded(snmp: Observation, ssh: Observation) -> dict[str, Any]:
    """The fields of an observation of which both transports say something."""
    values: dict[str, Any] = {}
    evidence = dict(snmp.evidence)
    ruled = _RULED if snmp.platform in (None, GENERIC) else ()
    for name in (*_RULED, *_FILLED):
        filled = getattr(snmp, name) is None or name in ruled
        if filled and (value := getattr(ssh, name)) is not None:
            values[name] = value
            evidence.pop(name, None)
            if name in ssh.evidence:
                evidence[name] = ssh.evidence[name]
    parts = Parts(snmp, ssh)
    parts.fold()
    said = [*_differences(snmp, ssh), *parts.differences]
    once = {(item.field, item.value.casefold(), item.other.casefold()): item for item in reversed(said)}
    kept = tuple(reversed(once.values()))[:MAX_DISAGREEMENTS]
    return values | {"evidence": evidence, "components": tuple(parts.rows), "disagreements": kept}


def _differences(snmp: Observation, ssh: Observation) -> Iterator[Disagreement]:
    """Where the two say something else of the device itself."""
    known = {part.serial.casefold() for seen in (snmp, ssh) for part in seen.components if part.serial}
    for name in _COMPARED:
        value, other = getattr(snmp, name), getattr(ssh, name)
        if not value or not other or agree(name, value, other, snmp.vendor) or by_other_name(name, snmp, ssh):
            continue
        # the board's number beside the box's: both are of this device, and the parts say of what each is
        if name == "serial" and known >= {value.casefold(), other.casefold()}:
            continue
        where = (snmp.evidence.get(name, SNMP), ssh.evidence.get(name, SSH))
        yield Disagreement(name, snmp.target, value, where[0], other, where[1])
