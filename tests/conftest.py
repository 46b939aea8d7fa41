"""What tests share when several workers run them at once (``make test``): a file stays with one worker."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# The simulated estate listens on addresses and ports of its own: two of it at once would meet.
WHOLE_LAB = ("test_lab.py", "test_second_night.py", "test_engines.py")


@pytest.fixture(scope="module", autouse=True)
def whole_lab(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the files that start the whole simulated estate wait for each other."""
    if request.path.name not in WHOLE_LAB:
        yield
        return
    with (Path(tempfile.gettempdir()) / "estate-tests-whole-lab.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
