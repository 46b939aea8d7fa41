"""The client of Cisco's EoX API v5: a token, and questions about up to twenty part numbers each.

A gateway says "no more today" as HTTP 403 with a header of its own; then we stop, keep what was answered, and the next
run asks for the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from estate.lifecycle.sources.eox_records import Page, not_authorised, page_of, rules
from estate.lifecycle.sources.web import Answer, StoppedError, Web, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.secrets import Secret
    from config.sections.lifecycle import CiscoEox

OK, BAD_TOKEN, FORBIDDEN = 200, 401, 403
# What a gateway answers to a question that it cannot read. Which part number is at fault shows when asked apart.
UNREADABLE = frozenset({400, 404, 414, 596})
QUOTA = "x-mashery-error-code"
# A token is taken for dead this long before it is, and lives this long where nobody said.
MARGIN_SECONDS, UNSTATED_SECONDS = 60, 300
SLOW_DOWN_SECONDS = (2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Batch:
    """The answer to one question: the records, or why the only part number in it cannot be asked about."""

    parts: tuple[str, ...]
    records: tuple[Mapping[str, Any], ...] = ()
    refused: str = ""


class EoxClient:
    """Asks for part numbers.

    Args:
        web: the way there.
        settings: the addresses.
        client_id: of the application registered with Cisco, grant type "Client Credentials" only.
        client_secret: its secret.
        clock: seconds that only move forward.
    """

    def __init__(
        self,
        web: Web,
        settings: CiscoEox,
        client_id: Secret,
        client_secret: Secret,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._web = web
        self._settings = settings
        self._id = client_id
        self._secret = client_secret
        self._clock = clock
        self._token = ""
        self._until = 0.0

    def ask(self, parts: Sequence[str]) -> Iterator[Batch]:
        """Ask for part numbers, few at a time.

        Raises:
            StoppedError: when the rest cannot be asked for now.
            SourceError: when the source cannot be reached or understood.
        """
        for some in batches(parts):
            yield from self._asked(some)

    def _asked(self, parts: tuple[str, ...]) -> Iterator[Batch]:
        answer = self._page(parts, 1)
        if answer.status in UNREADABLE:
            if len(parts) == 1:
                yield Batch(parts, refused=f"cannot be asked for (HTTP {answer.status})")
                return
            middle = len(parts) // 2
            yield from self._asked(parts[:middle])
            yield from self._asked(parts[middle:])
            return
        page = self._understood(answer)
        records = list(page.records)
        for number in range(2, page.last + 1):
            records += self._understood(self._page(parts, number)).records
        if reason := not_authorised(records):
            raise StoppedError(f"Cisco does not let this client ask: {reason}")
        yield Batch(parts, tuple(records))

    def _page(self, parts: tuple[str, ...], number: int) -> Answer:
        listed = ",".join(quote(part, safe="") for part in parts)
        url = f"{self._settings.base_url.rstrip('/')}/EOXByProductID/{number}/{listed}?responseencoding=json"
        answer = self._web.get(url, self._authorised())
        if answer.status == BAD_TOKEN:  # revoked before its time: once anew
            self._token = ""
            answer = self._web.get(url, self._authorised())
        for seconds in SLOW_DOWN_SECONDS:
            if answer.status != FORBIDDEN or answer.headers.get(QUOTA) not in rules().too_fast:
                break
            self._web.sleep(seconds)
            answer = self._web.get(url, self._authorised())
        return answer

    def _understood(self, answer: Answer) -> Page:
        if answer.status == OK:
            return page_of(answer.json())
        if answer.status == FORBIDDEN and (code := answer.headers.get(QUOTA)):
            raise StoppedError(f"the quota of Cisco's interface is used up ({shown(code)}): run it again later")
        if answer.status in {BAD_TOKEN, FORBIDDEN}:
            raise StoppedError(
                f"Cisco does not let this client ask (HTTP {answer.status}): is the EoX interface among those of the "
                "application, and has the contract's administrator given it the role?"
            )
        raise StoppedError(f"Cisco's interface answered HTTP {answer.status}: run it again later")

    def _authorised(self) -> dict[str, str]:
        if not self._token or self._clock() >= self._until:
            self._log_in()
        return {"Authorization": f"Bearer {self._token}"}

    def _log_in(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._id.reveal(),
            "client_secret": self._secret.reveal(),
        }
        answer = self._web.post(self._settings.token_url, form)
        data = answer.json()
        token = data.get("access_token") if isinstance(data, dict) else None
        if answer.status != OK or not isinstance(token, str) or not token.isascii() or not token.isprintable():
            said = data.get("error", "") if isinstance(data, dict) else ""
            raise StoppedError(
                f"{answer.host} gives no token (HTTP {answer.status} {shown(said)}): check client_id and client_secret "
                "of lifecycle.cisco_eox; the application must have the grant type Client Credentials and no other"
            )
        lasts = data.get("expires_in")
        seconds = float(lasts) if isinstance(lasts, int | str) and str(lasts).isdigit() else UNSTATED_SECONDS
        self._token, self._until = token, self._clock() + max(0.0, seconds - MARGIN_SECONDS)


def batches(parts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Part numbers in groups of at most twenty whose list, encoded, is short enough for an address."""
    some: list[str] = []
    length = 0
    for part in parts:
        needed = len(quote(part, safe="")) + 1
        if some and (len(some) == rules().parts_a_call or length + needed > rules().list_characters):
            yield tuple(some)
            some, length = [], 0
        some.append(part)
        length += needed
    if some:
        yield tuple(some)
