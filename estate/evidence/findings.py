"""What an auditor is told of each unit and each device's software. What nobody knows is a finding, never a pass."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.observation import UNIT_KINDS
from estate.evidence.standards import UNKNOWN as NO_EXPOSURE
from estate.lifecycle.milestones import Grade, Match, State, UnitState
from estate.policy.decisions import Decision, decisions_for
from estate.policy.policies import policy_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from estate.evidence.plans import Plan, Plans
    from estate.evidence.standards import Standard
    from estate.inventory.unit import Unit
    from estate.lifecycle.service import EstateStatus
    from estate.lifecycle.status import UnitStatus
    from estate.policy.policies import Policy

# The worst first. ``unconfirmed``: only the date of its series is known, so that it may have ended before.
FAILS, DUE, UNKNOWN, UNCONFIRMED, NOT_ANNOUNCED, SUPPORTED = (
    "fails", "due", "unknown", "unconfirmed", "not_announced", "supported",
)  # fmt: skip
FINDINGS = (FAILS, DUE, UNKNOWN, UNCONFIRMED, NOT_ANNOUNCED, SUPPORTED)
# What is nothing against it, and stands in the list only where everything is asked for.
CLEAR = frozenset({NOT_ANNOUNCED, SUPPORTED})
HARDWARE, SOFTWARE = "hardware", "software"
NO_VERSION = "it has not told which version it runs"
VIRTUAL = "a virtual appliance, whose software is not matched: look it up by hand"
NO_STATE = UnitState(State.UNKNOWN, "", None, confirmed=False, window_days=0, match=Match(Grade.NONE))


@dataclass(frozen=True, slots=True)
class Finding:
    """A unit or the software of a device, as a standard sees it. ``out_by`` is the last day that it may stay."""

    thing: str
    finding: str
    unit: Unit
    state: UnitState
    policy: Policy | None
    exposure: str
    tier: str
    out_by: dt.date | None
    plan: Plan
    waiver: Decision | None
    remedy: str
    note: str = ""

    @property
    def quantity(self) -> int:
        """How many it is: software counts once a device."""
        return 1 if self.thing == SOFTWARE and self.unit.device else self.unit.quantity


@dataclass(frozen=True, slots=True)
class Evidence:
    """Every finding in scope, the worst first; how many units are outside it, and how many are not counted at all."""

    standard: Standard
    as_of: dt.date
    findings: tuple[Finding, ...]
    outside: int
    excluded: int
    plans: Plans


def evidence(
    standard: Standard,
    status: EstateStatus,
    policies: Sequence[Policy],
    decisions: Sequence[Decision],
    plans: Plans,
    should_run: Mapping[str, str],
) -> Evidence:
    """What an auditor is told, as of the day of the status.

    Args:
        standard: whose scope and deadlines count.
        status: the state of every unit and of the software of every device.
        policies: the rows of policy.csv, for exposure and tier of what the status gives none for.
        decisions: the rows of decisions.csv; of them the waivers are shown.
        plans: what the newest forecast plans.
        should_run: by device, the release that software_policy.csv wants it to run.
    """
    plans.boxes(status.population.units)
    counted = [item for item in status.units if not item.excluded]
    boxes = {item.unit.device: item for item in reversed(counted) if item.unit.kind not in UNIT_KINDS}
    judge = _Judge(standard, status.as_of, decisions, plans, {name: item for name, item in boxes.items() if name})
    found = [judge.hardware(item) for item in counted if judge.in_scope(item.unit, item.policy, standard.kinds)]
    runs = {item.unit.device: item.state for item in status.software}
    for unit, note in _programs(status):
        policy = policy_for(unit, policies)
        if judge.in_scope(unit, policy, standard.software):
            state = NO_STATE if note else runs.get(unit.device, NO_STATE)
            found.append(judge.software(unit, state, policy, should_run, note))
    inside = sum(item.quantity for item in found if item.thing == HARDWARE)
    return Evidence(
        standard,
        status.as_of,
        tuple(sorted(found, key=_order)),
        sum(item.unit.quantity for item in counted) - inside,
        sum(item.unit.quantity for item in status.units if item.excluded),
        plans,
    )


def _order(item: Finding) -> tuple[int, bool, dt.date, str, str, str]:
    outward = item.exposure != "internet"
    ends = item.state.date or dt.date.max
    return FINDINGS.index(item.finding), outward, ends, item.unit.device or "", item.thing, item.unit.asset_id


def _programs(status: EstateStatus) -> Iterator[tuple[Unit, str]]:
    """The box of every device, and why its software is unknown; blank where its version is known."""
    seen: set[str] = set()
    told = {item.unit.device for item in status.software}
    for program in status.software:
        yield program.unit, ""
    for item in sorted(status.units, key=lambda one: one.unit.asset_id):
        unit = item.unit
        name = unit.device or unit.asset_id
        virtual = unit.virtual and bool(item.excluded)
        if unit.kind in UNIT_KINDS or unit.parent is not None or unit.device in told or name in seen:
            continue
        if virtual or not item.excluded:
            seen.add(name)
            yield unit, VIRTUAL if virtual else NO_VERSION


@dataclass(frozen=True, slots=True)
class _Judge:
    """The rules of a standard on a day."""

    standard: Standard
    as_of: dt.date
    decisions: Sequence[Decision]
    plans: Plans
    boxes: Mapping[str, UnitStatus]

    def in_scope(self, unit: Unit, policy: Policy | None, kinds: Iterable[str]) -> bool:
        """Whether the standard is about such a thing; where nobody said how exposed it is, that counts as unknown."""
        return unit.kind in kinds and self._told(unit, policy)[0] in self.standard.exposures

    def _told(self, unit: Unit, policy: Policy | None) -> tuple[str, str]:
        """Exposure and tier: a part is as exposed as the box in which it sits, and as important."""
        box = self.boxes.get(unit.device or "") if unit.kind in UNIT_KINDS else None
        rule = box.policy if box else policy
        return (rule.exposure, rule.tier) if rule else (NO_EXPOSURE, "")

    def hardware(self, item: UnitStatus) -> Finding:
        """A unit."""
        out_by = self.standard.out_by(item.state.date) if item.state.date else None
        finding = self._finding(item.state, out_by)
        plan = self.plans.of(item.unit)
        return self._made(
            HARDWARE, finding, item.unit, item.state, item.policy, out_by, plan, _mend(item, finding, plan), ""
        )

    def software(
        self,
        unit: Unit,
        state: UnitState,
        policy: Policy | None,
        should_run: Mapping[str, str],
        note: str,
    ) -> Finding:
        """What a device runs. On a box that is itself without support it may stay as long as that."""
        box = self.boxes.get(unit.device or "")
        ended = box is not None and box.state.state is State.UNSUPPORTED
        out_by = self.standard.out_by(state.date) if state.date else None
        if state.date and self.standard.software_by and not ended:
            out_by = max(self.standard.software_by, state.date)
        finding = self._finding(state, out_by)
        release = should_run.get(unit.device or "", "")
        remedy = f"update to {release}" if release else "update the software"
        if finding == UNKNOWN:
            remedy = "learn its version" if note else "find its date: estate lifecycle explain"
        elif finding in CLEAR:
            remedy = ""
        elif ended:
            remedy += ", or replace the box, which has no support either"
        return self._made(SOFTWARE, finding, unit, state, policy, out_by, self.plans.of(unit), remedy, note)

    def _finding(self, state: UnitState, out_by: dt.date | None) -> str:
        if state.state is State.UNKNOWN:
            return UNKNOWN
        if state.date is None or out_by is None:
            return NOT_ANNOUNCED
        if state.state is State.UNSUPPORTED:
            return FAILS if self.as_of > out_by else DUE
        if state.date <= self.standard.looks_ahead_to():
            return DUE
        return SUPPORTED if state.confirmed else UNCONFIRMED

    def _made(
        self,
        thing: str,
        finding: str,
        unit: Unit,
        state: UnitState,
        policy: Policy | None,
        out_by: dt.date | None,
        plan: Plan,
        remedy: str,
        note: str,
    ) -> Finding:
        name, line = (policy.policy, policy.line) if policy else (None, None)
        held = decisions_for(unit, name, line, self.decisions, self.as_of)
        waiver = next((decision for decision in held if decision.kind == "waiver"), None)
        exposure, tier = self._told(unit, policy)
        return Finding(thing, finding, unit, state, policy, exposure, tier, out_by, plan, waiver, remedy, note)


def _mend(item: UnitStatus, finding: str, plan: Plan) -> str:
    """What would put a unit right."""
    if finding in CLEAR:
        return ""
    if finding == UNKNOWN:
        return "find its date: estate lifecycle explain"
    if finding == UNCONFIRMED:
        return "confirm the date of this very model"
    with_what = plan.replacement or item.state.match.replacement or ""
    if item.unit.kind in UNIT_KINDS:
        return "replace the part, or the box around it" + (f" with {with_what}" if with_what else "")
    return f"replace it with {with_what}" if with_what else "replace it"
