"""A forecast's need against its funding, as its header shows it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from estate.forecast.actuals import Spent
from estate.forecast.calendar import FinancialYear
from estate.forecast.envelopes import envelopes, events, unbalanced
from estate.forecast.gap import cells, lost_grants, overspent, totals
from estate.forecast.pace import per_cent_of
from estate.forecast.spending import by_line

if TYPE_CHECKING:
    from estate.forecast.inputs import Inputs
    from estate.forecast.result import Result
    from estate.forecast.version import FeedRow


@dataclass(frozen=True, slots=True)
class Needed:
    """What the rows of scenario ``need`` come to for one bundle, line, year and entity, by pace."""

    line: str
    fy: FinancialYear
    bundle_id: str
    entity: str
    pace: str
    pence: int


def needed(rows: Iterable[FeedRow]) -> list[Needed]:
    """The rows of scenario ``need``, added up once for all that is made of them below."""
    found: dict[tuple[str, int, str, str, str], int] = defaultdict(int)
    for row in rows:
        if row.scenario == "need":
            key = (row.line_code, row.fy.start, row.bundle_id, row.entity, row.catch_up_keep_pace)
            found[key] += row.amount_pence
    return [
        Needed(line, FinancialYear(start), name, entity, pace, pence)
        for (line, start, name, entity, pace), pence in sorted(found.items())
    ]


def gap_header(inputs: Inputs, result: Result, need: Sequence[Needed]) -> dict[str, Any]:
    """Need against funding by line and year, and what is wrong with either."""
    asked: Counter[tuple[str, FinancialYear]] = Counter()
    for item in need:
        asked[item.line, item.fy] += item.pence
    found = cells(asked, inputs.funding, by_line(inputs.actuals, _line_of(result)))
    whole = totals(found)
    return {
        "cells": [cell.record for cell in found],
        "total": [cell.record for cell in whole],
        "funded_pct": {str(cell.fy): per_cent_of(cell.released, cell.need) for cell in whole},
        "envelopes": [
            {
                "decision": item.decision,
                "pence": item.pence,
                "years": [str(year) for year in item.years],
                "released_pence": item.released,
                "includes_year1": item.includes_year1,
                "remaining_pence": item.remaining,
                "open_years": [str(year) for year in item.open_years],
                "mean_pence": item.mean,
            }
            for item in envelopes(inputs.funding)
        ],
        "events": [
            {
                "kind": item.kind,
                "decision": item.decision,
                "pence": item.pence,
                "from_line": item.from_line,
                "from_fy": str(item.from_fy),
                "to_line": item.to_line,
                "to_fy": str(item.to_fy),
            }
            for item in events(inputs.funding)
        ],
        "unbalanced": [row.place for row in unbalanced(inputs.funding)],
        "overspent": [
            {"line": item.line, "fy": str(item.fy), "spent_pence": item.spent, "released_pence": item.released}
            for item in (overspent(found) if inputs.funding else ())
        ],
        "lost_grants": {str(year): pence for year, pence in lost_grants(found).items()},
    }


def _line_of(result: Result) -> Callable[[Spent], str]:
    """Which line pays for a row of actuals.csv: its own, else that of the unit or bundle that it names."""
    of_bundle = {item.bundle_id: item.lead.line for item, _ in result.costed}
    of_serial = {
        (member.unit.serial or "").casefold(): item.lead.line for item, _ in result.costed for member in item.members
    }
    for stand in result.stands:
        if stand.policy and stand.unit.serial:
            of_serial.setdefault(stand.unit.serial.casefold(), stand.policy.line or "")

    def line(item: Spent) -> str:
        if item.line:
            return item.line
        return of_serial.get(item.serial.casefold(), "") if item.serial else of_bundle.get(item.bundle, "")

    return line
