"""Why a forecast moved: from one version to another, driver by driver, to the penny (forecast-model.md 2.11).

In the published order ``F_k`` is a full run with drivers 1 to k as in the new version and the rest as in the old, and
the effect of driver k is ``F_k - F_(k-1)``: what all of them come to is the difference, by telescoping, and no residual
exists. The order decides how what two drivers did together is shared, so it is fixed and said; Shapley's view takes
the mean over all orders, in exact fractions.

A run recomputes only the islands (:mod:`estate.forecast.islands`) that a driver can move; a driver that differs
nowhere in an island has no effect there, in either view.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from config.errors import EstateError
from estate.forecast.bridge import RELEASE, Bridge, Cell, Effect, Money, cells_of
from estate.forecast.compute import money
from estate.forecast.hybrid import CODES, Pair
from estate.forecast.islands import Island, islands
from estate.forecast.shapley import shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from estate.forecast.version import FeedRow

MAX_EVALUATIONS = 10**6


@dataclass(frozen=True, slots=True)
class Side:
    """A version as it is stored: its money in the scenario, and whether this release made it.

    ``places`` is the bundle of each asset.
    """

    version_id: int
    money: Money
    places: Mapping[str, str]
    ours: bool = True

    @classmethod
    def of(cls, version_id: int, rows: Iterable[FeedRow], *, ours: bool = True) -> Side:
        """From rows of one scenario."""
        known = tuple(rows)
        return cls(version_id, cells_of(known), {row.asset_id: row.bundle_id for row in known if row.asset_id}, ours)


def bridge(pair: Pair, before: Side, after: Side, *, shapley: bool = False) -> Bridge:
    """Explain the difference between two versions.

    Raises:
        EstateError: when Shapley's view would take too long, or a version is not what its pinned inputs give.
    """
    parts = islands(pair)
    everything = not (before.ours and after.ours)
    stored = before.money, after.money
    places = {**before.places, **after.places}
    if shapley:
        _affordable(parts, before, after)
    moved: dict[int, Counter[Cell]] = {}
    exact: dict[int, dict[Cell, Fraction]] = {}
    ends = Counter[Cell](), Counter[Cell]()
    for island in parts:
        if not (island.drivers or everything):
            continue
        game = _Game(pair, island)
        if everything:
            for sums, chosen in zip(ends, (frozenset[int](), frozenset(island.drivers)), strict=True):
                sums.update(game.value(chosen))
        if shapley:
            _shapley(game, exact)
        else:
            _sequence(game, moved)
    if everything:
        moved[RELEASE] = _release(stored, ends)
        exact[RELEASE] = {cell: Fraction(pence) for cell, pence in moved[RELEASE].items()}
    if shapley:
        moved = shares(exact, {RELEASE: "release", **CODES})
    made = Bridge(
        before.version_id,
        after.version_id,
        pair.scenario,
        shapley,
        *stored,
        tuple(_effects(moved, places)),
        {driver: sum(cells.values(), Fraction(0)) for driver, cells in exact.items()} if shapley else {},
    )
    _prove(made)
    return made


class _Game:
    """What an island costs under each choice of drivers, computed once."""

    def __init__(self, pair: Pair, island: Island) -> None:
        self.pair, self.island = pair, island
        self._known: dict[frozenset[int], Money] = {}

    def value(self, chosen: frozenset[int]) -> Money:
        """The island's money with these drivers as in the new version."""
        if chosen not in self._known:
            inputs = self.pair.mixed(chosen, self.island.asset_ids, self.island.lines)
            self._known[chosen] = cells_of(money(inputs, self.pair.look_ups(chosen)))
        return self._known[chosen]


def _sequence(game: _Game, moved: dict[int, Counter[Cell]]) -> None:
    """The published order, skipping the drivers that differ nowhere in the island."""
    chosen = frozenset[int]()
    for driver in game.island.drivers:
        old = game.value(chosen)
        chosen |= {driver}
        new = game.value(chosen)
        for cell in old.keys() | new.keys():
            moved.setdefault(driver, Counter())[cell] += new[cell] - old[cell]


def _shapley(game: _Game, exact: dict[int, dict[Cell, Fraction]]) -> None:
    """The mean over all orders: each driver's marginal effect, weighted by how many orders meet it (Shapley 1953)."""
    drivers = game.island.drivers
    orders = _factorials(len(drivers))
    for driver in drivers:
        others = [item for item in drivers if item != driver]
        numerators: Counter[Cell] = Counter()
        for chosen in _subsets(others):
            weight = orders[len(chosen)] * orders[len(others) - len(chosen)]
            old, new = game.value(chosen), game.value(chosen | {driver})
            for cell in old.keys() | new.keys():
                numerators[cell] += weight * (new[cell] - old[cell])
        cells = exact.setdefault(driver, {})
        for cell, numerator in numerators.items():
            if numerator:
                cells[cell] = cells.get(cell, Fraction(0)) + Fraction(numerator, orders[len(drivers)])


def _factorials(count: int) -> list[int]:
    made = [1]
    for number in range(1, count + 1):
        made.append(made[-1] * number)
    return made


def _subsets(items: list[int]) -> Iterator[frozenset[int]]:
    for bits in range(1 << len(items)):
        yield frozenset(item for place, item in enumerate(items) if bits >> place & 1)


def _affordable(parts: Iterable[Island], before: Side, after: Side) -> None:
    bundles: dict[str, set[str]] = {}
    for side in (before, after):
        for asset_id, bundle_id in side.places.items():
            bundles.setdefault(asset_id, set()).add(bundle_id)
    count = sum(
        len({name for asset_id in island.asset_ids for name in bundles.get(asset_id, ())}) << len(island.drivers)
        for island in parts
    )
    if count > MAX_EVALUATIONS:
        raise EstateError(
            f"Shapley's view of these two would evaluate {count:,} bundles, more than {MAX_EVALUATIONS:,}: "
            "bridge in the published order, or versions that lie nearer to each other"
        )


def _release(stored: tuple[Money, Money], ends: tuple[Money, Money]) -> Counter[Cell]:
    """What the model of this release gives otherwise than what was stored, at both ends."""
    moved: Counter[Cell] = Counter()
    for sign, known, computed in ((1, stored[0], ends[0]), (-1, stored[1], ends[1])):
        for cell in known.keys() | computed.keys():
            moved[cell] += sign * (computed[cell] - known[cell])
    return moved


def _effects(moved: Mapping[int, Mapping[Cell, int]], places: Mapping[str, str]) -> Iterator[Effect]:
    for driver in sorted(moved):
        for cell in sorted(moved[driver]):
            if pence := moved[driver][cell]:
                line, fy, asset_id, component = cell
                yield Effect(driver, line, fy, places.get(asset_id, ""), asset_id, component, pence)


def _prove(made: Bridge) -> None:
    """Every line and year is explained to the penny; in the published order every cell is."""
    left = Counter(made.after)
    left.subtract(made.before)
    for effect in made.effects:
        left[Cell(effect.line, effect.fy, effect.asset_id, effect.component)] -= effect.pence
    if made.shapley:
        sums: Counter[Cell] = Counter()
        for cell, pence in left.items():
            sums[Cell(cell.line, cell.fy, "", "")] += pence
        left = sums
    if wrong := sorted(cell for cell, pence in left.items() if pence):
        raise EstateError(
            f"forecast {made.opening} or {made.closing} is not what its pinned inputs give: {len(wrong)} amounts, the "
            f"first {' '.join(filter(None, wrong[0]))}, differ by {left[wrong[0]]}p. 'estate forecast verify' says more"
        )
