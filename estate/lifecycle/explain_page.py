"""One chain from a product to its dates, as fields and as lines for a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from estate.lifecycle.coverage import Knowledge, knowledge
from estate.lifecycle.words import decisions_of, state_words
from estate.shown import cell, safe

if TYPE_CHECKING:
    from estate.lifecycle.explaining import Binding, Earlier, Explained
    from estate.lifecycle.milestones import Match

COLUMNS = (
    "subject", "vendor", "part_number", "model", "grade", "rule", "matched", "dates", "not_announced_on", "source",
    "source_type", "bulletin", "row", "note", "known_on", "age_days", "state", "milestone", "date", "latest_possible",
    "binds", "policy", "policy_row", "exposure", "tier", "decisions", "excluded", "lost", "recorded_from", "earlier",
    "steps", "near",
)  # fmt: skip
MAX_NOTE = 400


def record(item: Explained, day: dt.date, *, as_text: bool) -> dict[str, Any]:
    """One chain as fields; ``as_text`` where lists are to be read by people."""
    vendor, part_number, model = item.product
    found = item.found
    taken = COLUMNS[4:15]
    lost: list[Any] = [f"{one.row} says {one.says}: {one.why}" for one in item.lost]
    earlier: list[Any] = [_before(one) for one in item.earlier]
    steps: list[Any] = [{"tried": one.tried, "rule": one.rule or "exact", "rows": len(one.found)} for one in item.steps]
    return {
        "subject": item.subject,
        "vendor": vendor,
        "part_number": part_number,
        "model": model,
        **{field: getattr(found, field) or None for field in taken},
        "age_days": (day - found.known_on).days if found.known_on else None,
        **(_bound(item.binding, as_text=as_text) if item.binding else {}),
        "lost": lost if as_text else [asdict(one) for one in item.lost],
        "recorded_from": item.since,
        "earlier": earlier if as_text else [asdict(one) for one in item.earlier],
        "steps": steps,
        "near": list(item.near),
    }


def _before(earlier: Earlier) -> str:
    return f"{earlier.says} ({earlier.source}), as known from {cell(earlier.since)} to {cell(earlier.until)} UTC"


def _bound(binding: Binding, *, as_text: bool) -> dict[str, Any]:
    state, policy = binding.state, binding.policy
    return {
        "state": str(state.state),
        "milestone": state.milestone or None,
        "date": state.date,
        "latest_possible": not state.confirmed if state.date else None,
        "binds": binding.why or None,
        **({name: getattr(policy, name) for name in ("policy", "exposure", "tier")} if policy else {}),
        "policy_row": policy.source if policy else None,
        "decisions": decisions_of(binding.decisions, as_text=as_text),
        "excluded": binding.excluded or None,
    }


def lines(item: Explained, day: dt.date) -> Iterator[str]:
    """One chain as text for a person."""
    found = item.found
    yield safe(f"{item.subject}: {' '.join(text for text in item.product if text) or 'nothing known of what it is'}")
    for step in item.steps:
        rows = ", ".join(entry.place for entry in step.found[:3])
        yield safe(f"  tried   {step.tried or '(blank)'}: {step.rule or 'exactly as it is'}: {rows or 'no row'}")
    if found.row:
        yield from _found(found, day)
    if item.since:
        yield f"  loaded  {cell(item.since)} UTC: since then we have known it so"
    for one in item.earlier:
        yield safe(f"  earlier {_before(one)}")
    if knowledge(found) is Knowledge.UNKNOWN:
        what = "no end of support" if found.row else "nothing"
        yield f"  found   {what}: its support is unknown, and never counted as supported"
    for lost in item.lost:
        yield safe(f"  lost    {lost.row} says {lost.says if lost.differs else 'the same'}: {lost.why}")
    if item.binding:
        yield from _state(item.binding)
    if item.near:
        yield safe(f"  near    {', '.join(item.near)} (alike, and not matched)")


def _found(found: Match, day: dt.date) -> Iterator[str]:
    yield safe(f"  found   {found.grade} {found.matched} in {found.row}")
    if found.rule:
        yield safe(f"  rule    {found.rule}")
    for name, date in found.dates.items():
        late = " at the latest" if found.latest_possible else ""
        yield f"          {name.replace('_', ' ')} {cell(date)}{late}"
    if found.not_announced_on:
        yield f"          no end announced as of {cell(found.not_announced_on)}"
    age = f"known as of {found.known_on}, {(day - found.known_on).days} days ago" if found.known_on else "age not known"
    yield safe("  source  " + ", ".join(filter(None, (found.source, found.source_type, age))))
    for label, text in (("bulletin", found.bulletin), ("note", found.note[:MAX_NOTE])):
        if text:
            yield safe(f"  {label:9} {text}")


def _state(binding: Binding) -> Iterator[str]:
    """The policy that a unit follows, which date binds and why, its state, and what was decided about it."""
    state, policy = binding.state, binding.policy
    if policy is None:
        yield "  policy  none: no row of policy.csv is about it"
    else:
        yield safe(f"  policy  {policy.policy} ({policy.source}): exposure {policy.exposure}, tier {policy.tier}")
    if state.date:
        yield safe(f"  binds   {state.milestone.replace('_', ' ')} {state.date}: {binding.why}")
    late, silent_on = state.date is not None and not state.confirmed, state.match.not_announced_on
    words = state_words(state.state, latest=late, plain=False, silent_on=silent_on)
    window = f"; ending from {state.window_days} days before its date" if state.date else ""
    yield f"  state   {words}{window}"
    for decision in binding.decisions:
        by = f", approved by {decision.approver}" if decision.approver else ""
        yield safe(f"  beside  {decision.sentence()} ({decision.source}{by})")
    if binding.excluded:
        yield safe(f"  counts  not: {binding.excluded}")
