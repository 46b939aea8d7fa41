"""Logs: structlog over the standard library, to standard error, with secrets taken out.

Lines of ours carry what is bound around them (run, device, site). On a terminal they are for reading, elsewhere one
JSON object a line. Libraries below us never speak under WARNING, whatever is asked for: at DEBUG, some of them write
what they send, and that includes passwords.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO

import structlog

from estate.shown import safe_lines

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

OURS = ("collectors", "config", "estate", "schedules")
REDACTED = "[redacted]"
MAX_VALUE = 4_000

_SECRET_KEY = re.compile(
    r"passw|secret|communit|token|passphrase|api_?key|auth_?key|priv_?key|credential_value", re.IGNORECASE
)
_SECRET_TEXT = (
    # scheme://user:password@host
    re.compile(r"(?P<keep>://[^/\s:@]*:)[^/\s@]+(?=@)"),
    # password=..., community: ..., "secret": "..."
    re.compile(
        r"(?P<keep>\b(?:pass(?:word|wd|phrase)|secret|community|token|(?:auth|priv|api)_?key)\b[\"']?\s*[=:]\s*[\"']?)"
        r"[^\s\"',;)}]+",
        re.IGNORECASE,
    ),
)


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at the moment, because a progress bar borrows it while it is drawn."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        """Standard error, now."""
        return sys.stderr

    @stream.setter
    def stream(self, value: TextIO) -> None:
        """Never kept."""


def set_up(verbose: int) -> None:
    """Send logs to standard error: warnings, with ``verbose`` 1 what is done, from 2 on everything of ours."""
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)
    # on a terminal a person reads the log, and colours are kept for the answers
    terminal = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer(colors=False) if terminal else structlog.processors.JSONRenderer()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _StandardError)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: secrets go, and text of devices cannot move the cursor or flood the log."""
    return {key: _clean(key, value) for key, value in event.items()}


def _clean(key: str, value: Any) -> Any:
    if key.startswith("_"):
        return value  # structlog's own, removed before anything is written
    if _SECRET_KEY.search(key):
        return REDACTED
    if isinstance(value, str):
        return safe_lines(without_secrets(value))[:MAX_VALUE]
    if isinstance(value, dict):
        return {name: _clean(str(name), item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean("", item) for item in value]
    return value


def without_secrets(text: str) -> str:
    """Text without what looks like a password, community or key."""
    for pattern in _SECRET_TEXT:
        text = pattern.sub(rf"\g<keep>{REDACTED}", text)
    return text
