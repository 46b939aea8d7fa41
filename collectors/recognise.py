"""What a device is, from what it answered: a pure function of the rules and the answers.

The order of evidence, stated once, for model, part number, serial and version: the sources of the platform's rule in
their order; then the chassis in ENTITY-MIB; then standard objects that any vendor may fill; then, for the model, the
table of sysObjectIDs; then, for model and version, a well-shaped word in sysDescr. What nothing trustworthy says stays
None. A platform can name fields for which nothing but its own sources counts (``only``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from collectors.entity import chassis, index_key, number_of
from collectors.observation import Component
from collectors.platforms import ComponentTable, Platform, Rules, Source
from collectors.text import clean, clean_name, clean_serial, descr
from collectors.transport import Value

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
SYS_NAME = "1.3.6.1.2.1.1.5.0"
SYS_LOCATION = "1.3.6.1.2.1.1.6.0"
SYSTEM = (SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME, SYS_NAME, SYS_LOCATION)

_CLEANERS = {"serial": clean_serial}
_ENTITY_FIELD = {"model": "model", "part_number": "part_number", "serial": "serial", "version": "software_revision"}
_VERSION_WORDS = re.compile(
    r"(?i)^(?:software|firmware|system|sw|fw|os)?[ _-]*"
    r"(?:version|ver\.?|release|rel\.?|revision|rev\.?)[ :=]*(?=v?\d)"
)


@dataclass(frozen=True, slots=True)
class Answers:
    """All that a device answered: system group and vendor scalars, vendor columns, parts of ENTITY-MIB and others."""

    scalars: Mapping[str, Value]
    columns: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    parts: tuple[Component, ...] = ()
    vendor_parts: tuple[Component, ...] = ()


@dataclass(slots=True)
class Identity:
    """What a device is; None where nothing trustworthy was read. ``evidence`` says where each field was read."""

    kind: str | None = None
    vendor: str | None = None
    model: str | None = None
    part_number: str | None = None
    serial: str | None = None
    version: str | None = None
    evidence: dict[str, str] = field(default_factory=dict)


def object_id(scalars: Mapping[str, Value]) -> str | None:
    """The sysObjectID without leading dots, or None."""
    value = scalars.get(SYS_OBJECT_ID)
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
        sources = platform.sources.get(name, ()) if platform else ()
        value, where = _first(sources, answers, case, text, name)
        if value is None and not (platform and name in platform.only):
            value, where = _fallback(name, rules, answers, case, text)
        setattr(found, name, value)
        if value is not None:
            found.evidence[name] = where
    if found.version:
        found.version = _VERSION_WORDS.sub("", found.version)
    _vendor(found, rules, platform, answers, case, text)
    _kind(found, platform)
    return found


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
    else:
        value = version_in(text) if name == "version" else None
    return (value, SYS_DESCR) if value else (None, "")


def _vendor(
    found: Identity, rules: Rules, platform: Platform | None, answers: Answers, case: Component | None, text: str
) -> None:
    if platform and platform.vendor:
        found.vendor, found.evidence["vendor"] = platform.vendor, f"platform rule {platform.name}"
        return
    value, where = _first(platform.sources.get("vendor", ()) if platform else (), answers, case, text, "vendor")
    if value is None and case is not None and case.vendor:
        value, where = case.vendor, case.where.get("vendor", "")
    if value is None:
        value, where = rules.enterprise(object_id(answers.scalars)), SYS_OBJECT_ID
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


# A version: behind a word that announces one (a plain one before a revision, which is often the hardware's), or a lone
# number with two dots or more.
_NUMBER = (
    r"\b[\s.:=#_-]{0,3}(?:version|ver|release|rev)?[\s.:=]{0,3}"
    r"([vr]?\d+(?:[._-][0-9a-z]+){1,8}(?:\([0-9a-z.]{1,12}\)[0-9a-z]*)?)"
)
_ANNOUNCED = re.compile(rf"(?i)\b(?:version|ver|firmware|software|fw|sw|os|ros){_NUMBER}")
_REVISED = re.compile(rf"(?i)\b(?:release|rel|revision|rev){_NUMBER}")
_LONE = re.compile(r"(?<![\w.])[vV]?(\d+\.\d+\.\d+[0-9A-Za-z.()_-]{0,24})|(?<![\w.])[vV](\d+\.\d+[0-9A-Za-z._-]{0,24})")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9+/._()-]*")
_UNAME = re.compile(r"^(?:Linux|FreeBSD|Darwin|SunOS|NetBSD|OpenBSD|AIX|HP-UX)\s\S+\s(\d[\w.-]*)")
# Words with letters and digits that are no model: versions, speeds, standards, architectures, builds, counts.
_LIKE_VERSION = re.compile(
    "(?i)"
    + "|".join(
        r"""
        [vr]?\d+(?:[._]\d+)+\S*  \d+  v\d\S*  (?:rev|ver|rel)\S*  r\d+  p\d+  b\d+  build\d+  sp\d  [0-9a-f]{7,40}
        \d+(?:k|m|g|t)b?(?:ps|it/s)?  \d+gb?e?  10/100\S*  \d{1,2}[:/]\d\S*  \d+-?ports?  \d+(?:st|nd|rd|th)  \d+u
        ipv[46]  802\.\S+  snmpv\S*  layer\d  l[23]  poe\+*  rs-?\d{3}  mib-?2?  rfc\d+  sha\d+  md5  utf-?8
        x86\S*  i\d86  armv\d\S*  mips\d*  win32  windows\S*  hz  \d+hz  \d+v(?:ac|dc)  \d+k?va  h3c  3com
        """.split()  # noqa: SIM905 - a table of patterns reads better than a list of quoted ones
    )
)
_LONGEST_MODEL = 32


def version_in(text: str) -> str | None:
    """The version that a sysDescr announces, or None."""
    for pattern in (_UNAME, _ANNOUNCED, _REVISED, _LONE):
        hit = pattern.search(text)
        if hit:
            return next(group for group in hit.groups() if group).rstrip(".-_(")
    return None


def model_in(text: str) -> str | None:
    """The word of a sysDescr that looks like a model: letters and digits, near the front, and not a version; or None.

    A uname line and a text without such a word give None; a short sysDescr of one or two words is a model itself.
    """
    if _UNAME.match(text) or text.startswith("Linux"):
        return None
    for hit in list(_WORD.finditer(text))[:12]:
        word = hit[0].strip("._-/(").rstrip(")" if "(" not in hit[0] else "")
        plain = any(char.isdigit() for char in word) and any(char.isalpha() for char in word)
        if plain and 3 <= len(word) <= _LONGEST_MODEL and not _LIKE_VERSION.fullmatch(word):  # noqa: PLR2004 - shorter says nothing
            return word
    return None


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
