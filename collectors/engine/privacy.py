"""The ciphers of SNMPv3: CBC-DES (RFC 3414 section 8) and CFB128-AES (RFC 3826), by the cryptography package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from collectors.engine.ber import UnreadableError
from collectors.engine.keys import Extend, blumenthal, reeder

_BLOCK: Final = 8  # of DES, and of the salt that a message bears
_HALF: Final = 0xFFFFFFFF
_WHOLE: Final = 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True, slots=True)
class Privacy:
    """A privacy protocol: the octets of its key, and how a localised key is made as long as that."""

    size: int
    extend: Extend
    des: bool = False

    def encrypt(self, key: bytes, clock: tuple[int, int], count: int, text: bytes) -> tuple[bytes, bytes]:
        """The encrypted text and the salt to send with it.

        Args:
            key: of ``size`` octets.
            clock: the engine's boots and time, as the message says them.
            count: a number that was not used with this key before.
            text: what to encrypt.
        """
        if self.des:
            salt = (clock[0] & _HALF).to_bytes(4) + (count & _HALF).to_bytes(4)
            text += b"\x00" * (-len(text) % _BLOCK)
        else:
            salt = (count & _WHOLE).to_bytes(8)
        cipher = self._cipher(key, clock, salt).encryptor()
        return cipher.update(text) + cipher.finalize(), salt

    def decrypt(self, key: bytes, clock: tuple[int, int], salt: bytes, text: bytes) -> bytes:
        """The text again; DES leaves some octets behind its end.

        Raises:
            UnreadableError: when the salt or the text cannot be one.
        """
        if len(salt) != _BLOCK or (self.des and len(text) % _BLOCK):
            raise UnreadableError("no encrypted PDU")
        cipher = self._cipher(key, clock, salt).decryptor()
        return cipher.update(text) + cipher.finalize()

    def _cipher(self, key: bytes, clock: tuple[int, int], salt: bytes) -> Cipher[CBC | CFB]:
        if self.des:
            # section 8.1.1.1: the first half is the key, the second is mixed with the salt
            vector = bytes(a ^ b for a, b in zip(key[_BLOCK:], salt, strict=True))
            return Cipher(TripleDES(key[:_BLOCK] * 3), CBC(vector))
        return Cipher(AES(key), CFB(clock[0].to_bytes(4) + clock[1].to_bytes(4) + salt))


PRIVACY: Final = {
    "DES": Privacy(16, blumenthal, des=True),
    "AES-128": Privacy(16, blumenthal),
    "AES-192": Privacy(24, blumenthal),
    "AES-256": Privacy(32, blumenthal),
    "AES-192-cisco": Privacy(24, reeder),
    "AES-256-cisco": Privacy(32, reeder),
}
