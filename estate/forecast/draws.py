"""Chance in whole numbers: the same seed gives the same draws on every machine and release of numpy.

Only raw bits of PCG64 are used, whose stream numpy promises to keep; what becomes of them is integer arithmetic, so
no factor of money is ever a float. Factors are in millionths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Bits = NDArray[np.uint64]

MILLION = 1_000_000
PER_CENT = MILLION // 100
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


class Stream:
    """Raw bits of one purpose: streams of different purposes of a seed do not touch each other."""

    def __init__(self, seed: int, purpose: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(purpose,)))

    def pairs(self, *shape: int) -> tuple[Bits, Bits]:
        """Two arrays of even 32-bit numbers."""
        raw = np.asarray(self._bits.random_raw(int(np.prod(shape))), dtype=np.uint64).reshape(shape)
        return raw & _LOW, raw >> _HALF


def below(bits: Bits, limit: int) -> Whole:
    """Even whole numbers from 0 up to, but not, a limit."""
    return ((bits * np.uint64(limit)) >> _HALF).astype(np.int64)


def spread(pair: tuple[Bits, Bits], per_cent: int) -> Whole:
    """Factors around 1, at most so many per cent away, the middle being likeliest (the sum of two even draws)."""
    width = per_cent * PER_CENT
    return MILLION - width + below(pair[0], width + 1) + below(pair[1], width + 1)


def shifts(bits: Bits, table: Sequence[tuple[int, int]]) -> Whole:
    """Shifts by their chances in per cent; 0 for what the chances leave."""
    roll = below(bits, 100)
    found = np.zeros(bits.shape, dtype=np.int64)
    upto = 0
    for shift, chance in table:
        found[(roll >= upto) & (roll < upto + chance)] = shift
        upto += chance
    return found


def times(amounts: Whole, factors: Whole | np.int64) -> Whole:
    """Amounts times factors in millionths, rounded half up. The caller has seen to it that nothing overflows."""
    return (amounts * factors + MILLION // 2) // MILLION
