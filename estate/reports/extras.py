"""What a report tells beside the rows of its version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from estate.forecast.accuracy import Outturn
    from estate.forecast.bridge import Bridge
    from estate.forecast.options import Option
    from estate.forecast.signature import Event


@dataclass(frozen=True, slots=True)
class Extras:
    """What a report tells beside its version's rows.

    ``signature`` is the event by which it was signed, or None; ``bridge`` leads from an earlier version to this one,
    and ``bridge_note`` says from which, or why there is none; ``outturns`` compare signed versions with what was spent.
    ``options`` are what can be chosen, ``options_note`` why there are none; ``waivers`` holds the last day of each
    waiver in force, None where nobody knows.
    """

    signature: Event | None = None
    bridge: Bridge | None = None
    bridge_note: str = ""
    outturns: tuple[Outturn, ...] = ()
    options: tuple[Option, ...] = ()
    options_note: str = ""
    waivers: tuple[dt.date, ...] | None = None
