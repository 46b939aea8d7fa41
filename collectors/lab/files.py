"""The files of the estate folder that describe the simulated estate: targets, credentials, secrets, known hosts.

Nothing that a person wrote is ever overwritten. ``lab.json`` remembers the SHA-256 of the files that the lab wrote;
a file is replaced only while it is still that one, or the untouched one of ``estate init``.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.resources
import io
import json
import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from collectors.lab.places import Place
from collectors.lab.plan import Login, Plan, Planned
from config.errors import EstateError

MARKER = "lab.json"
STATE = ".lab"
_COLUMNS = ("address", "name", "site", "role", "credential", "transport", "port", "tags")


def write_files(
    folder: Path, devices: Iterable[Planned], places: Mapping[str, Place], known_hosts: Iterable[str]
) -> None:
    """Write ``targets.csv``, ``credentials.toml`` and ``known_hosts``, or nothing at all.

    Raises:
        EstateError: when one of them is somebody's own.
    """
    used = tuple(devices)
    logins = {device.login.name: device.login for device in used}
    contents = {
        "targets.csv": targets(used, places),
        "credentials.toml": credentials(logins.values()),
        "known_hosts": "".join(f"{line}\n" for line in known_hosts),
    }
    _replace(folder, {name: text.encode() for name, text in contents.items()})


def refuse_foreign(folder: Path, names: Iterable[str] = ("targets.csv", "credentials.toml", "known_hosts")) -> None:
    """Make sure that the lab may write these files.

    Raises:
        EstateError: when one of them is neither the lab's nor untouched since ``estate init``.
    """
    ours = _written(folder)
    foreign = [name for name in names if not _replaceable(folder / name, name, ours)]
    if foreign:
        raise EstateError(
            f"{folder} holds {', '.join(foreign)} of your own, which 'estate lab' will not overwrite: "
            "name another folder, or move them away"
        )


def write_decided(folder: Path, plan: Plan) -> list[str]:
    """Give the folder what people decided and recorded of the simulated estate; the names of the files written.

    These are the CSV files beside the plan: purchase records, and whatever else the demonstration needs. A file that
    the folder has of its own stays.
    """
    ours = _written(folder)
    shipped = sorted(plan.folder.glob("*.csv"))
    contents = {path.name: path.read_bytes() for path in shipped if _replaceable(folder / path.name, path.name, ours)}
    _replace(folder, contents)
    return list(contents)


def targets(devices: Iterable[Planned], places: Mapping[str, Place]) -> str:
    """The text of targets.csv."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for device in devices:
        place = places[device.name]
        tags = f"platform={device.platform}" if device.platform else ""
        login = device.login
        row = (place.address, device.name, device.site, device.role, login.name, login.transport, place.port, tags)
        writer.writerow(row)
    return text.getvalue()


def credentials(logins: Iterable[Login]) -> str:
    """The text of credentials.toml: references to the secret files, never a secret."""
    blocks = ["# Written by 'estate lab' for the simulated devices. The secrets are in files of their own.\n"]
    for login in logins:
        lines = [f"[{login.name}]", f'kind = "{login.kind}"']
        if login.user:
            lines.append(f'user = "{login.user}"')
        if login.kind == "snmpv3":
            lines += ['auth = "SHA-256"', 'priv = "AES-128"']
        lines += [f'{key} = "file:{_secret_name(login, key)}"' for key in login.secrets]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def secret(folder: Path, login: Login, key: str) -> str:
    """A secret of the simulated devices: made at random when first asked for, kept in a file of mode 0600."""
    path = folder / _secret_name(login, key)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.exists():
        return path.read_text(encoding="utf-8").strip()
    value = secrets.token_urlsafe(18)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(f"{value}\n")
    return value


def state_folder(folder: Path) -> Path:
    """The lab's private folder in the estate folder: host keys and engine boots, which outlive a run."""
    path = folder / STATE
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def _secret_name(login: Login, key: str) -> str:
    return f"secrets/lab-{login.name}-{key.replace('_', '-')}"


def _replaceable(path: Path, name: str, ours: Mapping[str, list[str]]) -> bool:
    if not path.exists():
        return True
    data = path.read_bytes()
    return _digest(data) in ours.get(name, ()) or data == _starter(name)


def _starter(name: str) -> bytes | None:
    file = importlib.resources.files("config") / "starter" / name
    return file.read_bytes() if file.is_file() else None


def _written(folder: Path) -> dict[str, list[str]]:
    path = folder / MARKER
    if not path.is_file():
        return {}
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): [str(digest) for digest in digests] for name, digests in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        # a damaged marker claims nothing: the files then count as somebody's own
        return {}


def _replace(folder: Path, contents: Mapping[str, bytes]) -> None:
    refuse_foreign(folder, contents)
    before = _written(folder)
    # what stands there now stays ours too: a lab that is killed half way through finds files that it may write
    ours = before | {name: [*before.get(name, [])[-1:], _digest(data)] for name, data in contents.items()}
    marker = {"what": "written by 'estate lab'; it overwrites these files while they are unchanged", "files": ours}
    for name, data in [(MARKER, json.dumps(marker, indent=1).encode() + b"\n"), *contents.items()]:
        handle, temporary = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(folder / name)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
