"""What unnamed text looks like: a version, a model or a serial number, where no rule says what it is.

Two places are read so: the words of sysDescr, and the private objects of a vendor that no rule knows. Of the latter one
value alone says little; an *identity group*, siblings of one MIB group or the cells of one row of which at least two
have different shapes of the three, is how vendors write down what a device is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Literal

from collectors.text import clean_name, clean_serial
from collectors.transport import Value

Shape = Literal["model", "serial", "version"]

# A version: behind a word that announces one (a plain one before a revision, which is often the hardware's), or a lone
# number with two dots or more.
_NUMBER = (
    r"\b[\s.:=#_-]{0,3}(?:version|ver|release|rev)?[\s.:=]{0,3}"
    r"([vr]?\d+(?:[._-][0-9a-z]+){1,8}(?:\([0-9a-z.]{1,12}\)[0-9a-z]*)?)"
)
# The version of a boot loader or of the board is not that of the device.
_OTHER = r"(?<!hardware )(?<!hard-ware )(?<!boot )(?<!bootloader )(?<!bootrom )(?<!loader )(?<!hw )(?<!pcb )(?<!cpld )"
_ANNOUNCED = (
    re.compile(rf"(?i)(?<!boot )(?<!firm-)\b(?:software|firmware|fw|sw|image|app){_NUMBER}"),
    re.compile(rf"(?i){_OTHER}\b(?:version|ver|os|ros|release){_NUMBER}"),
)
_REVISED = re.compile(rf"(?i){_OTHER}\b(?:rel|revision|rev){_NUMBER}")
# As HPE and Aruba number (letters, then numbers) and as Huawei and others in China do.
_LETTERED = re.compile(r"(?<![\w.])([A-Z]{1,3}\.\d{1,2}\.\d{2}(?:\.\d{2,5})?[a-z]?|V\d{3}R\d{3}\w{0,20})\b")
_LONE = re.compile(r"(?<![\w.])[vV]?(\d+\.\d+\.\d+[0-9A-Za-z.()_-]{0,24})|(?<![\w.])[vV](\d+\.\d+[0-9A-Za-z._-]{0,24})")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9+/._()-]*")
_UNAME = re.compile(r"^(?:Linux|FreeBSD|Darwin|SunOS|NetBSD|OpenBSD|AIX|HP-UX)\s(?:\S+\s)?(\d[\w.-]*)")
# What else runs in a device, in the midst of a sysDescr.
_INNER = re.compile(
    r"(?i)(?<=.)\b(?:linux(?: kernel)?|kernel|u-boot|bootloader|boot ?rom|busybox|net-snmp)\b[ :v]*(?:version )?\d\S*"
)
# Words with letters and digits that are no model: versions, speeds, standards, architectures, builds, counts.
_LIKE_VERSION = re.compile(
    "(?i)"
    + "|".join(
        r"""
        [vr]?\d+(?:[._]\d+)+\S*  \d+  v\d\S*  (?:rev|ver|rel)\S*  r\d+  p\d+  b\d+  build\d+  sp\d  [0-9a-f]{7,40}
        \d+(?:k|m|g|t)b?(?:ps|it/s)?  \d+gb?e?  10/100\S*  \d{1,2}[:/]\d\S*  \d+-?ports?  \d+(?:st|nd|rd|th)  \d+u
        ipv[46]  802\.\S+  snmpv\S*  layer\d  l[23]\+?  poe\+*  rs-?\d{3}  mib-?2?  rfc\d+  sha\d+  md5  utf-?8
        \S*x86\S*  \d+v  i\d86  armv\d\S*  mips\d*  win32  windows\S*  hz  \d+hz  \d+v(?:ac|dc)  \d+k?va  h3c  3com
        \d+-\d+-g[0-9a-f]+  [a-z]{1,12}(?:-[a-z])?[-.]?v?\d+\.\d+\S*  \S*[/_-]v?\d+\.\d+\.?\S*
        \d*\+?\d*x?sfp\S*  \d+g?base\S*  \d+x\d+\S*  \d+p  \d+w  \d+-?slots?  e1  t1  e3  ds\d  t2  dvb-\S+
        \S*\.(?:com|net|org|bin|img)  \d+[kmg]?hz  h\.?26\d  mpeg-?\d  fc\d+  \S+k9\S*-mz?
        (?:eth|lan|wan|ge|fe|xe|port|slot|lpt|com|tty|ttys|cpu|hdd|disk|fan|psu|vlan|wlan|ath|br)[-_/.]?\d+(?:[/.:]\d+){0,3}
        """.split()  # noqa: SIM905 - a table of patterns reads better than a list of quoted ones
    )
)
_LONGEST_MODEL = 32
# A word behind "model" or the like comes before all others.
_MODEL_SAID = re.compile(
    r"(?i)\b(?:model|series|hwsku|product|platform)(?: ?(?:name|number|no|id))?\.? ?[:=] ?([A-Z0-9][\w+/.-]{2,31})"
)
_WORDS = 12

_VERSION = re.compile(
    r"(?i)(?:v|ver|version|r|rel|release)?[ ._]?\d+(?:\.[0-9a-z]+){1,6}"
    r"(?:[-_+(][0-9a-z._()+-]{1,24}| ?\(?(?:build|rev|patch|p|rc) ?[0-9a-z._]+\)?)?"
)
# Two numbers and a dot are as often a measurement: only small ones are taken for a version.
_MEASURED = re.compile(r"\d+\.\d+[A-Za-z%]{2,}|\d{3,}\.\d+|[3-9]\d\.\d+|\d+\.\d{3,}|0\.\d+")
# At least six letters and digits in a row, five of them digits: shorter pieces between dashes are an order code.
_BETWEEN = re.compile(r"[^0-9A-Za-z]")
_SERIAL = re.compile(r"(?=.*[A-Z0-9]{6})[A-Z0-9]+(?:[/_-][A-Z0-9]+){0,2}")
_LONGEST_SERIAL = 32
_TIME = re.compile(
    r"(?:19|20)\d\d[-/.]?[01]\d[-/.]?[0-3]\d.*|\d{1,2}[-/]\d{1,2}[-/](?:19|20)?\d\d.*"
    r"|\d{1,2}\.\d{1,2}\.(?:19|20)\d\d.*|1[2-7]\d{8}|\S*\d:\d.*"
)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|(?:0x)?[0-9a-fA-F]{12}|[0-9a-fA-F]{2}(?:[ :-][0-9a-fA-F]{2}){3,7}")
_MODEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9+/._() -]{1,38})[A-Za-z0-9+)]")
_SERIAL_DIGITS = 5
# A table with more rows of the kind lists disks, memory or optics, not the device or the members of a stack.
_FEW = 4


_SERIAL_SAID = re.compile(r"(?i)\b(?:serial(?: ?(?:number|num|no))?|s/n|sn)\b[\s.:=#]{1,3}([A-Z0-9][A-Z0-9-]{4,30})\b")


def serial_in(text: str) -> str | None:
    """The serial number that a sysDescr announces as one, or None."""
    hit = _SERIAL_SAID.search(text)
    return clean_serial(hit[1]) if hit else None


def version_in(text: str) -> str | None:
    """The version that a sysDescr announces, or None."""
    uname = _UNAME.match(text)
    if uname:
        return uname[1]
    if "(" in text and _VERSION.fullmatch(text):
        return text
    text = _INNER.sub(" ", text)
    for pattern in (*_ANNOUNCED, _LETTERED, _REVISED, _LONE):
        hit = pattern.search(text)
        if hit:
            found = next(group for group in hit.groups() if group).rstrip(".-_(")
            return found if found.count(")") <= found.count("(") else found.rstrip(")")
    return None


def model_in(text: str) -> str | None:
    """The word of a sysDescr that looks like a model: letters and digits, near the front, and not a version; or None.

    A uname line and a text without such a word give None; a short sysDescr of one or two words is a model itself.
    """
    if _UNAME.match(text) or text.startswith("Linux"):
        return None
    for hit in [*_MODEL_SAID.finditer(text), *list(_WORD.finditer(text))[:_WORDS]]:
        said = hit[hit.lastindex or 0]
        word = said.strip("._-/(").rstrip(")" if "(" not in said else "")
        plain = any(char.isdigit() for char in word) and any(char.isalpha() for char in word)
        if plain and 3 <= len(word) <= _LONGEST_MODEL and not _LIKE_VERSION.fullmatch(word):  # noqa: PLR2004 - shorter says nothing
            return word
    return None


def shape(text: str, descr: str) -> Shape | None:
    """What a private text looks like; a word that also stands in sysDescr is a model, never a serial number."""
    if _TIME.fullmatch(text) or _ADDRESS.fullmatch(text) or text.startswith(("1.3.6.1", "http")):
        return None
    if _LETTERED.fullmatch(text):
        return "version"
    if _VERSION.fullmatch(text):
        return None if _MEASURED.fullmatch(text) else "version"
    digits = max(sum(char.isdigit() for char in piece) for piece in _BETWEEN.split(text))
    letters = sum(char.isalpha() for char in text)
    if digits >= _SERIAL_DIGITS and len(text) <= _LONGEST_SERIAL and _SERIAL.fullmatch(text) and text not in descr:
        return "serial"
    if digits and letters and _MODEL.fullmatch(text) and text.count(" ") <= 3 and not _LIKE_VERSION.fullmatch(text):  # noqa: PLR2004 - more is a sentence
        return "model"
    return None


def identity_group(values: Mapping[str, Value], descr: str) -> dict[Shape, tuple[str, str]]:
    """The texts of the first and fullest identity group among private objects, each with the OID where it stands.

    Args:
        values: private objects by OID, in their order.
        descr: the sysDescr.
    """
    groups: dict[str, dict[Shape, tuple[str, str]]] = {}
    for oid, value in values.items():
        text = clean_name(value) if isinstance(value, bytes) else None
        looks = shape(text, descr) if text else None
        if text and looks is None and shape(text.split(", ")[0], descr) == "version":
            text, looks = text.split(", ")[0], "version"
        if not text or looks is None:
            continue
        group = groups.setdefault(_group(oid), {})
        if looks not in group or (looks == "version" and _better(text, group[looks][0], descr)):
            group[looks] = (text, oid)
    full = {place: group for place, group in groups.items() if len(group) > 1}
    rows = Counter(place.split(" ")[0] for place in full)
    single = [group for place, group in full.items() if rows[place.split(" ")[0]] <= _FEW]
    return max(single, key=len) if single else _lone(groups)


def _lone(groups: Mapping[str, Mapping[Shape, tuple[str, str]]]) -> dict[Shape, tuple[str, str]]:
    """The one version among private scalars, where they hold no second and nothing else of an identity."""
    found = [group["version"] for place, group in groups.items() if "version" in group and " " not in place]
    return {"version": found[0]} if len({text for text, _ in found}) == 1 and found[0][0].count(".") > 1 else {}


def _group(oid: str) -> str:
    """What the siblings of an object share: the group of a scalar, the table and row of a cell."""
    column, _, index = oid.rpartition(".")
    above = column.rpartition(".")[0]
    return above if index == "0" else f"{above} {index}"


def _better(text: str, other: str, descr: str) -> bool:
    """Whether a version is rather the software's: sysDescr says it too, or it has more numbers."""
    return (text in descr, text.count(".")) > (other in descr, other.count("."))
