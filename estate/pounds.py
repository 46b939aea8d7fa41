"""Pence as pounds: as people read them, and as files hold them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def pounds(pence: int) -> str:
    """Integer pence as ``£1,234.56``, for people; files take :func:`decimal_pounds`."""
    sign = "-" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


def whole_pounds(pence: int) -> str:
    """Integer pence as whole pounds, ``1,235``, half a pound away from zero; each figure is rounded on its own."""
    # as a whole number, for a Decimal keeps the sign of a rounded nothing: -0
    return f"{int((Decimal(pence) / 100).quantize(Decimal(1), ROUND_HALF_UP)):,}"


def decimal_pounds(pence: int) -> Decimal:
    """Integer pence as a Decimal number of pounds with two places."""
    return Decimal(pence).scaleb(-2)
