"""Technology debt: what it would cost to replace today all that is past its need date (forecast-model.md 2.8, W7).

Stock: the units in scope whose ``need_by`` lies before a day, at base-FY prices and plan quantities. A waiver, support
by a third party or a project's cover leaves it as it is; delivery, retirement and a change of date do not, and each is
a term of the flow between two forecasts. What has no price is counted beside the pounds, never as nothing.

All of it works on :class:`Position`, which is read from the chain of a costed unit, so a version just computed and one
from the database give the same answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from estate.forecast.need import AGE, SECURITY, SUPPORT

HIGH, SIGNIFICANT, MODERATE, LOW = "High", "Significant", "Moderate", "Low"
BANDS = (HIGH, SIGNIFICANT, MODERATE, LOW)
# The tier of a policy that the milestone is about: the council's core network and data centre (S11).
CORE = "core"
ZERO = dt.timedelta(0)


@dataclass(frozen=True, slots=True)
class Position:
    """A unit in scope, as debt sees it. ``value`` is in pence; None: no usable price. Dates unknown are None.

    ``ended`` is the first binding end of security or support, ``security`` the end of security fixes (the end of
    support where only that is known), ``live_by`` the day on which the forecast puts its replacement into service,
    ``leaves_on`` the day on which it goes without one.
    ``window`` is how long replacing it takes; ``life`` is the policy's age in years, else its accounting life.
    """

    asset_id: str
    need_by: dt.date | None
    value: int | None
    driver: str = ""
    quantity: int = 1
    policy: str = ""
    tier: str = "other"
    exposure: str = "internal"
    ended: dt.date | None = None
    security: dt.date | None = None
    window: dt.timedelta = ZERO
    life: int | None = None
    age_from: dt.date | None = None
    live_by: dt.date | None = None
    leaves_on: dt.date | None = None
    device: str | None = None
    slot: str | None = None
    site: str | None = None
    part_number: str | None = None
    replacement: str | None = None

    def due(self, day: dt.date) -> bool:
        """Whether it is in debt on a day: from the day after its need date."""
        return self.need_by is not None and self.need_by < day

    def left(self, day: dt.date) -> bool:
        """Whether it will have gone without being replaced."""
        return self.leaves_on is not None and self.leaves_on <= day

    def band(self, day: dt.date) -> str | None:
        """The risk band on a day by rule, never by a product of scores; None: neither due nor ending soon.

        High: security or support has ended, and strangers can reach it or it is core. Significant: ended, any other
        (a contract or a deadline that has passed counts here too). Moderate: ends within the time that replacing it
        takes. Low: due by its age alone.
        """
        if self.ended is not None and self.ended < day:
            return HIGH if self.exposure == "internet" or self.tier == CORE else SIGNIFICANT
        if self.ended is not None and self.ended < day + self.window:
            return MODERATE
        if not self.due(day):
            return None
        return LOW if self.driver == AGE else SIGNIFICANT


@dataclass(frozen=True, slots=True)
class Sum:
    """Units and pence; ``unpriced`` units are among the units and have no pence."""

    units: int = 0
    pence: int = 0
    unpriced: int = 0

    def __add__(self, other: Sum) -> Sum:
        """Both together."""
        return Sum(self.units + other.units, self.pence + other.pence, self.unpriced + other.unpriced)

    @property
    def record(self) -> dict[str, int]:
        """As plain JSON."""
        return {"units": self.units, "pence": self.pence, "unpriced": self.unpriced}


def sum_of(positions: Iterable[Position]) -> Sum:
    """What some positions come to."""
    units = pence = unpriced = 0
    for item in positions:
        units += item.quantity
        pence += item.value or 0
        unpriced += item.quantity if item.value is None else 0
    return Sum(units, pence, unpriced)


# ----------------------------------------------------------------------------------------------------- from a chain


def positions(chains: Iterable[Mapping[str, Any]]) -> list[Position]:
    """The units in scope of a version, from their chains (:mod:`estate.forecast.chain`)."""
    return [_position(chain) for chain in chains if chain["standing"] == "in_scope"]


def _position(chain: Mapping[str, Any]) -> Position:
    policy, need, bundle = chain["policy"] or {}, chain["need"] or {}, chain["bundle"] or {}
    vendor = {item["driver"]: item for item in reversed(need.get("candidates", ()))}
    ends = [_day(vendor[name]["date"]) for name in (SECURITY, SUPPORT) if name in vendor and vendor[name]["binds"]]
    known = vendor.get(SECURITY) or vendor.get(SUPPORT)
    days = sum(policy.get(name, 0) for name in ("lead_days", "install_days", "buffer_days"))
    return Position(
        asset_id=chain["asset_id"],
        need_by=_day(need.get("need_by")),
        value=chain.get("value_pence"),
        driver=need.get("driver") or "",
        quantity=chain["quantity"],
        policy=policy.get("policy", ""),
        tier=policy.get("tier", "other"),
        exposure=policy.get("exposure", "internal"),
        ended=min((end for end in ends if end), default=None),
        security=_day(known["date"]) if known else None,
        window=dt.timedelta(days=days),
        life=policy.get("policy_age_years") or policy.get("accounting_life_years"),
        age_from=_day(chain["age"]["from"]),
        live_by=_day(bundle.get("live_by")),
        leaves_on=_day(chain.get("leaves_on")),
        device=chain["device"],
        slot=chain["slot"],
        site=chain["site"],
        part_number=chain["product"]["part_number"],
        replacement=bundle.get("replacement"),
    )


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


# ----------------------------------------------------------------------------------------------------- stock and path


def stock(items: Sequence[Position], day: dt.date) -> Sum:
    """TD(t): what is in debt on a day if nothing has been replaced."""
    return sum_of(item for item in items if item.due(day))


def bands(items: Sequence[Position], day: dt.date) -> dict[str, Sum]:
    """The stock by band; the four come to the stock."""
    found = dict.fromkeys(BANDS, Sum())
    for item in items:
        if item.due(day) and (band := item.band(day)):
            found[band] += sum_of([item])
    return found


def coming(items: Sequence[Position], day: dt.date) -> Sum:
    """What is not in debt yet but ends before its replacement could be in service."""
    return sum_of(item for item in items if not item.due(day) and item.band(day) == MODERATE)


def left_on(
    items: Sequence[Position], day: dt.date, live: Callable[[Position], dt.date | None] | None = None
) -> list[Position]:
    """What is in debt on a day when the plan puts each replacement into service on the day that ``live`` says.

    Without ``live`` nothing is replaced: the do-nothing path. ``lambda item: item.live_by`` is the need path; a plan
    of another kind gives its own days.
    """
    due = [item for item in items if item.due(day) and not item.left(day)]
    return due if live is None else [item for item in due if (on := live(item)) is None or on > day]


def past_security(items: Sequence[Position], day: dt.date) -> Sum:
    """Units without security fixes on a day if nothing is replaced; one of them and a certification fails."""
    return sum_of(item for item in items if item.security is not None and item.security < day and not item.left(day))
