"""What unnamed text looks like: a version, a model or a serial number, where no rule says what it is.

:mod:`collectors.unnamed` makes an identity of the private objects of a vendor that no rule knows.
"""

from __future__ import annotations

import re
from typing import Literal

Shape = Literal["model", "serial", "version"]

# As HPE and Aruba number (letters, then numbers) and as Huawei and others in China do.
LETTERED = re.compile(
    r"(?<![\w.])([A-Z]{1,3}\.\d{1,2}\.\d{1,2}(?:\.\d{2,5})?[a-z]?|V\d{3,4}R\d{3,4}\w{0,20}|V\d{1,2}R\d{1,3}[A-Z]\d\w{0,20})\b"
)
# Words with letters and digits that are no model: versions, speeds, standards, architectures, builds, counts.
LIKE_VERSION = re.compile(
    "(?i)"
    + "|".join(
        r"""
        [vr]?\d+(?:[._]\d+)+\S*  \d+  v(?!\d{4}$)\d\S*  (?:rev|ver|rel)\S*  r\d+  p\d+  b\d+  build\d+  sp\d
        [0-9a-f]{7,40}  ddr\d\S*  sata\d?  \d+gb\S*
        \d+(?:k|m|g|t)b?(?:ps|it/s)?  \d+gb?e?  10/100\S*  \d{1,2}[:/]\d\S*  \d+-?ports?  \d+(?:st|nd|rd|th)  \d+u
        ipv[46]  802\.\S+  snmpv\S*  layer\d  l[23]\+?  poe\+*  rs-?\d{3}  mib-?2?  rfc\d+  sha\d+  md5  utf-?8
        \S*x86\S*  \d+(?:-\d+)?v(?:ac|dc)?  \d{1,3}a  i\d86  armv\d\S*  mips\d*  win32  windows\S*  hz  \d+hz
        \S*v\d{3,4}r\d{2,4}\S*
        \d+k?va  h3c  3com  \d+-\d+-g[0-9a-f]+  [a-z]{1,12}(?:-[a-z])?[-.]?v?\d+\.\d+\S*  \S*[/_-]v?\d+\.\d+\.?\S*
        \d*\+?\d*x?sfp\S*  \d+g?base\S*  \d+x\d+\S*  \d+p  \d+w  \d+-?slots?  e1  t1  e3  ds\d  t2  dvb-\S+
        \S*\.(?:com|net|org|bin|img)\b\S*  \d+[kmg]?hz  h\.?26\d  mpeg-?\d  fc\d+  \S+k9\S*-mz?
        (?:ether|wlan|bridge|lte|sfp|swp|bond|loop|ram)\d*-?\d+
        (?:eth|lan|wan|ge|fe|xe|port|slot|lpt|com|tty|ttys|cpu|hdd|disk|fan|psu|vlan|wlan|ath|br)[-_/.]?\d+(?:[/.:]\d+){0,3}
        """.split()  # noqa: SIM905 - a table of patterns reads better than a list of quoted ones
    )
)
# A text that is a version and nothing else.
VERSION = re.compile(
    r"(?i)(?:v|ver|version|r|rel|release)?[ ._]?\d+(?:\.[0-9a-z]+){1,6}"
    r"(?:[-_+(][0-9a-z._()+-]{1,24}| ?\(?(?:build|rev|patch|p|rc) ?[0-9a-z._]+\)?)?"
)
# Two numbers and a dot are as often a measurement: only small ones are taken for a version.
_MEASURED = re.compile(r"-?\d+\.\d+E[+-]?\d+|\d+\.\d+[A-Za-z%]{2,}(?: .*)?|\d{3,}\.\d+|[3-9]\d\.\d+|\d+\.\d{3,}|0\.\d+")
# At least six letters and digits in a row, five of them digits: shorter pieces between dashes are an order code.
_BETWEEN = re.compile(r"[^0-9A-Za-z]")
_SERIAL = re.compile(r"(?=.*[A-Z0-9]{6})[A-Z0-9]+(?:[/_-][A-Z0-9]{2,}){0,2}|(?=.*\d{8})[A-Za-z0-9]+")
_LONGEST_SERIAL = 32
_TIME = re.compile(
    r"(?:19|20)\d\d[-/.]?[01]\d[-/.]?[0-3]\d.*|\d{1,2}[-/]\d{1,2}[-/](?:19|20)?\d\d.*"
    r"|\d{1,2}/(?:19|20)\d\d.*|\d{1,2}\.\d{1,2}\.(?:19|20)\d\d.*|1[2-7]\d{8}|\S*\d:\d.*"
    r"|(?i:(?:\d{1,2} )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d.*)"
)
_ADDRESS = re.compile(
    r"\d{1,3}(?:\.\d{1,3}){3}|(?:0x)?[0-9a-fA-F]{12}|[0-9a-fA-F]{2}(?:[ :-][0-9a-fA-F]{2}){3,7}"
    r"|[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){2}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|0x[0-9a-fA-F]+|.*(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}.*|1\.3\.6\.1.*|https?:.*"
)
_MODEL = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9+/._() -]{1,38})[A-Za-z0-9+)]")
_SERIAL_DIGITS = 5
# What numbers something else: a radio modem (IMEI) and its card (ICCID), a chip.
_OTHERS = re.compile(r"(?:01|35|86|99)\d{13}|(?=.{15}$)\d{4,8}X+|89\d{17,18}|BCM\d{4,5}\S*")
# A number that sysDescr repeats is no model.
_NUMBER = re.compile(r"\d{8,20}")

# An IPv4 address that is none: numbers of versions start low, and no address has zeros before its numbers.
_QUAD = re.compile(
    r"(?!0\.0\.0\.0|1\.1\.1\.1|1\.0\.0\.1|8\.8\.[48]\.[48]|9\.9\.9\.9)(?:\d(?:\.\d{1,4}){3}|\d{1,2}(?:\.\d+){1,2}\.0\d+)"
)
# Twelve hex digits: a MAC address, or the number of a device that is like one.
TWELVE = re.compile(r"[0-9A-F]{12}")
# A version with a name before it, or with a build or day behind it.
_VERSIONED = re.compile(
    r"(?i)[a-z][a-z0-9]{1,15}(?:[-_. ][a-z0-9]{1,12}){0,2}[-_ ][a-z]?[-_ ]?v?\d+(?:\.\d+){2,5}\S{0,24}"
    r"|\S{2,20}[-_ ][vr]\d+(?:\.\d+){1,5}(?:[-,_]?build ?\d+)?(?:,\S+)?"
    r"|[vr]?\d+(?:\.[0-9a-z]+){1,5}[ ,/(-]+(?:build|rev|mr|ga|\d|\(|[a-z]{3} \d).{0,40}"
    r"|[\w-]{2,10}[ -]?V\d{3,4}R\d{3,4}\w{0,20}|[\w() .-]{2,24} v?\d+(?:\.\d+){2,4}|[a-z0-9]{2,12}\d\.\d+\.\d+"
    r"|[a-z][a-z0-9]{1,15} \d+(?:\.[0-9a-z]+){1,5} build\S*"
    r"|.{0,40}\b(?:version|ver\.?|firmware|fw|f/w|software|v) ?[:=]? ?v?\d+\.\d+.{0,60}|\S+ build \d{3,}"
)
_DATED = re.compile(
    r"(?<!build)[ ,/(-]+(?:(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ ,].*"
    r"|\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ ,].*"
    r"|(?:(?:19|20)\d\d([-./]?)[01]\d\1[0-3]\d|\d\d[./]\d\d[./]\d{4})(?: .*)?|(?=\d*[a-f])[0-9a-f]{7,12}(?: \(\))?)$",
    re.IGNORECASE,
)
_BEHIND_NAME = re.compile(r"(?i)[^,]*?\b(?:version|ver\.?|firmware|fw|f/w|software|v) ?[:=]? ?v?(\d+\.\d+\S*)")
_NAME_BEFORE = re.compile(
    r"(?i)([^,;:]{4,40}?),? (?:version|firmware|fw|f/w|software|v)\b ?[:=]? ?(?:version )?v?\d+\.\d"
    r"|([^,;:]{4,40}?) v\d+\.\d+"
)
# A name of up to six words, one of which is of capitals, has a capital in its midst or is written with dashes.
_NAME = re.compile(
    r"(?=.{3,40}$)(?![A-Z]{6,}$)(?=.*(?:\b[A-Z][A-Z0-9]{1,11}\b|\b[A-Za-z]+[a-z]*[A-Z][a-z]*|[A-Z]\w*-[A-Z]))"
    r"[A-Z][\w+/()-]*(?: [A-Za-z0-9][\w+/()-]*){0,5}"
)
_NO_NAME = re.compile(
    r"(?i)\b(?:inc|ltd|co|corp|gmbh|ag|llc|agent|snmp|switch|router|firewall|ethernet|managed|networking|device|card|interface|mib"
    r"|ok|utc|gmt|dhcp|ntp|gps|on|off|up|down|yes|no|true|false|auto|none|local|public|admin|root|https?|tcp|udp|lan|wan"
    r"|ac|dc|normal|active|enabled|disabled|master|slave|pass|fail|alarm|idle|test|default|room|site|rack|clei)\b"
)
_NUMBER_FIRST = re.compile(r"[vVrR]?\d")
# A fingerprint, a key, an address of a port on a storage network.
_HASH = re.compile(
    r"(?=.*[a-z]\d.*[a-z]\d)\d*(?:[A-Za-z]+\d+){3,8}[A-Za-z]*"
    r"|(?=.*[a-f])(?=.*\d)[0-9a-f]{6,}|(?=.*[A-Fa-f])(?:[0-9A-Fa-f]{16}|[0-9A-Fa-f]{20,})"
)
# A number with its unit; a part or port by its number.
_PART_OR_AMOUNT = re.compile(
    r"(?i)-?\d+(?:\.\d+)? [a-z%/]{1,8}(?: .*)?"
    r"|(?:.* )?(?:fan|outlet|port|power|power supply|psu|ps|pem|battery|input|output|sensor|temperature|disk|slot|unit"
    r"|node|probe|system|device|channel|cpu|core|dimm|memory|vlan|wan|lan|cellular|relay|alarm|index|level|engine|module|card|board|tray|bank|phase|line|group|zone"
    r"|current|voltage|frequency|humidity|load|breaker|circuit|branch|inlet|user|eth|link|contact|string|cell|stage)"
    r"[ _#-]?[A-Z]?\d{1,3}"
    r"|\d+g base.*|.* -?\d+(?:\.\d+)? ?db[mi]?|\S*[_-](?:temperature|humidity|voltage|current|power)"
    r"|.* (?:\w*voltage|\w*current|\w*temp(?:erature)?|humid(?:ity)?|sensor|power|fail(?:ed|ure)?"
    r"|fault|warning|alarm|error|status|state|disconnected|break)"
)
# A name that somebody gave a host: small letters and numbers around dashes.
_HOST = re.compile(
    r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+|[a-z][a-z0-9]*(?:-[a-z0-9]*[a-z][a-z0-9]*)*-[0-9]{1,5}|[a-z]+(?:-[a-z]+)+[0-9]{1,5}"
)
# Capitals and digits that change often; an order code of numbers (60-000367-02).
_CODE = re.compile(r"(?=(?:[A-Z]*\d){3})(?=(?:\d*[A-Z]){3})[A-Z0-9]{9,16}|(?=(?:[A-Z]+\d+){2})[A-Z0-9]{8}")
# A number in pieces, as some print it (54-2354-8708).
_PIECES = re.compile(r"(?=(?:\D*\d){8})[0-9A-Z]{2,6}(?:-[0-9A-Z]{2,6}){2,4}")
_ORDER_CODE = re.compile(r"\d{2,4}-\d{4,7}-\d{2,3}|\d{6}-[A-Z0-9]\d{2}")
# What is told by its form as a whole, the first that fits.
_FORMS: tuple[tuple[re.Pattern[str], tuple[Shape, ...]], ...] = (
    (_TIME, ()),
    (_QUAD, ("version",)),
    (TWELVE, ("serial",)),
    (_ADDRESS, ()),
    (_OTHERS, ()),
    (LETTERED, ("version",)),
    (_HASH, ()),
    (_HOST, ()),
    (_ORDER_CODE, ("model", "serial")),
    (_PIECES, ("model", "serial")),
)


def shape(text: str, descr: str) -> Shape | None:
    """What a private text looks like most; None for what is no part of an identity."""
    return next(iter(shapes(text, descr)), None)


def shapes(text: str, descr: str) -> tuple[Shape, ...]:
    """All that a private text may be, the likeliest first; a word that also stands in sysDescr is a model, no serial.

    A code of capitals and digits that change often may be either, and so may one with many digits. Twelve hex digits
    are a MAC address where they are not the number of a device.
    """
    looks: tuple[Shape, ...] | None = next((looks for form, looks in _FORMS if form.fullmatch(text)), None)
    if looks is None and _MEASURED.fullmatch(text):
        looks = ()
    if looks is None and VERSION.fullmatch(_DATED.sub("", text)):
        looks = ("version",)
    if looks is None:
        looks = ("version",) if _VERSIONED.fullmatch(text) else _codes(text)
    return tuple(one for one in looks if one != "serial" or text not in descr or _NUMBER.fullmatch(text))


def _codes(text: str) -> tuple[Shape, ...]:
    """Whether letters and digits are a serial number, a model, or may be either."""
    digits = max(sum(char.isdigit() for char in piece) for piece in _BETWEEN.split(text))
    if digits >= _SERIAL_DIGITS and len(text) <= _LONGEST_SERIAL and _SERIAL.fullmatch(text):
        return ("serial", "model") if any(char.isalpha() for char in text) else ("serial",)
    if _CODE.fullmatch(text):
        return ("model", "serial")
    plain = digits and _MODEL.fullmatch(text) and text.count(" ") <= 3  # noqa: PLR2004 - more is a sentence
    return () if not plain or LIKE_VERSION.fullmatch(text) or _PART_OR_AMOUNT.fullmatch(text) else ("model",)


def is_name(text: str) -> bool:
    """Whether a text without a number may be a product's name: a word of capitals, or with a capital in its midst.

    Words of the trade, of a company's form and of a state are none.
    """
    return bool(_NAME.fullmatch(text)) and not is_trade(text)


def is_trade(text: str) -> bool:
    """Whether a text has words of the trade, of a company's form or of a state."""
    return bool(_NO_NAME.search(text))


def begins(descr: str, text: str) -> bool:
    """Whether a sysDescr begins with a text of some words that has a number: what the vendor calls the device."""
    return descr.startswith(text) and " " in text and any(char.isdigit() for char in text)


def name_of(text: str) -> str | None:
    """The name before the version in a private text that has both (``QX-424E v7.4.0``), or None."""
    hit = None if _NUMBER_FIRST.match(text) else _NAME_BEFORE.match(text)
    return (hit[1] or hit[2]) if hit else None


def version_of(text: str) -> str:
    """The version in a private text that looks like one: without the day or commit behind it and the name before it."""
    text = _DATED.sub("", text).split(", ")[0]
    hit = None if " " not in text or _NUMBER_FIRST.match(text) else _BEHIND_NAME.match(text)
    return hit[1] if hit else text
