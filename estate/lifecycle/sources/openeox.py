"""OpenEoX Core, the exchange format of OASIS for dates of this kind: statements read into rows, rows written out.

This is **OpenEoX Core 1.0, Committee Specification Draft 01 of 13 July 2026**
(https://docs.oasis-open.org/openeox/eox-core/v1.0/csd01/eox-core-v1.0-csd01.html). A Core object holds four dates and
when they were last updated, and no product at all: ``end_of_life`` (the last day with any support),
``end_of_security_support``, ``end_of_sales`` and ``general_availability``, each an RFC 3339 timestamp or ``tba``, the
first two always. Which product it is about is said around it: by OpenEoX Shell, of which there is no published draft
yet. We read and write the shape that its working group uses (``statements`` of ``core`` and ``product``,
https://github.com/oasis-tcs/openeox), and the older flat one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from config.errors import EstateError
from estate.lifecycle.sources.changes import Cells, spoken
from estate.lifecycle.sources.packfile import problems_of, tame
from estate.lifecycle.sources.web import shown

VERSION = "OpenEoX Core 1.0 CSD01"
CORE = "https://docs.oasis-open.org/openeox/eox-core/v1.0/schema/core.json"
# What drafts before the first published one call themselves.
CORES = frozenset({CORE, "https://docs.oasis-open.org/openeox/v1.0/schema/core.json"})
SHELL = "https://docs.oasis-open.org/openeox/tbd/schema/shell.json"
PRODUCT = "https://docs.oasis-open.org/openeox/tbd/schema/product_{}.json"
TBA = "tba"
ANY_VERSION = "*"
# Our column for each of its names; releases alone have the first of them.
COLUMNS = {
    "general_availability": "released",
    "end_of_sales": "end_of_sale",
    "end_of_security_support": "end_of_security_support",
    "end_of_life": "end_of_support",
}
REQUIRED = ("$schema", "end_of_life", "end_of_security_support", "last_updated")
MAX_STATEMENTS = 200_000
_TIMESTAMP = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_READ_ON = re.compile(r"(?:read|saved|updated|verified|modified) (\d{4}-\d{2}-\d{2})", re.ASCII)


@dataclass(slots=True)
class Statements:
    """What a document holds: rows of hardware and of software, and what could not be used and why."""

    hardware: list[Cells] = field(default_factory=list)
    software: list[Cells] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def statements(document: Any, named: Cells, source: str, source_type: str) -> Statements:
    """The rows of a document: one Core object, or a list of statements about products.

    Args:
        document: its JSON.
        named: what a Core object on its own is about: vendor with part_number, model, or os and release.
        source: where the document is from, for the column ``source``.
        source_type: how far it is trusted.

    Raises:
        EstateError: when it is no such document, or nobody says what its one Core object is about.
    """
    found = Statements()
    if isinstance(document, dict) and isinstance(listed := document.get("statements"), list):
        if len(listed) > MAX_STATEMENTS:
            raise EstateError(f"the document holds more than {MAX_STATEMENTS} statements")
        for number, one in enumerate(listed, start=1):
            where = f"statement {number}"
            core, products = (one.get("core"), list(_products(one))) if isinstance(one, dict) else (None, [])
            if not products:
                found.refused.append((where, "does not say which product it is about"))
            for product in products:
                _add(found, where, core, product, source, source_type)
        return found
    if not isinstance(document, dict) or document.get("$schema") not in CORES:
        raise EstateError("this is neither an OpenEoX Core object nor a list of OpenEoX statements")
    if not named.get("vendor") or not (named.get("part_number") or (named.get("os") and named.get("release"))):
        raise EstateError(
            "an OpenEoX Core object does not say which product it is about: name --vendor with --part-number, "
            "or with --os and --release"
        )
    _add(found, "the document", document, named, source, source_type)
    return found


def _products(statement: Mapping[str, Any]) -> Iterator[Cells]:
    """What a statement is about, as the key columns of a row; nothing where it does not say."""
    product = statement.get("product")
    told = product if isinstance(product, dict) else statement
    vendor = _first(told, "vendor_name", "vendorName", "supplierName")
    name, version = _first(told, "product_name", "productName"), _first(told, "product_version", "productVersion")
    helper = statement.get("product_identification_helper")
    listed = helper.get("skus") if isinstance(helper, dict) else None
    skus = [text for one in listed if (text := tame(one))] if isinstance(listed, list) else []
    if not vendor or not (name or skus):
        return
    hardware = bool(skus) or version in {"", ANY_VERSION} or "product_hardware" in str(told.get("$schema", ""))
    if not hardware:
        yield {"vendor": vendor, "os": name, "release": version}
    elif skus:
        yield from ({"vendor": vendor, "part_number": sku, "model": "" if name == sku else name} for sku in skus)
    else:
        yield {"vendor": vendor, "model": name}


def _first(told: Mapping[str, Any], *names: str) -> str:
    return next((text for name in names if isinstance(told.get(name), str) and (text := tame(told[name]))), "")


def _add(found: Statements, where: str, core: object, product: Cells, source: str, source_type: str) -> None:
    problem = problem_of(core)
    if problem or not isinstance(core, dict):
        found.refused.append((where, problem))
        return
    updated = core["last_updated"][:10]
    row: Cells = {**product, "source": f"{source} ({VERSION}, last updated {updated})", "source_type": source_type}
    open_ended = [name for name in COLUMNS if core.get(name) == TBA]
    for name, column in COLUMNS.items():
        # hardware packs have no column for the first day of sale
        if core.get(name, TBA) != TBA and ("os" in product or column != "released"):
            row[column] = core[name][:10]
    if {"end_of_life", "end_of_security_support"} <= {*open_ended}:
        row["not_announced_on"] = updated
    elif open_ended:
        row["note"] = tame(f"to be announced: {', '.join(open_ended).replace('_', ' ')}")
    if problems := problems_of(row):
        found.refused.append((where, "; ".join(problems)))
    else:
        (found.software if "os" in product else found.hardware).append(row)


def problem_of(core: object) -> str:
    """Why an object is no OpenEoX Core information, by shape, timestamps and order of its dates; blank where it is."""
    if not isinstance(core, dict):
        return "has no Core object"
    if missing := [name for name in REQUIRED if name not in core]:
        return f"has no {', '.join(missing)}"
    if core["$schema"] not in CORES:
        return f"is of another schema: {shown(core['$schema'])}"
    if odd := core.keys() - {*REQUIRED, *COLUMNS}:
        return f"holds what OpenEoX Core does not: {shown(', '.join(sorted(map(str, odd))))}"
    moments: dict[str, dt.datetime] = {}
    for name, value in core.items():
        if name == "$schema" or (value == TBA and name != "last_updated"):
            continue
        try:
            if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
                raise ValueError(value)  # noqa: TRY301 - the calendar's own refusal ends in the same place
            moments[name] = dt.datetime.fromisoformat(value)
        except ValueError:
            return f"{name} is no timestamp such as 2027-10-31T23:59:59Z: {shown(value)}"
    return _disorder(moments)


def _disorder(moments: Mapping[str, dt.datetime]) -> str:
    """What breaks the order that the specification demands (its mandatory tests 7.1.1 and 7.1.3)."""
    end, begin = moments.get("end_of_life"), moments.get("general_availability")
    for name, moment in moments.items():
        if name == "last_updated":
            continue
        if end and moment > end:
            return f"end_of_life lies before {name}"
        if begin and moment < begin:
            return f"{name} lies before general_availability"
    return ""


# ----------------------------------------------------------------------------------------------------------- writing


def core_of(row: Cells, day: dt.date) -> tuple[dict[str, str], str]:
    """A row as a Core object; empty with the reason where the format cannot carry it.

    A required date that the row does not give makes it unfit, unless the row says that no end is announced: ``tba`` is
    a statement of the vendor's and does not stand for something that we do not know.
    """
    core = {"$schema": CORE}
    for name, column in COLUMNS.items():
        if value := row.get(column):
            core[name] = f"{value}T{'00:00:00' if column == 'released' else '23:59:59'}Z"
        elif name in REQUIRED:
            if not row.get("not_announced_on"):
                return {}, f"no {column.replace('_', ' ')}"
            core[name] = TBA
    found = _READ_ON.search(row.get("source", ""))
    core["last_updated"] = f"{row.get('not_announced_on') or (found[1] if found else day)}T00:00:00Z"
    if problem := problem_of(core):
        return {}, f"{problem} ({spoken({name: row[name] for name in COLUMNS.values() if row.get(name)})})"
    return core, ""


def statement_of(row: Cells, core: Mapping[str, str]) -> dict[str, Any]:
    """A Core object with the product around it."""
    hardware = "os" not in row
    name, version = (row.get("model") or row["part_number"], ANY_VERSION) if hardware else (row["os"], row["release"])
    product = {
        "$schema": PRODUCT.format("hardware" if hardware else "software"),
        "product_name": name,
        "product_version": version,
        "vendor_name": row["vendor"],
    }
    helper = {"product_identification_helper": {"skus": [row["part_number"]]}} if row.get("part_number") else {}
    return {"core": dict(core), "product": product, **helper}
