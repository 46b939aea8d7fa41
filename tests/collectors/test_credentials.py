"""credentials.toml, references to secrets, and what must fit between credentials and targets."""

from __future__ import annotations

import copy
import logging
import pickle
from pathlib import Path

import pytest

from collectors.credentials import (
    FILE,
    Credential,
    asked_over,
    check_targets,
    load_credentials,
    platform_of,
    read_credentials,
)
from collectors.secrets import MAX_BYTES, Secret, SecretError, check_reference, resolve
from collectors.targets import TARGETS, Target
from config.errors import InputError
from config.tables import parse

CANARY = "tr0ub4dor-canary"

GOOD = """
[core]
kind = "snmpv3"
user = "estate"
auth = "SHA-256"
auth_password = "env:CORE_AUTH"
priv = "AES-256-cisco"
priv_password = "file:core priv"

[branch]
kind = "snmpv2c"
community = "env:BRANCH"

[switches]
kind = "ssh"
user = "estate"
password = "keyring:estate/switches"
legacy = true
"""


def folder_with(path: Path, text: str) -> Path:
    (path / FILE).write_text(text, encoding="utf-8")
    return path


def target(credential: str | None, transport: str = "auto", tags: tuple[str, ...] = ()) -> Target:
    return Target("192.0.2.1", "sw1", "Town Hall", None, credential, transport, None, tags, "targets.csv:4")


def test_a_good_file_is_read(tmp_path: Path) -> None:
    credentials = load_credentials(folder_with(tmp_path, GOOD))
    assert list(credentials) == ["core", "branch", "switches"]
    assert credentials["core"].transport == "snmp"
    assert credentials["core"].secrets == {"auth_password": "env:CORE_AUTH", "priv_password": "file:core priv"}
    assert credentials["switches"].legacy
    assert credentials["switches"].transport == "ssh"


def test_a_folder_without_the_file_has_no_credentials(tmp_path: Path) -> None:
    assert read_credentials(tmp_path) == ({}, [])


def test_every_problem_comes_at_once_and_no_secret_with_it(tmp_path: Path) -> None:
    text = f"""
    loose = "{CANARY}"
    [a]
    kind = "snmpv3"
    auth = "SHA-1024"
    auth_password = "{CANARY}"
    priv = "AES-128"
    [b]
    kind = "telnet"
    [c]
    kind = "ssh"
    user = 7
    password = "env:1{CANARY}"
    legacy = "yes"
    passwort = "{CANARY}"
    [d]
    kind = "snmpv2c"
    community = "{CANARY}"
    """
    with pytest.raises(InputError) as caught:
        load_credentials(folder_with(tmp_path, text))
    places = {problem.column for problem in caught.value.problems}
    assert places == {
        "loose", "a.auth", "a.auth_password", "a.priv", "a.user", "b.kind",
        "c.legacy", "c.passwort", "c.password", "c.user", "d.community",
    }  # fmt: skip
    assert CANARY not in str(caught.value)
    assert "env:NAME" in str(caught.value)


@pytest.mark.parametrize("text", ["[a", "[a]\nkind = 7\x00"])
def test_a_file_that_is_not_toml_is_a_problem(tmp_path: Path, text: str) -> None:
    credentials, problems = read_credentials(folder_with(tmp_path, text))
    assert credentials == {}
    assert len(problems) == 1
    assert "TOML" in problems[0].text


def test_a_file_that_is_not_utf8_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"[a]\nuser = '\xff'")
    assert "UTF-8" in read_credentials(tmp_path)[1][0].text


@pytest.mark.parametrize("text", ["", "hunter2", "env:", "env:A B", "vault:x", "keyring:only", "ENV:A", "file:a\nb"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a reference"):
        check_reference(text)


def test_a_secret_never_shows_itself() -> None:
    secret = Secret(CANARY)
    assert f"{secret} {secret!r} {[secret]}".count("***") == 3
    assert secret.reveal() == CANARY
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.deepcopy(secret)


def test_a_secret_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRANCH", CANARY)
    assert resolve("env:BRANCH", tmp_path).reveal() == CANARY
    monkeypatch.setenv("BRANCH", "")
    with pytest.raises(SecretError, match="env:BRANCH is empty"):
        resolve("env:BRANCH", tmp_path)
    monkeypatch.delenv("BRANCH")
    with pytest.raises(SecretError, match="env:BRANCH is not set"):
        resolve("env:BRANCH", tmp_path)


def test_a_secret_in_a_file_that_only_we_can_read(tmp_path: Path) -> None:
    path = tmp_path / "pw"
    path.write_text(f"{CANARY}\n", encoding="utf-8")
    path.chmod(0o600)
    assert resolve("file:pw", tmp_path).reveal() == CANARY
    for mode in (0o640, 0o604):
        path.chmod(mode)
        with pytest.raises(SecretError, match="chmod 600") as caught:
            resolve("file:pw", tmp_path)
        assert CANARY not in str(caught.value)


def test_files_that_are_no_secrets(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name, data in (("long", b"x" * (MAX_BYTES + 1)), ("bytes", b"\xff\xfe")):
        (tmp_path / name).write_bytes(data)
        (tmp_path / name).chmod(0o600)
    for name in ("folder", "long", "bytes", "absent"):
        with pytest.raises(SecretError, match=f"file:{name}"):
            resolve(f"file:{name}", tmp_path)


def test_a_credentials_directory_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    granted = tmp_path / "granted"
    granted.mkdir()
    (granted / "pw").write_text(CANARY, encoding="utf-8")
    (granted / "pw").chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(granted))
    assert resolve("file:pw", tmp_path).reveal() == CANARY
    (granted / "pw").chmod(0o444)
    with pytest.raises(SecretError):
        resolve("file:pw", tmp_path)


def test_a_keyring_that_is_not_there_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("keyring", reason="an extra")
    with caplog.at_level(logging.DEBUG), pytest.raises(SecretError, match="keyring:estate/nobody"):
        resolve("keyring:estate/nobody", tmp_path)


def test_targets_and_credentials_must_fit(tmp_path: Path) -> None:
    credentials = load_credentials(folder_with(tmp_path, GOOD))
    targets = [
        target("core"), target("core", "snmp"), target("core", "ssh"), target("nope"), target("switches"),
        target("switches", "ssh", ("platform=cisco-ios",)), target("switches", "snmp", ("platform=",)),
    ]  # fmt: skip
    found = [(problem.row, problem.column) for problem in check_targets(targets, credentials)]
    assert found == [(4, "transport"), (4, "credential"), (4, "tags"), (4, "transport")]


def test_the_platform_of_a_target() -> None:
    assert platform_of(target("a", tags=("core", "platform=junos"))) == "junos"
    assert platform_of(target("a", tags=("platform=",))) is None
    assert platform_of(target("a")) is None


# ------------------------------------------------------------------------------------------------- two credentials


def rows_of(*cells: tuple[str, str, str]) -> tuple[list[Target], list[str]]:
    """The targets of rows (credential, transport, port), and the problems of the file."""
    grid = [["address", "credential", "transport", "port"], *(["192.0.2.1", *row] for row in cells)]
    rows, problems = parse(TARGETS, "targets.csv", grid)
    return rows, [problem.text for problem in problems]


BOTH = {
    "core": Credential("core", "snmpv3"),
    "branch": Credential("branch", "snmpv2c"),
    "login": Credential("login", "ssh"),
}


@pytest.mark.parametrize(
    ("cell", "ports", "expected"),
    [
        ("core login", "", [("core", None), ("login", None)]),
        ("core;login", "1161", [("core", 1161), ("login", None)]),
        ("core ; login", "- 2222", [("core", None), ("login", 2222)]),
        ("login core", "2222;1161", [("login", 2222), ("core", 1161)]),
    ],
)
def test_a_target_names_two_credentials(cell: str, ports: str, expected: list[tuple[str, int | None]]) -> None:
    (row,), problems = rows_of((cell, "", ports))
    assert problems == []
    assert [(way.credential, way.port) for way in row.ways] == expected
    over = {kind: asked_over(row, kind, BOTH) for kind in ("snmp", "ssh")}
    ways = dict(expected)
    assert [(item.credential, item.port) for item in over.values() if item] == [
        ("core", ways["core"]), ("login", ways["login"]),
    ]  # fmt: skip
    # beside SNMP nobody has to name the platform
    assert check_targets([row], BOTH) == []


def test_a_transport_picks_one_of_two_credentials() -> None:
    (snmp, ssh), _ = rows_of(("core login", "snmp", ""), ("core login", "ssh", ""))
    assert asked_over(snmp, "ssh", BOTH) is None
    assert asked_over(ssh, "snmp", BOTH) is None
    # over SSH alone, nothing recognises the platform
    assert [problem.column for problem in check_targets([snmp, ssh], BOTH)] == ["tags"]


def test_every_problem_of_two_credentials_is_told_at_once() -> None:
    _, problems = rows_of(("core", "", "161 22"), ("core login branch", "", ""), ("core login", "", "- 70000"))
    assert problems == [
        "there are more ports than credentials: they stand in the same order, - for the usual port",
        "names 3 credentials: one for SNMP and one for SSH is all that a target takes",
        "70000 is not a port (1 to 65535)",
    ]
    rows, _ = rows_of(("core branch", "", ""), ("nope nix", "", ""), ("core branch", "ssh", ""))
    assert [problem.column for problem in check_targets(rows, BOTH)] == [
        "credential", "credential", "credential", "credential", "transport",
    ]  # fmt: skip
