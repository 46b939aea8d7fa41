"""Finding devices that nobody listed: in networks, and on the ports of the targets.

Nothing joins the estate here: what comes back are proposals, and only :mod:`schedules.accept` writes a row of
``targets.csv``. No address outside ``discovery.ranges`` is ever probed; the targets themselves are asked wherever they
are, because somebody listed them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collectors.credentials import Credential, load_credentials
from collectors.discovery import Answer, Ranges, Sweep, addresses_of, in_order
from collectors.poll import Poller
from collectors.rule_files import load_rules
from collectors.secrets import resolve
from collectors.sessions import SnmpSessions
from config.errors import EstateError, InputError, Problem
from config.folder import FILE as SETTINGS
from estate.command import today
from estate.inventory.store import devices, observed_units
from estate.store.database import open_database
from schedules.collect import read_targets
from schedules.known import Register
from schedules.proposals import Proposal, Sighting, propose, unknown
from schedules.seeing import Seen, ask_targets, known_devices, over_snmp, sightings_of

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.targets import Target
    from config.settings import Settings
    from estate.command import Context

Watch = Callable[[int, int, str], None]
"""Hears how many of how many addresses were probed, and the last one."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """What a discovery came to.

    ``unread`` are targets whose neighbours were not read in full, with the reason; ``refused`` are the credentials that
    were given up; ``left_out`` counts addresses of neighbours beyond what one discovery may probe.
    """

    proposals: list[Proposal]
    probed: int = 0
    asked: int = 0
    unread: list[tuple[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    left_out: int = 0


def discover(
    context: Context, networks: Sequence[str], watch: Watch, *, neighbours: bool = False, port: int | None = None
) -> Discovered:
    """Look for devices in networks, and among the neighbours of the targets.

    Args:
        context: the estate folder and its settings.
        networks: CIDR networks, within ``discovery.ranges``.
        watch: hears of progress.
        neighbours: whether to ask the targets whom they see.
        port: the UDP port to probe instead of SNMP's own.

    Raises:
        EstateError: when nothing could begin: a network outside the ranges, too many addresses, no credential to try,
            files that cannot be used.
    """
    folder, settings = context.folder, context.settings
    credentials = load_credentials(folder)
    tried = _tried(settings, credentials)
    addresses = addresses_of(networks, settings.discovery)
    if addresses and not tried:
        raise EstateError(
            "no credential to try: name those that may be in estate.toml, such as "
            '[discovery] credentials = ["branch"]; no other one is sent to strangers'
        )
    targets = read_targets(folder)
    for credential in tried:
        # a secret that cannot be had is said before anything is sent
        for reference in credential.secrets.values():
            resolve(reference, folder)
    finding = _Finding(folder, settings, credentials, tried, targets, port, watch)
    return asyncio.run(finding.run(context.database, addresses, neighbours=neighbours))


def _tried(settings: Settings, credentials: dict[str, Credential]) -> list[Credential]:
    """The credentials that may be sent to strangers, in order.

    Raises:
        InputError: for a name that is none of credentials.toml, or one for SSH.
    """
    problems = [
        Problem(SETTINGS, 0, "discovery.credentials", f"{name!r} is not an SNMP credential of credentials.toml")
        for name in settings.discovery.credentials
        if name not in credentials or credentials[name].transport != "snmp"
    ]
    if problems:
        raise InputError(problems)
    return [credentials[name] for name in dict.fromkeys(settings.discovery.credentials)]


@dataclass(frozen=True, slots=True)
class _Finding:
    """One discovery, in one event loop."""

    folder: Path
    settings: Settings
    credentials: dict[str, Credential]
    tried: list[Credential]
    targets: list[Target]
    port: int | None
    watch: Watch

    async def run(self, database: str, addresses: Sequence[str], *, neighbours: bool) -> Discovered:
        sessions = SnmpSessions(self.folder, self.settings.snmp)
        seen = await self._see(sessions) if neighbours else []
        register = self._register(database, seen)
        ranges, sightings = Ranges(self.settings.discovery), sightings_of(seen)
        strangers = _addresses(unknown(sightings, register), ranges) if self.tried else []
        targets = {address for address in addresses if register.at(address, self.port)}
        # a target that the inventory knows by its serial number need not be asked to be known again
        met = {place for place in targets if register.met(place, self.port)}
        listed = in_order({*addresses} - met)
        # what neighbours tell is anybody's word: it is bounded as a network on the command line is
        room = max(self.settings.discovery.max_addresses - len(listed), 0)
        told_of = in_order({*strangers} - {*addresses})
        places = [*listed, *told_of[:room]]
        answers, refused = await self._probe(sessions, places)
        rows = propose(answers, sightings, register, ranges, self.port)
        told = {row.target for row in rows}
        rows += [
            row for address in in_order(targets) if (row := _listed(register, address, self.port)).target not in told
        ]
        unread = [(each.target.name, each.trouble) for each in seen if each.trouble]
        return Discovered(rows, len(places), len(seen), unread, refused, len(told_of[room:]))

    async def _see(self, sessions: SnmpSessions) -> list[Seen]:
        asked = over_snmp(self.targets, self.credentials)
        return await ask_targets(asked, self.credentials, sessions, self.settings.snmp.at_once)

    def _register(self, url: str, seen: Sequence[Seen]) -> Register:
        database, day = open_database(url), today(None)
        try:
            with database.reading() as session:
                states, units = devices(session, day), observed_units(session, day)
        finally:
            database.close()
        return Register(known_devices(self.targets, states, units, seen))

    async def _probe(self, sessions: SnmpSessions, places: Sequence[str]) -> tuple[list[Answer], list[str]]:
        if not places:
            return [], []
        snmp = self.settings.snmp
        poller = Poller(load_rules(), self.credentials, self.folder, snmp, self.settings.ssh)
        sweep = Sweep(poller, sessions, self.tried, snmp, self.settings.discovery.rate)
        try:
            answers = await sweep.run(places, self.port, lambda done, last: self.watch(done, len(places), last))
        finally:
            await poller.close()
        return answers, sweep.given_up


def _addresses(sightings: Sequence[Sighting], ranges: Ranges) -> list[str]:
    """The addresses of neighbours that may be probed."""
    return [address for item in sightings for address in item.neighbour.addresses if address in ranges]


def _listed(register: Register, address: str, port: int | None) -> Proposal:
    name = register.at(address, port)
    return Proposal(state="known", address=address, name=name, port=port, target=name, note=f"target {name}")
