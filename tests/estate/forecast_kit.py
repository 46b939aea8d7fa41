"""Short ways to say what a forecast is made from, so that a test shows only what it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from estate.forecast.calendar import FinancialYear
from estate.forecast.compute import compute
from estate.forecast.indices import IndexRow
from estate.forecast.inputs import Inputs, Parameters
from estate.forecast.lines import Line
from estate.forecast.prices import Price
from estate.forecast.version import FeedRow, Version
from estate.inventory.unit import Excluded, Population, Unit
from estate.lifecycle.milestones import Grade, Match
from estate.policy.decisions import Decision
from estate.policy.policies import Policy

AS_OF = dt.date(2026, 11, 22)
LINE = "Evergreening Capital"


def fy(text: str) -> FinancialYear:
    return FinancialYear.parse(text)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def policy(**changes: Any) -> Policy:
    """Policy ``core`` for switches: lead 120, install 45, buffer 30 days (the terms of W2)."""
    given: dict[str, Any] = {
        "policy": "core",
        "kind": "switch",
        "role": None,
        "vendor": None,
        "part_number": None,
        "policy_age_years": None,
        "age_mode": "ignore",
        "buffer_days": 30,
        "lead_days": 120,
        "install_days": 45,
        "accounting_life_years": 7,
        "ratio_new": 1,
        "ratio_old": 1,
        "contingency_pct": Decimal(0),
        "line": LINE,
        "tier": "core",
        "exposure": "internal",
        "source": "policy.csv:2",
    }
    return Policy(**{**given, **changes})


def price(**changes: Any) -> Price:
    """A class price of £1,000 in 2026/27 prices for policy ``core``."""
    blank = dict.fromkeys(("vendor", "part_number", "support_now", "support_new", "quoted_on", "valid_to"))
    given: dict[str, Any] = {
        **blank,
        "policy": "core",
        "replacement": "new switch",
        "currency": "GBP",
        "list_price": Decimal(1000),
        "discount_pct": Decimal(0),
        "install": Decimal(0),
        "fixed": Decimal(0),
        "training": Decimal(0),
        "price_fy": fy("2026/27"),
        "source": "quote 1",
        "place": "prices.csv:2",
    }
    return Price(**{**given, **changes})


def unit(asset_id: str, **changes: Any) -> Unit:
    """A switch at the civic centre."""
    given: dict[str, Any] = {
        "kind": "switch",
        "serial": asset_id,
        "vendor": "Cisco",
        "part_number": "C9500",
        "site": "civic",
    }
    return Unit(asset_id, **{**given, **changes})


def match(**dates: str) -> Match:
    """An exact match: ``match(end_of_support="2027-07-31")``."""
    return Match(
        Grade.EXACT, dates={name: day(text) for name, text in dates.items()}, row="cisco.csv:2", bulletin="EOL1"
    )


def decision(kind: str, **changes: Any) -> Decision:
    """A decision about serial A1 unless told otherwise."""
    given: dict[str, Any] = dict.fromkeys(item.name for item in fields(Decision))
    given |= {"decision": "D1", "kind": kind, "serial": "A1", "source": "decisions.csv:2"}
    return Decision(**{**given, **changes})


def rate(series: str, year: str, per_cent: str) -> IndexRow:
    return IndexRow(series, fy(year), Decimal(per_cent), "a statistics office", "indices.csv:2")


def forecast(
    units: Sequence[Unit],
    matches: Mapping[str, Match] | Match | None = None,
    *,
    policies: Sequence[Policy] = (policy(),),
    prices: Sequence[Price] = (price(),),
    excluded: Iterable[Excluded] = (),
    as_of: dt.date = AS_OF,
    base: str = "2026/27",
    years: int = 5,
    parameters: Parameters = Parameters(),  # noqa: B008 - it is frozen
    **more: Any,
) -> Version:
    """The version of some units; one match given is everybody's."""
    everybody = matches if isinstance(matches, Match) else None
    return compute(
        Inputs(
            as_of=as_of,
            base_fy=fy(base),
            years=years,
            population=Population(tuple(units), tuple(excluded)),
            matches={item.asset_id: everybody for item in units} if everybody else matches or {},  # type: ignore[arg-type] # narrowed above
            policies=tuple(policies),
            prices=tuple(prices),
            lines=(Line(LINE, LINE, "Fixing the Plumbing", "Requested", "CC1", "4100", "P1", "lines.csv:2"),),
            parameters=parameters,
            **more,
        )
    )


def rows(version: Version, scenario: str = "need") -> list[FeedRow]:
    return [row for row in version.rows if row.scenario == scenario]


def total(version: Version, scenario: str = "need") -> int:
    return sum(row.amount_pence for row in rows(version, scenario))


def bundle(version: Version) -> dict[str, Any]:
    """The one bundle of a version."""
    (only,) = version.header["bundles"]
    assert isinstance(only, dict)
    return only


def reasons(version: Version) -> dict[str, str]:
    return {item.asset_id: item.reason for item in version.exceptions}
