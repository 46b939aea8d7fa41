"""The client of endoflife.date: one product a question, and only what changed since it was last asked."""

from __future__ import annotations

import datetime as dt
import email.utils
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from estate.lifecycle.sources.web import Answer, StoppedError, Web

if TYPE_CHECKING:
    from config.sections.lifecycle import EndOfLifeDate

OK, UNCHANGED, MISSING, PATIENCE = 200, 304, 404, 429


@dataclass(frozen=True, slots=True)
class Said:
    """The answer about one product: its JSON, or that it is unchanged, or that there is no such product."""

    data: Any = None
    mark: str = ""
    unchanged: bool = False
    missing: bool = False


class EndOfLifeClient:
    """Asks for products.

    Args:
        web: the way there; it knows where a redirection may lead.
        settings: the address, and how long to be patient.
    """

    def __init__(self, web: Web, settings: EndOfLifeDate) -> None:
        self._web = web
        self._settings = settings

    def address(self, name: str) -> str:
        """Where a product stands."""
        return f"{self._settings.base_url.rstrip('/')}/products/{quote(name, safe='')}"

    def product(self, name: str, mark: str = "") -> Said:
        """What is said of a product; ``mark`` is that of the last answer, to be told only of another one.

        Raises:
            StoppedError: when the source wants no more questions for now.
            SourceError: when it cannot be reached or understood.
        """
        headers = {"If-None-Match": mark} if mark else {}
        answer = self._web.get(self.address(name), headers, follow=True)
        if answer.status == PATIENCE:
            self._web.sleep(self._patience(answer))
            answer = self._web.get(self.address(name), headers, follow=True)
        if answer.status == UNCHANGED and mark:
            return Said(unchanged=True, mark=mark)
        if answer.status == MISSING:
            return Said(missing=True)
        if answer.status == PATIENCE:
            raise StoppedError(f"{answer.host} wants fewer questions (HTTP 429): run it again later")
        if answer.status != OK:
            raise StoppedError(f"{answer.host} answered HTTP {answer.status}: run it again later")
        return Said(answer.json(), answer.headers.get("etag", ""))

    def _patience(self, answer: Answer) -> float:
        """For how many seconds it asks us to wait.

        Raises:
            StoppedError: when it does not say, or that is longer than the settings allow.
        """
        seconds = retry_after(answer.headers.get("retry-after", ""), dt.datetime.now(dt.UTC))
        if seconds is None or seconds > self._settings.max_wait:
            asked = f"{seconds:.0f} seconds of patience" if seconds is not None else "fewer questions"
            raise StoppedError(f"{answer.host} wants {asked} (HTTP 429): run it again later")
        return seconds


def retry_after(text: str, now: dt.datetime) -> float | None:
    """The seconds that a header Retry-After stands for: a number, or the date until which to wait; None for neither."""
    if text.strip().isdecimal():
        return float(text.strip()[:9])
    try:
        until = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
    return max(0.0, (aware - now).total_seconds())
