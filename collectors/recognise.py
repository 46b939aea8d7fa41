"""What a device is, from what it answered: a pure function of the rules and the answers.

For every field the first accepted candidate counts, in the order of evidence that :mod:`collectors.candidates` states.
What nothing trustworthy says stays None.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from collectors.answers import Answers
from collectors.candidates import READ, Candidate, Evidence
from collectors.platforms import Platform, Rules


@dataclass(slots=True)
class Identity:
    """What a device is; None where nothing trustworthy was read. ``evidence`` says where each field was read."""

    kind: str | None = None
    vendor: str | None = None
    model: str | None = None
    part_number: str | None = None
    serial: str | None = None
    version: str | None = None
    manufactured_on: dt.date | None = None
    evidence: dict[str, str] = field(default_factory=dict)


def recognise(rules: Rules, platform: Platform | None, answers: Answers) -> Identity:
    """Who made a device and what it is.

    Args:
        rules: for the tables of sysObjectIDs and enterprises.
        platform: the rule that was chosen for the device, None where none fits.
        answers: all that it said.
    """
    evidence = Evidence(rules, platform, answers)
    found = Identity()
    for name in READ:
        _take(found, next((one for one in evidence.candidates(name) if one.value is not None), None))
    _take(found, next(evidence.kinds(found.model), None))
    return found


def explain(rules: Rules, platform: Platform | None, answers: Answers) -> dict[str, list[Candidate]]:
    """All candidates for every field of an identity, in the order of evidence: the first with a value is the answer."""
    evidence = Evidence(rules, platform, answers)
    every = {name: list(evidence.candidates(name)) for name in READ}
    model = next((one.value for one in every["model"] if one.value is not None), None)
    return every | {"kind": list(evidence.kinds(model))}


def _take(found: Identity, winner: Candidate | None) -> None:
    """Write the winner of a field, and where it was read, into the identity."""
    if winner is None or winner.value is None:
        return
    made = winner.field == "manufactured_on"
    setattr(found, winner.field, dt.date.fromisoformat(winner.value) if made else winner.value)
    found.evidence[winner.field] = winner.where
