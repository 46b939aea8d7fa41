"""Python's search for reference cycles, put off while a great many objects are made that hold none.

A forecast of a hundred thousand units makes some millions of small objects that all live to its end. Each search for
cycles walks all of them anew and finds nothing: a fifth of the processor time. Reference counts free what is dropped
without it. So it waits until the work is done.
"""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def growing() -> Iterator[None]:
    """Search for no cycles inside the block, or inside the function that this decorates; nests.

    It holds for the whole process: other threads go on, and what cycles they leave are found after the block.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()
