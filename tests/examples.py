"""How many random cases a costly property is tried on: a few by default, many in ``make test-all``."""

from __future__ import annotations

import os

THOROUGH = "ESTATE_TESTS_THOROUGH"


def examples(quick: int, thorough: int) -> int:
    """``thorough`` where the variable :data:`THOROUGH` is set, as ``make test-all`` does, else ``quick``."""
    return thorough if os.environ.get(THOROUGH) else quick
