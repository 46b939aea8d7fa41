"""The support state of one unit as of a date (forecast-model.md 2.3). What is not known is unknown, never supported."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from estate.lifecycle.milestones import Match, State, UnitState

if TYPE_CHECKING:
    from estate.policy.policies import Policy

# How long before its date a unit counts as ending where neither the user nor a policy says so.
DEFAULT_WINDOW_DAYS = 365


def binding_date(match: Match, policy: Policy | None, *, cyber_essentials: bool) -> tuple[str, dt.date | None]:
    """The milestone that decides, and its date: the last supported day; blank and None where none is known.

    The end of security support binds a unit that faces the internet, and every unit where the council holds Cyber
    Essentials; else the end of support alone. Of two that bind, the earlier, and security on the same day. Where only
    one of the two is known, it stands in for the other.
    """
    security = match.dates.get("end_of_security_support")
    support = match.dates.get("end_of_support")
    security_binds = cyber_essentials or (policy is not None and policy.exposure == "internet")
    if security and (support is None or (security_binds and security <= support)):
        return "end_of_security_support", security
    return ("end_of_support", support) if support else ("", None)


def why_it_binds(match: Match, policy: Policy | None, *, cyber_essentials: bool) -> str:
    """In words, why the date that :func:`binding_date` chooses is the one; blank where there is none."""
    milestone, day = binding_date(match, policy, cyber_essentials=cyber_essentials)
    if day is None:
        return ""
    security, support = (name in match.dates for name in ("end_of_security_support", "end_of_support"))
    if not (security and support):
        return "it is the only one of the two ends that a source gives"
    reason = "nothing makes the end of security support bind: exposure is internal, or there is no policy"
    if policy is not None and policy.exposure == "internet":
        reason = f"policy {policy.policy} ({policy.source}) has exposure internet: the earlier of the two ends binds"
    elif cyber_essentials:
        reason = "cyber_essentials in estate.toml: the earlier of the two ends binds"
    elif policy is not None:
        reason = f"policy {policy.policy} ({policy.source}) has exposure internal: the end of support alone binds"
    return reason if milestone else ""


def unit_state(
    match: Match,
    policy: Policy | None,
    as_of: dt.date,
    within: int | None,
    cyber_essentials: bool,  # noqa: FBT001 - a setting handed on by its own name
) -> UnitState:
    """The state of a unit with this match, policy and window (days; None: the policy's, else 365).

    ``ending`` from the window's first day to the date itself; ``unsupported`` from the day after. Before the date of a
    series the state holds at the latest until then: it is not ``confirmed``.
    """
    window = _window(policy, within)
    milestone, date = binding_date(match, policy, cyber_essentials=cyber_essentials)
    if date is None:
        state = State.NOT_ANNOUNCED if match.not_announced_on else State.UNKNOWN
    elif as_of > date:
        state = State.UNSUPPORTED
    elif (date - as_of).days <= window:
        state = State.ENDING
    else:
        state = State.SUPPORTED
    return UnitState(state, milestone, date, date is not None and not match.latest_possible, window, match)


def _window(policy: Policy | None, within: int | None) -> int:
    if within is not None:
        return within
    return policy.window_days if policy else DEFAULT_WINDOW_DAYS
