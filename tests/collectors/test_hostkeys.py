"""``estate hostkeys`` against SSH servers on loopback: what is shown is written, a change is never silent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from click.testing import CliRunner, Result

from collectors.known_hosts import HostKey, read
from collectors.observation import Outcome
from collectors.ssh_offer import host_keys
from collectors.transport import TransportError
from config.errors import EstateError, UsageError
from estate.cli import estate

TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")
KEYS = [asyncssh.generate_private_key(algorithm) for algorithm in TYPES]
OTHER = asyncssh.generate_private_key("ssh-ed25519")


class Devices:
    """SSH servers in a thread of their own, and the estate folder whose targets they are."""

    def __init__(self, folder: Path, ports: dict[str, int]) -> None:
        self.folder = folder
        self.ports = ports

    def ask(self, *words: str, typed: str | None = None) -> Result:
        """What ``estate hostkeys`` says to some words."""
        return CliRunner().invoke(estate, ["--config", str(self.folder), "hostkeys", *words], input=typed)

    def scan(self, *words: str) -> list[dict[str, Any]]:
        """The records of a scan."""
        done = self.ask("scan", *words, "-o", "json")
        assert done.exception is None, done.exception
        records: list[dict[str, Any]] = json.loads(done.stdout)
        return records

    def place(self, name: str) -> str:
        """How known_hosts names a device."""
        return f"[127.0.0.1]:{self.ports[name]}"

    def approve_line(self, name: str, key: asyncssh.SSHKey, file: str = "known_hosts") -> None:
        """Write a line for a device as a person would."""
        with (self.folder / file).open("a", encoding="utf-8") as stream:
            stream.write(f"{self.place(name)} {key.export_public_key().decode().strip()}\n")


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[Devices]:
    """The device ``many`` has three keys, ``one`` has the first of them, and ``gone`` does not answer."""
    with _served({"many": KEYS, "one": KEYS[:1]}) as ports, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        ports["gone"] = free.getsockname()[1]
        (tmp_path / "estate.toml").write_text("[ssh]\ntimeout = 3\n", encoding="utf-8")
        (tmp_path / "credentials.toml").write_text(
            '[shell]\nkind = "ssh"\nuser = "estate"\npassword = "env:X"\n[v2]\nkind = "snmpv2c"\ncommunity = "env:X"\n',
            encoding="utf-8",
        )
        rows = [f"127.0.0.1,{name},{name}-site,shell,ssh,{port},platform=cisco-ios" for name, port in ports.items()]
        header = "address,name,site,credential,transport,port,tags"
        text = "\n".join([header, *rows, "127.0.0.9,snmp,there,v2,snmp,,", ""])
        (tmp_path / "targets.csv").write_text(text, encoding="utf-8")
        yield Devices(tmp_path, ports)


@contextlib.contextmanager
def _served(keys: dict[str, list[asyncssh.SSHKey]]) -> Iterator[dict[str, int]]:
    """SSH servers by name; nobody can log in to them."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def listen() -> list[asyncssh.SSHAcceptor]:
        return [await asyncssh.listen("127.0.0.1", 0, server_host_keys=held) for held in keys.values()]

    async def close(acceptors: list[asyncssh.SSHAcceptor]) -> None:
        for acceptor in acceptors:
            acceptor.close()
            await acceptor.wait_closed()
        await asyncio.sleep(0.1)  # until the servers have seen everybody leave

    acceptors = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    try:
        yield dict(zip(keys, (acceptor.get_port() for acceptor in acceptors), strict=True))
    finally:
        asyncio.run_coroutine_threadsafe(close(acceptors), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def fingerprint(key: asyncssh.SSHKey) -> str:
    return str(key.get_fingerprint())


@pytest.fixture
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person sits at the terminal; what they type is the input of :meth:`Devices.ask`."""
    monkeypatch.setattr("collectors.cli.hostkeys.at_terminal", lambda: True)


# --------------------------------------------------------------------------------------------------------------- scan


def test_all_keys_are_fetched_without_a_login(devices: Devices) -> None:
    records = devices.scan("--name", "many")
    assert [(item["device"], item["type"], item["fingerprint"], item["state"]) for item in records] == [
        ("many", name, fingerprint(key), "new") for name, key in zip(TYPES, KEYS, strict=True)
    ]
    assert not (devices.folder / "known_hosts").exists()


def test_a_changed_key_stands_beside_the_approved_one(devices: Devices) -> None:
    devices.approve_line("one", OTHER)
    done = devices.ask("scan", "--site", "one-site", "-f", "state,approved", "-o", "csv")
    assert done.exit_code == 0
    assert done.stdout == f"state,approved\nchanged,ssh-ed25519 {fingerprint(OTHER)}\n"
    assert "one: a device whose host key changed was replaced or reset" in done.stderr


def test_a_device_that_does_not_answer_has_its_reason(devices: Devices) -> None:
    records = devices.scan()
    assert [(item["device"], item["state"]) for item in records] == [("many", "new")] * 3 + [
        ("one", "new"),
        ("gone", "silent"),
    ]
    assert "no SSH there" in records[-1]["reason"]
    assert (
        CliRunner()
        .invoke(estate, ["--config", str(devices.folder), "hostkeys", "scan"], standalone_mode=False)
        .return_value
        == 3
    )
    with pytest.raises(UsageError, match="--name nobody"):
        raise_from(devices.ask("scan", "--name", "nobody"))


def raise_from(done: Result) -> None:
    assert isinstance(done.exception, EstateError), done.output
    raise done.exception


@pytest.mark.parametrize(
    ("answer", "outcome"), [(b"hello\r\n" * 60, Outcome.SILENT), (b"SSH-2.0-x\r\n" + b"\xff" * 100, Outcome.SILENT)]
)
def test_what_is_no_ssh_server(answer: bytes, outcome: Outcome) -> None:
    def talk(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(answer)
            connection.recv(100)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=talk, args=(listener,))
        thread.start()
        with pytest.raises(TransportError) as caught:
            host_keys("127.0.0.1", listener.getsockname()[1], 2)
        thread.join()
    assert caught.value.outcome is outcome


# ------------------------------------------------------------------------------------------------------------ approve


def keys_of(file: Path) -> set[str]:
    return {entry.key.fingerprint for entry in read(file).entries}


def test_exactly_the_scanned_keys_are_written(devices: Devices) -> None:
    done = devices.ask("approve", "many", "--yes")
    file = devices.folder / "known_hosts"
    assert done.exception is None
    assert keys_of(file) == {fingerprint(key) for key in KEYS}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {item["state"] for item in devices.scan("--name", "many")} == {"approved"}
    assert "many: approved already" in devices.ask("approve", "many", "--yes").stdout


def test_only_the_key_with_the_fingerprint_is_written(devices: Devices) -> None:
    assert devices.ask("approve", "many", "--fingerprint", fingerprint(KEYS[1])).exception is None
    assert keys_of(devices.folder / "known_hosts") == {fingerprint(KEYS[1])}
    by_address = devices.ask("approve", "127.0.0.1", "--fingerprint", fingerprint(KEYS[0]))
    assert by_address.stdout.count(f"approved ssh-ed25519 {fingerprint(KEYS[0])} in known_hosts") == 2


def test_a_fingerprint_that_nobody_has_approves_nothing(devices: Devices) -> None:
    with pytest.raises(EstateError, match="many has no key with that fingerprint"):
        raise_from(devices.ask("approve", "many", "--fingerprint", "SHA256:nothing"))
    with pytest.raises(EstateError, match="no device offers SHA256:nothing"):
        raise_from(
            devices.ask("approve", "many", "--fingerprint", fingerprint(KEYS[0]), "--fingerprint", "SHA256:nothing")
        )
    assert not (devices.folder / "known_hosts").exists()


def test_without_a_terminal_it_wants_a_word(devices: Devices) -> None:
    with pytest.raises(UsageError, match="--fingerprint SHA256"):
        raise_from(devices.ask("approve", "many"))
    with pytest.raises(UsageError, match="no SSH target"):
        raise_from(devices.ask("approve", "snmp", "--yes"))


def test_a_changed_key_is_never_accepted_silently(devices: Devices) -> None:
    devices.approve_line("one", OTHER)
    with pytest.raises(EstateError, match=f"CHANGED: approved is ssh-ed25519 {fingerprint(OTHER)}".replace("+", r"\+")):
        raise_from(devices.ask("approve", "one", "--yes"))
    assert keys_of(devices.folder / "known_hosts") == {fingerprint(OTHER)}
    done = devices.ask("approve", "one", "--fingerprint", fingerprint(KEYS[0]))
    assert f"one: no longer approved: ssh-ed25519 {fingerprint(OTHER)}" in done.stdout
    assert keys_of(devices.folder / "known_hosts") == {fingerprint(KEYS[0])}


def test_a_revoked_key_is_never_approved(devices: Devices) -> None:
    line = f"@revoked * {KEYS[0].export_public_key().decode().strip()}\n"
    (devices.folder / "known_hosts").write_text(line, encoding="utf-8")
    assert [item["state"] for item in devices.scan("--name", "one")] == ["revoked"]
    with pytest.raises(EstateError, match="which known_hosts revokes"):
        raise_from(devices.ask("approve", "one", "--yes"))


@pytest.mark.usefixtures("_terminal")
@pytest.mark.parametrize(("typed", "approved"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_a_person_is_asked(devices: Devices, typed: str, *, approved: bool) -> None:
    done = devices.ask("approve", "one", typed=typed)
    assert f"one ({devices.place('one')}) offers ssh-ed25519 {fingerprint(KEYS[0])}" in done.stderr
    assert "Approve? [y/N]" in done.stderr
    assert (devices.folder / "known_hosts").exists() is approved


def test_every_site_may_have_a_file_of_its_own(devices: Devices) -> None:
    (devices.folder / "estate.toml").write_text('[ssh]\ntimeout = 3\nknown_hosts = "keys/{site}"\n', encoding="utf-8")
    assert devices.ask("approve", "*", "--yes").exception is None
    assert {path.name: len(keys_of(path)) for path in (devices.folder / "keys").iterdir()} == {
        "many-site": 3,
        "one-site": 1,
    }
    devices.approve_line("one", OTHER, "keys/closed-site")
    listed = json.loads(devices.ask("list", "-o", "json").stdout)
    assert [(item["device"], item["file"]) for item in listed] == [(None, "keys/closed-site")] + [
        ("many", "keys/many-site")
    ] * 3 + [("one", "keys/one-site")]


# --------------------------------------------------------------------------------------------------------------- list


def test_the_list_says_for_whom_each_key_is(devices: Devices) -> None:
    devices.approve_line("one", KEYS[0])
    elsewhere = HostKey(TYPES[0], read(devices.folder / "known_hosts").entries[0].key.blob)
    with (devices.folder / "known_hosts").open("a", encoding="utf-8") as stream:
        stream.write(f"192.0.2.99 {elsewhere.text}\n@revoked * {OTHER.export_public_key().decode().strip()}\nbroken\n")
    done = devices.ask("list", "-o", "json")
    records = json.loads(done.stdout)
    shape: Callable[[dict[str, Any]], tuple[Any, ...]] = lambda item: (item["device"], item["hosts"], item["state"])  # noqa: E731 - short
    assert [shape(item) for item in records] == [
        ("one", devices.place("one"), "approved"), (None, "192.0.2.99", "approved"),
        ("many", "*", "revoked"), ("one", "*", "revoked"), ("gone", "*", "revoked"),
    ]  # fmt: skip
    assert "known_hosts: cannot be read: line 4" in done.stderr
    assert "2 of 3 SSH targets have no approved host key: gone, many" in done.stderr


def test_a_folder_without_keys_has_an_empty_list(tmp_path: Path) -> None:
    (tmp_path / "estate.toml").write_text("", encoding="utf-8")
    done = CliRunner().invoke(estate, ["--config", str(tmp_path), "hostkeys", "list"])
    assert done.exit_code == 0
    assert "No host key is approved yet" in done.stderr
