"""What a device is, from what it answered: a pure function of the rules and the answers.

The order of evidence, stated once, for model, part number, serial and version: the sources of the platform's rule in
their order; then the chassis in ENTITY-MIB; then standard objects that any vendor may fill; then, for the model, the
table of sysObjectIDs; then a well-shaped word in sysDescr; last, for a vendor without a rule, the vendor's own objects
that together have the shapes of an identity. What nothing trustworthy says stays None. A platform can name fields for
which nothing but its own sources counts (``only``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from collectors.entity import chassis, index_key, number_of
from collectors.observation import Component
from collectors.platforms import ComponentTable, Platform, Rules, Source
from collectors.shapes import identity_group, model_in, serial_in, version_in
from collectors.text import clean, clean_day, clean_name, clean_serial, descr
from collectors.transport import Value

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
SYS_NAME = "1.3.6.1.2.1.1.5.0"
SYS_LOCATION = "1.3.6.1.2.1.1.6.0"
SYSTEM = (SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME, SYS_NAME, SYS_LOCATION)

_CLEANERS: dict[str, Callable[[Value], str | None]] = {"serial": clean_serial, "manufactured_on": clean_day}
_ENTITY_FIELD = {"model": "model", "part_number": "part_number", "serial": "serial", "version": "software_revision"}
_OID_TEXT = re.compile(rb"\.?1\.3(?:\.\d+){2,40}")
_VERSION_WORDS = re.compile(
    r"(?i)^(?:software|firmware|system|sw|fw|os)?[ _-]*"
    r"(?:version|ver\.?|release|rel\.?|revision|rev\.?)[ :=]*(?=v?\d)"
)
# So many blanks, and what a device calls its version is a sentence with a version in it.
_SENTENCE = 3
# What stands where a maker's name belongs: a number of something, or an abbreviation of two letters.
_NO_MAKER = re.compile(r"\d{2}|^\w{1,2}$")


@dataclass(frozen=True, slots=True)
class Answers:
    """All that a device answered: system group and vendor scalars, vendor columns, parts of ENTITY-MIB and others.

    ``private`` are objects below the vendor's own enterprise number that were read without knowing what they are.
    """

    scalars: Mapping[str, Value]
    columns: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    parts: tuple[Component, ...] = ()
    vendor_parts: tuple[Component, ...] = ()
    private: Mapping[str, Value] = field(default_factory=dict)


@dataclass(slots=True)
class Identity:
    """What a device is; None where nothing trustworthy was read. ``evidence`` says where each field was read."""

    kind: str | None = None
    vendor: str | None = None
    model: str | None = None
    part_number: str | None = None
    serial: str | None = None
    version: str | None = None
    manufactured_on: dt.date | None = None
    evidence: dict[str, str] = field(default_factory=dict)


def object_id(scalars: Mapping[str, Value]) -> str | None:
    """The sysObjectID without leading dots, or None; some agents write it as text."""
    value = scalars.get(SYS_OBJECT_ID)
    if isinstance(value, bytes) and _OID_TEXT.fullmatch(value):
        value = value.decode("ascii")
    return value.strip(".") if isinstance(value, str) and value.strip(".") else None


def recognise(rules: Rules, platform: Platform | None, answers: Answers) -> Identity:
    """Who made a device and what it is.

    Args:
        rules: for the tables of sysObjectIDs and enterprises.
        platform: the rule that was chosen for the device, None where none fits.
        answers: all that it said.
    """
    case = chassis(answers.parts) or chassis(part for part in answers.vendor_parts if part.cls == "chassis")
    text = descr(answers.scalars.get(SYS_DESCR, b""))
    found = Identity()
    for name in ("model", "part_number", "serial", "version"):
        value, where = _first(_sources(platform, name), answers, case, text, name)
        if value is None and not (platform and name in platform.only):
            value, where = _fallback(name, rules, answers, case, text)
        setattr(found, name, value)
        if value is not None:
            found.evidence[name] = where
    made, where = _first(_sources(platform, "manufactured_on"), answers, case, text, "manufactured_on")
    if made is not None:
        found.manufactured_on, found.evidence["manufactured_on"] = dt.date.fromisoformat(made), where
    if answers.private:
        _guess(found, platform, answers, text)
    if found.version:
        found.version = _VERSION_WORDS.sub("", found.version)
        if found.version.count(" ") >= _SENTENCE and not found.version[0].isdigit():
            found.version = version_in(found.version) or found.version
    _vendor(found, rules, platform, answers, case, text)
    _kind(found, platform)
    return found


def _sources(platform: Platform | None, name: str) -> tuple[Source, ...]:
    return platform.sources.get(name, ()) if platform else ()


def _first(
    sources: tuple[Source, ...], answers: Answers, case: Component | None, text: str, name: str
) -> tuple[str | None, str]:
    """The first source that gives a value, and where it was."""
    cleaner = _CLEANERS.get(name, clean_name)
    for source in sources:
        for raw, where in _read(source, answers, case, text):
            value = _picked(source, raw, cleaner)
            if value is not None:
                return value, where
    return None, ""


def _picked(source: Source, raw: Value, cleaner: Callable[[Value], str | None]) -> str | None:
    """What a source takes out of a raw value: all of it, or the groups of its pattern in its wording."""
    if source.pattern is None:
        value = cleaner(raw)
    else:
        hit = source.pattern.search(clean(raw) or "")
        groups = [cleaner(group) for group in hit.groups() if group] if hit else []
        value = None
        if groups and None not in groups and len(groups) == source.wording.count("{}"):
            value = source.wording.format(*groups)
    return value.upper() if value and source.upper else value


def _read(source: Source, answers: Answers, case: Component | None, text: str) -> list[tuple[Value, str]]:
    """What stands at a source, with the place of each value."""
    if source.kind == "object" and source.scalar:
        oid = source.at(object_id(answers.scalars))
        value = answers.scalars.get(oid)
        return [] if value is None else [(value, oid)]
    if source.kind == "object" and source.row_of:
        number = answers.scalars.get(source.row_of)
        row = str(number) if isinstance(number, int) else ""
        value = answers.columns.get(source.oid, {}).get(row)
        return [] if value is None else [(value, f"{source.oid}.{row}")]
    if source.kind == "object":
        oid = source.at(object_id(answers.scalars))
        return [(value, f"{oid}.{index}") for index, value in answers.columns.get(oid, {}).items()]
    if source.kind == "entity":
        parts = [part for part in answers.parts if part.cls == source.cls] if source.cls else [case] if case else []
        fields = [(getattr(part, source.label), part.where.get(source.label, "")) for part in parts]
        return [(value, where) for value, where in fields if value]
    if source.kind == "sysName":
        return [(answers.scalars.get(SYS_NAME, b""), SYS_NAME)]
    return [(text, SYS_DESCR)]


def _fallback(name: str, rules: Rules, answers: Answers, case: Component | None, text: str) -> tuple[str | None, str]:
    """What the chassis, the table of sysObjectIDs and the words of sysDescr say, in that order."""
    if case is not None:
        value = getattr(case, _ENTITY_FIELD[name])
        if value:
            return value, case.where.get(_ENTITY_FIELD[name], "")
    if rules.anything is not None:
        value, where = _first(rules.anything.sources.get(name, ()), answers, case, text, name)
        if value is not None:
            return value, where
    if name == "model":
        known = rules.models.get(object_id(answers.scalars) or "")
        if known:
            return known, SYS_OBJECT_ID
        value = model_in(text)
    elif name == "version":
        value = version_in(text)
    else:
        value = serial_in(text) if name == "serial" else None
    return (value, SYS_DESCR) if value else (None, "")


def _guess(found: Identity, platform: Platform | None, answers: Answers, text: str) -> None:
    """Fill what is still unknown from the identity group among private objects, by the shapes of its texts."""
    sure = platform.only if platform and not platform.last else frozenset()
    for name, (value, where) in identity_group(answers.private, text).items():
        if getattr(found, name) is None and name not in sure:
            setattr(found, name, value)
            found.evidence[name] = f"{where} (by its shape)"


def _vendor(
    found: Identity, rules: Rules, platform: Platform | None, answers: Answers, case: Component | None, text: str
) -> None:
    if platform and platform.vendor:
        found.vendor, found.evidence["vendor"] = platform.vendor, f"platform rule {platform.name}"
        return
    value, where = _first(platform.sources.get("vendor", ()) if platform else (), answers, case, text, "vendor")
    if value is None and case is not None and case.vendor and not _NO_MAKER.search(case.vendor):
        value, where = case.vendor, case.where.get("vendor", "")
    if value is None or _NO_MAKER.search(value):
        value, where = rules.enterprise(object_id(answers.scalars)) or value, SYS_OBJECT_ID
    if value:
        found.vendor, found.evidence["vendor"] = value, where


def _kind(found: Identity, platform: Platform | None) -> None:
    if platform is None:
        return
    found.kind, found.evidence["kind"] = platform.kind, f"platform rule {platform.name}"
    for pattern, kind in platform.kinds:
        if found.model and pattern.search(found.model):
            found.kind = kind
            return


def vendor_parts(
    tables: tuple[ComponentTable, ...], columns: Mapping[str, Mapping[str, Value]], part: re.Pattern[str] | None
) -> tuple[Component, ...]:
    """The rows of vendor tables as components; rows that hold nothing but a name are left out."""
    parts: list[Component] = []
    for table in tables:
        indexes = {index for oid in table.columns.values() for index in columns.get(oid, {})}
        for index in sorted(indexes, key=index_key):
            row: dict[str, object] = {"where": {}}
            where: dict[str, str] = {}
            for name, oid in table.columns.items():
                raw = columns.get(oid, {}).get(index)
                cleaner = clean if name in {"name", "description"} else _CLEANERS.get(name, clean_name)
                value = None if raw is None else cleaner(raw)
                if value is not None:
                    row[name], where[name] = value, f"{oid}.{index}"
            if not {"serial", "model", "part_number"} & set(row):
                continue
            row["where"] = where
            number_of(row, part)
            said = f"{row.get('name') or ''} {row.get('description') or ''} {row.get('model') or ''}"
            cls = next((cls for pattern, cls in table.classes if pattern.search(said)), table.cls)
            parts.append(Component(index=f"{table.name}.{index}", cls=cls, **row))  # type: ignore[arg-type] # the columns are checked at load
    return tuple(parts)
