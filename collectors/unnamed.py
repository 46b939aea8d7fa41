"""What a device is by private objects whose names nobody knows: which text is its model, serial number or version.

One text alone says little. Vendors write down what a device is in one place: an *identity group*, the siblings of one
MIB group or the cells of one row, of which at least two look like different things of the three. Where no place has
two, the next wider ones are tried: MIBs that keep hardware and software apart keep them next to each other. What a
group lacks is taken from its neighbours where these say it once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from collectors.descriptions import serial_in
from collectors.places import is_port, places
from collectors.shapes import LETTERED, TWELVE, Shape, begins, is_name, is_trade, name_of, shapes, version_of
from collectors.text import clean_name
from collectors.transport import Value

SHAPES: tuple[Shape, ...] = ("model", "serial", "version")
# Net-SNMP, UCD, Quagga and FRR, and what else hosts answer below without being its maker's product.
AGENTS = frozenset({"8072", "2021", "3317", "7336", "311", "2312"})
_ENTERPRISE = 6  # the arc of an OID that is the enterprise number
# A table with more rows of the kind lists disks, memory or optics, not the device or the members of a stack.
_FEW = 4
_TWO_NUMBERS = re.compile(r"\d+\.\d+")
# How far above an object its neighbours are looked for, and how many texts these may have together.
_LEVELS = 2
_CROWD = 16
# So many arcs of an object go for its neighbours: from its group's siblings to those two levels above.
_NEAR = (3, 5)


@dataclass(frozen=True, slots=True)
class Text:
    """One private text: where it stands, the place it shares with its siblings, what it looks like, best first."""

    oid: str
    text: str
    place: str
    looks: tuple[Shape, ...]
    sure: bool

    @property
    def scalar(self) -> bool:
        """Whether it is a scalar, and no cell of a table."""
        return " " not in self.place


Found = dict[Shape, tuple[str, str]]


def identity_group(values: Mapping[str, Value], descr: str, known: Collection[str] = ()) -> Found:
    """The model, serial number and version among private objects, each with the OID where it stands.

    Args:
        values: private objects by OID, in their order.
        descr: the sysDescr.
        known: texts that are something else: name and place of the device.
    """
    found = _identity(list(_texts(values, descr, known)), descr)
    return _called(found, values, descr, known) | found


def _identity(texts: list[Text], descr: str) -> Found:
    """What texts with a shape say: those of scalars first, near each other before apart, then those of tables."""
    scalars = [one for one in texts if one.scalar]
    for level in range(_LEVELS + 1):
        found = _fullest(scalars, level, descr)
        if found:
            return _completed(found, texts)
    cells = [one for one in texts if not one.scalar]
    found = _fullest(cells, 0, descr)
    return _completed(found, texts) if found else _lone_cells(cells, texts) | _lone(scalars)


def _called(found: Found, values: Mapping[str, Value], descr: str, known: Collection[str]) -> Found:
    """A model that is a name (``GX Pro``, ``ACS-S``): the only one beside a device's version, or its serial number."""
    if not found or "model" in found:
        return {}
    stands = places(values)
    place = stands[(found.get("version") or found["serial"])[1]]
    if " " in place:
        return {}
    taken, people = {oid for _, oid in found.values()}, {text.casefold() for text in known}
    beside = {
        oid: clean_name(value) or "" for oid, value in values.items() if stands[oid] == place and oid not in taken
    }
    names = [
        (text, oid)
        for oid, text in beside.items()
        if text.casefold() not in people and (is_name(text) or (begins(descr, text) and not is_trade(text)))
    ]
    return {"model": names[0]} if len(names) == 1 else {}


def is_device(values: Mapping[str, Value], oid: str) -> bool:
    """Whether a private object stands where the device does, not something in it: a scalar, or a table's first row."""
    return " " not in places(values)[oid] or oid.endswith(".1")


def _texts(values: Mapping[str, Value], descr: str, known: Collection[str]) -> Iterator[Text]:
    stands = places(values)
    for oid, value in values.items():
        text = clean_name(value) if isinstance(value, bytes) else None
        if not text or text in known or oid.split(".")[_ENTERPRISE] in AGENTS:
            continue
        looks, place, number = shapes(text, descr), stands[oid], serial_in(text)
        if looks and not (number and looks[0] != "version"):
            said = version_of(text) if looks[0] == "version" else text
            sure = said != text or said.count(".") > 1 or said[0] in "vVR" or bool(LETTERED.search(said))
            yield Text(oid, said, place, looks, sure)
        if (name := name_of(text)) and shapes(name, descr) == ("model",):
            yield Text(oid, name, place, ("model",), sure=True)
        if number:
            yield Text(oid, number, place, ("serial",), sure=True)


def _fullest(texts: Iterable[Text], level: int, descr: str) -> Found:
    """The first of the fullest identity groups, in places wider by so many arcs: of scalars alone where wider."""
    groups: dict[str, list[Text]] = {}
    for one in texts:
        place = ".".join(one.place.split(".")[: -level or None])
        groups.setdefault(place, []).append(one)
    if level:
        groups = {place: group for place, group in groups.items() if len(group) <= _CROWD}
    read = {place: _read(group, descr, narrow=level == 0) for place, group in groups.items()}
    full = {place: found for place, found in read.items() if len(found) > 1 and (" " not in place or _whole(found))}
    rows = Counter(place.split(" ")[0] for place in full)
    single = [
        (found, " " not in place)
        for place, found in full.items()
        if rows[place.split(" ")[0]] <= _FEW and not is_port(place)
    ]
    return max(single, key=lambda item: (item[1], len(item[0])))[0] if single else {}


def _whole(found: Found) -> bool:
    """Whether a row is a device's: two numbers and a dot may be a measurement beside less than both codes."""
    version = found.get("version", ("", ""))[0]
    return len(found) == len(SHAPES) or not _TWO_NUMBERS.fullmatch(version)


def _read(group: Iterable[Text], descr: str, *, narrow: bool) -> Found:
    """What the texts of one place are: each one thing, and each thing the one that looks most like it.

    Of two codes in a ``narrow`` place one may be the model.
    """
    rest = list(group)
    found: Found = {}
    versions = [one for one in rest if one.looks[0] == "version"]
    if versions:
        # a table of units goes from hardware over boot loader to software, a group of scalars starts with it
        best = max(
            versions if versions[0].scalar else reversed(versions),
            key=lambda one: (one.text in descr, one.text.count(".")),
        )
        found["version"] = (best.text, best.oid)
    models = [one for one in rest if one.looks == ("model",)]
    codes = [one for one in rest if "serial" in one.looks]
    serials = [one for one in codes if one.looks[0] == "serial" and not TWELVE.fullmatch(one.text)] or codes
    serial = serials[0] if serials else None
    if serial and not models and len(serials) > 1:
        serial = max(serials, key=lambda one: _digits(one.text))
    if serial:
        found["serial"] = (serial.text, serial.oid)
    left = models or [one for one in codes if narrow and "model" in one.looks and one.text != found["serial"][0]]
    if left:
        best = next((one for one in left if one.text in descr), left[0])
        found["model"] = (best.text, best.oid)
    return found


def _digits(text: str) -> int:
    """The most digits in one piece of a text: an order code has its digits in more pieces than a serial number."""
    return max(len(re.sub(r"\D", "", piece)) for piece in re.split(r"[^0-9A-Za-z]", text))


def _completed(found: Found, texts: Iterable[Text]) -> Found:
    """An identity with what it lacks, where the scalars next to it say one such thing and no second."""
    scalars = [one for one in texts if one.scalar]
    arcs = next(iter(found.values()))[1].split(".")
    whole, used = dict(found), {oid for _, oid in found.values()}
    for name in SHAPES:
        for up in range(_NEAR[0], _NEAR[1] + 1):
            stem = ".".join(arcs[:-up]) + "."
            near = {one.text: one for one in scalars if one.looks[0] == name and one.oid.startswith(stem)}
            near = {text: one for text, one in near.items() if one.oid not in used}
            if name in whole or len(near) > 1:
                break
            for one in near.values():
                whole[name] = (one.text, one.oid)
    return _lone(scalars) | whole


def _lone(texts: Iterable[Text]) -> Found:
    """The one version, the one serial number and the one model among private scalars, where they hold no second."""
    lone: Found = {}
    for name in SHAPES:
        found = {
            one.text: one for one in texts if not is_port(one.place) and one.looks[0] == name and _tells(one, name)
        }
        if len(found) == 1:
            lone[name] = next((one.text, one.oid) for one in found.values())
    return lone


def _lone_cells(cells: Iterable[Text], texts: Iterable[Text]) -> Found:
    """What :func:`_lone` finds in tables: a model or serial number only where no second code stands anywhere."""
    lone = _lone(cells)
    codes = {one.text for one in texts if one.looks[0] != "version"}
    return lone if len(codes) == 1 else {name: found for name, found in lone.items() if name == "version"}


def _tells(one: Text, name: Shape) -> bool:
    """Whether a text is that of a device even where nothing stands beside it."""
    capital = any(char.isupper() for char in one.text)
    if name == "serial":
        return one.sure or (capital and not TWELVE.fullmatch(one.text))
    return one.looks == ("model",) and capital if name == "model" else one.sure
