"""One device, one request at a time: sends what a question asks, hears the answer, and asks again where none comes.

A repeated request keeps its id: an answer that comes later than its timeout still counts. What one device may take in
time, requests and octets is bounded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from collectors.engine import message
from collectors.engine.ber import UnreadableError
from collectors.engine.hub import Address, Hub
from collectors.engine.message import V1, V2C, V3, Community, Head, Reply
from collectors.engine.question import Question, Silence
from collectors.engine.usm import EngineError, ReportError, UserMessages
from collectors.observation import Outcome
from collectors.transport import TransportError

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_REQUESTS: Final = 50_000
# How often an SNMPv3 engine may introduce itself or correct our idea of its clock during one request.
_CORRECTIONS: Final = 4
# After an answer that cannot be read, how long the right one may still take; and the pause after a closed port.
_GRACE: Final = 0.25
# How soon a device that answers fast is asked again: after so many seconds at least, and so many times its slowest.
_SOON: Final = 0.5
_SLOWER: Final = 4
_MOST_BACKOFF: Final = 64
_QUIET: Final = Silence(answered=True)
_DEAD: Final = Silence()


class SilenceError(Exception):
    """A question was not answered, and there is nothing smaller to ask."""

    def __init__(self, silence: Silence) -> None:
        super().__init__("no answer")
        self.silence = silence


@dataclass(slots=True, eq=False)
class Conversation:
    """What is being asked of one device.

    ``version`` is V1, V2C or V3, and changes from V2C to V1 where a device only speaks that. ``timeouts`` are the waits
    of the first tries, ``patience`` those of a request now, ``seconds`` what everything together may take.
    ``answered`` says whether it ever answered, ``requests`` and ``octets`` what it took so far.
    """

    hub: Hub
    address: Address
    messages: Community | UserMessages
    version: int
    timeouts: Sequence[float]
    seconds: float
    any_source: bool = False
    patience: Sequence[float] = ()
    answered: bool = False
    requests: int = 0
    octets: int = 0
    sent: float = 0.0
    deadline: float = 0.0
    ends: float = 0.0
    _question: Question | None = None
    _future: asyncio.Future[None] | None = None
    _identity: int = 0
    _datagrams: list[bytes] = field(default_factory=list)
    _waits: Sequence[float] = ()
    _tries: int = 0
    _slowest: float = 0.0  # answer of this device
    _backoff: int = 1
    _corrections: int = 0
    _silence: Silence = _DEAD
    _old: bool = False  # whether it answered by v1, while an answer by v2c may still come

    def __post_init__(self) -> None:
        self.patience = self.timeouts
        self.ends = self.hub.time() + self.seconds

    @property
    def introduced(self) -> bool:
        """Whether an SNMPv3 engine at least said who it is."""
        return isinstance(self.messages, UserMessages) and self.messages.introduced

    async def ask(self, question: Question) -> None:
        """Ask a question to its end.

        Raises:
            SilenceError: when it is not answered.
            TransportError: when the device's share is used up before there is an answer, or an SNMPv3 engine refuses.
        """
        if question.finished:
            return
        future = self._future = asyncio.get_running_loop().create_future()
        self._question = question
        try:
            self._next(question)
            await future
        finally:
            self.hub.forget(self._identity)
            self._question = self._future = None

    def _ended(self, error: Exception | None = None) -> None:
        """The question is answered, or will never be."""
        self.hub.forget(self._identity)
        future, self._question, self._future = self._future, None, None
        if future is None or future.done():
            return
        if error:
            future.set_exception(error)
        else:
            future.set_result(None)

    # ------------------------------------------------------------------------------------------------------- sending

    def _next(self, question: Question) -> None:
        """Begin the next request of a question, if there is one."""
        if question.finished:
            self._ended()
        elif self.requests >= MAX_REQUESTS or self.octets > MAX_BYTES:
            reason = f"the table does not end within {MAX_REQUESTS} requests or {MAX_BYTES >> 20} MiB"
            self._ended(None if question.stop(reason) else TransportError(Outcome.FAILED, reason))
        else:
            self._waits, self._tries = question.waits(self.patience), 0
            self._corrections, self._old = 0, False
            self._silence = _QUIET if self.answered else _DEAD
            self._renew(question)

    def _renew(self, question: Question) -> None:
        """Make the datagram of a request anew, and send it."""
        self.hub.forget(self._identity)
        self._identity = self.hub.identity()
        self._datagrams = [self._encoded(question, self.version)]
        self._send(question)

    def _encoded(self, question: Question, version: int) -> bytes:
        request = question.request(version)
        if isinstance(self.messages, UserMessages):
            return self.messages.encode(self._identity, request)
        return message.encode(version, self.messages, self._identity, request)

    def _send(self, question: Question) -> None:
        """Send the request once more."""
        if self.hub.time() >= self.ends:
            over = question.stop(f"the {self.seconds:g} seconds of one device were used up")
            self._ended(None if over else SilenceError(self._silence))
            return
        wait = self._waits[self._tries]
        self._tries += 1
        if self._tries == len(self._waits) and not self.answered:
            self._last_resort(question)
        self.requests += len(self._datagrams)
        self.hub.send(self, self._identity, self._datagrams, wait)

    def _last_resort(self, question: Question) -> None:
        """Before a device counts as silent: maybe it only speaks v1, or has another engine than an earlier night."""
        if not isinstance(self.messages, UserMessages):
            self._datagrams.append(self._encoded(question, V1 if self.version == V2C else V2C))
        elif self.messages.engine and not self.messages.introduced:
            self.messages.forget()
            self._datagrams = [self._encoded(question, V3)]

    # ------------------------------------------------------------------------------------------- what the hub reports

    def received(self, head: Head, data: bytes, now: float) -> None:
        """Take an answer with the id of the request."""
        question = self._question
        if question is None:
            return
        self.octets += len(data)
        try:
            reply = self._decoded(head, data)
            if head.version != self.version and not self._settled(head.version):
                return
            self.answered = True
            self._timed(now)
            question.take(reply)
        except UnreadableError:
            self.garbled(now)
        except ReportError as report:
            self._reported(question, report)
        except EngineError as error:
            # its own text may hold what was being encrypted
            text = f"no SNMPv3 request can be made of what its engine says of itself ({error})"
            self._ended(TransportError(Outcome.FAILED, text))
        except Exception as error:  # noqa: BLE001 - whoever waits for the answer is told, instead of waiting for ever
            self._ended(error)
        else:
            self._next(question)

    def _timed(self, now: float) -> None:
        """Note how long an answer took, and from that how long to wait for the next ones.

        Nobody knows of which request an answer is that was sent twice (Karn): then the next one is waited for longer.
        A device that answered gets two more tries than one that never did: with one datagram in twenty lost, three are
        not enough for every row of a thousand devices.
        """
        if self._tries > 1:
            self._backoff = min(self._backoff * 2, _MOST_BACKOFF)
        elif self.patience is self.timeouts or self._backoff > 1 or now - self.sent > self._slowest:
            self._backoff = 1
            self._slowest = max(self._slowest, now - self.sent)
        else:
            return
        first = min(self.timeouts[0], max(_SOON, self._slowest * _SLOWER) * self._backoff)
        self.patience = (first, self.timeouts[0], *self.timeouts)

    def _decoded(self, head: Head, data: bytes) -> Reply:
        if isinstance(self.messages, UserMessages):
            if head.version != V3:
                raise UnreadableError("another version")
            return self.messages.decode(head, data)
        if head.version != self.version and (head.version == V3 or self.answered):
            raise UnreadableError("another version")
        return message.decode(self.messages, head, data)

    def _settled(self, version: int) -> bool:
        """Whether the first answer, which is of another version than the one we speak, settles that we shall.

        One by v2c does. One by v1 only does when v2c, asked once more, gets none: an agent of both would be asked
        slowly for ever because of a few lost datagrams.
        """
        if version == V2C:
            self.version = V2C
            return True
        if not self._old:
            self._old = True
            self._datagrams = self._datagrams[:1]
            self._tries = len(self._waits)
            self.requests += 1
            self.hub.send(self, self._identity, self._datagrams, self.timeouts[0])
        return False

    def _reported(self, question: Question, report: ReportError) -> None:
        if not report.again or self._corrections == _CORRECTIONS:
            self._ended(TransportError(Outcome.REFUSED, f"SNMPv3 refused: {report}"))
            return
        self._corrections += 1
        self._tries -= 1
        self._renew(question)

    def garbled(self, now: float) -> None:
        """Note that something came that cannot be read; the right answer may still come."""
        self._hurry(Silence(garbage=True, answered=self.answered), now)

    def refused(self, now: float) -> None:
        """Note that nobody listens there; a device that restarts may soon."""
        self._hurry(Silence(closed=True, answered=self.answered), now)

    def strayed(self, source: Address) -> None:
        """Note that an answer came from another address than the one that was asked."""
        if not self._silence.garbage:
            self._silence = Silence(foreign=str(source[0]), answered=self.answered)

    def expired(self, now: float) -> None:
        """Ask again, ask for less, or give up."""
        question = self._question
        if question is None:
            return
        try:
            self._overdue(question, now)
        except Exception as error:  # noqa: BLE001 - whoever waits for the answer is told
            self._ended(error)

    def _overdue(self, question: Question, now: float) -> None:
        if self._old:
            self.version, self.answered = V1, True
            # that answer was not kept: it is asked again, by v1
            self._next(question)
        elif self._tries < len(self._waits) or now >= self.ends:
            self._send(question)
        elif question.silence(self._silence):
            self._next(question)
        else:
            self._ended(SilenceError(self._silence))

    def _hurry(self, silence: Silence, now: float) -> None:
        if self._question is None:
            return
        self._silence = silence
        self.deadline = min(self.deadline, now + _GRACE)
        self.hub.wait(self, self._identity)
