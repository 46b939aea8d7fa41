"""Which host keys the SSH targets offer, what is approved of them, and what an approval writes.

A key is approved by a person, for a place (address and port), in the known_hosts file of the target's site; estate logs
in nowhere else. This module asks for keys without logging in, compares them, and revises the files.
"""

from __future__ import annotations

import glob
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from collectors import known_hosts
from collectors.credentials import Credential, asked_over
from collectors.known_hosts import PORT, SITE, Entry, HostKey, KnownHosts, Standing, file_of, place_of
from collectors.ssh_offer import host_keys
from collectors.targets import Target
from collectors.transport import TransportError
from config.errors import EstateError
from config.sections.asking import Ssh


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one target offers, or why it offers nothing (``outcome`` and ``reason``), beside what is approved."""

    target: Target
    file: Path
    known: KnownHosts
    keys: tuple[HostKey, ...] = ()
    outcome: str = ""
    reason: str = ""

    @property
    def place(self) -> str:
        """How the file names it."""
        return place_of(self.target.address, port_of(self.target))

    def standing(self, key: HostKey) -> Standing:
        """What the file says of one of its keys."""
        return self.known.standing(self.place, key, self.keys)

    @property
    def lost(self) -> tuple[HostKey, ...]:
        """The approved keys that it no longer has, where one of its keys has changed."""
        if all(self.standing(key) is not Standing.CHANGED for key in self.keys):
            return ()
        return tuple(key for key in self.known.approved(self.place) if key not in self.keys)


@dataclass(frozen=True, slots=True)
class Approval:
    """What to write for a target: the keys to add, and those of the same place to drop."""

    scanned: Scanned
    add: tuple[HostKey, ...]
    drop: tuple[HostKey, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of a file and the target that it belongs to, or None."""

    file: Path
    entry: Entry
    target: Target | None


def port_of(target: Target) -> int:
    """The port on which a target is asked over SSH."""
    return target.port or PORT


def over_ssh(targets: Iterable[Target], credentials: Mapping[str, Credential]) -> list[Target]:
    """The targets that are asked over SSH, with the port for it: by a credential, or by their own word without one."""
    chosen = []
    for target in targets:
        if (asked := asked_over(target, "ssh", credentials)) is not None:
            chosen.append(asked)
        elif target.transport == "ssh" and not any(way.credential in credentials for way in target.ways):
            chosen.append(target)
    return chosen


def scan(targets: Sequence[Target], folder: Path, settings: Ssh) -> Iterator[Scanned]:
    """Ask targets for their host keys, several at a time; the answers come in the order of the targets. Blocks.

    Raises:
        EstateError: when a known_hosts file cannot be read.
    """
    files = {target.site: file_of(folder, settings.known_hosts, target.site) for target in targets}
    known = {file: known_hosts.read(file) for file in files.values()}

    def ask(target: Target) -> Scanned:
        file = files[target.site]
        try:
            keys = host_keys(target.address, port_of(target), settings.timeout)
        except TransportError as error:
            return Scanned(target, file, known[file], outcome=error.outcome.value, reason=error.reason)
        return Scanned(target, file, known[file], keys)

    with ThreadPoolExecutor(settings.in_flight, thread_name_prefix="hostkeys") as pool:
        yield from pool.map(ask, targets)


def approval(scanned: Scanned, fingerprints: Collection[str] = ()) -> Approval:
    """What approving a target's keys would write: all that are not approved yet, or only those with a fingerprint.

    Raises:
        EstateError: for a key that is revoked, and where none of the keys has one of the fingerprints.
    """
    name = scanned.target.name
    wanted = [key for key in scanned.keys if not fingerprints or key.fingerprint in fingerprints]
    if not wanted:
        offered = ", ".join(f"{key.algorithm} {key.fingerprint}" for key in scanned.keys)
        raise EstateError(f"{name} has no key with that fingerprint: it offers {offered}. Nothing was approved")
    standing = {key: scanned.standing(key) for key in wanted}
    for key, what in standing.items():
        if what is Standing.REVOKED:
            text = f"{name} offers {key.algorithm} {key.fingerprint}, which {scanned.file.name} revokes"
            raise EstateError(f"{text}: somebody holds that key who should not. Nothing was approved")
    add = tuple(key for key, what in standing.items() if what is not Standing.APPROVED)
    changed = Standing.CHANGED in standing.values()
    return Approval(scanned, add, scanned.lost if changed else ())


def write(approvals: Iterable[Approval]) -> None:
    """Write approvals into their files, each file once and whole.

    Raises:
        EstateError: when a file cannot be revised; that file stays as it was.
    """
    by_file: dict[Path, list[Approval]] = {}
    for item in approvals:
        if item.add:
            by_file.setdefault(item.scanned.file, []).append(item)
    for file, items in by_file.items():
        text = known_hosts.text_of(file)
        for item in items:
            text = known_hosts.revised(text, item.scanned.place, item.add, item.drop)
        known_hosts.save(file, text)


def files_of(folder: Path, setting: str, targets: Iterable[Target]) -> list[Path]:
    """The known_hosts files that the targets use, and those of sites that have no target any more."""
    used = {file_of(folder, setting, target.site) for target in targets}
    if SITE in setting:
        whole = (folder / setting).parts
        first = next(number for number, part in enumerate(whole) if SITE in part)
        shape = "/".join(glob.escape(part).replace(SITE, "*") for part in whole[first:])
        used |= {*Path(*whole[:first]).glob(shape)}
    else:
        used.add(folder / setting)
    return sorted(file for file in used if file.is_file())


def listed(file: Path, known: KnownHosts, targets: Iterable[Target], folder: Path, setting: str) -> Iterator[Listed]:
    """Each entry of a file with the targets that it is for; one that is for none stands alone."""
    own = [target for target in targets if file_of(folder, setting, target.site) == file]
    for entry in known.entries:
        covered = [target for target in own if entry.covers(place_of(target.address, port_of(target)))]
        yield from (Listed(file, entry, target) for target in covered)
        if not covered:
            yield Listed(file, entry, None)
