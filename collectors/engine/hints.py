"""What a poll learns of a device for the next one, as plain JSON values: in go those of last time, out come tonight's.

All of it is only believed until the device says otherwise. A device that had to be asked for less is asked for all
again after some polls, so that one bad night is not remembered for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collectors.engine.message import V1, V2C, V3
from collectors.engine.usm import Clock, User, UserMessages
from collectors.engine.walker import WIDTH, Manner

_VERSIONS: Final = {"1": V1, "2c": V2C, "3": V3}
_FORGET: Final = 7  # polls
_MAX_CLOCK: Final = 0x7FFFFFFF  # boots of an engine
_MAX_TIME: Final = 1 << 40  # seconds of the epoch
_MAX_ENGINE: Final = 64  # hexadecimal digits of an engine id


def manner(hints: Mapping[str, Any], repetitions: int) -> Manner:
    """How to walk a device, with at most so many repetitions."""
    if _number(hints, "eased", 0) >= _FORGET:
        return Manner(repetitions)
    known = min(_number(hints, "repetitions", repetitions), repetitions)
    return Manner(known, min(_number(hints, "width", WIDTH), WIDTH), hints.get("bulk") is not False)


def version(hints: Mapping[str, Any]) -> int:
    """The version that a device with a community was last seen to speak."""
    return V1 if hints.get("version") == "1" else V2C


def user_messages(hints: Mapping[str, Any], user: User) -> UserMessages:
    """The messages to a device whose engine may be known."""
    engine, boots, since = hints.get("engine"), hints.get("boots"), hints.get("since")
    if not (isinstance(engine, str) and isinstance(boots, int) and isinstance(since, int)):
        return UserMessages(user)
    if not (0 <= boots <= _MAX_CLOCK and 0 <= since <= _MAX_TIME):
        return UserMessages(user)
    try:
        return UserMessages(user, bytes.fromhex(engine[:_MAX_ENGINE]), Clock(boots, float(since)))
    except ValueError:
        return UserMessages(user)


def learnt(
    hints: Mapping[str, Any], full: Manner, walked: Manner, spoken: int, requests: int, messages: object
) -> dict[str, Any]:
    """The hints for next time.

    Args:
        hints: those of last time.
        full: how a device is walked of which nothing is known.
        walked: how it was walked at the end.
        spoken: the version.
        requests: how many there were.
        messages: what encoded them.
    """
    name = next(text for text, number in _VERSIONS.items() if number == spoken)
    found: dict[str, Any] = {"version": name, "requests": requests}
    found |= {"repetitions": walked.repetitions, "width": walked.width, "bulk": walked.bulk}
    if walked != full:
        found["eased"] = _number(hints, "eased", 0) % _FORGET + 1
    if isinstance(messages, UserMessages) and messages.engine and messages.clock.since is not None:
        # whole seconds: what did not change shall look the same next night
        found |= {"engine": messages.engine.hex(), "boots": messages.clock.boots}
        found["since"] = round(messages.clock.since)
    return found


def _number(hints: Mapping[str, Any], key: str, default: int) -> int:
    found = hints.get(key)
    return found if isinstance(found, int) and found > 0 else default
