"""From files and database to the status of every unit: what the command, the night and the forecast share."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from estate.inventory.declared import ASSETS
from estate.inventory.population import population
from estate.inventory.store import observed_units
from estate.lifecycle import store
from estate.lifecycle.packs import catalogue_hash, load_packs
from estate.lifecycle.status import (
    SoftwareStatus,
    UnitStatus,
    product_of,
    runs_software,
    software_of,
    software_status,
    status,
)
from estate.policy.decisions import DECISIONS
from estate.policy.policies import POLICIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.folder import Folder
    from config.settings import Settings
    from estate.inventory.unit import Population
    from estate.lifecycle.milestones import Match
    from estate.lifecycle.packs import Catalogue
    from estate.policy.decisions import Decision
    from estate.policy.policies import Policy
    from estate.store.database import Database


@dataclass(frozen=True, slots=True)
class EstateStatus:
    """The population as of a date and the status of all its units, the excluded ones after the others.

    ``software`` is what each device of the population runs, the worst first.
    """

    as_of: dt.date
    population: Population
    units: tuple[UnitStatus, ...]
    software: tuple[SoftwareStatus, ...] = ()


def load_status(
    database: Database | None,
    folder: Folder,
    settings: Settings,
    as_of: dt.date,
    within: int | None = None,
    *,
    keep_matches: bool = False,
) -> EstateStatus:
    """The status of every unit, seen or declared.

    Args:
        database: an open database, or None for an estate of ``assets.csv`` alone.
        folder: the estate folder; assets.csv, policy.csv, decisions.csv and its lifecycle packs are read.
        settings: for ``cyber_essentials`` and ``stale_after_days``.
        as_of: the date that the answer is for.
        within: days before its date that a unit counts as ending; None for what its policy needs.
        keep_matches: whether new matches are stored (the night does, a query only reads).

    Raises:
        InputError: when one of the files holds a problem.
    """
    pinned = catalogue_hash(folder)
    known = _known(database, folder, settings, as_of)
    if database is None:
        found = store.matches(None, pinned, lambda: load_packs(folder), _products(known.people))
    else:
        with database.reading() as session:
            found = store.matches(session, pinned, lambda: load_packs(folder), _products(known.people))
        if keep_matches:
            with database.writing() as session:
                store.remember(session, pinned, found)
    return _status(known, found, settings, as_of, within)


def status_by(
    database: Database, folder: Folder, settings: Settings, as_of: dt.date, catalogues: Sequence[Catalogue]
) -> list[EstateStatus]:
    """The status of every unit as each of some catalogues has it; nothing is stored.

    Raises:
        InputError: when one of the files holds a problem.
    """
    known = _known(database, folder, settings, as_of)
    products = _products(known.people)
    matches = (store.matches(None, "", lambda one=one: one, products) for one in catalogues)  # type: ignore[misc] # bound here
    return [_status(known, found, settings, as_of, None) for found in matches]


@dataclass(frozen=True, slots=True)
class _Known:
    """What a status is made of, but for the matches."""

    people: Population
    policies: list[Policy]
    decisions: list[Decision]


def _known(database: Database | None, folder: Folder, settings: Settings, as_of: dt.date) -> _Known:
    policies, decisions, declared = folder.rows(POLICIES), folder.rows(DECISIONS), folder.rows(ASSETS)
    if database is None:
        return _Known(population([], declared, as_of), policies, decisions)
    with database.reading() as session:
        people = population(observed_units(session, as_of, settings.stale_after_days), declared, as_of)
    return _Known(people, policies, decisions)


def _status(
    known: _Known, found: dict[store.Product, Match], settings: Settings, as_of: dt.date, within: int | None
) -> EstateStatus:
    people, policies, essentials = known.people, known.policies, settings.cyber_essentials
    programs = {product: store.software_in(found, product) for product in _programs(people)}
    software = software_status(people.units, programs, policies, as_of, within, essentials, known.decisions)
    units = status(people.units, found, policies, as_of, within, essentials, known.decisions)
    away = [item.unit for item in people.excluded]
    others = status(away, found, policies, as_of, within, essentials, known.decisions)
    told = (replace(one, excluded=item.reason) for one, item in zip(others, people.excluded, strict=True))
    return EstateStatus(as_of, people, (*units, *told), tuple(software))


def _products(people: Population) -> set[store.Product]:
    """What is to be matched: every product, and every version of an operating system."""
    units = (*people.units, *(item.unit for item in people.excluded))
    return {product_of(unit) for unit in units} | {store.as_product(*program) for program in _programs(people)}


def _programs(people: Population) -> set[tuple[str, str, str]]:
    return {software_of(unit) for unit in people.units if runs_software(unit)}
