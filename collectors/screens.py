"""A screen as evidence: what a device printed, bounded and without secrets, so that it can be kept and shown."""

from __future__ import annotations

import re
from typing import Final

# A screen that says what a device is has a few kilobytes; the inventory of a full chassis some tens.
MAX_CHARS: Final = 65_536
LEFT_OUT: Final = "(a line that may hold a secret was left out)"
CUT: Final = f"(cut off after {MAX_CHARS} characters)"

# The show commands of the rules print no secrets; this is for the device that does, and for whoever adds a command.
_SECRET: Final = re.compile(
    r"(?i)pass(?:word|wd|phrase|code)|secret|communit(?:y|ies)|snmp-server +user|usm-user|\bkey\b|key-string|[-_]key\b"
    r"|\bpsk\b|pre-?shared|token|credential|BEGIN [A-Z ]*PRIVATE|^ *(?:user(?:name)?|enable) .*\b(?:5|7|8|9) +\S{8,}"
)
# A block of base 64 is a key or a certificate, not a serial number.
_BLOCK: Final = re.compile(r"^\s*[A-Za-z0-9+/=]{60,}\s*$")


def evidence(screen: str) -> str:
    """The text to keep of a screen: at most :data:`MAX_CHARS` of it, printable, lines with secrets replaced."""
    text = screen.replace("\r", "")
    lines = [_line(line) for line in text[:MAX_CHARS].split("\n")]
    return "\n".join([*lines, CUT] if len(text) > MAX_CHARS else lines).strip("\n")


def _line(line: str) -> str:
    if _SECRET.search(line) or _BLOCK.match(line):
        return LEFT_OUT
    return "".join(char if char.isprintable() else " " for char in line).rstrip()
