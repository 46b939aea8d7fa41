"""The same agent asked by both engines gives the same answers: pysnmp's own agent, and net-snmp's snmpd."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pysnmp.entity import config as usm

from collectors.credentials import Credential
from collectors.engine.keys import AUTH
from collectors.engine.privacy import PRIVACY
from collectors.lab.agent import Agent, serve
from collectors.observation import Outcome
from collectors.sessions import SnmpSessions
from collectors.transport import TransportError, Value, Walk
from config.sections.asking import Snmp
from tests.collectors.engine.scripted import ENTRY, device
from tests.collectors.engine.test_usm import CIPHERS, HASHES

AUTH_PASSWORD, PRIV_PASSWORD = "auth-secret", "priv-secret"
COLUMNS = tuple(f"{ENTRY}.{column}" for column in (2, 4, 5, 6, 7, 11, 13, 14))
SYSTEM = tuple(f"1.3.6.1.2.1.1.{leaf}.0" for leaf in range(1, 8))
PAIRS = list(itertools.product(AUTH, PRIVACY))


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"COMMUNITY": "public", "AUTH": AUTH_PASSWORD, "PRIV": PRIV_PASSWORD}.items():
        monkeypatch.setitem(os.environ, name, value)


def v2c() -> Credential:
    return Credential("v2c", "snmpv2c", secrets={"community": "env:COMMUNITY"})


def v3(auth: str, priv: str | None) -> Credential:
    secrets = {"auth_password": "env:AUTH"} | ({"priv_password": "env:PRIV"} if priv else {})
    return Credential(f"{auth}-{priv}", "snmpv3", user_of(auth, priv), auth, priv, secrets=secrets)


def user_of(auth: str, priv: str | None) -> str:
    return f"u-{auth}-{priv or 'none'}"


@dataclass(frozen=True)
class Said:
    """All that an agent said to one engine."""

    scalars: Mapping[str, Value]
    following: Sequence[str | None]
    walk: Walk


async def ask(place: tuple[str, int], credential: Credential, engine: str, columns: Sequence[str]) -> Said:
    settings = Snmp(timeout=1.0, retries=1, engine=engine)
    async with SnmpSessions(Path(), settings).open(*place, credential) as session:
        return Said(
            await session.get(SYSTEM),
            [await session.after(oid) for oid in (ENTRY, "1.3.6.1.2.1.1", "1.3.7")],
            await session.walk(columns),
        )


@contextlib.asynccontextmanager
async def pysnmp_agent() -> AsyncIterator[tuple[str, int]]:
    """An agent that knows a user for every pair of protocols, and the community."""
    async with serve([Agent("both", device(40))]) as (serving,):
        for auth, priv in [*PAIRS, *((auth, None) for auth in AUTH)]:
            usm.add_v3_user(
                serving.engine,
                user_of(auth, priv),
                HASHES[auth],
                AUTH_PASSWORD,
                CIPHERS[priv] if priv else usm.USM_PRIV_NONE,
                PRIV_PASSWORD if priv else None,
            )
        yield serving.address, serving.port


def test_pysnmps_agent_says_the_same_to_both_engines() -> None:
    async def run() -> list[tuple[Said, Said]]:
        async with pysnmp_agent() as place:
            return [
                (await ask(place, credential, "estate", COLUMNS), await ask(place, credential, "pysnmp", COLUMNS))
                for credential in (v2c(), v3("SHA-256", "AES-128"), v3("SHA", None))
            ]

    for ours, theirs in asyncio.run(run()):
        assert ours == theirs
        assert ours.walk.complete
        assert ours.walk.rows == 40


def test_pysnmps_agent_reads_every_pair_of_protocols() -> None:
    async def run() -> dict[tuple[str, str | None], Said]:
        async with pysnmp_agent() as place:
            return {pair: await ask(place, v3(*pair), "estate", COLUMNS[:2]) for pair in PAIRS}

    said = asyncio.run(run())
    assert len(said) == 36
    assert all(found.walk.complete and found.walk.rows == 40 for found in said.values())


# --------------------------------------------------------------------------------------------------- net-snmp's snmpd


SNMPD = shutil.which("snmpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
NET_SNMP = {"AES-128": "AES", "AES-192-cisco": "AES-192-C", "AES-256-cisco": "AES-256-C"}


@pytest.fixture(scope="module")
def snmpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A real agent on a free loopback port, with the community and a user for every pair of protocols."""
    if SNMPD is None:
        pytest.skip("net-snmp's snmpd is not installed (Debian: apt-get install snmpd)")
    folder = tmp_path_factory.mktemp("snmpd")
    lines = ["rocommunity public", "sysdescr a real agent", "syslocation here", "sysservices 72"]
    for auth, priv in PAIRS:
        cipher = NET_SNMP.get(priv, priv)
        lines.append(f"createUser {user_of(auth, priv)} {auth} {AUTH_PASSWORD} {cipher} {PRIV_PASSWORD}")
        lines.append(f"rouser {user_of(auth, priv)} priv")
    (folder / "snmpd.conf").write_text("\n".join(lines) + "\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    modules = "-smux,mteTrigger,mteTriggerConf"
    command = [SNMPD, "-C", "-c", str(folder / "snmpd.conf"), "-f", "-Lf", str(folder / "log"), "-I", modules]
    environment = os.environ | {"SNMP_PERSISTENT_DIR": str(folder / "state"), "MIBS": ""}
    process = subprocess.Popen([*command, f"udp:127.0.0.1:{port}"], env=environment)  # noqa: S603 - a program of ours
    try:
        _await_agent(port)
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait(10)


def _await_agent(port: int) -> None:
    """Wait until somebody answers."""
    question = bytes.fromhex("302602010104067075626c6963a019020103020100020100300e300c06082b060102010101000500")
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
            plain.settimeout(0.2)
            plain.connect(("127.0.0.1", port))
            try:
                plain.send(question)
                plain.recv(1500)
            except OSError:
                time.sleep(0.1)
            else:
                return
    pytest.fail("snmpd does not answer")


# what stands still: the system group without its times, and the tables of what the agent's MIB modules are
STILL = ("1.3.6.1.2.1.1.9.1.2", "1.3.6.1.2.1.1.9.1.3", "1.3.6.1.6.3.10.2.1.1", "1.3.6.1.6.3.10.2.1.2")


def test_snmpd_says_the_same_to_both_engines(snmpd: tuple[str, int]) -> None:
    async def run(credential: Credential) -> tuple[Said, Said]:
        return await ask(snmpd, credential, "estate", STILL), await ask(snmpd, credential, "pysnmp", STILL)

    for credential in (v2c(), v3("SHA-512", "AES-256"), v3("MD5", "DES")):
        ours, theirs = asyncio.run(run(credential))
        assert ours.walk == theirs.walk
        assert ours.walk.rows > 5
        assert ours.following == theirs.following
        timeless = [oid for oid in SYSTEM if oid != "1.3.6.1.2.1.1.3.0"]
        assert [ours.scalars.get(oid) for oid in timeless] == [theirs.scalars.get(oid) for oid in timeless]


@pytest.mark.parametrize(("auth", "priv"), PAIRS)
def test_snmpd_reads_every_pair_of_protocols(snmpd: tuple[str, int], auth: str, priv: str) -> None:
    said = asyncio.run(ask(snmpd, v3(auth, priv), "estate", STILL))
    assert said.scalars[SYSTEM[0]] == b"a real agent"
    assert said.walk.complete
    assert said.walk.rows > 5


def test_snmpd_refuses_in_plain_words(snmpd: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    async def refusal(credential: Credential) -> TransportError:
        with pytest.raises(TransportError) as caught:
            await ask(snmpd, credential, "estate", STILL)
        return caught.value

    good = v3("SHA-256", "AES-128")
    cases: list[tuple[dict[str, Any], dict[str, str], str]] = [
        ({"user": "nobody"}, {}, "wrong user name"),
        ({}, {"AUTH": "not the right one"}, "wrong password"),
        ({}, {"PRIV": "not the right one"}, "priv password"),
    ]
    for change, secrets, words in cases:
        with monkeypatch.context() as patch:
            for name, value in secrets.items():
                patch.setitem(os.environ, name, value)
            error = asyncio.run(refusal(Credential(**{**_fields(good), **change})))
        assert error.outcome is Outcome.REFUSED, error.reason
        assert words in error.reason


def _fields(credential: Credential) -> dict[str, Any]:
    return {name: getattr(credential, name) for name in ("name", "kind", "user", "auth", "priv", "secrets")}


def test_a_known_engine_is_not_introduced_again(snmpd: tuple[str, int]) -> None:
    async def run() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]:
        first = await _hints(snmpd, {})
        again = await _hints(snmpd, first)
        # it booted since, its clock was put back, or another device stands there now
        moved = await _hints(snmpd, first | {"boots": first["boots"] + 5, "since": first["since"] - 10_000})
        other = await _hints(snmpd, first | {"engine": "80001f8880aabbccdd"})
        for nonsense in ({"engine": "x"}, {"boots": -1}, {"boots": 1 << 40}, {"since": -5}, {"since": "now"}):
            await _hints(snmpd, first | nonsense)
        return first, again, moved, other

    first, again, moved, other = asyncio.run(run())
    assert again["requests"] == first["requests"] - 1
    for found in (again, moved, other):
        assert (found["engine"], found["boots"]) == (first["engine"], first["boots"])
        assert abs(found["since"] - first["since"]) <= 2


async def _hints(place: tuple[str, int], known: Mapping[str, Any]) -> dict[str, Any]:
    settings = Snmp(timeout=1.0, retries=1)
    async with SnmpSessions(Path(), settings).open(*place, v3("SHA-256", "AES-128"), known=known) as session:
        assert SYSTEM[0] in await session.get(SYSTEM)
        return session.hints
