"""How a PDU becomes a datagram and back, for one device: SNMPv2c by community, SNMPv3 by the user-based model.

pysnmp gives the encodings and the security; sockets, time and retries are not its affair here (:mod:`snmp_udp`), so
one exchange serves both versions, replies of strangers are dropped by the kernel, and no engine is made per device:
one costs 80 ms, and one a credential is enough.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.carrier.base import AbstractTransportDispatcher
from pysnmp.entity import config as usm
from pysnmp.entity.engine import SnmpEngine
from pysnmp.error import PySnmpError
from pysnmp.proto import errind
from pysnmp.proto.api import v2c
from pysnmp.proto.error import StatusInformation

from collectors.observation import Outcome
from collectors.secrets import Secret
from collectors.transport import TransportError, Value

Oid = tuple[int, ...]

# RFC 3414 section 11.2: agents refuse a pass phrase of fewer than 8 characters.
MIN_PASSPHRASE = 8

_AUTH = {
    "MD5": usm.USM_AUTH_HMAC96_MD5,
    "SHA": usm.USM_AUTH_HMAC96_SHA,
    "SHA-224": usm.USM_AUTH_HMAC128_SHA224,
    "SHA-256": usm.USM_AUTH_HMAC192_SHA256,
    "SHA-384": usm.USM_AUTH_HMAC256_SHA384,
    "SHA-512": usm.USM_AUTH_HMAC384_SHA512,
}
_PRIV = {
    "DES": usm.USM_PRIV_CBC56_DES,
    "AES-128": usm.USM_PRIV_CFB128_AES,
    "AES-192": usm.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "AES-256": usm.USM_PRIV_CFB256_AES_BLUMENTHAL,
    "AES-192-cisco": usm.USM_PRIV_CFB192_AES,
    "AES-256-cisco": usm.USM_PRIV_CFB256_AES,
}


class UnreadableError(Exception):
    """A datagram that is not an answer to us, or not one that can be read."""


class ReportError(Exception):
    """An SNMPv3 engine reported an error instead of answering (RFC 3414 section 3.2); ``again`` asks once more."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


@dataclass(frozen=True, slots=True)
class Reply:
    """A response PDU: a variable that the device does not have, or the end of its MIB, is None."""

    request_id: int
    status: int
    index: int
    variables: tuple[tuple[Oid, Value | None], ...]


class Messages(Protocol):
    """Encodes requests to one device and decodes what comes back."""

    def encode(self, pdu: Any) -> bytes:
        """The datagram for a request."""
        ...

    def decode(self, data: bytes) -> Reply:
        """The reply in a datagram.

        Raises:
            UnreadableError: when there is none.
            ReportError: when an SNMPv3 engine refuses.
        """
        ...

    def forget(self) -> None:
        """Drop what is kept of requests that were never answered."""
        ...


# -------------------------------------------------------------------------------------------------------------- PDUs


def get_pdu(oids: Iterable[Oid]) -> Any:
    """A GetRequest (RFC 3416 section 4.2.1)."""
    return _filled(v2c.GetRequestPDU(), oids)


def next_pdu(oids: Iterable[Oid]) -> Any:
    """A GetNextRequest (RFC 3416 section 4.2.2)."""
    return _filled(v2c.GetNextRequestPDU(), oids)


def bulk_pdu(oids: Iterable[Oid], repetitions: int) -> Any:
    """A GetBulkRequest without non-repeaters (RFC 3416 section 4.2.3)."""
    pdu = v2c.GetBulkRequestPDU()
    v2c.apiBulkPDU.set_defaults(pdu)
    v2c.apiBulkPDU.set_non_repeaters(pdu, 0)
    v2c.apiBulkPDU.set_max_repetitions(pdu, repetitions)
    return _filled(pdu, oids, v2c.apiBulkPDU)


def request_id(pdu: Any) -> int:
    """The request-id of a PDU."""
    return int(v2c.apiPDU.get_request_id(pdu))


def _filled(pdu: Any, oids: Iterable[Oid], api: Any = v2c.apiPDU) -> Any:
    if api is v2c.apiPDU:
        api.set_defaults(pdu)
    api.set_request_id(pdu, random.getrandbits(31))
    api.set_varbinds(pdu, [(v2c.ObjectIdentifier(oid), v2c.null) for oid in oids])
    return pdu


def _reply(pdu: Any) -> Reply:
    if pdu.tagSet != v2c.ResponsePDU.tagSet:
        raise UnreadableError("not a response")
    return Reply(
        request_id=int(v2c.apiPDU.get_request_id(pdu)),
        status=int(v2c.apiPDU.get_error_status(pdu)),
        # pysnmp refuses an error-index that points nowhere; it is only a hint to us
        index=int(v2c.apiPDU.get_error_index(pdu, muteErrors=True)),
        variables=tuple((tuple(name), _value(value)) for name, value in v2c.apiPDU.get_varbinds(pdu)),
    )


def _value(value: Any) -> Value | None:
    """A value by the conventions of :mod:`collectors.transport`; None for the exceptions of RFC 3416 and for NULL."""
    if isinstance(value, v2c.OctetString | v2c.IpAddress | v2c.Opaque):
        return bytes(value)
    if isinstance(value, v2c.ObjectIdentifier):
        return ".".join(map(str, value))
    if isinstance(value, v2c.Null):  # NoSuchObject, NoSuchInstance and EndOfMibView are Nulls too
        return None
    return int(value)


# --------------------------------------------------------------------------------------------------------- SNMP v2c


class CommunityMessages:
    """SNMPv2c messages (RFC 1901) with one community."""

    def __init__(self, community: Secret) -> None:
        self._community = community.reveal().encode()

    def encode(self, pdu: Any) -> bytes:
        """The datagram for a request."""
        message = v2c.Message()
        v2c.apiMessage.set_defaults(message)
        v2c.apiMessage.set_community(message, self._community)
        v2c.apiMessage.set_pdu(message, pdu)
        data: bytes = encoder.encode(message)
        return data

    def decode(self, data: bytes) -> Reply:
        """The reply in a datagram; one that bears another version or community is garbage."""
        try:
            message, _ = decoder.decode(data, asn1Spec=v2c.Message())
            if int(message[0]) != 1 or bytes(message[1]) != self._community:
                raise UnreadableError("another version or community")  # noqa: TRY301 - one place drops them all
            return _reply(v2c.apiMessage.get_pdu(message))
        except UnreadableError:
            raise
        except Exception:  # noqa: BLE001 - see below
            # the datagram is hostile, and pyasn1 answers nonsense with whatever its depths happen to raise
            raise UnreadableError("not SNMP") from None

    def forget(self) -> None:
        """Nothing is kept."""


# ----------------------------------------------------------------------------------------------------------- SNMP v3


class _NoNetwork(AbstractTransportDispatcher):  # type: ignore[misc] # pysnmp ships no types
    """Stands where pysnmp's engine expects its network, for the clock's resolution alone; sending raises."""


class UserEngine:
    """pysnmp's SNMPv3 engine with the one user of one credential, shared by all devices that the credential opens.

    An engine indexes users by name, so that two credentials with one user name need one engine each. Deriving the
    keys hashes 1 MiB (RFC 3414 A.2): it happens here, once.

    Raises:
        ValueError: for a pass phrase that no agent would take; without repeating it.
    """

    def __init__(
        self, user: str, auth: str, auth_password: Secret, priv: str | None = None, priv_password: Secret | None = None
    ) -> None:
        phrases = [("authentication", auth_password), *([("privacy", priv_password)] if priv_password else [])]
        for name, phrase in phrases:
            if len(phrase.reveal()) < MIN_PASSPHRASE:
                raise ValueError(f"the {name} password is shorter than {MIN_PASSPHRASE} characters (RFC 3414)")
        self.user = v2c.OctetString(user)
        self.level = 3 if priv else 2  # authPriv, authNoPriv
        self.engine = SnmpEngine()
        self.engine.register_transport_dispatcher(_NoNetwork())
        self.handles = itertools.count(1)
        usm.add_v3_user(
            self.engine,
            user,
            _AUTH[auth],
            auth_password.reveal().encode(),
            _PRIV[priv] if priv else usm.USM_PRIV_NONE,
            priv_password.reveal().encode() if priv_password else None,
        )

    def __repr__(self) -> str:
        return f"UserEngine({str(self.user)!r})"


class UserMessages:
    """SNMPv3 messages (RFC 3412, 3414) to one device; ``known`` once its engine has introduced itself."""

    def __init__(self, engine: UserEngine, address: Sequence[Any]) -> None:
        self._user = engine
        self._mp = engine.engine.message_processing_subsystems[3]
        self._where = (udp.DOMAIN_NAME, tuple(address))
        self._handles: list[int] = []
        self.known = False

    def encode(self, pdu: Any) -> bytes:
        """The datagram for a request: pysnmp makes it a discovery where the engine is not known yet."""
        handle = next(self._user.handles)
        self._handles.append(handle)
        user = self._user
        try:
            _, _, data = self._mp.prepare_outgoing_message(
                user.engine, *self._where, 3, 3, user.user, user.level, None, "", 1, pdu, True, handle
            )
        except (PySnmpError, PyAsn1Error) as error:
            # an engine id that is none, for example; the error's own text may hold what was being encrypted
            text = f"no SNMPv3 request can be made of what its engine says of itself ({type(error).__name__})"
            raise TransportError(Outcome.FAILED, text) from None
        return bytes(data)

    def decode(self, data: bytes) -> Reply:
        """The reply in a datagram, authenticated and decrypted."""
        try:
            elements = self._mp.prepare_data_elements(self._user.engine, *self._where, data)
        except StatusInformation as error:
            # only a report to a request of ours has its handle; all else was not meant for us, or was tampered with
            if "sendPduHandle" not in error:
                raise UnreadableError(_describe(error.get("errorIndication"))) from None
            indication = error.get("errorIndication")
            again = indication in (errind.unknownEngineID, errind.notInTimeWindow)
            self.known = self.known or again
            raise ReportError(_describe(indication), again=again) from None
        except Exception:  # noqa: BLE001 - see below
            # as for v2c: a hostile datagram makes pyasn1 and pysnmp raise anything
            raise UnreadableError("not SNMPv3") from None
        self.known = True
        return _reply(elements[7])

    def forget(self) -> None:
        """Drop what pysnmp keeps of unanswered requests."""
        for handle in self._handles:
            self._mp.release_state_information(handle)
        self._handles.clear()


_REPORTS = (
    (errind.unknownUserName, "it does not know the user (wrong user name)"),
    (errind.wrongDigest, "it does not accept the authentication (wrong password or wrong auth algorithm)"),
    (errind.unsupportedSecurityLevel, "it does not offer this security level to the user (wrong auth or priv)"),
    (errind.decryptionError, "it cannot decrypt the request (wrong priv password or algorithm)"),
    (errind.notInTimeWindow, "it says that the request is not in its time window (its clock or boot counter jumps)"),
    (errind.unknownEngineID, "it does not recognise its own engine id (its engine id changes)"),
)


def _describe(indication: object) -> str:
    for known, text in _REPORTS:
        if indication == known:
            return text
    # the text of pysnmp's own indications holds an OID at most, never a key
    return f"SNMPv3 reports: {str(indication)[:100]}"
