"""Which devices run a release that the council has approved for them, and which one the others should run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from estate.inventory.store import DeviceState
from estate.lifecycle.versions import ordered, plain_release, scheme_of
from estate.policy.software import SoftwareRule, rule_for


class Verdict(StrEnum):
    """How what a device runs stands to the policy. A version that nobody could read is unknown, never approved."""

    OUTSIDE = "outside"
    UNKNOWN = "unknown"
    NO_RULE = "no_rule"
    APPROVED = "approved"
    PREFERRED = "preferred"


@dataclass(frozen=True, slots=True)
class Running:
    """A device, what it runs, and how that stands to the policy; ``should_run`` is blank where it may stay."""

    device: str
    platform: str | None
    os: str | None
    version: str | None
    verdict: Verdict
    should_run: str | None
    rule: str | None
    site: str | None
    role: str | None
    kind: str | None


def running(states: Iterable[DeviceState], rules: Sequence[SoftwareRule], day: dt.date) -> list[Running]:
    """Every device with its verdict, those outside the policy first."""
    order = list(Verdict)
    found = [_running(state, rules, day) for state in states]
    return sorted(found, key=lambda one: (order.index(one.verdict), one.device))


def _running(state: DeviceState, rules: Sequence[SoftwareRule], day: dt.date) -> Running:
    facts = state.facts
    rule = rule_for(facts.platform, facts.kind, facts.role, rules, day)
    verdict = Verdict.NO_RULE if rule is None else judge(facts.os, facts.version, rule)
    should = should_run(facts.os, rule) if rule and verdict in {Verdict.OUTSIDE, Verdict.UNKNOWN} else None
    return Running(
        state.name, facts.platform, facts.os, facts.version, verdict, should, rule.source if rule else None,
        facts.site, facts.role, facts.kind,
    )  # fmt: skip


def judge(os: str | None, version: str | None, rule: SoftwareRule) -> Verdict:
    """How a version stands to a row: the preferred release, an approved one (itself, or by its train), or outside."""
    if not version:
        return Verdict.UNKNOWN
    names = {plain_release(name) for name in (version.split(",", 1)[0], *scheme_of(os).trains_of(version))}
    if rule.preferred and plain_release(rule.preferred) in names:
        return Verdict.PREFERRED
    return Verdict.APPROVED if names & {plain_release(name) for name in rule.approved} else Verdict.OUTSIDE


def should_run(os: str | None, rule: SoftwareRule) -> str:
    """The preferred release of a row, else the newest one that it approves."""
    return rule.preferred or ordered(os, rule.approved)[-1]
