"""From pass phrases to keys (RFC 3414 appendix A.2, RFC 7860), and from those to the keys of one engine.

Hashing a megabyte a pass phrase costs some milliseconds: it happens once a credential; a key for one engine takes
microseconds. AES with 192 and 256 bits needs longer keys than most hashes give. No RFC says where the rest comes from:
devices follow Blumenthal's draft, or Reeder's, which Cisco took up and which hashes another megabyte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_MEGABYTE: Final = 1 << 20
# RFC 3414 section 11.2: agents refuse a pass phrase of fewer than 8 characters.
MIN_PASSPHRASE: Final = 8


@dataclass(frozen=True, slots=True)
class Auth:
    """An authentication protocol: the hash under its HMAC, and how many of its octets a message bears."""

    hash: str
    size: int


# RFC 3414 sections 6 and 7; RFC 7860 section 4.1
AUTH: Final = {
    "MD5": Auth("md5", 12),
    "SHA": Auth("sha1", 12),
    "SHA-224": Auth("sha224", 16),
    "SHA-256": Auth("sha256", 24),
    "SHA-384": Auth("sha384", 32),
    "SHA-512": Auth("sha512", 48),
}


def master(auth: Auth, passphrase: bytes) -> bytes:
    """The key of a pass phrase: the hash of its repetition to a megabyte (RFC 3414 appendix A.2.1)."""
    repeated = passphrase * (_MEGABYTE // len(passphrase) + 1)
    return hashlib.new(auth.hash, repeated[:_MEGABYTE], usedforsecurity=False).digest()


def localised(auth: Auth, key: bytes, engine: bytes) -> bytes:
    """A key for one engine (RFC 3414 section 2.6)."""
    return hashlib.new(auth.hash, key + engine + key, usedforsecurity=False).digest()


def blumenthal(auth: Auth, key: bytes, _engine: bytes, size: int) -> bytes:
    """A localised key made as long as a cipher needs (draft-blumenthal-aes-usm-04 section 3.1.2.1)."""
    while len(key) < size:
        key += hashlib.new(auth.hash, key, usedforsecurity=False).digest()
    return key[:size]


def reeder(auth: Auth, key: bytes, engine: bytes, size: int) -> bytes:
    """A localised key made as long as a cipher needs (draft-reeder-snmpv3-usm-3desede-00 section 2.1)."""
    last = key
    while len(key) < size:
        last = localised(auth, master(auth, last), engine)
        key += last
    return key[:size]


Extend = Callable[[Auth, bytes, bytes, int], bytes]
