"""SNMPv3: the vectors of the RFCs, pysnmp's keys and messages, and what an engine may say that is not so."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from pysnmp.entity import config as usm
from pysnmp.proto.rfc1902 import OctetString

from collectors.engine import ber, message
from collectors.engine.ber import UnreadableError
from collectors.engine.keys import AUTH, blumenthal, localised, master, reeder
from collectors.engine.message import GET, Request
from collectors.engine.privacy import PRIVACY
from collectors.engine.usm import Clock, ReportError, User, UserMessages
from collectors.secrets import Secret

ENGINE = bytes.fromhex("000000000000000000000002")
NAME = ber.name_octets("1.3.6.1.2.1.1.1.0")


def test_the_keys_of_rfc_3414() -> None:
    """Appendix A.3: pass phrase maplesyrup, engine 00 ... 02."""
    md5, sha = master(AUTH["MD5"], b"maplesyrup"), master(AUTH["SHA"], b"maplesyrup")
    assert md5.hex() == "9faf3283884e92834ebc9847d8edd963"
    assert localised(AUTH["MD5"], md5, ENGINE).hex() == "526f5eed9fcce26f8964c2930787d82b"
    assert sha.hex() == "9fb5cc0381497b3793528939ff788d5d79145211"
    assert localised(AUTH["SHA"], sha, ENGINE).hex() == "6695febc9288e36282235fc7151f128497b38f3f"


def test_the_longer_keys_of_reeders_draft() -> None:
    """draft-reeder-snmpv3-usm-3desede-00, appendix: the same pass phrase and engine, 32 octets."""
    md5 = localised(AUTH["MD5"], master(AUTH["MD5"], b"maplesyrup"), ENGINE)
    assert reeder(AUTH["MD5"], md5, ENGINE, 32).hex() == (
        "526f5eed9fcce26f8964c2930787d82b79eff44a90650ee0a3a40abfac5acc12"
    )
    sha = localised(AUTH["SHA"], master(AUTH["SHA"], b"maplesyrup"), ENGINE)
    assert reeder(AUTH["SHA"], sha, ENGINE, 40).hex() == (
        "6695febc9288e36282235fc7151f128497b38f3f9b8b6d78936ba6e7d19dfd9cd2d5065547743fb5"
    )


def test_a_key_that_is_long_enough_is_not_made_longer() -> None:
    key = bytes(range(64))
    for extend in (blumenthal, reeder):
        assert extend(AUTH["SHA-512"], key, ENGINE, 32) == key[:32]


HASHES: dict[str, Any] = {
    "MD5": usm.USM_AUTH_HMAC96_MD5, "SHA": usm.USM_AUTH_HMAC96_SHA, "SHA-224": usm.USM_AUTH_HMAC128_SHA224,
    "SHA-256": usm.USM_AUTH_HMAC192_SHA256, "SHA-384": usm.USM_AUTH_HMAC256_SHA384,
    "SHA-512": usm.USM_AUTH_HMAC384_SHA512,
}  # fmt: skip
CIPHERS: dict[str, Any] = {
    "DES": usm.USM_PRIV_CBC56_DES, "AES-128": usm.USM_PRIV_CFB128_AES, "AES-192": usm.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "AES-256": usm.USM_PRIV_CFB256_AES_BLUMENTHAL, "AES-192-cisco": usm.USM_PRIV_CFB192_AES,
    "AES-256-cisco": usm.USM_PRIV_CFB256_AES,
}  # fmt: skip


@pytest.mark.parametrize(("auth", "priv"), list(itertools.product(AUTH, PRIVACY)))
def test_the_keys_of_pysnmp(auth: str, priv: str) -> None:
    """Of all hashes, RFC 7860's too, for which no RFC has vectors of keys; and of the ciphers that no RFC has."""
    hashed, cipher = usm.AUTH_SERVICES[HASHES[auth]], usm.PRIV_SERVICES[CIPHERS[priv]]
    engine = OctetString(ENGINE)
    theirs = hashed.hash_passphrase(b"maplesyrup")
    ours = master(AUTH[auth], b"maplesyrup")
    assert ours == bytes(theirs)
    key = localised(AUTH[auth], ours, ENGINE)
    assert key == bytes(hashed.localize_key(theirs, engine))
    privacy = PRIVACY[priv]
    theirs = cipher.localize_key(HASHES[auth], cipher.hash_passphrase(HASHES[auth], b"maplesyrup"), engine)
    assert privacy.extend(AUTH[auth], key, ENGINE, privacy.size) == bytes(theirs)


def test_aes_of_nist() -> None:
    """SP 800-38A, F.3.13: CFB128-AES128, its first block; the vector's first half is boots and time."""
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    text = bytes.fromhex("6bc1bee22e409f96e93d7e117393172a")
    clock, salt = (0x00010203, 0x04050607), 0x08090A0B0C0D0E0F
    encrypted, sent = PRIVACY["AES-128"].encrypt(key, clock, salt, text)
    assert encrypted.hex() == "3b3fd92eb72dad20333449f8e83cfb4a"
    assert PRIVACY["AES-128"].decrypt(key, clock, sent, encrypted) == text


@pytest.mark.parametrize("name", PRIVACY)
def test_what_is_encrypted_comes_back(name: str) -> None:
    privacy, clock = PRIVACY[name], (7, 4711)
    key = bytes(range(privacy.size))
    for size in (0, 1, 8, 17, 1400):
        encrypted, salt = privacy.encrypt(key, clock, 42 << 32, bytes(size))
        assert privacy.decrypt(key, clock, salt, encrypted)[:size] == bytes(size)
    for salt, text in ((b"short", b"12345678"), (b"", b"")):
        with pytest.raises(UnreadableError):
            privacy.decrypt(key, clock, salt, text)


# ------------------------------------------------------------------------------------------------------------ messages


def user(auth: str = "SHA-256", priv: str | None = "AES-128", name: str = "estate") -> User:
    return User(name, auth, Secret("auth-secret"), priv, Secret("priv-secret") if priv else None)


def agents_messages(of: User) -> UserMessages:
    """The messages of the other side: it has the same keys, and knows its own engine."""
    told = UserMessages(of, ENGINE, Clock(3, 0.0))
    told.introduced = True
    return told


def as_response(data: bytes, sender: UserMessages, kind: int = message.RESPONSE) -> bytes:
    """A request as if its PDU were a response, encoded by the sender."""
    request = Request(kind, [NAME])
    head = message.opened(data)
    return sender.encode(head.identity, request)


def ours(of: User) -> UserMessages:
    return UserMessages(of, ENGINE, Clock(3, 0.0))


@pytest.mark.parametrize(("auth", "priv"), list(itertools.product(AUTH, [None, *PRIVACY])))
def test_a_response_is_read_with_every_protocol(auth: str, priv: str | None) -> None:
    both = user(auth, priv)
    here, there = ours(both), agents_messages(both)
    data = as_response(here.encode(1 << 30, Request(GET, [NAME])), there)
    reply = here.decode(message.opened(data), data)
    assert reply.names == [NAME]
    assert here.introduced


def test_a_message_that_was_changed_is_no_answer() -> None:
    both = user()
    here, there = ours(both), agents_messages(both)
    good = as_response(here.encode(1 << 30, Request(GET, [NAME])), there)
    for place in range(len(good)):
        spoilt = good[:place] + bytes((good[place] ^ 0x10,)) + good[place + 1 :]
        with pytest.raises((UnreadableError, ReportError)):
            here.decode(message.opened(spoilt), spoilt)


def test_an_old_message_is_no_answer() -> None:
    both = user()
    here, there = ours(both), agents_messages(both)
    for old in (Clock(2, 0.0), Clock(3, 1000.0)):
        there.clock = old
        data = as_response(here.encode(1 << 30, Request(GET, [NAME])), there)
        with pytest.raises(UnreadableError, match="old"):
            here.decode(message.opened(data), data)


def test_a_response_without_security_is_no_answer() -> None:
    here, there = ours(user()), agents_messages(user(priv=None))
    data = as_response(here.encode(1 << 30, Request(GET, [NAME])), there)
    with pytest.raises(UnreadableError, match="not as safe"):
        here.decode(message.opened(data), data)


def test_a_pass_phrase_that_no_agent_takes_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="shorter than 8") as caught:
        User("estate", "SHA", Secret("canary"))
    assert "canary" not in str(caught.value)
    assert "secret" not in repr(user())


def test_keys_are_made_once_an_engine() -> None:
    both = user()
    assert both.keys(ENGINE) is both.keys(ENGINE)
    assert both.keys(ENGINE) != both.keys(b"another engine")
