"""The end of a night in words: who answered, what changed, what ends, what it costs, and what nobody knows.

Plain text that fits any width from 60 columns on; nothing in it is cut off without saying so.
"""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from collectors.observation import UNIT_KINDS
from estate.inventory.sentences import EVENTS, sentence
from estate.lifecycle.coverage import cost_sentence
from estate.lifecycle.coverage import sentence as coverage
from estate.lifecycle.milestones import State
from estate.lifecycle.status import headline, software_headline, worst_first
from estate.notices.wording import lines
from estate.pounds import whole_pounds
from schedules import store
from schedules.delivery import MAIL, WEBHOOK

if TYPE_CHECKING:
    from estate.forecast.calendar import FinancialYear
    from estate.forecast.version import FeedRow, Version
    from estate.inventory.store import Changed
    from estate.lifecycle.service import EstateStatus
    from estate.lifecycle.status import UnitStatus
    from schedules.collecting import Collected
    from schedules.result import NightResult
    from schedules.step import StepResult
    from schedules.telling import Noticed

# A row of the table: what it is called, and its pence by year; a heading has none.
Row = tuple[str, Mapping["FinancialYear", int] | None]

MARGIN = 11  # of the words at the left: "Forecast" and its like
MAX_DEVICES = 40
MAX_CHANGES = 10
FIRST_READ = "discovered"  # a unit on the first reading of its device
MAX_NOTICES = 10
MAX_PRODUCTS = 8
MAX_NAMES = 4
MAX_REASONS = 8
MAX_LINES = 30
MIN_LABEL = 24
MAX_SENTENCE = 200
SCENARIO = "need"
ENDED = (State.UNSUPPORTED, State.ENDING)


def columns() -> int:
    """The width of the terminal; where there is none, enough for a log or a mail."""
    return shutil.get_terminal_size((100, 24)).columns


def render(result: NightResult, width: int) -> str:
    """The summary of a night, or of a collection, for so many columns."""
    width = max(width, 60)
    parts = [_headline(result)]
    if result.collected is not None:
        parts.append(_devices(result.collected, width))
        if result.collected.devices:
            parts.append(_changes(result.collected.changes, width))
    if result.blind_spot is not None and result.blind_spot.seen:
        parts.append(_section("Blind spot", width, [result.blind_spot.sentence(MAX_NAMES)]))
    if result.noticed is not None:
        parts.append(_notices(result.noticed, width))
    if result.status is not None:
        parts.append(_support(result.status, result.version, width))
    if result.version is not None:
        parts += [_money(result.version, width), _unknown(result.version, width)]
    if unsent := [step for step in result.steps if step.name in {MAIL, WEBHOOK} and step.outcome == store.PART]:
        parts.append(_section("Warning", width, [f"{step.name}: {step.detail}" for step in unsent]))
    if failed := [step for step in result.steps if step.outcome in {store.FAILED, store.SKIPPED}]:
        parts.append(_failed(failed, width))
    if result.folder is not None:
        parts.append(_files(result, width))
    return "\n\n".join(part for part in parts if part)


def _headline(result: NightResult) -> str:
    seconds = sum(step.seconds for step in result.steps)
    words = {store.DONE: "done", store.PART: "done in part", store.FAILED: "failed"}
    outcome = words.get(result.outcome, result.outcome)
    return f"Run {result.run_id} of {result.as_of.isoformat()}: {outcome} in {seconds:.1f} s"


def _section(word: str, width: int, lines: Iterable[str | tuple[str, int]]) -> str:
    """Lines beside a word at the left; one that is too long goes on below itself, ``hang`` columns in."""
    wrapped: list[str] = []
    for line in lines:
        text, hang = line if isinstance(line, tuple) else (line, len(line) - len(line.lstrip()) + 2)
        wrapped += textwrap.wrap(text, width - MARGIN, subsequent_indent=" " * hang, break_on_hyphens=False) or [""]
    head, *rest = wrapped or [""]
    return "\n".join([f"{word:{MARGIN}}{head}", *(f"{'':{MARGIN}}{line}" for line in rest)])


def _devices(collected: Collected, width: int) -> str:
    incomplete = collected.incomplete
    shown = incomplete[:MAX_DEVICES]
    name = max((len(device.target) for device in shown), default=0)
    outcome = max((len(device.outcome) for device in shown), default=0)
    lines: list[str | tuple[str, int]] = [collected.sentence()]
    lines += [
        (f"  {device.target:{name}}  {device.outcome:{outcome}}  {device.reason}", min(name + outcome + 6, 40))
        for device in shown
    ]
    if more := len(incomplete) - len(shown):
        lines.append(f"  and {more} more: estate runs show tells each")
    if told := [(device.target, text) for device in collected.devices for text in device.disagreements]:
        number = f"{len(told)} fact{'s' * (len(told) != 1)}"
        names = sorted({name for name, _ in told})
        few = ", ".join(names[:MAX_NAMES]) + (f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else "")
        lines.append(f"SNMP and SSH disagree on {number} ({few}): estate show tells each")
    return _section("Devices", width, lines)


def _changes(changes: Sequence[Changed], width: int) -> str:
    if not changes:
        return _section("Changes", width, ["none"])
    kinds = Counter(change.what for change in changes)
    listed = sorted(kinds, key=lambda what: (EVENTS.index(what) if what in EVENTS else len(EVENTS), what))
    lines = [f"{len(changes)}: " + ", ".join(f"{kinds[what]} {what}" for what in listed)]
    # first what somebody's hands did: a first night of discoveries must not hide the one swap
    events = changes if len(changes) <= MAX_CHANGES else [change for change in changes if change.what != FIRST_READ]
    order = sorted(events, key=_order)
    lines += [f"  {_change(change)}" for change in order[:MAX_CHANGES]]
    if more := len(changes) - min(len(order), MAX_CHANGES):
        lines.append(
            f"  {'and ' if order else ''}{more} {'more' if order else 'units read for the first time'}: estate changes"
        )
    return _section("Changes", width, lines)


def _order(change: Changed) -> tuple[int, str, str]:
    return EVENTS.index(change.what) if change.what in EVENTS else len(EVENTS), change.device, change.subject


def _change(change: Changed) -> str:
    return f"{change.device}: {sentence(change)}"


def _notices(noticed: Noticed, width: int) -> str:
    told = lines(noticed.new, MAX_NAMES)
    if noticed.first:
        return _section("Notices", width, told)
    shown = [noticed.sentence(), *(f"  {line}" for line in told[:MAX_NOTICES])]
    if more := len(told) - MAX_NOTICES:
        shown += [f"  and {more} more: estate notices"] if more > 0 else []
    return _section("Notices", width, shown)


def _support(status: EstateStatus, version: Version | None, width: int) -> str:
    lines = [headline(status.units)]
    by_cost = cost_sentence(version.header.get("coverage", {}).get("lifecycle", {})) if version else ""
    lines += filter(None, (coverage(status.units), by_cost))
    if status.software:
        lines.append(f"{software_headline(status.software)}: estate status --software")
    products: dict[str, list[str]] = {}
    for item in worst_first(status.units):
        if item.state.state in ENDED and not item.excluded:
            products.setdefault(_ending(item), []).append(item.unit.device or item.unit.asset_id)
    for product, where in list(products.items())[:MAX_PRODUCTS]:
        names = list(dict.fromkeys(where))
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        lines.append(f"  {len(where)} {product}: {', '.join(names[:MAX_NAMES])}{more}")
    if len(products) > MAX_PRODUCTS:
        lines.append(f"  and {len(products) - MAX_PRODUCTS} more products: estate status")
    return _section("Support", width, lines)


def _ending(item: UnitStatus) -> str:
    unit, state = item.unit, item.state
    what = " ".join(filter(None, (unit.vendor, unit.part_number or unit.model)))
    what += f" ({unit.kind} inside)" if unit.kind in UNIT_KINDS else ""
    day = state.date.isoformat() if state.date else "on a day unknown"
    latest = "" if state.confirmed else " at the latest"
    return f"{what} {state.state}, {state.milestone.replace('_', ' ')} {day}{latest}"


# -------------------------------------------------------------------------------------------------------------- money


def _money(version: Version, width: int) -> str:
    rows = [row for row in version.rows if row.scenario == SCENARIO and row.counts]
    title = f"version {version.id}, scenario {SCENARIO}"
    if not rows:
        return _section("Forecast", width, [f"{title}: nothing to replace, £0"])
    table: list[Row] = []
    for code, word in (("C", "capital"), ("R", "revenue")):
        lines = list(_by_line([row for row in rows if row.cap_rev == code]).items())
        if not lines:
            continue
        table.append((word, None))
        table += [(f"  {line or '(no line)'}", years) for line, years in lines[:MAX_LINES]]
        if more := [years for _, years in lines[MAX_LINES:]]:
            table.append((f"  {len(more)} more lines", _sum(more)))
        table.append((f"{word} total", _sum(years for _, years in lines)))
    table.append(("total", _sum(_by_line(rows).values())))
    return "\n".join([f"{'Forecast':{MARGIN}}{title}, cash, whole pounds", *_grid(table, version.horizon, width)])


def _by_line(rows: Iterable[FeedRow]) -> dict[str, Counter[FinancialYear]]:
    """Pence by line and year, lines in order."""
    lines: defaultdict[str, Counter[FinancialYear]] = defaultdict(Counter)
    for row in rows:
        lines[row.line_code][row.fy] += row.amount_pence
    return dict(sorted(lines.items()))


def _sum(lines: Iterable[Mapping[FinancialYear, int]]) -> Counter[FinancialYear]:
    total: Counter[FinancialYear] = Counter()
    for line in lines:
        total.update(line)
    return total


def _grid(table: Sequence[Row], years: Sequence[FinancialYear], width: int) -> list[str]:
    """Lines by year with a total each; years that do not fit beside each other go into a further block."""
    columns = [(str(year), [None if row is None else row.get(year, 0) for _, row in table]) for year in years]
    columns.append(("total", [None if row is None else sum(row.values()) for _, row in table]))
    cells = [(head, ["" if pence is None else whole_pounds(pence) for pence in column]) for head, column in columns]
    size = max(len(text) for head, column in cells for text in (head, *column)) + 2
    longest = max(len(name) for name, _ in table)
    label = min(longest, max(width - 2 - size * len(cells), MIN_LABEL))
    fit = max((width - 2 - label) // size, 1)
    lines: list[str] = []
    for first in range(0, len(cells), fit):
        block = cells[first : first + fit]
        lines.append(f"  {'':{label}}" + "".join(f"{head:>{size}}" for head, _ in block))
        for place, (name, _) in enumerate(table):
            short = name if len(name) <= label else f"{name[: label - 3]}..."
            lines.append((f"  {short:{label}}" + "".join(f"{column[place]:>{size}}" for _, column in block)).rstrip())
    return lines


def _unknown(version: Version, width: int) -> str:
    """What has no money, by reason; then what the version warns of, and its loud assumptions."""
    reasons = Counter(exception.reason for exception in version.exceptions)
    lines = ["every unit in scope has a date by which it is needed, a policy and a price"]
    if reasons:
        lines = [f"{reasons.total()} without money in the table above, each named in exceptions.csv"]
    examples = {exception.reason: exception for exception in reversed(version.exceptions)}
    for reason, count in reasons.most_common(MAX_REASONS):
        example = examples[reason]
        lines.append(f"  {count} {reason.replace('_', ' ')}, such as {example.asset_id}: {example.detail}")
    if len(reasons) > MAX_REASONS:
        lines.append(f"  and {len(reasons) - MAX_REASONS} more reasons")
    loud = [text for text in version.header.get("assumptions", ()) if text[:4].isupper() and text[:4].isascii()]
    lines += [*version.header.get("warnings", ()), *loud]
    return _section("Unknown", width, [_short(line) for line in lines])


def _short(line: str) -> str:
    return line if len(line) <= MAX_SENTENCE else f"{line[: MAX_SENTENCE - 4]} ..."


# -------------------------------------------------------------------------------------------------------------- files


def _failed(steps: Sequence[StepResult], width: int) -> str:
    lines: list[str] = []
    for step in steps:
        first, *rest = step.detail.split("\n")
        lines.append(f"{step.name}: {first}")
        # the same mistake may stop several steps: it is told once
        lines += [line for line in (f"  {line}" for line in rest) if line not in lines]
    return _section("Failed", width, lines)


def _files(result: NightResult, width: int) -> str:
    names = sorted(path.relative_to(result.folder).as_posix() for path in result.paths) if result.folder else []
    latest = f" (also as {result.latest.name})" if result.latest and result.latest != result.folder else ""
    # a path is one word: it is never broken, so that it can be copied
    return f"{'Files':{MARGIN}}{result.folder}{latest}\n" + _section("", width, [", ".join(names)])
