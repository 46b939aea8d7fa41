"""What is asked of one device until it is answered: gives the next request, takes its reply, knows no socket.

A question is told of three things: a reply (:meth:`~Question.take`), silence (:meth:`~Question.silence`), and that it
must end (:meth:`~Question.stop`), because the device has used up what one device may.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from collectors.engine.message import Reply, Request


@dataclass(frozen=True, slots=True)
class Silence:
    """A request was not answered.

    ``garbage`` says that something came that cannot be read, ``closed`` that nobody listens there; ``foreign`` is the
    address from which an answer came that was not asked, where one did; ``answered`` whether the device has ever
    answered before.
    """

    garbage: bool = False
    closed: bool = False
    foreign: str = ""
    answered: bool = False


class Question(Protocol):
    """Something to ask of one device."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to ask."""
        ...

    def waits(self, timeouts: Sequence[float]) -> Sequence[float]:
        """How long to wait for the next reply, each time it is asked for, out of all that the settings allow."""
        ...

    def request(self, version: int) -> Request:
        """What to send next; asking twice gives the same again."""
        ...

    def take(self, reply: Reply) -> None:
        """Note what a reply to the last request holds.

        Raises:
            UnreadableError: when it holds what cannot be read.
        """
        ...

    def silence(self, silence: Silence) -> bool:
        """Note that the last request was not answered; whether there is still something to ask."""
        ...

    def stop(self, reason: str) -> bool:
        """End here; whether what was read so far is an answer."""
        ...
