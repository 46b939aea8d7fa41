"""Asking the targets whom they see, and putting together what is known of them to compare it with."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from collectors.credentials import Credential, asked_over
from collectors.neighbours import Heard, ask_neighbours
from collectors.secrets import SecretError
from collectors.sessions import SnmpSessions
from collectors.targets import Target
from collectors.transport import TransportError
from schedules.known import KnownDevice, serial_key
from schedules.proposals import Sighting

if TYPE_CHECKING:
    from estate.inventory.store import DeviceState
    from estate.inventory.unit import Unit

# A table of neighbours is small: a device that needs longer is cut off, and what it told until then is lost.
SECONDS: Final = 60.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """Whom a target sees; ``heard`` is None where it did not answer, and ``reason`` says why."""

    target: Target
    heard: Heard | None
    reason: str = ""

    @property
    def trouble(self) -> str:
        """Why they were not read to their end; blank where they were."""
        if self.heard is None:
            return self.reason
        return "" if self.heard.complete else self.heard.reason


def over_snmp(targets: Iterable[Target], credentials: Mapping[str, Credential]) -> list[Target]:
    """The targets that are asked over SNMP, each with its credential and port for that."""
    return [asked for target in targets if (asked := asked_over(target, "snmp", credentials)) is not None]


async def ask_targets(
    targets: Sequence[Target], credentials: Mapping[str, Credential], sessions: SnmpSessions, in_flight: int
) -> list[Seen]:
    """Ask targets whom they see, so many at a time; one that fails is an answer like any other."""
    places = asyncio.Semaphore(in_flight)

    async def one(target: Target) -> Seen:
        async with places:
            return await _ask(target, credentials[target.credential or ""], sessions)

    return list(await asyncio.gather(*(one(target) for target in targets)))


async def _ask(target: Target, credential: Credential, sessions: SnmpSessions) -> Seen:
    try:
        async with asyncio.timeout(SECONDS), sessions.open(target.address, target.port, credential) as transport:
            return Seen(target, await ask_neighbours(transport))
    except TransportError as error:
        return Seen(target, None, error.reason)
    except SecretError as error:
        return Seen(target, None, str(error))
    except TimeoutError:
        return Seen(target, None, f"its neighbours were not read within {SECONDS:g} seconds")
    except Exception as error:  # noqa: BLE001 - one device's surprise must not end the search for the others
        # its message may hold what was sent
        _log.error("neighbours could not be read", device=target.name, error=type(error).__name__)
        return Seen(target, None, f"estate itself failed on what this device said ({type(error).__name__})")


def sightings_of(seen: Iterable[Seen]) -> list[Sighting]:
    """Everybody who is seen, with who sees them."""
    return [
        Sighting(each.target.name, each.target.site, neighbour)
        for each in seen
        if each.heard
        for neighbour in each.heard.neighbours
    ]


def known_devices(
    targets: Iterable[Target], states: Iterable[DeviceState], units: Iterable[Unit], seen: Iterable[Seen] = ()
) -> list[KnownDevice]:
    """The targets, with what the inventory and their own answers tell of each."""
    by_name = {state.name: state for state in states}
    seen = tuple(seen)
    # of a target that SSH asks too, the port that counts is the one of its agent
    ports = {each.target.name: each.target.port for each in seen}
    chassis = {each.target.name: each.heard.chassis for each in seen if each.heard}
    serials: dict[str, set[str]] = {}
    for unit in units:
        if unit.serial and unit.device:
            serials.setdefault(unit.device, set()).update(
                {unit.serial.casefold(), serial_key(unit.vendor, unit.serial)}
            )
    known = []
    for target in targets:
        facts = by_name[target.name].facts if target.name in by_name else None
        known.append(
            KnownDevice(
                name=target.name,
                address=target.address,
                site=target.site,
                port=ports.get(target.name, target.port),
                sys_name=facts.sys_name if facts else None,
                sys_object_id=facts.sys_object_id if facts else None,
                serials=frozenset(serials.get(target.name, ())),
                chassis=chassis.get(target.name),
            )
        )
    return known
