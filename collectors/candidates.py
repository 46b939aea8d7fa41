"""What may be a device's model, serial number and so on, in the order of evidence: the one account of that order.

The order, stated once: the sources of the platform's rule in theirs; the chassis in ENTITY-MIB; standard objects that
any vendor may fill; for the model, the table of sysObjectIDs; what sysDescr says; what the chassis and the device are
called; last, for a vendor without a rule, the vendor's own objects that together have the shapes of an identity. Where
no rule knows better, a version that sysDescr announces as its software's comes before ENTITY-MIB, which may speak of
another software; and a model by its shape comes before the words of sysDescr where it is that of the device as a whole.
For fields that a rule names in ``only`` nothing but its own sources counts, and behind them what the vendor's objects
look like where these told next to nothing: then it is another family. Recognition takes the first candidate with a
value and reads no further.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from collectors import entity
from collectors.answers import SYS_DESCR, SYS_LOCATION, SYS_NAME, SYS_OBJECT_ID, Answers, object_id
from collectors.descriptions import (
    announced_in,
    is_uname,
    last_in,
    model_in,
    name_in,
    product_in,
    serial_in,
    version_in,
)
from collectors.platforms import GENERIC, Platform, Rules, Source
from collectors.shapes import Shape, shape
from collectors.text import clean, clean_day, clean_name, clean_serial, descr, refusal
from collectors.transport import Value
from collectors.unnamed import SHAPES, identity_group, is_device

CLEANERS: dict[str, Callable[[Value], str | None]] = {"serial": clean_serial, "manufactured_on": clean_day}
# The fields that are read one after the other; the kind of device may hang on its model.
READ = ("model", "part_number", "serial", "version", "manufactured_on", "vendor")
_ENTITY_FIELD = {"model": "model", "part_number": "part_number", "serial": "serial", "version": "software_revision"}
_ENTITY_OBJECTS = {
    "2": "Descr", "7": "Name", "8": "HardwareRev", "9": "FirmwareRev", "10": "SoftwareRev", "11": "SerialNum",
    "12": "MfgName", "13": "ModelName", "17": "MfgDate",
}  # fmt: skip
_VERSION_WORDS = re.compile(
    r"(?i)^(?:software|firmware|system|sw|fw|os)?[ _-]*"
    r"(?:version|ver\.?|release|rel\.?|revision|rev\.?)[ :=]*(?=v?\d)"
)
# A product's name before its version.
_NAME_BEFORE = re.compile(r"^[A-Za-z][\w-]* (?=v\d+\.\d)")
# So many blanks, and what a device calls its version is a sentence with a version in it.
_SENTENCE = 3
# What stands behind a maker's name in its full form.
_COMPANY = re.compile(
    r"(?i)^,? ?(?:(?:networks?|wireless|systems?|technolog(?:y|ies)|electronics?|inc|corp|co|ltd)\b[.,]* )+"
)
# What an agent gives for a device's product where nobody named it.
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|1\.3\.6\.1\..*|https?:.*")
# What is never the device.
_INSIDE = frozenset({"powerSupply", "fan", "port", "sensor", "storageDrive"})
_BY_SHAPE = " (by its shape)"
_NUMBERED = re.compile(r"[vVrR]?\d")
# What stands where a maker's name belongs: a number of something, or an abbreviation of two letters.
_NO_MAKER = re.compile(r"\d{2}|^\w{1,2}$")
_READERS: dict[str, Callable[[str], str | None]] = {"model": model_in, "version": version_in, "serial": serial_in}
NOT_ANSWERED = "not answered"
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that a field of an identity may be.

    ``value`` is None where it was refused, and ``refused`` says why. ``raw`` is what was read, ``where`` the OID
    instance, ``name`` the object that stands there, ``evidence`` the kind of evidence: its place in the order.
    """

    field: str
    value: str | None
    raw: Value
    where: str
    name: str
    evidence: str
    refused: str = ""


class Evidence:
    """All that speaks for one device's identity: its answers under a rule.

    Args:
        rules: for the standard objects and the tables of sysObjectIDs and enterprises.
        platform: the rule that was chosen for the device, None where none fits.
        answers: all that it said.
    """

    def __init__(self, rules: Rules, platform: Platform | None, answers: Answers) -> None:
        self.rules, self.platform, self.answers = rules, platform, answers
        self.text = descr(answers.scalars.get(SYS_DESCR, b""))
        vendor_cases = (part for part in answers.vendor_parts if part.cls == "chassis")
        self.case = entity.chassis(answers.parts) or entity.chassis(vendor_cases)

    def candidates(self, field: str) -> Iterator[Candidate]:
        """The candidates for a field of :data:`READ` in the order of evidence, refused ones among them."""
        if field == "vendor":
            yield from self._makers()
            return
        if self._is_product and field == "version":
            # the version of the operating system under it is not that of the product
            yield from self._shaped(field)
        for candidate in self._of(self.platform.sources.get(field, ()) if self.platform else (), field, "rule"):
            yield _unless_address(candidate)
        if field != "manufactured_on":
            for candidate in self._others(field):
                yield _unless_address(self._unless_only(self._without_maker(_tidied(candidate))))

    def kinds(self, model: str | None) -> Iterator[Candidate]:
        """What kind of device it is: the kind of that model, then that of the family, then what its maker makes.

        A rule that knows the family only as *other* yields to a maker of one kind of thing.
        """
        if self.platform is not None:
            where = f"platform rule {self.platform.name}"
            for pattern, kind in self.platform.kinds:
                if model and pattern.search(model):
                    yield Candidate("kind", kind, model, where, "kinds", "rule")
            if self.platform.kind != OTHER:
                yield Candidate("kind", self.platform.kind, self.platform.kind, where, "kind", "rule")
        device = object_id(self.answers.scalars)
        if (maker := self.rules.enterprise(device)) and maker.kind:
            name = "SNMPv2-MIB::sysObjectID"
            yield Candidate("kind", maker.kind, device or "", SYS_OBJECT_ID, name, "enterprise number")
        if self.platform is not None and self.platform.kind == OTHER:
            yield Candidate("kind", OTHER, OTHER, f"platform rule {self.platform.name}", "kind", "rule")

    def _of(self, sources: tuple[Source, ...], field: str, evidence: str) -> Iterator[Candidate]:
        """What stands at some sources."""
        cleaner = CLEANERS.get(field, clean_name)
        for source in sources:
            found = False
            for raw, where in self._read(source):
                found = True
                value, refused = _picked(source, raw, cleaner)
                yield _tidied(Candidate(field, value, raw, where, _named(source), evidence, refused))
            if not found:
                where = source.at(object_id(self.answers.scalars))
                yield Candidate(field, None, b"", where, _named(source), evidence, NOT_ANSWERED)

    def _read(self, source: Source) -> Iterator[tuple[Value, str]]:
        """What stands at a source, with the place of each value."""
        if source.kind == "object":
            yield from self._object(source)
        elif source.kind == "entity":
            cases = [self.case] if self.case else []
            parts = [part for part in self.answers.parts if part.cls == source.cls] if source.cls else cases
            for part in parts:
                value = getattr(part, source.label)
                if value:
                    yield value, part.where.get(source.label, "")
        elif source.kind == "sysName":
            yield self.answers.scalars.get(SYS_NAME, b""), SYS_NAME
        else:
            yield self.text, SYS_DESCR

    def _object(self, source: Source) -> Iterator[tuple[Value, str]]:
        scalars, columns = self.answers.scalars, self.answers.columns
        oid = source.at(object_id(scalars))
        if source.scalar:
            if oid in scalars:
                yield scalars[oid], oid
        elif source.row_of:
            number = scalars.get(source.row_of)
            row = str(number) if isinstance(number, int) else ""
            value = columns.get(source.oid, {}).get(row)
            if value is not None:
                yield value, f"{source.oid}.{row}"
        else:
            for index, value in columns.get(oid, {}).items():
                yield value, f"{oid}.{index}"

    def _others(self, field: str) -> Iterator[Candidate]:
        """What speaks for a field behind the rule's own sources."""
        name = _ENTITY_FIELD[field]
        yield from self._announced(field)
        if self.case is not None and (value := getattr(self.case, name)):
            yield self._of_case(field, name, value)
        if self.rules.anything is not None:
            yield from self._of(self.rules.anything.sources.get(field, ()), field, "standard object")
        device = object_id(self.answers.scalars) or ""
        if field == "model" and (known := self.rules.models.get(device)):
            yield Candidate(field, known, device, SYS_OBJECT_ID, "SNMPv2-MIB::sysObjectID", "sysObjectID table")
        shaped = list(self._shaped(field))
        private, grouped = self.answers.private, field == "model" and len(self._group) > 1
        first = grouped and any(is_device(private, one.where.removesuffix(_BY_SHAPE)) for one in shaped)
        if first:
            yield from shaped
        if (reader := _READERS.get(field)) and self.text:
            yield from self._said(field, reader) or [self._unsaid(field)]
        if field == "model":
            yield from self._names()
        if not first:
            yield from shaped
        if field == "version":
            yield from self._said(field, last_in)

    def _announced(self, field: str) -> list[Candidate]:
        """The version that sysDescr announces, where no rule knows better and ENTITY-MIB does not say it more fully."""
        unknown = not self.platform or self.platform.name == GENERIC or not self.platform.sources.get("version")
        if field != "version" or not unknown:
            return []
        inside = self.case.software_revision if self.case else None
        agreed = inside and (inside in self.text or (announced_in(self.text) or "") in inside)
        return [] if agreed else self._said(field, announced_in)

    def _said(self, field: str, reader: Callable[[str], str | None]) -> list[Candidate]:
        """What a reader finds in sysDescr, if anything."""
        said = reader(self.text)
        return [Candidate(field, said, self.text, SYS_DESCR, "SNMPv2-MIB::sysDescr", "sysDescr")] if said else []

    def _unsaid(self, field: str) -> Candidate:
        why = f"no {field} can be told in it"
        return Candidate(field, None, self.text, SYS_DESCR, "SNMPv2-MIB::sysDescr", "sysDescr", why)

    def _names(self) -> Iterator[Candidate]:
        """What the chassis, then the device, is called: descriptions name a series as often as a model."""
        for name in ("description", "name"):
            value = getattr(self.case, name) if self.case else None
            if value and value not in self._known and shape(value, self.text) == "model":
                yield self._of_case("model", name, value)
        yield from self._said("model", name_in)

    def _of_case(self, field: str, name: str, value: str) -> Candidate:
        where = self.case.where.get(name, "") if self.case else ""
        column, _, _ = where.removeprefix(f"{entity.TABLE}.").partition(".")
        known = where.startswith(f"{entity.TABLE}.") and column in _ENTITY_OBJECTS
        label = f"ENTITY-MIB::entPhysical{_ENTITY_OBJECTS[column]}" if known else "the vendor's table of parts"
        return Candidate(field, value, value, where, label, "ENTITY-MIB" if known else "rule")

    @cached_property
    def _group(self) -> dict[Shape, tuple[str, str]]:
        """What the vendor's unnamed objects say of the device; nothing where it is a part that is known as one."""
        found = identity_group(self.answers.private, self.text, self._known) if self.answers.private else {}
        parts = {part.serial for part in (*self.answers.parts, *self.answers.vendor_parts) if part.cls in _INSIDE}
        serial, where = found.get("serial", ("", ""))
        return {} if serial in parts and not where.endswith(".0") else found

    @cached_property
    def _known(self) -> frozenset[str]:
        """What people call the device, its place and its maker."""
        texts = [clean_name(self.answers.scalars.get(oid, b"")) or "" for oid in (SYS_NAME, SYS_LOCATION)]
        maker = self.rules.enterprise(next(iter(self.answers.private), None))
        makers = [maker.vendor, maker.vendor.partition(" ")[0]] if maker else []
        return frozenset([*texts, texts[0].partition(".")[0], *makers])

    @property
    def _is_product(self) -> bool:
        """Whether a bare operating system's objects show that a maker has built a product on it."""
        return bool(self.platform and self.platform.last and self._group)

    def _shaped(self, field: str) -> Iterator[Candidate]:
        for name in SHAPES:
            if name == field and name in self._group:
                value, where = self._group[name]
                yield Candidate(field, value, value, where + _BY_SHAPE, "an unnamed private object", "shape")

    def _without_maker(self, candidate: Candidate) -> Candidate:
        """A model without its maker's name before it, which is a field of its own; a mere number or word keeps it."""
        known = self.rules.enterprise(object_id(self.answers.scalars))
        maker = (self.platform and self.platform.vendor) or (known.vendor if known else "")
        value, start = candidate.value or "", f"{maker.casefold()} "
        if candidate.field != "model" or not maker or not value.casefold().startswith(start):
            return candidate
        rest = _COMPANY.sub("", value[len(start) :].strip())
        coded = any(char.isdigit() for char in rest) and any(char.isalpha() for char in rest)
        return replace(candidate, value=rest) if coded else candidate

    def _unless_only(self, candidate: Candidate) -> Candidate:
        """The candidate; refused where the rule lets nothing but its own sources count, unless it is by its shape.

        Under a bare operating system, which others build on, that holds for what the system says of itself; not for
        what a product on it answers, nor for a sysDescr that its maker set up.
        """
        if self.platform is None or candidate.field not in self.platform.only or candidate.evidence == "shape":
            return candidate
        named = not is_uname(self.text) or product_in(self.text) == candidate.value
        if self.platform.last and (candidate.evidence != "sysDescr" or named):
            return candidate
        return replace(candidate, value=None, refused=candidate.refused or "the rule lets only its own sources count")

    def _makers(self) -> Iterator[Candidate]:
        """Who may have made the device: the rule's vendor, then what it says itself, then its enterprise number."""
        platform = self.platform
        if platform and platform.vendor:
            name = f"platform rule {platform.name}"
            yield Candidate("vendor", platform.vendor, platform.vendor, name, "vendor", "rule")
        said = list(self._of(platform.sources.get("vendor", ()) if platform else (), "vendor", "rule"))
        if self.case is not None and self.case.vendor:
            said.append(self._of_case("vendor", "vendor", self.case.vendor))
        doubtful: list[Candidate] = []
        for candidate in said:
            if candidate.value and _NO_MAKER.search(candidate.value):
                doubtful.append(candidate)
                yield replace(candidate, value=None, refused="a number or two letters where a maker's name belongs")
            else:
                yield candidate
        device = object_id(self.answers.scalars)
        name = "SNMPv2-MIB::sysObjectID"
        if device and (known := self.rules.enterprise(device)):
            yield Candidate("vendor", known.vendor, device, SYS_OBJECT_ID, name, "enterprise number")
        if self._is_product and (maker := self.rules.enterprise(next(iter(self.answers.private)))):
            where = next(iter(self.answers.private))
            yield Candidate("vendor", maker.vendor, where, where, "an unnamed private object", "enterprise number")
        yield from (candidate for candidate in doubtful if candidate.evidence == "rule")


def _named(source: Source) -> str:
    return f"ENTITY-MIB {source.label}" if source.kind == "entity" else source.label


def _picked(source: Source, raw: Value, cleaner: Callable[[Value], str | None]) -> tuple[str | None, str]:
    """What a source takes out of a raw value, all of it or the groups of its pattern in its wording; or why nothing."""
    if source.pattern is None:
        value = cleaner(raw)
        return (value.upper() if source.upper else value, "") if value else (None, refusal(raw))
    hit = source.pattern.search(clean(raw) or "")
    if hit is None:
        return None, "the rule's pattern does not fit"
    groups = [(group, cleaner(group)) for group in hit.groups() if group]
    texts = [text for _, text in groups if text is not None]
    if not texts or len(texts) < len(groups) or len(texts) != source.wording.count("{}"):
        return None, next((refusal(group) for group, text in groups if text is None), "the pattern found nothing")
    value = source.wording.format(*texts)
    return value.upper() if source.upper else value, ""


def _unless_address(candidate: Candidate) -> Candidate:
    """The candidate; refused where it is an address of a network and should be a model."""
    if candidate.field == "model" and candidate.value and _ADDRESS.fullmatch(candidate.value):
        return replace(candidate, value=None, refused="an address where a model belongs")
    return candidate


def _tidied(candidate: Candidate) -> Candidate:
    """A version without the words that announce it; every other candidate as it is."""
    if candidate.field != "version" or not candidate.value:
        return candidate
    value = _NAME_BEFORE.sub("", _VERSION_WORDS.sub("", candidate.value))
    if value.count(" ") >= _SENTENCE and not _NUMBERED.match(value):
        value = version_in(value) or value
    return replace(candidate, value=value) if value != candidate.value else candidate
