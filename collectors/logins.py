"""How often a password may be wrong: a credential stops for a site after a few refusals, before accounts lock out."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from collectors.observation import Outcome
from collectors.transport import TransportError

# Fewer than the five after which many directories and TACACS servers lock an account.
REFUSALS: Final = 3


@dataclass(slots=True)
class _Account:
    refused: int = 0
    trying: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)


class Logins:
    """Counts refused logins by site and credential for one run.

    Logins that are under way count as if they were refused until they end, so that no more than :data:`REFUSALS`
    wrong passwords are ever sent, however many devices are asked at once.
    """

    def __init__(self) -> None:
        self._accounts: defaultdict[tuple[str, str], _Account] = defaultdict(_Account)

    @asynccontextmanager
    async def attempt(self, site: str | None, credential: str) -> AsyncIterator[None]:
        """Hold a place for one login; a :class:`TransportError` REFUSED that leaves the block is counted.

        Raises:
            TransportError: REFUSED, without an attempt, when the credential has stopped for the site.
        """
        account = self._accounts[site or "", credential]
        async with account.changed:
            await account.changed.wait_for(
                lambda: account.refused >= REFUSALS or account.refused + account.trying < REFUSALS
            )
            if account.refused >= REFUSALS:
                place = f"at site {site}" if site else "where no site is named"
                text = f"not tried: {REFUSALS} devices {place} refused the credential {credential!r} in this run"
                raise TransportError(Outcome.REFUSED, f"{text}; mend it before its account locks")
            account.trying += 1
        refused = False
        try:
            yield
        except TransportError as error:
            refused = error.outcome is Outcome.REFUSED
            raise
        finally:
            async with account.changed:
                account.trying -= 1
                account.refused += refused
                account.changed.notify_all()
