"""Why a device was recognised as what it is: the rules that fit, and every candidate of every field in its order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.answers import SYS_DESCR, object_id
from collectors.candidates import NOT_ANSWERED, Candidate
from collectors.platforms import Rules
from collectors.recognise import explain
from collectors.survey import Asked
from collectors.text import decode, descr

MAX_RAW = 120
WINS = "wins: the first accepted in the order of evidence"
FIELDS = ("vendor", "kind", "model", "part_number", "serial", "version", "manufactured_on")


@dataclass(frozen=True, slots=True)
class RuleFound:
    """A rule that fits a device, why it does, and whether it is the one that counts."""

    platform: str
    reason: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate and what became of it."""

    candidate: Candidate
    wins: bool
    verdict: str

    @property
    def raw(self) -> str:
        """What was read, as bounded text; it may hold anything that a device can say."""
        return decode(self.candidate.raw)[:MAX_RAW]


def rules_found(rules: Rules, asked: Asked) -> list[RuleFound]:
    """The rules that fit a device, the one that counts first."""
    scalars = asked.answers.scalars
    fitting = rules.matching(object_id(scalars), descr(scalars.get(SYS_DESCR, b"")))
    chosen = asked.platform.name if asked.platform else None
    reasons: dict[str, str] = {}
    for item in fitting:
        reasons.setdefault(item.platform.name, item.reason)
    found = [RuleFound(name, reason, name == chosen) for name, reason in reasons.items()]
    if chosen is not None and chosen not in reasons:
        probes = [source.label for source, platform in rules.probes if platform.name == chosen]
        reason = f"it answers {' or '.join(probes)}" if probes else "no rule of a vendor fits"
        found.insert(0, RuleFound(chosen, reason, chosen=True))
    return sorted(found, key=lambda item: not item.chosen)


def weighed(rules: Rules, asked: Asked) -> dict[str, list[Weighed]]:
    """Every candidate by field, in the order of evidence, with why it won or did not."""
    found = explain(rules, asked.platform, asked.answers)
    return {name: list(_weigh(found[name])) for name in FIELDS}


def _weigh(candidates: list[Candidate]) -> Iterator[Weighed]:
    winner: Candidate | None = None
    for candidate in candidates:
        if candidate.value is None:
            yield Weighed(candidate, wins=False, verdict=candidate.refused or NOT_ANSWERED)
        elif winner is None:
            winner = candidate
            yield Weighed(candidate, wins=True, verdict=WINS)
        else:
            same = candidate.value.casefold() == (winner.value or "").casefold()
            yield Weighed(candidate, wins=False, verdict="says the same" if same else "comes later in the order")
