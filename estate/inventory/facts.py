"""What a device is: its facts as history keeps them, and what a reading makes of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from collectors.agreement import agree
from collectors.observation import SSH_SECTION, Observation, Outcome
from estate.inventory.relocation import MOVED
from estate.inventory.sections import second_best, section_of
from estate.inventory.told import Line, text_of

if TYPE_CHECKING:
    from collectors.targets import Target

# What a device said of itself: these fields of an Observation are facts with history.
IDENTITY = (
    "platform", "kind", "vendor", "model", "part_number", "serial", "os", "version", "sys_name", "sys_descr",
    "sys_object_id", "location",
)  # fmt: skip


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


def facts_of(
    before: DeviceFacts | None, target: Target, observation: Observation, complete: set[str], doubted: set[str]
) -> tuple[DeviceFacts | None, list[Line]]:
    """The device's facts where they changed, and a line for each; what was not read again stays as it was."""
    values = {name: getattr(observation, name) for name in IDENTITY}
    evidence = dict(observation.evidence)
    whole = observation.outcome is Outcome.ANSWERED
    ssh_alone = SSH_SECTION in complete and complete <= {SSH_SECTION} and bool(doubted)
    if before is not None:
        for name in IDENTITY:
            old, new = before.evidence.get(name), observation.evidence.get(name)
            silent = values[name] is None and not _denied(old, complete, whole=whole)
            worse = _no_news(before, name, values[name]) if ssh_alone else second_best(old, new, doubted)
            if silent or worse:
                values[name] = getattr(before, name)
                if name in before.evidence:
                    evidence[name] = before.evidence[name]
    now = DeviceFacts(observation.address, target.site, target.role, evidence=evidence, **values)
    now = replace(now, disagreements=_disagreements(before, now, observation, complete))
    if before is None:
        return now, []
    pairs = ((name, getattr(before, name), getattr(now, name)) for name in ("address", "site", "role", *IDENTITY))
    lines = [
        Line(target.name, name, text_of(old), text_of(new), what=_what(before, now, name))
        for name, old, new in pairs
        if old != new
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
    if before is None or {SSH_SECTION, "system"} <= complete:
        return found
    told = {(item["field"], item["subject"]) for item in found}

    def stands(item: dict[str, str]) -> bool:
        ours = item["subject"] == observation.target
        return not ours or getattr(now, item["field"], None) == item["value"]

    return found + [i for i in before.disagreements if (i["field"], i["subject"]) not in told and stands(i)]


def _no_news(before: DeviceFacts, name: str, value: str | None) -> bool:
    """Whether SSH, answering in SNMP's place, says what SNMP had said, or what it was known to say beside it."""
    known, where = getattr(before, name), before.evidence.get(name)
    if known is None or value is None or where is None or section_of(where) == SSH_SECTION:
        return False
    others = [item["other"] for item in before.disagreements if item["field"] == name and item["value"] == known]
    return any(agree(name, value, said, before.vendor) for said in (known, *others))


def _what(before: DeviceFacts, now: DeviceFacts, field: str) -> str:
    """A device that stands on another site has moved; one whose site was only now written down has not."""
    return MOVED if field == "site" and before.site and now.site else "changed"


def _denied(where: str | None, complete: set[str], *, whole: bool) -> bool:
    """Whether a blank means that the thing is no longer so: the section that gave it was read to its end."""
    return section_of(where) in complete if where else whole
