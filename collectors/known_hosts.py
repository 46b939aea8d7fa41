"""The file of approved host keys, in OpenSSH's own format (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).

Read here and not by the SSH library, which knows neither ``@revoked`` nor patterns. A place is how a file names a
host: the address, or ``[address]:port`` where the port is not 22. An entry covers a place by its name, by a pattern
(``*``, ``?``, ``!``) or by the hash of its name. ``@cert-authority`` entries approve no key: devices have no
certificates. Nothing in a file is lost when it is written: comments, blank lines and other hosts stay.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from config.errors import EstateError

PORT: Final = 22
SITE: Final = "{site}"
# How a site is called whose target names none.
NO_SITE: Final = "default"
REVOKED: Final = "@revoked"
_MARKERS: Final = (REVOKED, "@cert-authority")
_ALGORITHM: Final = re.compile(r"[A-Za-z0-9@._+-]{1,64}", re.ASCII)
_HASHED: Final = "|1|"
_PRIVATE: Final = 0o600
# A file longer than this approves no network's host keys.
MAX_BYTES: Final = 50_000_000


class Standing(StrEnum):
    """What a file says of a key that a device offers."""

    APPROVED = "approved"
    NEW = "new"  # nobody has approved a key of this device, or not yet of this type
    CHANGED = "changed"  # another key was approved
    REVOKED = "revoked"  # the file says that this key must never be taken


@dataclass(frozen=True, slots=True)
class HostKey:
    """A public host key: its type (``ssh-ed25519``), and its bytes (RFC 4253 section 6.6)."""

    algorithm: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """As OpenSSH shows it (``SHA256:...``)."""
        digest = hashlib.sha256(self.blob).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"

    @property
    def text(self) -> str:
        """As it stands in a file: the type and the bytes in base 64."""
        return f"{self.algorithm} {base64.b64encode(self.blob).decode()}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the file: its number from 1, a marker or blank, whom it covers, and the key."""

    line: int
    marker: str
    hosts: str
    key: HostKey

    @property
    def hashed(self) -> bool:
        """Whether the file hides whom it covers."""
        return self.hosts.startswith(_HASHED)

    def covers(self, place: str) -> bool:
        """Whether the entry is about a place."""
        if self.hashed:
            return _hash_fits(self.hosts, place)
        patterns = self.hosts.split(",")
        if any(_fits(pattern[1:], place) for pattern in patterns if pattern.startswith("!")):
            return False
        return any(_fits(pattern, place) for pattern in patterns if not pattern.startswith("!"))


@dataclass(frozen=True, slots=True)
class KnownHosts:
    """What a file holds, and the numbers of the lines that cannot be read."""

    entries: tuple[Entry, ...] = ()
    unread: tuple[int, ...] = ()

    def approved(self, place: str) -> tuple[HostKey, ...]:
        """The keys that are approved for a place and not revoked, each once."""
        covering = [entry for entry in self.entries if entry.covers(place)]
        revoked = {entry.key for entry in covering if entry.marker == REVOKED}
        keys = (entry.key for entry in covering if not entry.marker and entry.key not in revoked)
        return tuple(dict.fromkeys(keys))

    def standing(self, place: str, key: HostKey, offered: Collection[HostKey] = ()) -> Standing:
        """What the file says of a key that a place offers.

        Args:
            place: who offers it.
            key: what it offers.
            offered: all that it offers, where that is known: a device that still has an approved key, and another one
                of a type that nobody has approved yet, has not changed.
        """
        if any(entry.marker == REVOKED and entry.key == key and entry.covers(place) for entry in self.entries):
            return Standing.REVOKED
        approved = self.approved(place)
        if key in approved:
            return Standing.APPROVED
        same_type = any(other.algorithm == key.algorithm for other in approved)
        if approved and (same_type or not {*approved} & {*offered}):
            return Standing.CHANGED
        return Standing.NEW


def place_of(address: str, port: int) -> str:
    """How a file names a host."""
    return address.lower() if port == PORT else f"[{address.lower()}]:{port}"


def file_of(folder: Path, setting: str, site: str | None) -> Path:
    """The file that holds the approved keys of a site's devices.

    Args:
        folder: the estate folder.
        setting: ``ssh.known_hosts``: a file, in which ``{site}`` stands for the site.
        site: the target's site; one without has the file of ``default``. What may not stand in the name of a file is
            written as ``_``.
    """
    name = re.sub(r"^\.|[^\w.-]", "_", site.strip()) if site else ""
    return folder / setting.replace(SITE, name or NO_SITE)


def read(file: Path) -> KnownHosts:
    """What a file holds; one that is not there holds nothing.

    Raises:
        EstateError: when it cannot be read.
    """
    return parse(text_of(file))


def parse(text: str) -> KnownHosts:
    """What the text of a file holds."""
    entries, unread = list[Entry](), list[int]()
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            entry = _entry(number, line.split())
            if entry is None:
                unread.append(number)
            else:
                entries.append(entry)
    return KnownHosts(tuple(entries), tuple(unread))


def revised(text: str, place: str, add: Iterable[HostKey], drop: Collection[HostKey] = ()) -> str:
    """The text of a file with keys approved for a place, and others of that place no longer.

    A line that other hosts share keeps them.

    Raises:
        EstateError: where a pattern approves a key that is to go: only a person knows for whom else it stands.
    """
    lines: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        entry = _entry(number, line.split()) if line.strip() and not line.lstrip().startswith("#") else None
        goes = entry is not None and not entry.marker and entry.key in drop and entry.covers(place)
        lines += _without(entry, line, place) if entry is not None and goes else [line]
    body = "\n".join(lines)
    if body and not body.endswith("\n"):
        body += "\n"
    return body + "".join(f"{place} {key.text}\n" for key in add)


def save(file: Path, text: str) -> None:
    """Write a file whole or not at all; its mode stays, and a new one only its owner may read.

    Raises:
        EstateError: when it cannot be written.
    """
    real = file.resolve()
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        mode = real.stat().st_mode & 0o777 if real.exists() else _PRIVATE
        handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(mode)
            Path(name).replace(real)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise EstateError(
            f"{file.name} cannot be written ({type(error).__name__}): may you write in its folder?"
        ) from None


def text_of(file: Path) -> str:
    """The text of a file, blank where there is none.

    Raises:
        EstateError: when it cannot be read.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise EstateError(f"{file.name} is larger than {MAX_BYTES} bytes: that is no file of host keys")
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise EstateError(f"{file.name} cannot be read ({type(error).__name__}): is it a file, and yours?") from None


def _entry(number: int, words: list[str]) -> Entry | None:
    """The entry of a line; None where it is none. What stands behind the key is a comment."""
    marker = words.pop(0) if words[0].startswith("@") else ""
    if len(words) < 3 or (marker and marker not in _MARKERS) or not _ALGORITHM.fullmatch(words[1]):  # noqa: PLR2004 - hosts, type, key
        return None
    try:
        blob = base64.b64decode(words[2], validate=True)
    except (binascii.Error, ValueError):
        return None
    # RFC 4251: the bytes begin with the type's length and name
    if blob[4 : 4 + int.from_bytes(blob[:4], "big")] != words[1].encode():
        return None
    return Entry(number, marker, words[0], HostKey(words[1], blob))


def _without(entry: Entry, line: str, place: str) -> Iterator[str]:
    """The line without the place; nothing where it stood alone."""
    names = [] if entry.hashed else entry.hosts.split(",")
    rest = [name for name in names if name.lower() != place]
    if not rest:
        return
    shorter = replace(entry, hosts=",".join(rest))
    if shorter.covers(place):
        text = f"line {entry.line} approves the old key of {place} by the pattern {entry.hosts!r}: change it by hand"
        raise EstateError(text)
    yield line.replace(entry.hosts, shorter.hosts, 1)


def _fits(pattern: str, place: str) -> bool:
    shape = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in re.sub(r"\*+", "*", pattern.lower()))
    return re.fullmatch(shape, place) is not None


def _hash_fits(hosts: str, place: str) -> bool:
    """Whether a hashed name is that of a place: HMAC-SHA1 of it, the salt being the key."""
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in hosts.removeprefix(_HASHED).split("|"))
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.new(salt, place.encode(), hashlib.sha1).digest(), digest)
