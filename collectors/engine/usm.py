"""SNMPv3 messages with the user-based security model (RFC 3412 section 6, RFC 3414), for one device at a time.

An engine introduces itself before anything can be asked: its id, how often it has booted, and since how many seconds
it runs. What an earlier night learnt of that spares the introduction; where it is wrong the engine says so, and is
believed once more. The clock in an introduction is a guess that the first authentic message confirms or corrects.
"""

from __future__ import annotations

import hmac
import itertools
import random
import time
from collections import OrderedDict
from typing import Final, NamedTuple

from collectors.engine import ber
from collectors.engine.ber import UnreadableError, tlv
from collectors.engine.keys import AUTH, MIN_PASSPHRASE, Auth, localised, master
from collectors.engine.message import GET, REPORT, RESPONSE, V3, Head, Reply, Request, body, pdu
from collectors.engine.privacy import PRIVACY, Privacy
from collectors.secrets import Secret

_AUTHENTIC, _PRIVATE, _REPORTABLE = 1, 2, 4  # msgFlags
_USM: Final = ber.integer(3)  # msgSecurityModel
_MAX_SIZE: Final = ber.integer(65507)  # the largest UDP datagram
_WINDOW: Final = 150  # seconds that a clock may be behind (RFC 3414 section 2.2.3)
_MAX_CLOCK: Final = 0x7FFFFFFF
_ENGINE_ID_OCTETS: Final = range(1, 33)  # RFC 3411, SnmpEngineID: 5 to 32; some agents have shorter ones
_KEYS_KEPT: Final = 10_000

# What an engine reports instead of answering (RFC 3414 section 5, RFC 3412 section 5), by the counter that it names.
_USM_STATS: Final = ber.name_octets("1.3.6.1.6.3.15.1.1")
_NOT_IN_TIME, _UNKNOWN_ENGINE = 2, 4
_REPORTS: Final = {
    1: "it does not offer this security level to the user (wrong auth or priv)",
    _NOT_IN_TIME: "it says that the request is not in its time window (its clock or boot counter jumps)",
    3: "it does not know the user (wrong user name)",
    _UNKNOWN_ENGINE: "it does not recognise its own engine id (its engine id changes)",
    5: "it does not accept the authentication (wrong password or wrong auth algorithm)",
    6: "it cannot decrypt the request (wrong priv password or algorithm)",
}


class ReportError(Exception):
    """An SNMPv3 engine reported an error instead of answering (RFC 3414 section 3.2); ``again`` asks once more."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


class EngineError(Exception):
    """An engine says of itself what no request can be made of."""


class Keys(NamedTuple):
    """The keys of a user for one engine."""

    auth: bytes
    priv: bytes


class User:
    """The user of one credential: its keys are made once, and for each engine once more.

    Raises:
        ValueError: for a pass phrase that no agent would take; without repeating it.
    """

    def __init__(
        self, name: str, auth: str, auth_password: Secret, priv: str | None = None, priv_password: Secret | None = None
    ) -> None:
        phrases = {"authentication": auth_password.reveal().encode()}
        if priv and priv_password:
            phrases["privacy"] = priv_password.reveal().encode()
        for what, phrase in phrases.items():
            if len(phrase.decode()) < MIN_PASSPHRASE:
                raise ValueError(f"the {what} password is shorter than {MIN_PASSPHRASE} characters (RFC 3414)")
        self.name = name.encode()
        self.auth: Auth = AUTH[auth]
        self.privacy: Privacy | None = PRIVACY[priv] if priv and priv_password else None
        self.flags = _AUTHENTIC | (_PRIVATE if self.privacy else 0)
        self._masters = [master(self.auth, phrase) for phrase in phrases.values()]
        self._keys: OrderedDict[bytes, Keys] = OrderedDict()
        # RFC 3826 section 3.1.2.1: the salts begin anywhere, and none comes twice
        self.counter = itertools.count(random.getrandbits(62))

    def __repr__(self) -> str:
        return f"User({self.name!r})"

    def keys(self, engine: bytes) -> Keys:
        """The keys for an engine."""
        found = self._keys.get(engine)
        if found is None:
            auth, *privs = (localised(self.auth, key, engine) for key in self._masters)
            priv = b""
            if self.privacy:
                priv = self.privacy.extend(self.auth, privs[0], engine, self.privacy.size)
            found = self._keys[engine] = Keys(auth, priv)
            if len(self._keys) > _KEYS_KEPT:
                self._keys.popitem(last=False)
        return found


class Clock:
    """An engine's boots and time, and since when (in seconds of the epoch) it runs, so that it can be told on."""

    __slots__ = ("boots", "since")

    def __init__(self, boots: int = 0, since: float | None = None) -> None:
        self.boots = boots
        self.since = since

    def now(self) -> tuple[int, int]:
        """Boots and time for a message that leaves now; zeros where nothing is known."""
        if self.since is None:
            return 0, 0
        return self.boots, min(max(0, int(time.time() - self.since)), _MAX_CLOCK)

    def hear(self, boots: int, seconds: int) -> None:
        """Note what the engine says of its clock."""
        self.boots, self.since = boots, time.time() - seconds

    def late(self, boots: int, seconds: int) -> bool:
        """Whether a message is older than one that we know: somebody kept it and sends it again."""
        known, at = self.now()
        return boots < known or (boots == known and seconds < at - _WINDOW)


class Security(NamedTuple):
    """The security parameters of a message (RFC 3414 section 2.4), and where its digest stands."""

    engine: bytes
    boots: int
    seconds: int
    user: bytes
    digest: bytes
    salt: bytes
    place: int


class UserMessages:
    """The messages of one user to one device; ``engine`` is empty until the device has introduced itself."""

    def __init__(self, user: User, engine: bytes = b"", clock: Clock | None = None) -> None:
        self.user = user
        self.engine = engine
        self.clock = clock or Clock()
        self.introduced = False  # whether the engine has said anything to us

    def forget(self) -> None:
        """Do not believe any more what an earlier night knew of the engine."""
        if not self.introduced:
            self.engine, self.clock = b"", Clock()

    def encode(self, identity: int, request: Request) -> bytes:
        """The datagram of a request, or of an introduction where the engine is not known yet.

        Raises:
            EngineError: when no request can be made of what the engine says of itself.
        """
        if not self.engine:
            return self._message(
                identity, _REPORTABLE, b"", self._scoped(pdu(identity, Request(GET, []))), Keys(b"", b"")
            )
        return self._message(
            identity,
            self.user.flags | _REPORTABLE,
            self.user.name,
            self._scoped(pdu(identity, request)),
            self.user.keys(self.engine),
        )

    def _scoped(self, data: bytes) -> bytes:
        return tlv(ber.SEQUENCE, tlv(ber.OCTETS, self.engine) + b"\x04\x00" + data)

    def _message(self, identity: int, flags: int, name: bytes, scoped: bytes, keys: Keys) -> bytes:
        boots, seconds = self.clock.now()
        salt, size = b"", self.user.auth.size if flags & _AUTHENTIC else 0
        if flags & _PRIVATE and self.user.privacy:
            scoped, salt = self.user.privacy.encrypt(keys.priv, (boots, seconds), next(self.user.counter), scoped)
            scoped = tlv(ber.OCTETS, scoped)
        # whatever is known of the engine, the parameters behind the digest have a length that is known
        behind = tlv(ber.OCTETS, salt)
        security = tlv(ber.OCTETS, self.engine) + ber.integer(boots) + ber.integer(seconds) + tlv(ber.OCTETS, name)
        security = tlv(ber.SEQUENCE, security + tlv(ber.OCTETS, bytes(size)) + behind)
        head = ber.integer(identity) + _MAX_SIZE + tlv(ber.OCTETS, bytes((flags,))) + _USM
        whole = ber.integer(V3) + tlv(ber.SEQUENCE, head) + tlv(ber.OCTETS, security) + scoped
        data = tlv(ber.SEQUENCE, whole)
        if not size:
            return data
        place = len(data) - len(scoped) - len(behind) - size
        return data[:place] + self._digest(keys.auth, data) + data[place + size :]

    def _digest(self, key: bytes, data: bytes) -> bytes:
        return hmac.digest(key, data, self.user.auth.hash)[: self.user.auth.size]

    def decode(self, head: Head, data: bytes) -> Reply:
        """The reply in a datagram, authenticated and decrypted.

        Raises:
            UnreadableError: when there is none that is meant for this user and comes from this engine.
            ReportError: when the engine reports an error.
        """
        _, at = ber.number(data, head.at)
        flags, at = ber.octets(data, at)
        model, _ = ber.number(data, at)
        if model != 3 or len(flags) != 1:  # noqa: PLR2004 - USM
            raise UnreadableError("another security model")
        security, at = _security(data, head.end)
        level = flags[0] & (_AUTHENTIC | _PRIVATE)
        if level:
            self._verify(security, data)
        keys = self.user.keys(security.engine) if level else Keys(b"", b"")
        if level & _PRIVATE:
            if level != self.user.flags or self.user.privacy is None:
                raise UnreadableError("a security level that was not asked for")
            start, end = ber.head(data, at, ber.OCTETS)
            clock = security.boots, security.seconds
            data, at = self.user.privacy.decrypt(keys.priv, clock, security.salt, data[start:end]), 0
        return self._reply(head.identity, level, security, data, at)

    def _verify(self, security: Security, data: bytes) -> None:
        """Whether a message comes from whom it says, and is no old one.

        Raises:
            UnreadableError: when not.
        """
        size = self.user.auth.size
        if not self.engine or security.engine != self.engine or security.user != self.user.name:
            raise UnreadableError("another engine or user")
        blank = data[: security.place] + bytes(size) + data[security.place + size :]
        right = self._digest(self.user.keys(self.engine).auth, blank)
        if len(security.digest) != size or not hmac.compare_digest(right, security.digest):
            raise UnreadableError("a wrong digest")

    def _reply(self, identity: int, level: int, security: Security, data: bytes, at: int) -> Reply:
        at, end = ber.head(data, at, ber.SEQUENCE)
        _, at = ber.octets(data, at)
        _, at = ber.octets(data, at)
        if at >= end:
            raise UnreadableError("no PDU")
        kind = data[at]
        at, end = ber.head(data, at, kind)
        answered, at = ber.number(data, at)
        if kind == REPORT:
            raise self._report(level, security, body(data, at, end))
        if kind != RESPONSE or level != self.user.flags or answered != identity:
            raise UnreadableError("no response, or not as safe as it was asked for")
        if self.clock.late(security.boots, security.seconds):
            raise UnreadableError("an old message")
        self.introduced = True
        self.clock.hear(security.boots, security.seconds)
        return body(data, at, end)

    def _report(self, level: int, security: Security, reply: Reply) -> ReportError:
        """What a report says; it may tell the engine's id or the right time, with which asking again may help."""
        name = reply.names[0] if reply.names else b""
        reason = ber.ARCS[name[len(_USM_STATS) :]][:1] if name.startswith(_USM_STATS) else ()
        number = reason[0] if reason else 0
        if number == _UNKNOWN_ENGINE and not level:
            if len(security.engine) not in _ENGINE_ID_OCTETS:
                raise EngineError("engine id")
            again = not self.introduced or security.engine != self.engine
            self.engine, self.clock, self.introduced = security.engine, Clock(), True
            self.clock.hear(security.boots, security.seconds)
            return ReportError(_REPORTS[number], again=again)
        if number == _NOT_IN_TIME and level:
            self.introduced = True
            self.clock.hear(security.boots, security.seconds)
            return ReportError(_REPORTS[number], again=True)
        dotted = ber.DOTTED[name]
        return ReportError(_REPORTS.get(number, f"SNMPv3 reports: {dotted}"[:100]), again=False)


def _security(data: bytes, at: int) -> tuple[Security, int]:
    """The security parameters at a place, and where the scoped PDU begins.

    Raises:
        UnreadableError: when there are none.
    """
    at, end = ber.head(data, at, ber.OCTETS)
    at, _ = ber.head(data, at, ber.SEQUENCE)
    engine, at = ber.octets(data, at)
    boots, at = ber.number(data, at)
    seconds, at = ber.number(data, at)
    user, at = ber.octets(data, at)
    digest, behind = ber.octets(data, at)
    salt, at = ber.octets(data, behind)
    if at > end or not (0 <= boots <= _MAX_CLOCK and 0 <= seconds <= _MAX_CLOCK):
        raise UnreadableError("no security parameters")
    return Security(engine, boots, seconds, user, digest, salt, behind - len(digest)), end
