"""What the newest forecast and the money files say of a unit: when it goes, who pays, and whether money is there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from collectors.observation import UNIT_KINDS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from estate.forecast.lines import Funding
    from estate.forecast.version import CostedUnit
    from estate.inventory.unit import Unit

NO_FORECAST = "no forecast yet"


@dataclass(frozen=True, slots=True)
class Plan:
    """When a unit is replaced, as a forecast has it; blank where it is not. ``why`` then says why not.

    ``released`` is ``yes``, ``no``, ``portfolio`` (money is released that year, but not to this line), or blank where
    there is no year; ``released_gbp`` what is released to the line in the year. Whether that is enough is not said.
    """

    fy: str = ""
    live_by: str = ""
    replacement: str = ""
    line: str = ""
    released: str = ""
    released_gbp: Decimal | None = None
    why: str = ""


@dataclass(slots=True)
class Plans:
    """The plans of a forecast version. ``version`` is its id, None where there is no forecast."""

    version: int | None = None
    as_of: dt.date | None = None
    units: Mapping[tuple[str, str], CostedUnit] = field(default_factory=dict)
    released: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    _boxes: dict[str, str] = field(default_factory=dict)
    _planned: dict[str, CostedUnit] = field(default_factory=dict)

    def boxes(self, units: Iterable[Unit]) -> None:
        """Learn which box each device is: what sits in it goes with it."""
        self._planned.update({key[0]: item for key, item in self.units.items() if item.chain.get("bundle")})
        for unit in sorted(units, key=lambda one: one.asset_id):
            if unit.device and unit.parent is None and unit.kind not in UNIT_KINDS:
                self._boxes.setdefault(unit.device, unit.asset_id)

    def of(self, unit: Unit) -> Plan:
        """The plan of a unit; one that is covered by what it sits in has the plan of that."""
        if self.version is None:
            return Plan(why=NO_FORECAST)
        costed = self.units.get(_key(unit.asset_id, unit.vendor))
        if costed is None:
            return Plan(why=f"not in forecast {self.version}")
        detail = costed.chain.get("detail") or costed.reason.replace("_", " ")
        if not costed.chain.get("bundle") and costed.standing == "covered":
            costed = self._above(unit) or costed
        return self._plan(costed, detail)

    def _above(self, unit: Unit) -> CostedUnit | None:
        above = (unit.parent, self._boxes.get(unit.device or ""))
        return next((self._planned[asset_id] for asset_id in above if asset_id in self._planned), None)

    def _plan(self, costed: CostedUnit, why: str) -> Plan:
        chain = costed.chain
        bundle, policy = chain.get("bundle"), chain.get("policy") or {}
        line = next((row["line"] for row in chain.get("money") or []), "") or policy.get("line") or ""
        if not bundle:
            return Plan(line=line, why=why)
        fy = bundle["spend_fy"]
        amount = self.released.get((line.casefold(), fy), Decimal("0.00"))
        portfolio = self.released.get(("", fy), Decimal("0.00"))
        return Plan(
            fy=fy,
            live_by=bundle["live_by"] or "",
            replacement=bundle["replacement"] or "",
            line=line,
            released="yes" if amount > 0 else "portfolio" if portfolio > 0 else "no",
            released_gbp=amount,
            why=why,
        )


def by_unit(units: Iterable[CostedUnit]) -> dict[tuple[str, str], CostedUnit]:
    """The units of a version, as :class:`Plans` looks them up."""
    return {_key(item.asset_id, (item.chain.get("product") or {}).get("vendor")): item for item in units}


def released_money(funding: Iterable[Funding]) -> dict[tuple[str, str], Decimal]:
    """What is released and approved, by line and financial year; the line of the portfolio as a whole is blank."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in funding:
        if row.level == "released" and row.status == "approved":
            found[row.line.casefold(), str(row.fy)] += row.amount
    return dict(found)


def _key(asset_id: str, vendor: str | None) -> tuple[str, str]:
    return asset_id, (vendor or "").casefold()
