"""The chain behind a unit's money, link by link in reading order, as plain JSON: what ``explain`` shows.

serial -> device and site -> product and the OID that gave it -> milestone, source, bulletin -> policy row ->
candidates and the winner -> decision -> bundle -> price row -> index -> financial year and line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from estate.forecast.bundles import Bundle
    from estate.forecast.costs import Costing
    from estate.forecast.indices import Factor
    from estate.forecast.need import Need
    from estate.forecast.prices import Price
    from estate.forecast.standing import Standing
    from estate.forecast.version import FeedRow
    from estate.inventory.unit import Unit
    from estate.lifecycle.milestones import Match
    from estate.policy.policies import Policy


Thing = TypeVar("Thing")


@dataclass(slots=True)
class Chains:
    """Makes the chains of a run's units; what many of them share is one object in all of them, so nobody alters it.

    ``readings`` says when each observation that a unit cites was made.
    """

    readings: Mapping[int, dt.datetime]
    _made: dict[tuple[int, int], tuple[object, dict[str, Any]]] = field(default_factory=dict)

    def links(self, bundle: Bundle, costing: Costing | None) -> dict[str, Any]:
        """The links that all units of a bundle share: they are made once, not once a unit."""
        return {
            "bundle": _bundle(bundle, costing),
            "price": self._once(_price, bundle.lead.price),
            "index": None if costing is None else self._index(costing),
        }

    def chain(
        self,
        stand: Standing,
        shared: Mapping[str, Any] | None,
        rows: Sequence[FeedRow],
        value_pence: int | None = None,
    ) -> dict[str, Any]:
        """A unit's whole chain; links that do not exist are None, and ``money`` is then an empty list.

        ``shared`` are the :meth:`links` of its bundle, or None where it is in none.
        ``value_pence`` is its gross replacement cost at base-FY prices; None where it has no usable price.
        """
        unit = stand.unit
        start, fact = unit.age_from
        return {
            "asset_id": unit.asset_id,
            "serial": unit.serial,
            "asset_tag": unit.asset_tag,
            "device": unit.device,
            "site": unit.site,
            "slot": unit.slot,
            "kind": unit.kind,
            "role": unit.role,
            "quantity": unit.quantity,
            "standing": stand.standing,
            "reason": stand.reason,
            "detail": stand.detail,
            "leaves_on": _iso(stand.leaves_on),
            "product": {"vendor": unit.vendor, "part_number": unit.part_number, "model": unit.model},
            "evidence": dict(sorted(unit.evidence.items())),
            "observation": _observation(unit, self.readings),
            "age": {"from": _iso(start), "fact": fact},
            "value_pence": value_pence,
            "match": self._once(_match, stand.match),
            "policy": self._once(_policy, stand.policy),
            "need": _need(stand.need),
            "decision": _decision(stand.need),
            "bundle": shared["bundle"] if shared else None,
            "price": shared["price"] if shared else self._once(_price, stand.price),
            "index": shared["index"] if shared else None,
            "money": [_money(row) for row in rows],
        }

    def _index(self, costing: Costing) -> dict[str, Any]:
        return {
            **{name: self._once(_factor, factor) for name, factor in costing.factors.items()},
            "units_per_gbp": plain(costing.units_per_gbp),
            "fx_row": costing.exchange_place,
        }

    def _once(self, make: Callable[[Thing], dict[str, Any]], thing: Thing | None) -> dict[str, Any] | None:
        """What is made of a thing, made once: by identity, since comparing is what would take time."""
        if thing is None:
            return None
        key = (id(make), id(thing))
        if key not in self._made:
            self._made[key] = (thing, make(thing))  # beside the thing, which keeps its id from being another's
        return self._made[key][1]


def _iso(day: object) -> str | None:
    return None if day is None else str(day)


def plain(number: Decimal) -> str:
    """A Decimal without exponent and without trailing zeros: ``1.05575``."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _observation(unit: Unit, readings: Mapping[int, dt.datetime]) -> dict[str, Any]:
    at = readings.get(unit.observation) if unit.observation is not None else None
    return {
        "origin": unit.origin,
        "run_device_id": unit.observation,
        "at": at.isoformat(timespec="seconds") if at else None,
        "address": unit.address,
        "first_seen": _iso(unit.first_seen),
        "last_seen": _iso(unit.last_seen),
        "stale": unit.stale,
    }


def _match(match: Match) -> dict[str, Any]:
    return {
        "grade": str(match.grade),
        "rule": match.rule,
        "matched": match.matched,
        "row": match.row,
        "source": match.source,
        "source_type": match.source_type,
        "bulletin": match.bulletin,
        "dates": {name: _iso(day) for name, day in match.dates.items()},
        "not_announced_on": _iso(match.not_announced_on),
    }


def _policy(policy: Policy) -> dict[str, Any]:
    return {
        "policy": policy.policy,
        "row": policy.source,
        "policy_age_years": policy.policy_age_years,
        "age_mode": policy.age_mode,
        "buffer_days": policy.buffer_days,
        "install_days": policy.install_days,
        "lead_days": policy.lead_days,
        "accounting_life_years": policy.accounting_life_years,
        "ratio": f"{policy.ratio_new}/{policy.ratio_old}",
        "contingency_pct": plain(policy.contingency_pct),
        "line": policy.line,
        "tier": policy.tier,
        "exposure": policy.exposure,
    }


def _need(need: Need | None) -> dict[str, Any] | None:
    if need is None:
        return None
    return {
        "need_by": _iso(need.need_by),
        "driver": need.winner.driver if need.winner else None,
        "confidence": need.winner.confidence if need.winner else "unknown",
        "candidates": [
            {
                "driver": item.driver,
                "date": _iso(item.date),
                "basis": item.basis,
                "binds": item.binds,
                "wins": item is need.winner,
                "confidence": item.confidence,
                "row": item.place,
            }
            for item in need.candidates
        ],
    }


def _decision(need: Need | None) -> dict[str, Any] | None:
    if need is None or need.ruling is None:
        return None
    ruling = need.ruling
    return {
        "decision": ruling.decision,
        "kind": ruling.kind,
        "row": ruling.source,
        "date": _iso(ruling.date),
        "fy": _iso(ruling.fy),
        "expires": _iso(ruling.expires),
        "approver": ruling.approver,
        "reference": ruling.reference,
        "reason": ruling.reason,
    }


def _bundle(bundle: Bundle, costing: Costing | None) -> dict[str, Any] | None:
    if costing is None:
        return None
    times = bundle.schedule
    return {
        "bundle_id": bundle.bundle_id,
        "assets": len(bundle.members),
        "quantity_old": bundle.quantity,
        "quantity_new": costing.quantity_new,
        "bought": costing.bought,
        "replacement": bundle.lead.replacement,
        "need_by": _iso(times.need_by),
        "plan_by": _iso(times.plan_by),
        "live_by": _iso(times.live_by),
        "deliver_by": _iso(times.deliver_by),
        "order_by": _iso(times.order_by),
        "commit_fy": str(times.commit_fy),
        "spend_fy": str(times.spend_fy),
        "late_days": times.late_days,
        "capital_pence": costing.capital_pence,
        # what is spent once; support is the same every year and stands under money
        "amounts": [
            {
                "fy": str(amount.fy),
                "component": amount.component,
                "cap_rev": amount.cap_rev,
                "rule": amount.reason,
                "exact_pounds": plain(amount.exact),
                "pence": amount.pence,
            }
            for amount in costing.amounts
            if amount.component != "support"
        ],
    }


def _price(price: Price) -> dict[str, Any]:
    return {
        "row": price.place,
        "source": price.source,
        "replacement": price.replacement,
        "currency": price.currency,
        "list_price": None if price.list_price is None else plain(price.list_price),
        "discount_pct": plain(price.discount_pct),
        "net": plain(price.net),
        "install": plain(price.install),
        "fixed": plain(price.fixed),
        "training": plain(price.training),
        "price_fy": _iso(price.price_fy),
        "quoted_on": _iso(price.quoted_on),
        "valid_to": _iso(price.valid_to),
    }


def _factor(factor: Factor) -> dict[str, Any]:
    return {
        "series": factor.series,
        "factor": plain(factor.value),
        "steps": [{"fy": str(step.fy), "rate_pct": plain(step.rate_pct), "row": step.place} for step in factor.steps],
    }


def _money(row: FeedRow) -> dict[str, Any]:
    return {
        "scenario": row.scenario,
        "line": row.line_code,
        "fy": str(row.fy),
        "component": row.component,
        "cap_rev": row.cap_rev,
        "amount_pence": row.amount_pence,
    }
