"""Reading the platform rules: ``config/platforms/VENDOR.toml``, one file a vendor.

``generic.toml`` opens with the language in which they are written. They are read once and checked; a mistake is said
with its file and rule.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from collectors.observation import DEVICE_KINDS, PHYSICAL_CLASSES
from collectors.platforms import Enterprise, Match, Platform, Rules, Source
from collectors.vendor_tables import ComponentTable
from config.errors import EstateError

FIELDS = ("model", "part_number", "serial", "version", "vendor", "manufactured_on")
ENTITY_FIELDS = (
    "model", "name", "description", "vendor", "part_number", "serial", "hardware_revision", "firmware_revision",
    "software_revision",
)  # fmt: skip
_OID = re.compile(r"1(?:\.\d+){3,40}", re.ASCII)
_PLATFORM_KEYS = {
    "name", "vendor", "kind", "os", "match", "like", "last", "only", "kinds", "components", "part_pattern",
    "ssh", *FIELDS,
}  # fmt: skip
_SOURCE_KEYS = {
    "object", "oid", "below", "row", "row_of", "entity", "class", "sysDescr", "sysName", "match", "as", "upper",
}  # fmt: skip
_TABLE_KEYS = {
    "table", "class", "classes", "class_by", "columns", "always", "present", "position", "parent", "within",
    "one_model",
}  # fmt: skip
_COLUMN_FIELDS = (*ENTITY_FIELDS, "manufactured_on")


class RuleError(EstateError):
    """A platform rule that ships with estate, or was added to it, is wrong; the message names file and rule."""


@lru_cache(maxsize=1)
def load_rules() -> Rules:
    """The rules that ship with estate, read once.

    Raises:
        RuleError: naming the file and the rule that is wrong.
    """
    folder = files("config") / "platforms"
    texts = {item.name: item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name.endswith(".toml")}
    enterprises = (folder / "enterprises.csv").read_text(encoding="utf-8")
    return parse_rules(texts, enterprises)


def parse_rules(texts: Mapping[str, str], enterprises: str = "") -> Rules:
    """Rules from the texts of files, by file name, and of the table of enterprises (``number,vendor,kind``).

    Raises:
        RuleError: naming the file and the rule that is wrong.
    """
    raw: dict[str, tuple[str, dict[str, Any]]] = {}
    models: dict[str, str] = {}
    for file in sorted(texts):
        try:
            data = tomllib.loads(texts[file])
        except tomllib.TOMLDecodeError as error:
            raise RuleError(f"{file}: is not TOML: {error}") from error
        _known(data, {"vendor", "platform", "models"}, f"{file}: top level")
        for oid, model in data.get("models", {}).items():
            _check_oid(oid, f"{file}: models")
            models[oid] = str(model)
        for item in data.get("platform", []):
            name = item.get("name")
            place = f"{file}: platform {name}"
            if not isinstance(name, str) or name in raw:
                raise RuleError(
                    f"{place}: needs a name of its own" + (f"; {raw[name][0]} has it too" if name in raw else "")
                )
            raw[name] = (file, {"vendor": data.get("vendor"), **item})
    parsed = {name: _platform(item, f"{file}: platform {name}") for name, (file, item) in raw.items()}
    platforms = {name: _like(name, raw, parsed, ()) for name in raw}
    probes = [(m.probe, p) for p in platforms.values() for m in p.matches if m.probe is not None]
    probes.sort(key=lambda pair: pair[1].vendor is None)  # a standard MIB says less than a vendor's own
    return Rules(platforms, models, _enterprises(enterprises), tuple(probes))


def _enterprises(text: str) -> dict[int, Enterprise]:
    found: dict[int, Enterprise] = {}
    for row in csv.DictReader(text.splitlines()):
        kind = row.get("kind") or None
        if kind is not None:
            _one_of(kind, DEVICE_KINDS, f"enterprises.csv: {row['number']}: kind")
        found[int(row["number"])] = Enterprise(row["vendor"], kind)
    return found


def _like(
    name: str, raw: Mapping[str, tuple[str, dict[str, Any]]], parsed: Mapping[str, Platform], seen: tuple[str, ...]
) -> Platform:
    """A platform with the sources, tables and patterns of the ones that it is ``like`` behind its own."""
    platform = parsed[name]
    others = raw[name][1].get("like", [])
    for other in [others] if isinstance(others, str) else others:
        place = f"{raw[name][0]}: platform {name}"
        if other not in parsed or other in seen or other == name:
            raise RuleError(f"{place}: like = {other!r}: there is no such other platform")
        base = _like(other, raw, parsed, (*seen, name))
        sources = {key: platform.sources.get(key, ()) + base.sources.get(key, ()) for key in FIELDS}
        platform = replace(
            platform,
            sources=sources,
            only=platform.only | base.only,
            kinds=platform.kinds + base.kinds,
            tables=platform.tables + base.tables,
            part_pattern=platform.part_pattern or base.part_pattern,
        )
    return platform


def _platform(item: Mapping[str, Any], place: str) -> Platform:
    _known(item, _PLATFORM_KEYS, place)
    kind = item.get("kind", "other")
    _one_of(kind, DEVICE_KINDS, f"{place}: kind")
    only = item.get("only", [])
    for name in only:
        _one_of(name, FIELDS, f"{place}: only")
    return Platform(
        name=item["name"],
        vendor=item["vendor"] if isinstance(item.get("vendor"), str) else None,
        kind=kind,
        os=item.get("os"),
        matches=tuple(_match(entry, f"{place}: match") for entry in item.get("match", [])),
        sources={name: _sources(item.get(name), f"{place}: {name}") for name in FIELDS},
        only=frozenset(only),
        kinds=tuple(_kind(entry, f"{place}: kinds") for entry in item.get("kinds", [])),
        tables=tuple(_table(entry, f"{place}: components") for entry in item.get("components", [])),
        part_pattern=_pattern(item["part_pattern"], f"{place}: part_pattern", groups=1)
        if "part_pattern" in item
        else None,
        last=bool(item.get("last", False)),
        ssh=item.get("ssh"),
    )


def _match(entry: Mapping[str, Any], place: str) -> Match:
    _known(entry, {"sysObjectID", "sysDescr", "object", "oid", "row", "match"}, place)
    if not entry:
        raise RuleError(f"{place}: says nothing")
    if "oid" in entry:
        return Match(probe=_source(entry, place))
    object_id = entry.get("sysObjectID", "")
    if object_id:
        _check_oid(object_id, place)
    descr = entry.get("sysDescr")
    return Match(object_id, _pattern(descr, place) if descr else None)


def _sources(entries: Any, place: str) -> tuple[Source, ...]:
    """The sources of a field; a vendor given by its name has none."""
    return tuple(_source(entry, place) for entry in entries) if isinstance(entries, list) else ()


def _source(entry: Any, place: str) -> Source:
    if not isinstance(entry, Mapping):
        raise RuleError(f"{place}: write {{ object = ..., oid = ... }}, {{ entity = ... }} or {{ sysDescr = ... }}")
    _known(entry, _SOURCE_KEYS, place)
    wording = str(entry.get("as", "{}"))
    shape: dict[str, Any] = {"wording": wording, "upper": bool(entry.get("upper", False))}
    groups = wording.count("{}")
    if not groups:
        raise RuleError(f"{place}: as = {wording!r} must hold {{}} where the text goes")
    pattern = _pattern(entry["match"], place, groups) if "match" in entry else None
    if "oid" in entry or "below" in entry:
        oid, row, below = entry.get("below") or entry["oid"], entry.get("row"), "below" in entry
        if "::" not in entry.get("object", ""):
            raise RuleError(f"{place}: the OID {oid} needs its object's name, such as IF-MIB::ifDescr")
        _check_oid(f"1.3.6.{oid}" if below else oid, place)
        scalar = row is not None or oid.endswith(".0")
        instance = oid if row is None else f"{oid}.{row}"
        row_of = entry.get("row_of", "")
        if row_of:
            _check_oid(row_of, place)
        return Source("object", entry["object"], instance, scalar, pattern=pattern, below=below, row_of=row_of, **shape)
    if "entity" in entry:
        _one_of(entry["entity"], ENTITY_FIELDS, place)
        cls = entry.get("class", "")
        if cls:
            _one_of(cls, PHYSICAL_CLASSES.values(), place)
        return Source("entity", entry["entity"], cls=cls, pattern=pattern, **shape)
    for kind in ("sysDescr", "sysName"):
        if kind in entry:
            return Source(kind, kind, pattern=_pattern(entry[kind], place, groups), **shape)
    raise RuleError(f"{place}: names no object, entity field, sysDescr or sysName")


def _kind(entry: Mapping[str, Any], place: str) -> tuple[re.Pattern[str], str]:
    _known(entry, {"model", "kind"}, place)
    _one_of(entry["kind"], DEVICE_KINDS, place)
    return _pattern(entry["model"], place), entry["kind"]


def _table(entry: Mapping[str, Any], place: str) -> ComponentTable:
    _known(entry, _TABLE_KEYS, place)
    cls = entry.get("class", "module")
    _one_of(cls, PHYSICAL_CLASSES.values(), place)
    columns: dict[str, str] = {}
    for name, column in entry["columns"].items():
        _one_of(name, _COLUMN_FIELDS, f"{place}: columns")
        source = _source(column, f"{place}: {name}")
        columns[name] = source.oid
    for one in entry.get("classes", []):
        _one_of(one["class"], PHYSICAL_CLASSES.values(), f"{place}: classes")
    classes = tuple((_pattern(one["match"], place), str(one["class"])) for one in entry.get("classes", []))
    present = _source(entry["present"], f"{place}: present") if "present" in entry else None
    if present is not None and present.pattern is None:
        raise RuleError(f"{place}: present needs match, what the column says of a part that is there")
    position = entry.get("position", 0)
    if not isinstance(position, int):
        raise RuleError(f"{place}: position = {position!r} must be the number of an arc of the index (1, 2 or -1)")
    return ComponentTable(
        entry["table"],
        cls,
        classes,
        columns,
        always=bool(entry.get("always", False)),
        class_by=_source(entry["class_by"], place).oid if "class_by" in entry else "",
        present=(present.oid, present.pattern) if present is not None and present.pattern is not None else None,
        position=position,
        parent=str(entry.get("parent", "")),
        within=_source(entry["within"], place).oid if "within" in entry else "",
        one_model=bool(entry.get("one_model", False)),
    )


def _pattern(text: str, place: str, groups: int = 0) -> re.Pattern[str]:
    """A pattern that is safe on bounded text: no repetition of what repeats."""
    if re.search(r"[+*}]\)[+*{]|[+*]\)\?[+*]", text):
        raise RuleError(f"{place}: the pattern {text!r} repeats a repetition, which can take for ever")
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise RuleError(f"{place}: the pattern {text!r} is wrong: {error}") from error
    if groups and pattern.groups != groups:
        raise RuleError(f"{place}: the pattern {text!r} needs {groups} in round brackets (one for each {{}} of as)")
    return pattern


def _check_oid(oid: object, place: str) -> None:
    if not isinstance(oid, str) or not _OID.fullmatch(oid):
        raise RuleError(f"{place}: {oid!r} is not an OID such as 1.3.6.1.4.1.9.1 (no dot in front)")


def _one_of(value: str, choices: Collection[str], place: str) -> None:
    if value not in choices:
        raise RuleError(f"{place}: {value!r} is none of {', '.join(sorted(choices))}")


def _known(entry: Mapping[str, Any], keys: Iterable[str], place: str) -> None:
    unknown = sorted(set(entry) - set(keys))
    if unknown:
        raise RuleError(f"{place}: unknown key {', '.join(unknown)}; there are {', '.join(sorted(keys))}")
