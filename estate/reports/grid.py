"""The two shapes in which the page shows figures: a table, and a number that stands for itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to a source."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its caption, columns, rows, and a row of totals.

    A column's name starts with ``#`` over numbers and with ``=`` over short words that must not be broken. ``more``
    counts the rows that there was no room for; ``strong`` are the places of rows that are sums of others.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | Link, ...], ...]
    totals: tuple[str, ...] = ()
    note: str = ""
    more: int = 0
    strong: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that stands for itself, with what it counts and what it means."""

    value: str
    label: str
    detail: str
