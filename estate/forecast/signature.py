"""What happens to a version: submitted, signed, superseded. Each is an event that is written once and sealed.

A version goes draft -> submitted -> signed -> superseded and never back (forecast-model.md 2.16). A correction is a
new version.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from config.errors import EstateError
from estate.forecast.content import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

DRAFT, SUBMITTED, SIGNED, SUPERSEDED = "draft", "submitted", "signed", "superseded"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a version.

    ``content_sha256`` is :func:`~estate.forecast.content.content_hash` at that moment; ``refers_to`` is the version
    from which the signed report bridges, or the one that supersedes this one; ``outputs`` maps the files of the signed
    report to their SHA-256. ``details`` is plain JSON: what was unpriced, and why that was accepted.
    """

    version_id: int
    state: str
    at: dt.datetime
    content_sha256: str
    by: str = ""
    reference: str = ""
    refers_to: int | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seal(self) -> str:
        """The SHA-256 over everything that the event says."""
        said = {
            "version": self.version_id,
            "state": self.state,
            "at": self.at.astimezone(dt.UTC).isoformat(),
            "by": self.by,
            "reference": self.reference,
            "content_sha256": self.content_sha256,
            "refers_to": self.refers_to,
            "outputs": dict(self.outputs),
            "details": dict(self.details),
        }
        return hashlib.sha256(canonical(said)).hexdigest()


@dataclass(frozen=True, slots=True)
class Unpriced:
    """How much of the estate has no usable price: units of those that are in scope, and the council's tolerance."""

    units: int
    in_scope: int
    tolerance_pct: Decimal

    @property
    def pct(self) -> Decimal:
        """Per cent of the units in scope, to two places."""
        return (Decimal(100 * self.units) / self.in_scope if self.in_scope else Decimal(0)).quantize(Decimal("0.01"))

    @property
    def too_much(self) -> bool:
        """Whether it is above the tolerance."""
        return Decimal(100 * self.units) > self.tolerance_pct * self.in_scope


def unpriced(header: Mapping[str, Any], tolerance_pct: Decimal) -> Unpriced:
    """What a version's header says of units without a price.

    By count, not by value: nobody knows the value of what has no price.
    """
    coverage = header["coverage"]
    return Unpriced(coverage["unpriced"], coverage["units"]["in_scope"], tolerance_pct)


def accepted(found: Unpriced, reason: str) -> dict[str, Any]:
    """What a signature keeps about unpriced units.

    Raises:
        EstateError: when more is unpriced than the tolerance and nobody says why that is accepted.
    """
    if found.too_much and not reason.strip():
        raise EstateError(
            f"{found.units} of {found.in_scope} units in scope ({found.pct} %) have no usable price: more than "
            f"unpriced_tolerance_pct = {found.tolerance_pct} of estate.toml. Price them in prices.csv and run a new "
            'forecast, or say why it is signed as it is: --accept-unpriced "REASON"'
        )
    kept = {"unpriced": found.units, "in_scope": found.in_scope, "tolerance_pct": str(found.tolerance_pct)}
    return kept | ({"accepted_unpriced": reason.strip()} if found.too_much else {})


def move(version_id: int, state: str, to: str) -> None:
    """Whether a version may go from one state to another.

    Raises:
        EstateError: when it may not; the message says what to do.
    """
    if (state, to) in {(DRAFT, SUBMITTED), (SUBMITTED, SIGNED)}:
        return
    if state == DRAFT:
        raise EstateError(
            f"forecast {version_id} is a draft: submit it first with 'estate forecast submit {version_id}'"
        )
    raise EstateError(f"forecast {version_id} is {state} already; a correction is a new version: 'estate forecast run'")
