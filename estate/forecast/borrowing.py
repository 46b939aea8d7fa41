"""Which capital is borrowed, by what funding.csv says, and what that and changed support do to the revenue budget.

Only capital that a row of funding.csv finances by ``borrowing`` has consequences (forecast-model.md 2.7). A line's
borrowing is divided over its bundles of the year in proportion to their capital; the portfolio's over what is left.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from estate.forecast.gap import BORROWING, PORTFOLIO, source_of
from estate.forecast.lines import pence
from estate.forecast.revenue import MAX_LIFE, Borrowing, Charge, Terms, by_year, charges, reckoner
from estate.forecast.split import largest_remainder
from estate.forecast.waiting import yearly_support

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from estate.forecast.calendar import FinancialYear
    from estate.forecast.inputs import Inputs
    from estate.forecast.lines import Funding
    from estate.forecast.result import Result


@dataclass(frozen=True, slots=True)
class Capital:
    """A bundle's capital in its spend year. ``life`` is the policy's accounting life; None: nobody said."""

    bundle_id: str
    line: str
    fy: FinancialYear
    pence: int
    mrp_first_fy: FinancialYear
    life: int | None


def borrowed(capital: Sequence[Capital], funding: Iterable[Funding]) -> tuple[dict[str, int], int]:
    """How much of each bundle is borrowed, in pence, and how much borrowing found no capital to pay for."""
    given: dict[tuple[str, FinancialYear], int] = defaultdict(int)
    for row in funding:
        if source_of(row.source) == BORROWING:
            given[row.line, row.fy] += pence(row.amount)
    taken = dict.fromkeys((item.bundle_id for item in capital), 0)
    unused = 0
    # a line's own borrowing first, then the portfolio's
    for (line, year), amount in sorted(given.items(), key=lambda entry: (entry[0][0] == PORTFOLIO, entry[0])):
        fits = [item for item in capital if item.fy == year and line in {PORTFOLIO, item.line}]
        open_for = [item.pence - taken[item.bundle_id] for item in fits]
        used = max(min(amount, sum(open_for)), 0)
        unused += max(amount, 0) - used
        if used:
            for item, part in zip(fits, largest_remainder(used, open_for), strict=True):
                taken[item.bundle_id] += part
    return taken, unused


def capital_of(result: Result) -> list[Capital]:
    """The capital of every bundle, in order of bundle id."""
    made = []
    for bundle, costing in result.costed:
        amount = sum(part.pence for part in costing.amounts if part.cap_rev == "C") if costing else 0
        if amount:
            times, policy = bundle.schedule, bundle.lead.policy
            made.append(
                Capital(
                    bundle.bundle_id,
                    bundle.lead.line,
                    times.spend_fy,
                    amount,
                    times.mrp_first_fy,
                    policy.accounting_life_years,
                )
            )
    return sorted(made, key=lambda item: item.bundle_id)


def consequences(inputs: Inputs, result: Result) -> dict[str, Any]:
    """The header's key ``revenue``."""
    settings = inputs.parameters
    terms = Terms(settings.borrowing_rate_pct, settings.mrp_method, settings.interest_half_year)
    capital = capital_of(result)
    taken, unused = borrowed(capital, inputs.funding)
    made: list[Charge] = []
    without: list[Capital] = []
    for item in capital:
        if not taken[item.bundle_id]:
            continue
        if item.life is None or item.life > MAX_LIFE:
            without.append(item)
            continue
        loan = Borrowing(taken[item.bundle_id], item.fy, item.mrp_first_fy, item.life)
        made += charges(loan, terms) or []
    years = [inputs.base_fy + offset for offset in range(inputs.years)]
    support, unknown = _support(result)
    return {
        "rate_pct": None if terms.rate_pct is None else str(terms.rate_pct),
        "method": terms.method,
        "half_year": terms.half_year,
        "borrowed_pence": sum(taken.values()),
        "unused_pence": unused,
        "years": _years(years, capital, taken, by_year(made), support, terms),
        "beyond": _beyond(years[-1], by_year(made)),
        "no_life": {"bundles": len(without), "pence": sum(taken[item.bundle_id] for item in without)},
        "support_unknown": unknown,
        "reckoner": _reckoner(inputs, terms),
    }


def _support(result: Result) -> tuple[dict[FinancialYear, int], int]:
    """New support less old by year, of the bundles for which both are known, and how many others there are."""
    found: dict[FinancialYear, int] = defaultdict(int)
    unknown = 0
    for bundle, costing in result.costed:
        if costing is None or costing.item is None or bundle.generation > 1:
            continue
        if None in yearly_support(costing.item, costing, result.tariff):
            unknown += 1
            continue
        for part in costing.amounts:
            if part.component == "support":
                found[part.fy] += part.pence if part.scenario == "need" else -part.pence
    return found, unknown


def _years(
    years: Sequence[FinancialYear],
    capital: Sequence[Capital],
    taken: dict[str, int],
    paid: dict[FinancialYear, Charge],
    support: dict[FinancialYear, int],
    terms: Terms,
) -> list[dict[str, Any]]:
    """Each year's charges and support, and the effect on the medium-term plan so far."""
    made, so_far = [], 0
    known = terms.rate_pct is not None or not any(taken.values())
    for year in years:
        charge = paid.get(year)
        mrp, interest = (charge.mrp, charge.interest) if charge else (0, 0)
        effect = None if interest is None or not known else mrp + interest + support.get(year, 0)
        so_far += effect or 0
        made.append(
            {
                "fy": str(year),
                "borrowed_pence": sum(taken[item.bundle_id] for item in capital if item.fy == year),
                "mrp_pence": mrp,
                "interest_pence": interest if known else None,
                "support_pence": support.get(year, 0),
                "effect_pence": effect,
                "cumulative_pence": so_far if known else None,
            }
        )
    return made


def _beyond(last: FinancialYear, paid: dict[FinancialYear, Charge]) -> dict[str, Any]:
    """What the years after the horizon still pay for what is borrowed inside it."""
    after = [charge for year, charge in paid.items() if year > last]
    known = all(charge.interest is not None for charge in after)
    return {
        "mrp_pence": sum(charge.mrp for charge in after),
        "interest_pence": sum(charge.interest or 0 for charge in after) if known else None,
        "last_fy": str(max(charge.fy for charge in after)) if after else None,
    }


def _reckoner(inputs: Inputs, terms: Terms) -> list[dict[str, Any]]:
    lives = {
        policy.accounting_life_years
        for policy in inputs.policies
        if policy.accounting_life_years and policy.accounting_life_years <= MAX_LIFE
    }
    return [
        {
            "life_years": life,
            "years": [
                {
                    "year": number,
                    "mrp_pence": charge.mrp,
                    "interest_pence": charge.interest,
                    "total_pence": charge.total,
                }
                for number, charge in enumerate(paid)
            ],
        }
        for life, paid in reckoner(lives, terms, inputs.base_fy)
    ]
