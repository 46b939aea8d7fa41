"""assets.csv: what people know of units and no collector can see (forecast-model.md section 4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from collectors.observation import KINDS
from config.cells import date, money, one_of, positive, whole
from config.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NOTICE_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Asset:
    """A row of assets.csv. ``state`` and ``tenure`` are None where blank; ``cost`` is in pounds, for one."""

    serial: str | None
    asset_tag: str | None
    vendor: str | None
    part_number: str | None
    description: str | None
    kind: str | None
    role: str | None
    site: str | None
    device: str | None
    parent_serial: str | None
    quantity: int
    entity: str | None
    tenure: str | None
    lease_end: dt.date | None
    contract_end: dt.date | None
    notice_days: int
    state: str | None
    purchased_on: dt.date | None
    installed_on: dt.date | None
    cost: Decimal | None
    supplier: str | None
    order: str | None
    pair: str | None
    note: str | None
    source: str

    def holds(self, as_of: dt.date) -> bool:
        """Whether the row holds on a day: from installed_on, else purchased_on, else always."""
        start = self.installed_on or self.purchased_on
        return start is None or start <= as_of


def _check(row: Asset) -> Iterator[tuple[str, str]]:
    if row.serial and row.quantity > 1:
        yield "quantity", "a serial is one thing: write quantity 1, or a row without a serial"
    if row.serial and row.parent_serial and row.serial.casefold() == row.parent_serial.casefold():
        yield "parent_serial", "a thing cannot sit in itself"
    if row.purchased_on and row.installed_on and row.installed_on < row.purchased_on:
        yield "installed_on", f"{row.installed_on} is before it was purchased ({row.purchased_on})"
    if row.lease_end and row.tenure != "leased":
        yield "lease_end", "write tenure leased, or leave the end of the lease blank"
    if row.notice_days > MAX_NOTICE_DAYS:
        yield "notice_days", f"{row.notice_days} days is more than ten years: a typing mistake?"
    if row.cost is not None and row.cost < 0:
        yield "cost", "is negative"


def _thing(row: Asset) -> tuple[str, str]:
    """What a row is about: a serial, else an asset tag."""
    return ("serial", row.serial.casefold()) if row.serial else ("asset_tag", (row.asset_tag or "").casefold())


ASSETS = Table(
    "assets",
    Asset,
    (
        Column("serial"),
        Column("asset_tag"),
        Column("vendor"),
        Column("part_number"),
        Column("description"),
        Column("kind", one_of(*KINDS)),
        Column("role"),
        Column("site"),
        Column("device"),
        Column("parent_serial"),
        Column("quantity", positive, 1),
        Column("entity"),
        Column("tenure", one_of("owned", "leased")),
        Column("lease_end", date),
        Column("contract_end", date),
        Column("notice_days", whole, 0),
        Column("state", one_of("in_service", "spare", "ordered", "retired")),
        Column("purchased_on", date),
        Column("installed_on", date),
        Column("cost", money),
        Column("supplier"),
        Column("order"),
        Column("pair"),
        Column("note"),
    ),
    any_of=(("serial", "asset_tag"),),
    validate=_check,
    key=_thing,
)
