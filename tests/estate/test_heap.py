"""The search for reference cycles comes back after the work, however that ends."""

from __future__ import annotations

import gc

import pytest

from estate import heap


def test_no_search_inside_and_one_after_even_when_nested_or_failing() -> None:
    assert gc.isenabled()
    with heap.growing():
        with heap.growing():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="half way"), heap.growing():
        raise ValueError("half way")
    assert gc.isenabled()


def test_a_search_that_somebody_else_stopped_stays_stopped() -> None:
    gc.disable()
    try:
        with heap.growing():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
