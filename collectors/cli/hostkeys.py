"""``estate hostkeys``: see which SSH host keys the devices offer, and approve them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import EstateError, UsageError
from estate.command import DONE, FAILED, PART, Context, example, pass_context
from estate.console import chosen_fields, emit, note, query_options, say, warn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from collectors.hostkeys import Approval, Scanned
    from collectors.targets import Target

SCAN_COLUMNS = ("device", "site", "address", "port", "type", "fingerprint", "state", "approved", "reason")
LIST_COLUMNS = ("device", "site", "hosts", "type", "fingerprint", "state", "file", "line")
_CHANGED = "changed"


@click.group()
def hostkeys() -> None:
    """Scan, approve and list the host keys of the devices that are asked over SSH."""


@hostkeys.command()
@click.option("--site", "sites", multiple=True, metavar="SITE", help="Only targets of this site; may be repeated.")
@click.option("--name", "names", multiple=True, metavar="NAME", help="Only this target; * is allowed; may be repeated.")
@query_options
@pass_context
@example("estate hostkeys scan --site town-hall\nestate hostkeys scan --name 'core-*' -o csv > hostkeys.csv")
def scan(context: Context, sites: tuple[str, ...], names: tuple[str, ...], output: str, fields: str | None) -> int:
    """Fetch the host keys that the SSH targets offer; nobody logs in and nothing is written.

    The state of a key is approved, new (nobody has approved it), changed (another one was approved, which stands beside
    it) or revoked. A device that shows none has the reason. Exit status 3 when some showed none, 1 when all did.
    """
    from collectors.hostkeys import scan as scan_now
    from collectors.targets import select

    chosen_fields(SCAN_COLUMNS, fields)  # before anybody is asked
    targets = _ssh_targets(context)
    chosen = select(targets, sites, names) if targets else []
    seen = list(scan_now(chosen, context.folder, context.settings.ssh))
    records = [record for item in seen for record in _scanned(item)]
    emit(records, SCAN_COLUMNS, output, fields, empty="No target is asked over SSH.")
    if changed := sorted({item["device"] for item in records if item["state"] == _CHANGED}):
        text = "was replaced or reset, or somebody stands in between: make sure which before you approve it"
        warn(f"{', '.join(changed)}: a device whose host key changed {text}")
    if silent := [item.target.name for item in seen if not item.keys]:
        warn(f"{', '.join(silent)}: no host key was shown, for the reason beside it")
    return _status(seen)


@hostkeys.command()
@click.argument("devices", nargs=-1, required=True, metavar="NAME|ADDRESS...")
@click.option(
    "--fingerprint", "fingerprints", multiple=True, metavar="SHA256:...", help="Only this key; may be repeated."
)
@click.option("--yes", is_flag=True, help="Do not ask; a changed key still needs its --fingerprint.")
@pass_context
@example(
    "estate hostkeys approve core-1\n"
    "estate hostkeys approve 192.0.2.7 --fingerprint SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
)
def approve(context: Context, devices: tuple[str, ...], fingerprints: tuple[str, ...], *, yes: bool) -> int:
    """Fetch the host keys of devices, and approve them after a look at their fingerprints.

    NAME may hold *. What is shown is what is written, into the known_hosts file of the device's site; with
    --fingerprint only the keys that have it. Compare with what the device's own console says. Where nobody can be
    asked, name the fingerprint, or say --yes on a network that you trust. A changed key replaces the old one, and only
    by its fingerprint or a person's yes. Exit status 3 when some device showed no key.
    """
    from collectors.hostkeys import approval, write
    from collectors.hostkeys import scan as scan_now

    asks = not yes and not fingerprints
    if asks and not at_terminal():
        raise UsageError("nobody can be asked here: name the key with --fingerprint SHA256:..., or say --yes")
    seen = list(scan_now(_named(context, devices), context.folder, context.settings.ssh))
    for item in seen:
        if not item.keys:
            warn(f"{item.target.name}: {item.reason}")
    approvals = [approval(item, fingerprints) for item in seen if item.keys]
    _check_fingerprints(approvals, fingerprints)
    if yes and not fingerprints:
        _refuse_changed(approvals)
    if asks:
        approvals = [item for item in approvals if not item.add or _agreed(item)]
    write(approvals)
    for line in (line for item in approvals for line in _written(item, context.folder)):
        say(line)
    return _status(seen)


@hostkeys.command(name="list")
@query_options
@pass_context
@example("estate hostkeys list\nestate hostkeys list -f device,hosts,fingerprint -o csv")
def list_(context: Context, output: str, fields: str | None) -> None:
    """List the approved host keys, with the target that each is for; one that is for no target has no device."""
    from collectors import known_hosts
    from collectors.hostkeys import files_of, listed, port_of

    folder, setting = context.folder, context.settings.ssh.known_hosts
    targets = _ssh_targets(context)
    records: list[dict[str, Any]] = []
    without = {target.name for target in targets}
    for file in files_of(folder, setting, targets):
        known = known_hosts.read(file)
        name = _shown(file, folder)
        for item in listed(file, known, targets, folder, setting):
            target, entry = item.target, item.entry
            place = known_hosts.place_of(target.address, port_of(target)) if target else None
            if target and not entry.marker:
                without.discard(target.name)
            records.append(
                {
                    "device": target.name if target else None,
                    "site": target.site if target else None,
                    "hosts": (place or "(hashed)") if entry.hashed else entry.hosts,
                    "type": entry.key.algorithm,
                    "fingerprint": entry.key.fingerprint,
                    "state": entry.marker.removeprefix("@") or "approved",
                    "file": name,
                    "line": entry.line,
                }
            )
        if known.unread:
            warn(f"{name}: cannot be read: line {', '.join(map(str, known.unread))}")
    emit(records, LIST_COLUMNS, output, fields, empty="No host key is approved yet: 'estate hostkeys scan' shows them.")
    if without:
        few = ", ".join(sorted(without)[:5]) + (" ..." if len(without) > 5 else "")  # noqa: PLR2004 - a line's worth
        note(f"{len(without)} of {len(targets)} SSH targets have no approved host key: {few}")


def at_terminal() -> bool:
    """Whether somebody is there who can be asked."""
    return sys.stdin.isatty()


def _ssh_targets(context: Context) -> list[Target]:
    from collectors.credentials import load_credentials
    from collectors.hostkeys import over_ssh
    from collectors.targets import TARGETS
    from config.folder import Folder

    return over_ssh(Folder(context.folder).rows(TARGETS), load_credentials(context.folder))


def _named(context: Context, devices: Sequence[str]) -> list[Target]:
    """The SSH targets that a person named, each once."""
    from fnmatch import fnmatchcase

    targets = _ssh_targets(context)
    chosen: dict[str, Target] = {}
    for word in devices:
        wanted = word.casefold()
        fits = [t for t in targets if fnmatchcase(t.name.casefold(), wanted) or t.address.casefold() == wanted]
        if not fits:
            raise UsageError(f"{word}: no SSH target in targets.csv has this name or address")
        chosen |= {target.name: target for target in fits}
    return list(chosen.values())


def _scanned(item: Scanned) -> list[dict[str, Any]]:
    from collectors.hostkeys import port_of

    target = item.target
    base: dict[str, Any] = {
        "device": target.name,
        "site": target.site,
        "address": target.address,
        "port": port_of(target),
    }
    if not item.keys:
        return [base | {"state": item.outcome, "reason": item.reason}]
    records = []
    for key in item.keys:
        state = item.standing(key).value
        approved = [f"{old.algorithm} {old.fingerprint}" for old in item.lost] if state == _CHANGED else None
        records.append(
            base | {"type": key.algorithm, "fingerprint": key.fingerprint, "state": state, "approved": approved}
        )
    return records


def _check_fingerprints(approvals: Iterable[Approval], fingerprints: Sequence[str]) -> None:
    offered = {key.fingerprint for item in approvals for key in item.scanned.keys}
    if missing := [text for text in fingerprints if text not in offered]:
        raise EstateError(f"no device offers {', '.join(missing)}: nothing was approved")


def _refuse_changed(approvals: Iterable[Approval]) -> None:
    changed = [item for item in approvals if item.scanned.lost]
    if changed:
        lines = [f"  {line}" for item in changed for line in _offers(item)]
        text = "a changed key needs its --fingerprint, or a person's yes. Nothing was approved:"
        raise EstateError("\n".join([text, *lines]))


def _agreed(item: Approval) -> bool:
    """Whether the person at the terminal approves what is shown."""
    for line in _offers(item):
        note(line)
    question = "Replace the old key by this?" if item.drop else "Approve?"
    return click.confirm(question, default=False, err=True)


def _offers(item: Approval) -> list[str]:
    """A device's keys that are not approved, and those that they would replace."""
    scanned = item.scanned
    lines = [f"{scanned.target.name} ({scanned.place}) offers {key.algorithm} {key.fingerprint}" for key in item.add]
    return lines + [f"  CHANGED: approved is {old.algorithm} {old.fingerprint}" for old in scanned.lost]


def _written(item: Approval, folder: Path) -> list[str]:
    name, file = item.scanned.target.name, _shown(item.scanned.file, folder)
    if not item.add:
        return [f"{name}: approved already"]
    gone = [f"{name}: no longer approved: {key.algorithm} {key.fingerprint}" for key in item.drop]
    return gone + [f"{name}: approved {key.algorithm} {key.fingerprint} in {file}" for key in item.add]


def _shown(file: Path, folder: Path) -> str:
    return str(file.relative_to(folder)) if file.is_relative_to(folder) else str(file)


def _status(seen: Sequence[Scanned]) -> int:
    answered = sum(bool(item.keys) for item in seen)
    if answered == len(seen):
        return DONE
    return PART if answered else FAILED
