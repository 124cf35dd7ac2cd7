"""Rows of a step, shared out among threads.

As many as numba may use (NUMBA_NUM_THREADS), but Python's own: they wait for work without running, while numba's turn on the spot
between two kernels and so take a core from whoever works there. Kernels must let go of the interpreter (`nogil`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TypeVar

from numba import config

R = TypeVar("R")

THREADS: int = config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]  # set when numba is imported
ALONE = 16
"""Rows below which threads cost more than they save."""

_here = threading.local()
"""`part`: the number of the part that runs in this thread, if any does."""


def in_parts(n: int, task: Callable[[int, slice], R]) -> list[R]:
    """What `task` makes of the number of a part and its rows, for all parts of n rows, in their order.

    Inside of a part everything is one part: waking a thread costs as much as several rows, so that it is done once in a step.
    """
    count = THREADS if n >= ALONE and not hasattr(_here, "part") else 1
    if count == 1:
        return [task(getattr(_here, "part", 0), slice(0, n))]

    def one(part: int) -> R:
        _here.part = part
        try:
            return task(part, rows[part])
        finally:
            del _here.part

    cuts = [n * part // count for part in range(count + 1)]
    rows = [slice(low, high) for low, high in pairwise(cuts)]
    others = [_pool(os.getpid(), count - 1).submit(one, part) for part in range(1, count)]
    first = one(0)
    return [first, *(other.result() for other in others)]


@cache
def _pool(process: int, threads: int) -> ThreadPoolExecutor:
    """The threads of a process: a fork has none of its parent's."""
    return ThreadPoolExecutor(threads)
