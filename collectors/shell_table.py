"""The ``ssh`` table of a platform: which show commands are run, and what is read from their screens.

The table stands in the platform's rule in ``config/platforms``::

    [platform.ssh]
    driver = "cisco_ios"                    # netmiko's driver
    templates = "cisco_ios"                 # the platform of ntc-templates; the driver's name by default
    screens = [
      { command = "show version", version = "version", sys_name = "hostname" },
      { command = "show inventory", parts = [
        { name = "name", description = "descr", serial = "sn", classes = [{ match = "^Chassis", class = "chassis" }] },
      ] },
    ]

A field of the device (model, part_number, serial, version, sys_name, location) or of a part is the name of a template's
field, or ``{ field = "version", match = "regex" }`` for group 1 of it. ``{ match = "regex" }`` alone is group 1 of the
screen itself (a screen of which nothing else is read needs no template), and ``as = "{} ({})"`` puts two groups
together. The first screen that says a field counts; what none says comes from the chassis. A part may have ``class``
(its class, ``module`` by default), ``label`` (what its name begins with), ``needs`` (the template's field without which
a row is no part) and ``classes``, tried in order against its name, description and model, a line each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from collectors.observation import PHYSICAL_CLASSES
from collectors.platforms import Platform

DEVICE_FIELDS: Final = ("model", "part_number", "serial", "version", "sys_name", "location")
PART_FIELDS: Final = (
    "name", "description", "model", "part_number", "serial",
    "hardware_revision", "firmware_revision", "software_revision",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pick:
    """One field of a template's row, or group 1 of a pattern in it; a blank ``column`` is the screen itself."""

    column: str
    pattern: re.Pattern[str] | None = None
    wording: str = "{}"

    def read(self, row: Mapping[str, Any], screen: str = "") -> str:
        """The text, blank where there is none; of a list (a stack's members) the first."""
        value = row.get(self.column, "") if self.column else screen
        text = str(next(iter(value), "")) if isinstance(value, list) else str(value)
        if self.pattern is None:
            return text
        match = self.pattern.search(text)
        return self.wording.format(*(group or "" for group in match.groups())) if match else ""


@dataclass(frozen=True, slots=True)
class Part:
    """How the rows of a screen become components."""

    picks: Mapping[str, Pick]
    cls: str = "module"
    label: str = ""
    needs: str | None = None
    classes: tuple[tuple[re.Pattern[str], str], ...] = ()


@dataclass(frozen=True, slots=True)
class Screen:
    """A command and what is read from its screen."""

    command: str
    picks: Mapping[str, Pick]
    parts: tuple[Part, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether all that is read of it are patterns on its text."""
        return not self.parts and not any(pick.column for pick in self.picks.values())


@dataclass(frozen=True, slots=True)
class Shell:
    """The ``ssh`` table of a platform: netmiko's driver, the templates, and the screens in their order."""

    driver: str
    templates: str
    screens: tuple[Screen, ...]


def shell_of(platform: Platform) -> Shell | None:
    """The platform's ``ssh`` table, read; None where it has none.

    Raises:
        ValueError: where the table holds what nobody reads.
    """
    if platform.ssh is None:
        return None
    table = platform.ssh
    screens = tuple(_screen(platform.name, item) for item in table["screens"])
    return Shell(table["driver"], table.get("templates", table["driver"]), screens)


def _screen(platform: str, item: Mapping[str, Any]) -> Screen:
    _known(platform, item, {"command", "parts", *DEVICE_FIELDS})
    parts = tuple(_part(platform, entry) for entry in item.get("parts", ()))
    return Screen(item["command"], dict(_picks(item, DEVICE_FIELDS)), parts)


def _part(platform: str, item: Mapping[str, Any]) -> Part:
    _known(platform, item, {"class", "classes", "label", "needs", *PART_FIELDS})
    classes = tuple((re.compile(entry["match"]), entry["class"]) for entry in item.get("classes", ()))
    picks = dict(_picks(item, PART_FIELDS))
    part = Part(picks, item.get("class", "module"), item.get("label", ""), item.get("needs"), classes)
    if wrong := {part.cls, *(cls for _, cls in classes)} - {*PHYSICAL_CLASSES.values()}:
        raise ValueError(f"{platform}: ssh: no such class: {', '.join(sorted(wrong))}")
    return part


def _picks(item: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[tuple[str, Pick]]:
    for name in names:
        value = item.get(name)
        if isinstance(value, Mapping):
            yield name, Pick(value.get("field", ""), re.compile(value["match"]), value.get("as", "{}"))
        elif value is not None:
            yield name, Pick(str(value))


def _known(platform: str, item: Mapping[str, Any], keys: set[str]) -> None:
    if unknown := item.keys() - keys:
        raise ValueError(f"{platform}: ssh: unknown key {', '.join(sorted(unknown))}")
