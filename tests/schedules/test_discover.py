"""Discovery over simulated agents on loopback: who is proposed, who is known, and who is never asked."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collectors.lab.agent import Agent, Serving, User
from estate.cli import estate
from tests.collectors import neighbour_rows as rows
from tests.schedules.small_lab import running

CISCO = b"Cisco IOS Software, C3560 Software (C3560-IPBASEK9-M), Version 12.2(55)SE5, RELEASE SOFTWARE"
CHASSIS = {name: bytes([2, 0, 0, 0, 0, number]) for number, name in enumerate(("core-1", "core-2", "sw-2"), start=1)}
USER = User("estate", "of-the-test-auth", "of-the-test-priv")
HEADER = "name,address,port,credential,site\n"
CREDENTIALS = """
[first]
kind = "snmpv2c"
community = "env:FIRST"
[second]
kind = "snmpv2c"
community = "env:SECOND"
[refused]
kind = "snmpv3"
user = "estate"
auth = "SHA-256"
auth_password = "env:WRONG"
priv = "AES-128"
priv_password = "env:WRONG"
[shell]
kind = "ssh"
user = "estate"
password = "env:FIRST"
"""


def switch(name: str, serial: str) -> rows.Objects:
    """A Cisco switch with a chassis in ENTITY-MIB."""
    part: dict[int, bytes | int | str] = {
        2: b"chassis",
        4: 0,
        5: 3,
        6: -1,
        7: b"1",
        11: serial.encode(),
        13: b"WS-C3560-24TS-S",
    }
    entity: rows.Objects = {f"1.3.6.1.2.1.47.1.1.1.1.{column}.1": value for column, value in part.items()}
    return (
        rows.system(name, CISCO, "1.3.6.1.4.1.9.1.633") | entity | rows.own_chassis(CHASSIS.get(name, b"\2" + bytes(5)))
    )


def sees() -> rows.Objects:
    """What core-1 sees on its ports."""
    stranger = bytes.fromhex("020000000099")
    return (
        rows.lldp(1, 1, b"sw-2.example.org", chassis=CHASSIS["sw-2"], addresses=("127.0.3.2",))
        | rows.lldp(2, 1, b"far", chassis=stranger, addresses=("192.0.2.9",))
        | rows.lldp(3, 1, b"ap-7", chassis=bytes.fromhex("020000000077"))
        | rows.lldp(4, 1, b"CORE-2.example.org", chassis=stranger)
        | rows.lldp(5, 1, b"Switch", chassis=CHASSIS["core-2"])
        | rows.lldp(6, 1, b"silent-1", chassis=bytes.fromhex("020000000066"), addresses=("127.0.3.66",))
        | rows.cdp(1, 1, b"sw-2(FDO1634A002)", bytes([127, 0, 3, 2]), b"sw-2")
    )


@dataclass(frozen=True)
class Lab:
    """The agents, by name, and the port that all of them listen on."""

    port: int
    serving: dict[str, Serving]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.3.1", 0))
        port = probe.getsockname()[1]
    agents = {
        "core-1": Agent("", switch("core-1", "FDO1634A001") | sees(), "127.0.3.1", port, "first"),
        "sw-2": Agent("", switch("sw-2", "FDO1634A002"), "127.0.3.2", port, "first"),
        "core-2": Agent("", switch("core-2", "FDO1634A003"), "127.0.3.3", port, "first"),
        "sw-2-again": Agent("", switch("sw-2", "FDO1634A002"), "127.0.3.4", port, "first"),
        "sw-5": Agent("", rows.system("=sw-5", b"Acme Box 5, version 1.2.3"), "127.0.3.5", port, "second"),
        "v3-6": Agent("", rows.system("v3-6"), "127.0.3.20", port, user=USER),
        "v3-7": Agent("", rows.system("v3-7"), "127.0.3.21", port, user=USER),
        "v3-8": Agent("", rows.system("v3-8"), "127.0.3.22", port, user=USER),
        "v3-9": Agent("", rows.system("v3-9"), "127.0.3.23", port, user=USER),
        "outside": Agent("", rows.system("outside"), "127.0.4.1", port, "first"),
    }
    with running(agents) as serving:
        yield Lab(port, {device.name: device for device in serving})


@pytest.fixture
def folder(tmp_path: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "estate"
    folder.mkdir()
    for name, value in {"FIRST": "first", "SECOND": "second", "WRONG": "of-the-test-wrong"}.items():
        monkeypatch.setenv(name, value)
    settings = 'ranges = ["127.0.3.0/25", "127.0.3.128/25"]\ncredentials = ["first", "second"]\nrate = 500\n'
    (folder / "estate.toml").write_text(f"[snmp]\ntimeout = 1\nretries = 1\n[discovery]\n{settings}")
    (folder / "credentials.toml").write_text(CREDENTIALS)
    targets = [f"core-1,127.0.3.1,{lab.port},first,hall\n", f"core-2,127.0.3.3,{lab.port},first,depot\n"]
    (folder / "targets.csv").write_text(HEADER + "".join(targets))
    return folder


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), "discover", *words], standalone_mode=False)


def found(result: Result) -> dict[str, dict[str, object]]:
    """The answer, by address or name."""
    assert result.exception is None, result.exception
    return {str(row["address"] or row["name"]): row for row in json.loads(result.stdout)}


def test_a_network(folder: Path, lab: Lab) -> None:
    before = (folder / "targets.csv").read_bytes()
    result = run(folder, "127.0.3.0/28", "--port", str(lab.port), "-o", "json")
    answer = found(result)
    assert result.return_value == 0
    assert {address: row["state"] for address, row in answer.items()} == {
        "127.0.3.1": "known", "127.0.3.2": "new", "127.0.3.3": "known", "127.0.3.5": "new",
    }  # fmt: skip
    switch_2 = answer["127.0.3.2"]
    assert (switch_2["vendor"], switch_2["kind"], switch_2["serial"]) == ("Cisco", "switch", "FDO1634A002")
    assert (switch_2["name"], switch_2["credential"], switch_2["addresses"]) == ("sw-2", "first", ["127.0.3.4"])
    assert "also at 127.0.3.4" in str(switch_2["note"])
    assert (answer["127.0.3.5"]["credential"], answer["127.0.3.1"]["target"]) == ("second", "core-1")
    assert (folder / "targets.csv").read_bytes() == before


def test_neighbours(folder: Path, lab: Lab) -> None:
    result = run(folder, "--neighbours", "--port", str(lab.port), "-o", "json")
    answer = found(result)
    assert result.return_value == 0
    assert {place: row["state"] for place, row in answer.items()} == {
        "127.0.3.2": "new", "127.0.3.66": "new", "192.0.2.9": "outside", "ap-7": "no_address",
        "CORE-2.example.org": "known",
    }  # fmt: skip
    switch_2 = answer["127.0.3.2"]
    assert (switch_2["seen_by"], switch_2["site"]) == (["core-1 ge-0/0/1", "core-1 1"], "hall")
    assert (switch_2["serial"], switch_2["credential"]) == ("FDO1634A002", "first")
    assert answer["CORE-2.example.org"]["seen_by"] == ["core-1 ge-0/0/4", "core-1 ge-0/0/5"]
    assert (answer["127.0.3.66"]["credential"], answer["ap-7"]["capabilities"]) == (None, ["bridge", "router"])
    assert "outside the configured ranges" in str(answer["192.0.2.9"]["note"])


def test_nothing_outside_the_ranges_is_asked(folder: Path, lab: Lab) -> None:
    before = lab.serving["outside"].requests
    for network in ("127.0.4.0/30", "127.0.0.0/16", "127.0.2.0/23"):
        result = run(folder, network, "--port", str(lab.port))
        assert f"{network} lies outside the networks that may be probed (127.0.3.0/24)" in str(result.exception)
    (folder / "estate.toml").write_text('[discovery]\ncredentials = ["first"]\n')
    result = run(folder, "127.0.3.0/30", "--port", str(lab.port))
    assert "may be probed (none): nothing was sent" in str(result.exception)
    answer = found(run(folder, "--neighbours", "--port", str(lab.port), "-o", "json"))
    assert {row["state"] for row in answer.values()} == {"outside", "no_address", "known"}
    assert lab.serving["outside"].requests == before


def test_bounds_and_credentials(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESTATE_DISCOVERY__MAX_ADDRESSES", "16")
    assert "hold 32 addresses" in str(run(folder, "127.0.3.0/27").exception)
    monkeypatch.setenv("ESTATE_DISCOVERY__CREDENTIALS", "[]")
    assert "no credential to try" in str(run(folder, "127.0.3.0/30").exception)
    monkeypatch.setenv("ESTATE_DISCOVERY__CREDENTIALS", '["shell"]')
    assert "'shell' is not an SNMP credential" in str(run(folder, "127.0.3.0/30").exception)
    monkeypatch.setenv("ESTATE_DISCOVERY__CREDENTIALS", '["second"]')
    monkeypatch.delenv("SECOND")
    assert "env:SECOND is not set" in str(run(folder, "127.0.3.0/30").exception)
    assert "name a network" in str(run(folder).exception)
    assert "is no network such as" in str(run(folder, "127.0.3.5/24").exception)


def test_what_neighbours_tell_is_bounded_too(folder: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESTATE_DISCOVERY__MAX_ADDRESSES", "1")
    result = run(folder, "--neighbours", "--port", str(lab.port), "-o", "json")
    assert found(result)["127.0.3.2"]["credential"] == "first"
    assert "addresses of neighbours beyond discovery.max_addresses not probed: 1" in result.stderr


def test_a_refused_user_is_not_hammered(folder: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESTATE_DISCOVERY__CREDENTIALS", '["refused"]')
    monkeypatch.setenv("ESTATE_DISCOVERY__RATE", "5")
    result = run(folder, "127.0.3.5/32", "127.0.3.20/31", "127.0.3.22/31", "--port", str(lab.port), "-o", "json")
    assert (result.exception, json.loads(result.stdout)) == (None, [])
    assert "the credential refused was refused by several devices" in result.stderr


def test_accepting_appends_rows(folder: Path, lab: Lab) -> None:
    before = (folder / "targets.csv").read_text()
    result = run(folder, "127.0.3.0/29", "--neighbours", "--port", str(lab.port), "--accept", "SW-2", "-o", "csv")
    assert result.exception is None
    line = f"sw-2,127.0.3.2,{lab.port},first,hall"
    assert (folder / "targets.csv").read_text() == f"{before}{line}\n"
    assert line in result.stderr
    result = run(folder, "127.0.3.0/29", "--port", str(lab.port), "--accept-all", "--site", "yard", "-o", "csv")
    assert (folder / "targets.csv").read_text() == f"{before}{line}\nsw-5,127.0.3.5,{lab.port},second,yard\n"
    after = found(run(folder, "127.0.3.0/29", "--port", str(lab.port), "-o", "json"))
    assert {row["state"] for row in after.values()} == {"known"}
    refused = run(folder, "127.0.3.0/29", "--port", str(lab.port), "--accept", "127.0.3.3")
    assert "is known: target core-2" in str(refused.exception)


def test_a_target_that_does_not_answer_is_named(folder: Path, lab: Lab) -> None:
    with (folder / "targets.csv").open("a") as file:
        file.write("dead,127.0.3.99,9,first,\n")
    result = run(folder, "--neighbours", "--port", str(lab.port))
    assert result.return_value == 3
    assert "dead did not tell whom it sees: nothing listens" in result.stderr
