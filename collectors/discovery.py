"""Asking addresses that nobody listed whether somebody answers SNMP there, and what it is.

Bounded and paced: so many questions a second over all addresses, and only the credentials that are named for it, in
their order. Each is refused once at an address, and one that several devices refuse and none accepts is given up. A
ping is not needed: what answers SNMP is what can be collected, and much of it drops ICMP.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from collectors.answers import SYS_DESCR, SYS_NAME
from collectors.credentials import Credential
from collectors.logins import REFUSALS
from collectors.observation import Observation, Outcome
from collectors.sessions import SnmpSessions
from collectors.targets import Target
from collectors.transport import TransportError
from config.errors import EstateError, UsageError
from config.sections.asking import Discovery, Snmp

SYS_OBJECT_ID: Final = "1.3.6.1.2.1.1.2.0"
# Any of these answers it; all three stand in every agent (SNMPv2-MIB, system group).
PROBE: Final = (SYS_OBJECT_ID, SYS_DESCR, SYS_NAME)
# A lost datagram must not hide a device; a third question to every dead address is not worth its time.
_TRIES: Final = 2

_log = structlog.get_logger()

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Answer:
    """A device that answered at an address, with the credential that it answered to, and what it is."""

    address: str
    credential: str
    observation: Observation


class Polls(Protocol):
    """Says what a device is (:class:`collectors.poll.Poller`)."""

    async def poll(self, target: Target) -> Observation:
        """Ask one."""
        ...


class Ranges:
    """The networks that may be probed (``discovery.ranges``)."""

    def __init__(self, settings: Discovery) -> None:
        networks = [ipaddress.ip_network(text) for text in settings.ranges]
        four = [item for item in networks if isinstance(item, ipaddress.IPv4Network)]
        six = [item for item in networks if isinstance(item, ipaddress.IPv6Network)]
        # neighbouring ranges hold a network that spans them
        self._networks: tuple[Network, ...] = (
            *ipaddress.collapse_addresses(four),
            *ipaddress.collapse_addresses(six),
        )

    def __str__(self) -> str:
        """The ranges, with commas; ``none`` where there are none."""
        return ", ".join(map(str, self._networks)) or "none"

    def __contains__(self, address: object) -> bool:
        """Whether an address may be probed; a name never may."""
        try:
            found = ipaddress.ip_address(str(address))
        except ValueError:
            return False
        return any(found in network for network in self._networks)

    def holds(self, network: Network) -> bool:
        """Whether every address of a network may be probed."""
        return any(
            isinstance(network, type(item)) and network.subnet_of(item)  # type: ignore[arg-type] # of one version
            for item in self._networks
        )


def addresses_of(networks: Sequence[str], settings: Discovery) -> list[str]:
    """Every address of some networks that may be probed, in order, each once.

    Raises:
        UsageError: for what is no network.
        EstateError: for a network outside the ranges, and for more addresses than the settings allow.
    """
    ranges, chosen = Ranges(settings), list[Network]()
    for text in networks:
        try:
            network = ipaddress.ip_network(text)
        except ValueError as error:
            raise UsageError(f"{text!r} is no network such as 10.20.1.0/24: {error}") from None
        if not ranges.holds(network):
            raise EstateError(
                f"{network} lies outside the networks that may be probed ({ranges}): nothing was sent. "
                f'To allow it, add it to estate.toml: [discovery] ranges = ["{network}"]'
            )
        chosen.append(network)
    count = sum(network.num_addresses for network in chosen)
    if count > settings.max_addresses:
        raise EstateError(
            f"{', '.join(map(str, chosen))} hold {count} addresses, and discovery.max_addresses of estate.toml allows "
            f"{settings.max_addresses}: nothing was sent. Name smaller networks, or raise it"
        )
    return list(dict.fromkeys(str(address) for network in chosen for address in network.hosts()))


class Sweep:
    """Probes addresses; one for a run, because it counts refusals."""

    def __init__(
        self, poller: Polls, sessions: SnmpSessions, credentials: Sequence[Credential], snmp: Snmp, rate: float
    ) -> None:
        """Prepare to probe.

        Args:
            poller: says what those that answer are.
            sessions: opens what is probed.
            credentials: what to try, in order; no other one is.
            snmp: how long to wait, and how many addresses at once.
            rate: questions a second over all addresses.
        """
        self._poller = poller
        self._sessions = sessions
        self._credentials = credentials
        self._settings = snmp.model_copy(update={"retries": 0})
        self._in_flight = snmp.at_once
        self._pace = _Pace(rate)
        self._refused: Counter[str] = Counter()
        self._accepted: set[str] = set()

    @property
    def given_up(self) -> list[str]:
        """The credentials that several devices refused and none accepted: they are not tried any further."""
        return [name for name, count in self._refused.items() if count >= REFUSALS and name not in self._accepted]

    async def run(
        self, addresses: Sequence[str], port: int | None = None, done: Callable[[int, str], None] = lambda _n, _a: None
    ) -> list[Answer]:
        """Who answers at some addresses, in their order; ``done`` hears after each how many were probed so far."""
        answers: dict[str, Answer] = {}
        todo, count = iter(addresses), 0

        async def work() -> None:
            nonlocal count
            for address in todo:
                if answer := await self._at(address, port):
                    answers[address] = answer
                count += 1
                done(count, address)

        await asyncio.gather(*(work() for _ in range(min(self._in_flight, len(addresses)))))
        return [answers[address] for address in addresses if address in answers]

    async def _at(self, address: str, port: int | None) -> Answer | None:
        for credential in self._credentials:
            if await self._answers(address, port, credential):
                target = Target(address, address, None, None, credential.name, "snmp", port, (), "")
                return Answer(address, credential.name, await self._poller.poll(target))
        return None

    async def _answers(self, address: str, port: int | None, credential: Credential) -> bool:
        for _ in range(_TRIES):
            if credential.name in self.given_up:
                return False
            await self._pace.turn()
            try:
                async with self._sessions.open(address, port, credential, self._settings) as transport:
                    await transport.get(PROBE)
            except TransportError as error:
                if error.outcome is Outcome.REFUSED:
                    self._refused[credential.name] += 1
                if error.outcome is not Outcome.SILENT:
                    return False
            except EstateError:
                raise
            except Exception as error:  # noqa: BLE001 - one stranger's surprise must not end the search for the others
                # its message may hold what was sent
                _log.error("probe failed", address=address, error=type(error).__name__)
                return False
            else:
                self._accepted.add(credential.name)
                return True
        return False


class _Pace:
    """Turns at a steady rate, whoever takes them."""

    def __init__(self, rate: float) -> None:
        self._gap = 1 / rate
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for the next turn."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next)
        self._next = at + self._gap
        await asyncio.sleep(at - now)


def in_order(addresses: Iterable[str]) -> list[str]:
    """Addresses as numbers go, IPv4 first; names last."""

    def key(text: str) -> tuple[int, int, str]:
        try:
            found = ipaddress.ip_address(text)
        except ValueError:
            return 9, 0, text
        return found.version, int(found), text

    return sorted(addresses, key=key)
