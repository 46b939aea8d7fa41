"""The plan of the simulated estate: which device stands where, what it answers with, and how it is asked.

The plan is data, ``config/lab/plan.toml``; this module turns it into the objects and screens of each device.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import re
import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collectors.lab.captures import OCTETS, Objects, Typed, load, under

SYS_CONTACT, SYS_NAME, SYS_LOCATION = "1.3.6.1.2.1.1.4.0", "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.6.0"
# shorter than this, a "serial" is a placeholder (0, N/A, BUILTIN) or too common to be found safely in other texts
_SHORTEST_SERIAL = 7
_VARIED = 4


@dataclass(frozen=True, slots=True)
class Login:
    """How devices are asked: a table of ``credentials`` in the plan. ``changed``: the collector's copy is old."""

    name: str
    kind: str
    user: str = ""
    changed: bool = False

    @property
    def transport(self) -> str:
        """``ssh`` or ``snmp``."""
        return "ssh" if self.kind == "ssh" else "snmp"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The keys of credentials.toml that hold its secrets."""
        return {"snmpv2c": ("community",), "snmpv3": ("auth_password", "priv_password"), "ssh": ("password",)}[
            self.kind
        ]


@dataclass(frozen=True, slots=True)
class Planned:
    """A device of the plan. It answers from a capture (SNMP) or from screens (SSH, which names a platform).

    ``serials`` is ``vary`` where the capture stands for several devices. ``fault`` is ``dead`` (an address without a
    socket), ``cut`` (it stops answering in the middle of entPhysicalTable) or empty.
    """

    name: str
    site: str
    role: str
    login: Login
    capture: str = ""
    screens: str = ""
    platform: str = ""
    serials: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan: devices, what they answer with of their captures, and how each platform's shell behaves.

    ``shells`` maps a platform to netmiko's name of its kind.
    """

    devices: tuple[Planned, ...]
    keep: tuple[str, ...]
    drop: tuple[str, ...]
    serials: tuple[str, ...]
    sites: tuple[str, ...]
    shells: Mapping[str, str]
    folder: Path

    def objects(self, device: Planned, cache: Path | None = None) -> dict[str, Typed]:
        """What a device answers over SNMP.

        Its name and site stand in the system group; the contact is blank, because captures name real people there.
        """
        loaded = load(device.capture, self.keep, cache)
        objects = {oid: value for oid, value in loaded.items() if not under(oid, self.drop)}
        if device.serials == "vary":
            objects = vary(objects, self.serials, device.name)
        own = {SYS_CONTACT: "", SYS_NAME: device.name, SYS_LOCATION: device.site}
        return objects | {oid: Typed(OCTETS, text.encode()) for oid, text in own.items()}

    def screens(self, device: Planned) -> dict[str, str]:
        """What a device answers over SSH: the screen of each command, with its own name in place of ``{name}``."""
        return {
            path.stem.replace("_", " "): path.read_text(encoding="utf-8").replace("{name}", device.name)
            for path in sorted((self.folder / "screens" / device.screens).glob("*.txt"))
        }


def load_plan() -> Plan:
    """The plan that ships with estate."""
    folder = Path(str(importlib.resources.files("config"))) / "lab"
    data: dict[str, Any] = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))
    logins = {name: Login(name, **table) for name, table in data["credentials"].items()}
    devices = tuple(
        Planned(name, login=logins[table.pop("credential")], **table) for name, table in data["devices"].items()
    )
    lists = {key: tuple(data[key]) for key in ("keep", "drop", "serials", "sites")}
    return Plan(devices, **lists, shells=data["shells"], folder=folder)


def vary(objects: Objects, columns: Iterable[str], name: str) -> dict[str, Typed]:
    """The same device with other serial numbers: each serial is replaced wherever it stands, also inside a text."""
    numbers = varied_serials(serials_of(objects, columns), name)
    if not numbers:
        return dict(objects)
    longest_first = sorted(numbers, key=len, reverse=True)
    pattern = re.compile(b"|".join(re.escape(serial.encode("latin-1")) for serial in longest_first))

    def other(value: bytes) -> bytes:
        return pattern.sub(lambda match: numbers[match[0].decode("latin-1")].encode("latin-1"), value)

    return {
        oid: Typed(tag, other(value)) if tag == OCTETS and isinstance(value, bytes) else Typed(tag, value)
        for oid, (tag, value) in objects.items()
    }


def serials_of(objects: Objects, columns: Iterable[str]) -> set[str]:
    """The serial numbers that stand in the given columns; placeholders are none."""
    columns = tuple(columns)
    found = set()
    for oid, (_, value) in objects.items():
        if isinstance(value, bytes) and under(oid, columns):
            text = value.decode("latin-1").strip(" \x00")
            if len(text) >= _SHORTEST_SERIAL and re.search(r"\d", text) and text.isprintable():
                found.add(text)
    return found


def varied_serials(serials: Iterable[str], name: str) -> Mapping[str, str]:
    """Another serial for each one, of the same shape: only its last four letters and digits differ.

    The same device name always gives the same serials. A text that holds another serial (``BRCALM2534F019`` holds
    ``ALM2534F019``) is left to that one, so that both still agree.
    """
    known = sorted(set(serials))
    inner = [serial for serial in known if not any(other != serial and other in serial for other in known)]
    return {serial: _vary_one(serial, name) for serial in inner}


def _vary_one(serial: str, name: str) -> str:
    stream = iter(hashlib.sha256(f"{name}\n{serial}".encode()).digest())
    characters = list(serial)
    places = [place for place, char in enumerate(characters) if char.isascii() and char.isalnum()][-_VARIED:]
    for place in places:
        char = characters[place]
        family = next(f for f in (string.digits, string.ascii_uppercase, string.ascii_lowercase) if char in f)
        # never the same character: the original must not come out
        characters[place] = family[(family.index(char) + 1 + next(stream) % (len(family) - 1)) % len(family)]
    return "".join(characters)
