"""What a device's silence over SNMP means, in words for the person who reads the run."""

from __future__ import annotations

from collectors.observation import Outcome
from collectors.transport import TransportError


def silence_error(
    place: str,
    tries: int,
    *,
    community: bool,
    garbage: bool,
    answered: bool,
    introduced: bool,
    closed: bool,
    foreign: str = "",
) -> TransportError:
    """Why a device counts as silent, refusing or failed.

    Args:
        place: address and port.
        tries: how often it was asked.
        community: whether by community (v1, v2c) instead of a user (v3).
        garbage: whether something came that cannot be read.
        answered: whether it answered anything before.
        introduced: whether its SNMPv3 engine at least said who it is.
        closed: whether the port said that nobody listens.
        foreign: the address that answered instead, where one did.
    """
    times = f"{tries} tries" if tries > 1 else "one try"
    if garbage:
        return TransportError(Outcome.FAILED, f"{place} answers, but not with SNMP that can be read")
    if answered:
        return TransportError(Outcome.SILENT, f"{place} stopped answering ({times})")
    if introduced:
        # an agent that cannot decrypt a request drops it without a word (RFC 3414 section 3.2, step 8)
        text = "its SNMPv3 engine answers, but not this user's request: wrong priv password or algorithm?"
        return TransportError(Outcome.REFUSED, f"{place}: {text}")
    if closed:
        return TransportError(Outcome.SILENT, f"nothing listens on {place} (port unreachable)")
    if foreign:
        text = f"{foreign} answers in its place: if that is the same device, write multi-homed in the target's tags"
        return TransportError(Outcome.SILENT, f"no answer from {place} in {times}; {text}")
    cause = (
        "it is down, filtered, or the community is wrong, which looks the same in SNMPv2c"
        if community
        else "it is down, filtered, or does not speak SNMPv3"
    )
    return TransportError(Outcome.SILENT, f"no answer from {place} in {times}: {cause}")
