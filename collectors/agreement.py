"""Whether two ways of asking a device say the same of it, in whatever spelling."""

from __future__ import annotations

import re
from typing import Any, Final

_VERSIONS: Final = frozenset({"version", "hardware_revision", "firmware_revision", "software_revision"})
_OTHER_NAME: Final = {"model": "part_number", "part_number": "model"}

# A text shorter than this names no series.
_SERIES: Final = 4

_LEADING_ZEROS: Final = re.compile(r"(?<![0-9])0+(?=[0-9])")
_BUILD: Final = re.compile(r"[\s,;(\[-]+build.*$")
_VERSION_MARK: Final = re.compile(r"^(?:version|ver\.?|release|v)\s*(?=\d)")
_BLANKS: Final = re.compile(r"[\s_-]+")


def agree(name: str, value: str, other: str, vendor: str | None = None) -> bool:
    """Whether two values of a field say the same.

    They may differ in case, blanks and the vendor's name in front; versions also in leading zeros (``17.09.04a`` is
    ``17.9.4a``), a ``v`` in front and a build number behind. A model may be the series of the other (``C2960X`` and
    ``WS-C2960X-48FPD-L``): that is less exact, not something else.
    """
    one, two = _plain(name, value, vendor), _plain(name, other, vendor)
    series = name == "model" and min(len(one), len(two)) >= _SERIES
    return one == two or (series and (one in two or two in one))


def _plain(name: str, value: str, vendor: str | None) -> str:
    text = " ".join(value.split()).casefold()
    if name == "sys_name":
        return text.partition(".")[0]
    if name in _VERSIONS:
        return _LEADING_ZEROS.sub("", _BUILD.sub("", _VERSION_MARK.sub("", text)))
    if name == "serial":
        return text
    for word in (vendor or "").casefold(), (vendor or "").casefold().partition(" ")[0]:
        if word and text.startswith(word) and text != word:
            text = text.removeprefix(word)
    return _BLANKS.sub("", text)


def by_other_name(name: str, one: Any, two: Any) -> bool:
    """Whether what one calls its model is what the other calls its part number."""
    cross = _OTHER_NAME.get(name)
    if cross is None:
        return False
    pairs = ((getattr(one, name), getattr(two, cross)), (getattr(one, cross), getattr(two, name)))
    return any(left and right and agree(name, left, right, one.vendor) for left, right in pairs)
