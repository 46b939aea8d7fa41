"""Two forecasts' inputs side by side, and any mixture of them: some drivers as in the new one, the rest as in the old.

What belongs to which driver (forecast-model.md 2.11): the day, base year and horizon to 1; what was delivered or
ordered to 2; every other unit that came, left or was corrected to 3 or 4; matches to 5; policy.csv and the settings of
the model to 6; decisions, sites, what lines ask for and, of a freeze, the years that are funded to 7; prices.csv to 8;
indices and exchange rates to 9. Driver 10 moves nothing in a plan without a cap.

The classes of units do not depend on which of the two forecasts is called the old one: a bridge back is the bridge
there with every sign turned.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from estate.forecast.actuals import COMMITTED
from estate.forecast.purchases import LookUps
from estate.inventory.unit import Excluded, Population, Unit
from estate.lifecycle.milestones import Match

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from estate.forecast.inputs import Inputs, Parameters
    from estate.forecast.lines import Budget

TIME, DELIVERED, ESTATE, CORRECTION, LIFECYCLE, POLICY, DECISIONS, PRICES, INFLATION, CAPPED = range(1, 11)
DRIVERS = {
    TIME: "Passage of time and horizon",
    DELIVERED: "Delivered",
    ESTATE: "Estate added and removed",
    CORRECTION: "Data corrected",
    LIFECYCLE: "Lifecycle dates",
    POLICY: "Policy",
    DECISIONS: "Decisions and projects",
    PRICES: "Price book",
    INFLATION: "Inflation and exchange rates",
    CAPPED: "Re-timing under a cap",
}
# The ids of the drivers, by which ties between equal remainders are broken.
CODES = {
    TIME: "time", DELIVERED: "delivered", ESTATE: "estate", CORRECTION: "correction", LIFECYCLE: "lifecycle",
    POLICY: "policy", DECISIONS: "decisions", PRICES: "prices", INFLATION: "inflation", CAPPED: "capped",
}  # fmt: skip
# Which driver carries a field of Inputs; what carries no money (texts, evidence, the run's own wish) has none.
FIELDS = {
    "as_of": TIME, "base_fy": TIME, "years": TIME,
    "actuals": DELIVERED, "population": ESTATE, "matches": LIFECYCLE, "policies": POLICY, "parameters": POLICY,
    "decisions": DECISIONS, "sites": DECISIONS, "lines": DECISIONS, "budget": DECISIONS, "funding": DECISIONS,
    "prices": PRICES, "indices": INFLATION, "fx": INFLATION, "attached": CAPPED,
}  # fmt: skip
WITHOUT_MONEY = ("sharing", "scenarios", "readings", "files")
# The facts of a unit that can move money; when it was last seen, by whom and with which software are none of them.
UNIT_FACTS = (
    "kind", "device", "serial", "vendor", "model", "part_number", "site", "role", "entity", "parent", "group",
    "quantity", "state", "tenure", "lease_end", "contract_end", "notice_days", "first_seen", "manufactured_on",
    "purchased_on", "installed_on", "serial_made", "served_since", "virtual",
)  # fmt: skip
_facts = operator.attrgetter(*UNIT_FACTS)
_product = operator.attrgetter("vendor", "part_number", "model")


@dataclass(frozen=True, slots=True)
class Change:
    """A unit of either forecast; ``driver`` is 0 where nothing of it changed that can move money."""

    old: Unit | None
    new: Unit | None
    driver: int

    @property
    def variants(self) -> tuple[Unit, ...]:
        """The unit as it is in the one and, where that differs, in the other."""
        if self.driver == 0 and self.new is not None:
            return (self.new,)
        return tuple(unit for unit in (self.old, self.new) if unit is not None)


@dataclass(frozen=True)
class Pair:
    """Two forecasts' inputs. ``scenario`` is the one of which the money is asked."""

    old: Inputs
    new: Inputs
    scenario: str = "need"
    _found: dict[tuple[str, bool], Any] = field(default_factory=dict, compare=False)

    @cached_property
    def changes(self) -> dict[str, Change]:
        """Every unit of either population by asset_id."""
        one = {unit.asset_id: unit for unit in self.old.population.units}
        two = {unit.asset_id: unit for unit in self.new.population.units}
        made = {key: Change(one.get(key), two.get(key), self._driver(one.get(key), two.get(key))) for key in one | two}
        for key in _delivered(made, self._paid, backwards=self.new.as_of < self.old.as_of):
            made[key] = replace(made[key], driver=DELIVERED)
        return made

    @property
    def _paid(self) -> frozenset[str]:
        """The serials in whose place something was received or invoiced, as either forecast knows it."""
        rows = (*self.old.actuals, *self.new.actuals)
        return frozenset(row.serial.casefold() for row in rows if row.serial and row.kind != COMMITTED)

    def _driver(self, old: Unit | None, new: Unit | None) -> int:
        if old is not None and new is not None:
            return 0 if _facts(old) == _facts(new) else CORRECTION
        earlier, later = sorted((self.old, self.new), key=lambda side: side.as_of)
        if earlier.as_of == later.as_of:
            return CORRECTION
        in_later = (new if later is self.new else old) is not None
        unit = new or old
        if unit is None:
            return 0
        if in_later:
            return (
                ESTATE
                if unit.asset_id in self._excluded(earlier) or _is_after(_first_day(unit), earlier.as_of)
                else CORRECTION
            )
        put_aside = unit.asset_id in self._excluded(later)
        # a row that vanished from assets.csv is no event of anybody's life; what a collector misses has gone
        return CORRECTION if unit.origin == "declared" and not put_aside else ESTATE

    def _excluded(self, side: Inputs) -> frozenset[str]:
        """The asset_ids that a forecast lists without counting them."""
        return self._put_aside[side is self.new]

    @cached_property
    def _put_aside(self) -> tuple[frozenset[str], frozenset[str]]:
        one, two = (frozenset(item.unit.asset_id for item in side.population.excluded) for side in (self.old, self.new))
        return one, two

    def parameters_differ(self) -> bool:
        """Whether settings differ that the model uses; which release computes is none."""
        return _modelled(self.old.parameters) != _modelled(self.new.parameters)

    def side(self, driver: int, chosen: frozenset[int]) -> Inputs:
        """The inputs from which a driver is taken."""
        return self.new if driver in chosen else self.old

    def look_ups(self, chosen: frozenset[int]) -> LookUps:
        """The policy and price rows found before under the same files."""
        return LookUps(
            self._found.setdefault(("policy", POLICY in chosen), {}),
            self._found.setdefault(("price", PRICES in chosen), {}),
        )

    def mixed(
        self, chosen: frozenset[int], asset_ids: Iterable[str] | None = None, lines: frozenset[str] | None = None
    ) -> Inputs:
        """The inputs with the chosen drivers from the new forecast and the rest from the old.

        Args:
            chosen: the drivers of :data:`DRIVERS` taken from the new forecast.
            asset_ids: only these units; None for all.
            lines: only what budget.csv asks for these lines; None for all.
        """
        units = list[Unit]()
        matches = dict[str, Match]()
        for key in self.changes if asset_ids is None else asset_ids:
            change = self.changes[key]
            unit = change.new if change.driver == 0 or change.driver in chosen else change.old
            if unit is None:
                continue
            units.append(unit)
            match = self._match(change, unit, chosen)
            if match is not None:
                matches[key] = match
        time, decided = self.side(TIME, chosen), self.side(DECISIONS, chosen)
        rates = self.side(INFLATION, chosen)
        return replace(
            self.old,
            as_of=time.as_of,
            base_fy=time.base_fy,
            years=time.years,
            population=Population(tuple(units), spares_of(self.side(ESTATE, chosen))),
            matches=matches,
            policies=self.side(POLICY, chosen).policies,
            parameters=self.side(POLICY, chosen).parameters,
            decisions=decided.decisions,
            actuals=self.side(DELIVERED, chosen).actuals,
            sites=decided.sites,
            lines=decided.lines,
            budget=_asked(decided.budget, lines),
            prices=self.side(PRICES, chosen).prices,
            indices=rates.indices,
            fx=rates.fx,
            # who pays moves no need; it ends a freeze
            funding=decided.funding if self.scenario == "freeze" else (),
            sharing=(),
            attached=self.side(CAPPED, chosen).attached,
            scenarios=(self.scenario,),
            readings={},
            files={},
        )

    def _match(self, change: Change, unit: Unit, chosen: frozenset[int]) -> Match | None:
        """Its match: by the lifecycle driver where it is one product in both, else that of the product it is."""
        old, new = change.old, change.new
        if old is not None and new is not None and _product(old) == _product(new):
            return self.side(LIFECYCLE, chosen).matches.get(unit.asset_id)
        return (self.new if unit is new else self.old).matches.get(unit.asset_id)


def spares_of(side: Inputs) -> tuple[Excluded, ...]:
    """The spares of a forecast: listed and not counted, and yet some need is met from them."""
    return tuple(item for item in side.population.excluded if item.unit.state == "spare" and item.unit.part_number)


def _modelled(parameters: Parameters) -> Parameters:
    return replace(parameters, engine="")


def _asked(budget: tuple[Budget, ...], lines: frozenset[str] | None) -> tuple[Budget, ...]:
    return budget if lines is None else tuple(row for row in budget if row.line in lines)


def _first_day(unit: Unit) -> dt.date | None:
    return unit.installed_on or unit.purchased_on or unit.first_seen


def _is_after(day: dt.date | None, as_of: dt.date) -> bool:
    return day is not None and day > as_of


def _delivered(changes: Mapping[str, Change], paid: frozenset[str], *, backwards: bool) -> list[str]:
    """What left and was replaced: actuals.csv says so, or something new stands in its very place (that is new too).

    A place is a device and slot.
    """
    bought = [
        key for key, change in changes.items() if (change.old is None or change.new is None) and key.casefold() in paid
    ]
    left, came = dict[tuple[str, str, str], list[str]](), dict[tuple[str, str, str], list[str]]()
    for key, change in changes.items():
        unit = change.new or change.old
        if change.driver != ESTATE or unit is None or not unit.device:
            continue
        gone = (change.new is None) != backwards
        (left if gone else came).setdefault((unit.device, unit.slot or "", unit.kind), []).append(key)
    return bought + [key for place in left.keys() & came.keys() for key in (*left[place], *came[place])]
