"""What a version was computed from, kept so that it can be computed again: its files, and its population as costed.

Files are pinned as they are. What no file holds (the units and their matches as they stood on that day, the settings)
is pinned as one JSON document beside them, under the name :data:`POPULATION`. A bridge, a plan and a simulation start
from what :func:`thaw` gives back (forecast-model.md 2.1).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from config.errors import EstateError
from estate.forecast.calendar import FinancialYear
from estate.forecast.inputs import Inputs, Parameters
from estate.inventory.unit import Population
from estate.lifecycle.milestones import Match

if TYPE_CHECKING:
    from estate.forecast.files import Files

POPULATION = "population.json"


@dataclass(frozen=True, slots=True)
class Pin:
    """The document: everything of :class:`Inputs` that is not in a file.

    ``matches`` are the distinct ones, and ``matched`` says by asset_id which of them a unit has; ``readings`` is by
    the ledger's id.
    """

    as_of: dt.date
    base_fy: FinancialYear
    years: int
    scenarios: tuple[str, ...]
    parameters: Parameters
    population: Population
    matches: tuple[Match, ...]
    matched: dict[str, int]
    readings: dict[int, dt.datetime]
    attached: dict[str, Any] = field(default_factory=dict)


_DOCUMENT = TypeAdapter(Pin)


def freeze(inputs: Inputs) -> bytes:
    """The document of these inputs: the same bytes for the same inputs."""
    places: dict[int, int] = {}
    distinct: list[Match] = []
    matched: dict[str, int] = {}
    for asset_id, match in inputs.matches.items():
        # units of one product share one match object
        if id(match) not in places:
            places[id(match)] = len(distinct)
            distinct.append(match)
        matched[asset_id] = places[id(match)]
    return _DOCUMENT.dump_json(
        Pin(
            inputs.as_of,
            inputs.base_fy,
            inputs.years,
            inputs.scenarios,
            inputs.parameters,
            inputs.population,
            tuple(distinct),
            matched,
            dict(inputs.readings),
            dict(inputs.attached),
        )
    )


def thaw(document: bytes, files: Files, hashes: dict[str, str]) -> Inputs:
    """The inputs that :func:`freeze` wrote, with the files that were pinned beside them.

    Raises:
        EstateError: when the document was written by a release that this one cannot read.
    """
    try:
        pin = _DOCUMENT.validate_json(document)
    except ValidationError as error:
        reason = f"its population was kept by another release of estate ({error.error_count()} fields differ)"
        raise EstateError(f"this version cannot be computed again: {reason}") from error
    return inputs_of(
        files,
        Inputs(
            as_of=pin.as_of,
            base_fy=pin.base_fy,
            years=pin.years,
            population=pin.population,
            policies=(),
            matches={asset_id: pin.matches[place] for asset_id, place in pin.matched.items()},
            parameters=pin.parameters,
            scenarios=pin.scenarios,
            readings=pin.readings,
            attached=pin.attached,
            files=hashes,
        ),
    )


def inputs_of(files: Files, known: Inputs) -> Inputs:
    """What is known, with the rows of the files."""
    return replace(
        known,
        policies=tuple(files.policies),
        prices=tuple(files.prices),
        indices=tuple(files.indices),
        fx=tuple(files.fx),
        lines=tuple(files.lines),
        budget=tuple(files.budget),
        funding=tuple(files.funding),
        sites=tuple(files.sites),
        decisions=tuple(files.decisions),
        actuals=tuple(files.actuals),
        sharing=tuple(files.sharing),
    )
