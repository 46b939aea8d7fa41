"""The verdict of evidence in one line, which says as much of what is not known as of what is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from estate.evidence.findings import DUE, FAILS, HARDWARE, NOT_ANNOUNCED, UNCONFIRMED, UNKNOWN, Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.evidence.findings import Evidence


def verdict(told: Evidence) -> str:
    """The headline: what would fail, what is due, what cannot be shown, and what is planned and paid for."""
    standard = told.standard
    failing, due = _of(told, FAILS), _of(told, DUE)
    unproven = _of(told, UNKNOWN, UNCONFIRMED)
    sentences = []
    if failing:
        first = f"{standard.fails}: {counted(failing)} without support{_outward(failing)}"
    elif due:
        first = f"nothing is overdue: {counted(due)} due to go{_outward(due)}"
    else:
        first = "cannot be shown to comply" if unproven else standard.passes
    sentences.append(f"{standard.title} as of {told.as_of.isoformat()}: {first}")
    if due:
        days = sorted({item.out_by for item in due if item.out_by})
        by = ", ".join(f"{counted([item for item in due if item.out_by == day])} by {day.isoformat()}" for day in days)
        sentences.append(f"due: {by}")
    if unproven:
        unknown, series = _of(told, UNKNOWN), _of(told, UNCONFIRMED)
        parts = [f"{counted(unknown)} unknown"] if unknown else []
        parts += [f"{counted(series)} dated only at the latest"] if series else []
        sentences.append(f"not counted as complying: {', '.join(parts)}")
    if failing or due:
        sentences.append(_planned(told, [*failing, *due]))
    if late := [task.text for task in standard.tasks if task.by < told.as_of]:
        sentences.append(f"also asked for by now: {', '.join(late)}")
    sentences.append(_rest(told))
    return "; ".join(sentence for sentence in sentences if sentence)


def counted(found: Sequence[Finding]) -> str:
    """``12 units and the software of 3 devices``."""
    units = sum(item.quantity for item in found if item.thing == HARDWARE)
    devices = sum(item.quantity for item in found if item.thing != HARDWARE)
    parts = [f"{units} unit{'' if units == 1 else 's'}"] if units else []
    parts += [f"the software of {devices} device{'' if devices == 1 else 's'}"] if devices else []
    return " and ".join(parts) or "nothing"


def _of(told: Evidence, *findings: str) -> list[Finding]:
    return [item for item in told.findings if item.finding in findings]


def _outward(found: Sequence[Finding]) -> str:
    outward = sum(item.quantity for item in found if item.exposure == "internet")
    unsaid = sum(item.quantity for item in found if item.exposure == "unknown")
    more = f", {unsaid} of unknown exposure" if unsaid else ""
    return f", {outward} facing the internet{more}"


def _planned(told: Evidence, found: Sequence[Finding]) -> str:
    plans = told.plans
    kit = [item for item in found if item.thing == HARDWARE]
    waived = sum(item.quantity for item in found if item.waiver)
    parts = []
    if kit and plans.version is None:
        parts.append("no forecast yet, so no plan year")
    elif kit and plans.as_of is not None:
        planned = sum(item.quantity for item in kit if item.plan.fy)
        paid = sum(item.quantity for item in kit if item.plan.released == "yes")
        total = sum(item.quantity for item in kit)
        where = f"in forecast {plans.version} of {plans.as_of.isoformat()}"
        units = f"{planned} of {total} unit{'' if total == 1 else 's'}"
        parts.append(f"{units} with a plan year {where}, {paid} on a line with released funding in that year")
    if waived:
        parts.append(f"{waived} waived, {told.standard.waiver}")
    return ", ".join(parts)


def _rest(told: Evidence) -> str:
    silent = _of(told, NOT_ANNOUNCED)
    parts = [f"no end announced for {counted(silent)}"] if silent else []
    parts += [f"{told.outside} outside its scope ({told.standard.why})"] if told.outside else []
    parts += [f"{told.excluded} not in service or not counted"] if told.excluded else []
    return ", ".join(parts)
