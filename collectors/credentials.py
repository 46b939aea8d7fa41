"""``credentials.toml``: how to log in, by name; the secrets in it are references only.

::

    [core-v3]
    kind = "snmpv3"
    user = "estate"
    auth = "SHA-256"                      # MD5, SHA, SHA-224, SHA-256, SHA-384, SHA-512
    auth_password = "env:CORE_AUTH"
    priv = "AES-128"                      # DES, AES-128, AES-192, AES-256, AES-192-cisco, AES-256-cisco
    priv_password = "file:core-priv"

    [branch]
    kind = "snmpv2c"
    community = "env:BRANCH_COMMUNITY"

    [switches]
    kind = "ssh"
    user = "estate"
    password = "keyring:estate/switches"
    legacy = true                         # allow SHA-1 key exchanges and ssh-rsa, for kit that has nothing else
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from collectors.secrets import check_reference
from collectors.targets import Target
from config.errors import InputError, Problem
from config.toml import read_toml

FILE: Final = "credentials.toml"
KINDS: Final = ("snmpv2c", "snmpv3", "ssh")

# RFC 3414 and RFC 7860; RFC 3826, and for 192 and 256 bits the two drafts that devices follow: Blumenthal's, and
# Reeder's three-DES key extension as Cisco uses it.
AUTH: Final = ("MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512")
PRIV: Final = ("DES", "AES-128", "AES-192", "AES-256", "AES-192-cisco", "AES-256-cisco")

_SECRETS: Final = {
    "snmpv2c": ("community",),
    "snmpv3": ("auth_password", "priv_password"),
    "ssh": ("password",),
}
_KEYS: Final = {
    "snmpv2c": {"kind", "community"},
    "snmpv3": {"kind", "user", "auth", "auth_password", "priv", "priv_password"},
    "ssh": {"kind", "user", "password", "legacy"},
}
_REQUIRED: Final = {
    "snmpv2c": ("community",),
    "snmpv3": ("user", "auth", "auth_password"),
    "ssh": ("user", "password"),
}
# RFC 3414 section 11.2: a USM pass phrase has at least 8 characters; agents refuse shorter ones.
MIN_PASSPHRASE: Final = 8


@dataclass(frozen=True, slots=True)
class Credential:
    """A table of credentials.toml. ``secrets`` maps the key (``community``, ``password`` ...) to its reference."""

    name: str
    kind: str
    user: str | None = None
    auth: str | None = None
    priv: str | None = None
    legacy: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict)

    @property
    def transport(self) -> str:
        """The transport that this credential is for: ``snmp`` or ``ssh``."""
        return "ssh" if self.kind == "ssh" else "snmp"


def read_credentials(folder: Path) -> tuple[dict[str, Credential], list[Problem]]:
    """The credentials without a problem, by name, and all problems; a folder without the file has neither."""
    try:
        tables = read_toml(folder / FILE) or {}
    except InputError as error:
        return {}, list(error.problems)
    credentials, problems = dict[str, Credential](), list[Problem]()
    for name, table in tables.items():
        found = list(_check(name, table))
        problems += found
        if not found:
            credentials[name] = _credential(name, table)
    return credentials, problems


def load_credentials(folder: Path) -> dict[str, Credential]:
    """The credentials of an estate folder, by name.

    Raises:
        InputError: with every problem of the file at once.
    """
    credentials, problems = read_credentials(folder)
    if problems:
        raise InputError(problems)
    return credentials


def check_targets(targets: Iterable[Target], credentials: Mapping[str, Credential]) -> list[Problem]:
    """What does not fit between targets.csv and credentials.toml.

    Found are a credential that is not there, two of them for one transport, a transport that none is for, and a target
    asked over SSH alone without a platform (its tag ``platform=cisco-ios``), which is never guessed by trying commands:
    beside SNMP the platform is what SNMP recognises.
    """
    return [problem for target in targets for problem in _unfit(target, credentials)]


def _unfit(target: Target, credentials: Mapping[str, Credential]) -> Iterator[Problem]:
    file, _, row = target.source.rpartition(":")
    named = [way.credential for way in target.ways if way.credential] or [""]
    for name in named:
        if name not in credentials:
            known = ", ".join(sorted(credentials)) or "none"
            text = f"{name!r} is not a credential of {FILE} (it has: {known})"
            yield Problem(file, int(row), "credential", text)
    found = [credentials[name] for name in named if name in credentials]
    kinds = [item.transport for item in found]
    for item in dict.fromkeys(kinds):
        if kinds.count(item) > 1:
            text = f"{' and '.join(named)} are both for {item}: a target takes one for SNMP and one for SSH"
            yield Problem(file, int(row), "credential", text)
    whole = len(found) == len(named)
    if whole and target.transport != "auto" and target.transport not in kinds:
        yield Problem(file, int(row), "transport", _no_use(target.transport, found))
    elif whole and not asked_over(target, "snmp", credentials) and platform_of(target) is None:
        text = "a target asked over SSH names its platform here, for example platform=cisco-ios"
        yield Problem(file, int(row), "tags", text)


def _no_use(transport: str, credentials: Iterable[Credential]) -> str:
    said = " and ".join(f"{item.name!r}, which is {item.kind}" for item in credentials)
    return f"{transport} cannot use the credential {said}"


def asked_over(target: Target, transport: str, credentials: Mapping[str, Credential]) -> Target | None:
    """The target as it is asked over a transport, with the one credential and port for it; None where it is not."""
    if target.transport not in ("auto", transport):
        return None
    for way in target.ways:
        credential = credentials.get(way.credential or "")
        if credential is not None and credential.transport == transport:
            return target.by(way, transport)
    return None


def platform_of(target: Target) -> str | None:
    """The platform that a target's tags name (``platform=cisco-ios``), or None."""
    names = [tag.partition("=")[2] for tag in target.tags if tag.startswith("platform=")]
    return names[0] if names and names[0] else None


def _credential(name: str, table: Mapping[str, Any]) -> Credential:
    return Credential(
        name=name,
        kind=table["kind"],
        user=table.get("user"),
        auth=table.get("auth"),
        priv=table.get("priv"),
        legacy=table.get("legacy", False),
        secrets={key: table[key] for key in _SECRETS[table["kind"]] if key in table},
    )


def _check(name: str, table: object) -> Iterable[Problem]:
    """Every problem of one table. No message repeats a value that may be a secret in the wrong place."""
    if not isinstance(table, dict):
        yield Problem(FILE, 0, name, "stands outside a table: a credential is a table such as [core]")
        return
    kind = table.get("kind")
    if kind not in KINDS:
        yield Problem(FILE, 0, f"{name}.kind", f"must be one of {', '.join(KINDS)}")
        return
    for key in sorted(table.keys() - _KEYS[kind]):
        yield Problem(FILE, 0, f"{name}.{key}", f"unknown key; {kind} has {', '.join(sorted(_KEYS[kind]))}")
    for key in _REQUIRED[kind]:
        if key not in table:
            yield Problem(FILE, 0, f"{name}.{key}", "must be there")
    if ("priv" in table) != ("priv_password" in table):
        yield Problem(FILE, 0, f"{name}.priv", "priv and priv_password go together")
    for key, value in table.items():
        if key in _KEYS[kind] and (reason := _wrong(kind, key, value)):
            yield Problem(FILE, 0, f"{name}.{key}", reason)


def _wrong(kind: str, key: str, value: object) -> str | None:
    if key == "legacy":
        return None if isinstance(value, bool) else "must be true or false"
    if not isinstance(value, str) or not value:
        return "must be a text in quotes"
    if key in _SECRETS[kind]:
        try:
            check_reference(value)
        except ValueError as error:
            return str(error)
    choices = {"auth": AUTH, "priv": PRIV}.get(key)
    if choices and value not in choices:
        return f"must be one of {', '.join(choices)}"
    return None
