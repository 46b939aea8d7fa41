"""How answers word a state and the decisions beside it; light, so that commands may import it at once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from estate.lifecycle.milestones import State
    from estate.policy.decisions import Decision


def decisions_of(decisions: Iterable[Decision], *, as_text: bool) -> list[Any]:
    """Decisions as an answer shows them: sentences for people and spreadsheets, the fields for programs."""
    if as_text:
        return [decision.sentence() for decision in decisions]
    names = ("decision", "kind", "expires", "date", "fy", "approver", "reference", "source")
    return [{name: getattr(decision, name) for name in names} for decision in decisions]


def state_words(state: State, *, latest: bool, plain: bool, silent_on: dt.date | None = None) -> str:
    """A state as an answer shows it: the bare word for programs (``plain``), all that makes it true for people.

    Before the date of a series (``latest``) it holds at the latest until then; that no end is announced is true of a
    day (``silent_on``).
    """
    name = str(state)
    if plain:
        return name
    if name == "not_announced":
        return f"not announced as of {silent_on}" if silent_on else "not announced"
    return f"{name}, at the latest" if latest and name != "unsupported" else name
