"""The standards that evidence is given for: scope, deadlines and words, as data in ``config/standards``."""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import config
from collectors.observation import DEVICE_KINDS, KINDS

NAMES = ("cyber-essentials", "nist-sa-22", "cisa-bod")
INTERNET, INTERNAL, UNKNOWN = "internet", "internal", "unknown"


@dataclass(frozen=True, slots=True)
class Deadline:
    """What ends up to the day ``ends_by`` is to be gone by the day ``out_by``."""

    ends_by: dt.date
    out_by: dt.date


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done once, by a day."""

    by: dt.date
    text: str


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard as far as it is about support.

    ``fails`` and ``passes`` are the words of its verdict, ``waiver`` says what a waiver is worth to it, ``why`` what is
    outside its scope. ``kinds`` are the units that it is about, ``software`` the devices whose software is, each where
    the exposure is one of ``exposures`` (``unknown``: policy.csv says none). ``software_by`` is the day by which
    supported devices are to run supported software, None where that is no other day than the end of support.
    """

    name: str
    title: str
    version: str
    in_force: dt.date
    rule: str
    fails: str
    passes: str
    waiver: str
    why: str
    sources: tuple[str, ...]
    kinds: frozenset[str]
    software: frozenset[str]
    exposures: frozenset[str]
    deadlines: tuple[Deadline, ...] = ()
    tasks: tuple[Task, ...] = ()
    software_by: dt.date | None = None

    def out_by(self, ends: dt.date) -> dt.date:
        """The last day for what is supported until a day: its own last day, unless the standard grants another."""
        return next((item.out_by for item in self.deadlines if ends <= item.ends_by), ends)

    def looks_ahead_to(self) -> dt.date:
        """The last end of support to which the standard has already given a deadline."""
        return max((item.ends_by for item in self.deadlines), default=dt.date.min)


@functools.cache
def standard(name: str) -> Standard:
    """A standard by its name, one of :data:`NAMES`."""
    text = (files(config) / "standards" / f"{name}.toml").read_text(encoding="utf-8")
    return _standard(name, tomllib.loads(text))


def _standard(name: str, data: dict[str, Any]) -> Standard:
    scope = data.pop("scope")
    known = {INTERNET, INTERNAL, UNKNOWN}
    if not (
        {*scope["kinds"]} <= {*KINDS} and {*scope["software"]} <= {*DEVICE_KINDS} and {*scope["exposures"]} <= known
    ):
        raise ValueError(f"config/standards/{name}.toml names a kind or exposure that there is not")
    return Standard(
        name=name,
        sources=tuple(data.pop("sources")),
        why=scope["why"],
        kinds=frozenset(scope["kinds"]),
        software=frozenset(scope["software"]),
        exposures=frozenset(scope["exposures"]),
        deadlines=tuple(Deadline(**item) for item in data.pop("deadline", [])),
        tasks=tuple(Task(**item) for item in data.pop("task", [])),
        **data,
    )
