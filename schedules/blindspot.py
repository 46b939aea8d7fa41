"""The blind spot: the neighbours of the collected devices that nobody collects, counted each night.

Every device that answered over SNMP is asked for its neighbours in a short session of its own. What a device that did
not answer tonight told of its neighbours before still stands.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING

from collectors.credentials import load_credentials
from collectors.observation import ANSWERS
from collectors.sessions import SnmpSessions
from estate.inventory.store import devices, observed_units
from estate.inventory.store.neighbours import record_neighbours, seen_neighbours
from schedules import store
from schedules.collect import read_targets
from schedules.collecting import STOP_SECONDS
from schedules.known import Register
from schedules.proposals import BlindSpot, Sighting, blind_spot
from schedules.seeing import Seen, ask_targets, known_devices, over_snmp
from schedules.step import Ended
from schedules.steps import utc_now

if TYPE_CHECKING:
    from pathlib import Path

    from config.settings import Settings
    from schedules.result import NightResult
    from schedules.steps import Steps
    from schedules.stop import Stop


def see_neighbours(folder: Path, settings: Settings, steps: Steps, result: NightResult) -> Ended:
    """The step of the night: ask whom the devices see, keep it, and say who of them is not collected.

    Raises:
        StoppedError: when an end was asked for; nothing of this night's neighbours is kept then.
    """
    targets, credentials = read_targets(folder), load_credentials(folder)
    answered = {
        device.target for device in (result.collected.devices if result.collected else ()) if device.outcome in ANSWERS
    }
    asked = [target for target in over_snmp(targets, credentials) if target.name in answered]
    work = ask_targets(asked, credentials, SnmpSessions(folder, settings.snmp), settings.snmp.at_once)
    seen = asyncio.run(_until_stopped(work, steps.stop))
    with steps.database.writing() as session:
        for each in seen:
            if each.heard:
                record_neighbours(session, each.target.name, each.heard, utc_now())
    with steps.database.reading() as session:
        states, units = devices(session, result.as_of), observed_units(session, result.as_of)
        known = seen_neighbours(session)
    sites = {target.name: target.site for target in targets}
    sightings = [Sighting(row.device, sites[row.device], row.neighbour) for row in known if row.device in sites]
    result.blind_spot = spot = blind_spot(sightings, Register(known_devices(targets, states, units, seen)))
    return Ended(store.DONE, _sentence(spot, seen))


async def _until_stopped(work: Coroutine[None, None, list[Seen]], stop: Stop) -> list[Seen]:
    task = asyncio.create_task(work)
    while not task.done():
        await asyncio.wait({task}, timeout=STOP_SECONDS)
        if stop.is_set() and not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            stop.check()
    return task.result()


def _sentence(spot: BlindSpot, seen: Sequence[Seen]) -> str:
    untold = [each.target.name for each in seen if each.trouble]
    more = f"; {len(untold)} did not tell all: {', '.join(untold[:4])}" if untold else ""
    return f"{len(seen)} devices asked, {spot.sentence()}{more}"
