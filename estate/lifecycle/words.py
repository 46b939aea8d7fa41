"""How answers word a state and the decisions beside it; light, so that commands may import it at once."""

from __future__ import annotations

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


def state_words(state: State, *, latest: bool, plain: bool) -> str:
    """A state for people: before the date of a series it holds at the latest until then; ``plain`` for programs."""
    late = latest and not plain and str(state) != "unsupported"
    return f"{state}, at the latest" if late else str(state)
