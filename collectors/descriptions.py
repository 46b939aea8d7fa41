"""What a sysDescr says in words: a model, a serial number, a version, where no rule says how to read it."""

from __future__ import annotations

import re

from collectors.shapes import LETTERED, LIKE_VERSION, VERSION
from collectors.text import clean_serial

# A version: behind a word that announces one (a plain one before a revision, which is often the hardware's), or a lone
# number with two dots or more.
_NUMBER = (
    r"\b[\s.:=#_-]{0,3}(?:version|ver|release|rev)?[\s.:=]{0,3}"
    r"(?:[a-z]{2,6}-)?([vr]?\d+(?:[._-][0-9a-z]+){1,8}(?:\([0-9a-z.]{1,12}\)[0-9a-z]*)?)"
)
# The version of a boot loader or of the board is not that of the device.
_OTHER = r"(?<!hardware )(?<!hard-ware )(?<!boot )(?<!bootloader )(?<!bootrom )(?<!loader )(?<!hw )(?<!pcb )(?<!cpld )"
_ANNOUNCED = (
    re.compile(rf"(?i)(?<!boot )(?<!firm-)\b(?:software|firmware|fw|sw|image|app){_NUMBER}"),
    re.compile(rf"(?i){_OTHER}\b(?:version|ver|os|ros|release){_NUMBER}"),
)
_REVISED = re.compile(rf"(?i){_OTHER}\b(?:rel|revision|rev){_NUMBER}")
# Three numbers, of which the last may have a letter before it (as Nokia writes 9.0.R11) and a letter may stand for the
# dot (as Juniper writes 18.2R1.9); or two behind a v, or an R for release.
_LONE = re.compile(
    r"(?<![\w.])[vV]?(\d+\.\d+(?:\.[A-Z]?\d+|[A-Z]\d+)[0-9A-Za-z.()_-]{0,24})"
    r"|(?<![\w.])(?:[vV]|(?=R))(R?\d+\.\d+[0-9A-Za-z._-]{0,24})"
)
# Two numbers behind a name, at the end or before a day or build.
_LAST = re.compile(r"(?<=[A-Za-z0-9] )(\d{1,2}\.\d{1,3}(?:[a-z]\d{0,2})?)(?=$| [A-Z][a-z]{2} \d| build)")
# The version of a product, behind the kernel's in what uname says.
_ON_KERNEL = re.compile(
    r"(?:(?i:version|release) v?|(?<!SMP )\b[A-Z][A-Za-z-]{2,14}:? )(\d+\.\d+(?:\.\d+)+[\w-]*|(?<=ersion )\d\S*)"
)
# How Broadcom's switch software, which many vendors buy, writes a sysDescr: model, version, operating system.
_BOUGHT = re.compile(
    r"([^,;]{3,80}), [A-Za-z_0-9]{0,20}?((?:[A-Z]{1,2}\.)?\d+(?:\.\w+)+)(?: \(\d+\))?, (?:Linux|VxWorks|eCos)[ -]v?\d.*"
)
_WORD = re.compile(r"(?<![A-Za-z0-9+/._()-])(?<!Build )[A-Za-z0-9][A-Za-z0-9+/._()-]*")
_UNAME = re.compile(r"^(?:Linux|FreeBSD|Darwin|SunOS|NetBSD|OpenBSD|AIX|HP-UX)\s(?:\S+\s)?(\d[\w.-]*)")
# What else runs in a device, in the midst of a sysDescr.
_INNER = re.compile(
    r"(?i)(?<=.)\b(?:linux(?: kernel| [a-z][\w.-]*)?|kernel|u-boot|bootloader|boot ?rom|busybox|net-snmp)\b[ :v]*"
    r"(?:version )?\d\S*"
)
_LONGEST_MODEL = 32
# A short word before a colon names what follows; a sysDescr of one word in small letters is what a host was called.
_LONGEST_NAME = 4
_HOST = re.compile(r"[\"']?[a-z0-9][a-z0-9.-]*[\"']?")
# A word behind "model" or the like comes before all others.
_MODEL_SAID = re.compile(
    r"(?i)\b(?:model|series|hwsku|prod|product|platform)(?: ?(?:name|number|no|id))?\.? ?[:=] ?([A-Z0-9][\w+/.-]{2,31})"
)
# What is called a model needs no digit where it is no plain word.
_DASHED = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)+")
# What stands behind such a word is something else.
_OTHER_SAID = re.compile(
    r"(?i)\b(?:mode|kernel|build|host|hostname|location|contact|mac|ip|boot|bios|fpga|cpld|date|hw|fw|sw|os|ver|version"
    r"|sn|s/n|serial|state|status|uptime)(?: ?(?:no|number|id|address))?\.? ?[:=#] ?$"
)
_WORDS = 12
# Up to five words, one of them a number or with one; and what makes such a text something else.
_SHORT = re.compile(r"(?=.{4,40}$)(?=.*(?:^| )[A-Z]?\d{1,4}[A-Z]?(?: |$))\d?[A-Z][\w+/-]*(?: [\w+/()-]+){1,4}")
_NO_NAME = re.compile(
    r"(?i)\b(?:version|ver|rev|release|build|port|ports|room|floor|rack|unit|linux|windows|server|channel|node"
    r"|199\d|20[0-3]\d|k?va|volts?)\b|\(c\)"
)
_FRONT = 60
_NUMBERED = re.compile(
    r"(?<!\(R\) )\b([A-Z][A-Za-z]{1,14} (?!199\d|20[0-3]\d)[1-9]\d{2,3})(?![\w./-])"
    r"(?! ?(?:ports?|volts?|v|va|w|k|m|g|[kmg]?hz|bits?|bytes?|users?|st|street|ext)\b)"
)
_SERIAL_SAID = re.compile(r"(?i)\b(?:serial(?: ?(?:number|num|no))?|s/n|sn)\b[\s.:=#]{1,3}([A-Z0-9][A-Z0-9-]{4,30})\b")


def is_uname(text: str) -> bool:
    """Whether a sysDescr is what an operating system says of itself, and nothing of the device."""
    return bool(_UNAME.match(text)) or text.startswith("Linux")


def serial_in(text: str) -> str | None:
    """The serial number that a sysDescr announces as one, or None."""
    hit = _SERIAL_SAID.search(text)
    return clean_serial(hit[1]) if hit else None


def version_in(text: str) -> str | None:
    """The version that a sysDescr announces, or None."""
    uname = _UNAME.match(text)
    if uname:
        product = product_in(text)
        return product or uname[1]
    if "(" in text and VERSION.fullmatch(text):
        return text
    if bought := _BOUGHT.fullmatch(text):
        return bought[2]
    text = _INNER.sub(" ", text)
    for pattern in (*_ANNOUNCED, LETTERED, _REVISED, _LONE):
        hit = pattern.search(text)
        if hit:
            found = next(group for group in hit.groups() if group).rstrip(".-_(")
            return found if found.count(")") <= found.count("(") else found.rstrip(")")
    return None


def last_in(text: str) -> str | None:
    """Two numbers at the end of a sysDescr, or before its day or build: a version if nothing else is; or None."""
    hit = None if is_uname(text) else _LAST.search(text)
    return hit[1] if hit else None


def product_in(text: str) -> str | None:
    """The version of a product that what uname says names behind its kernel's, or None."""
    uname = _UNAME.match(text)
    hit = _ON_KERNEL.search(text, uname.end()) if uname else None
    return hit[1] if hit else None


def announced_in(text: str) -> str | None:
    """The version that a sysDescr announces as that of its software in so many words, or None."""
    said = None if is_uname(text) else next((hit for form in _ANNOUNCED if (hit := form.search(text))), None)
    return version_in(text) if said else None


def model_in(text: str) -> str | None:
    """The word of a sysDescr that looks like a model: letters and digits, near the front, and no version; or None.

    A uname line and a text without such a word give None.
    """
    if is_uname(text) or _HOST.fullmatch(text):
        return None
    if bought := _BOUGHT.fullmatch(text):
        return bought[1]
    for hit in [*_MODEL_SAID.finditer(text), *list(_WORD.finditer(text))[:_WORDS]]:
        said = hit[hit.lastindex or 0]
        word = said.strip("._-/(").rstrip(")" if "(" not in said else "")
        other = _OTHER_SAID.search(text[: hit.start()]) is not None
        names = len(word) <= _LONGEST_NAME and text[hit.end() : hit.end() + 1] == ":"
        numbered = any(char.isdigit() for char in word) or bool(hit.lastindex and _DASHED.fullmatch(word))
        plain = numbered and not names and not other and any(char.isalpha() for char in word)
        if plain and 3 <= len(word) <= _LONGEST_MODEL and not LIKE_VERSION.fullmatch(word):  # noqa: PLR2004 - shorter says nothing
            return word
    return None


def name_in(text: str) -> str | None:
    """What a sysDescr calls the device, where no word of it is a model: a name with a number; or None.

    A short text of few words of which one is a number is such a name as a whole (``NetBox 204``); of a longer one it is
    a number of three or four digits with the word before it (``Acme NetBox 2040 firmware v3``).
    """
    if is_uname(text):
        return None
    if _SHORT.fullmatch(text) and not _NO_NAME.search(text):
        return text
    numbered = _NUMBERED.search(text[:_FRONT])
    return numbered[1] if numbered and not _NO_NAME.search(numbered[1]) else None
