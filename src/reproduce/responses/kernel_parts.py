"""What compiled passes of transformers are made of: products, attention and norms of rows of numbers, in double precision.

Every function is put into its caller, so that widths that are constants there become loops of known length. Numba's cache of a
caller does not notice an edit here: remove `src/reproduce/responses/__pycache__` after one.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numba import get_num_threads, njit

if TYPE_CHECKING:
    from reproduce.interaction.responding import FloatArray, Histories, IntArray


class Compiled(Protocol):
    """Parameters as a kernel takes them: arrays in a row."""

    @property
    def items(self) -> FloatArray:
        """One row per item."""
        ...

    @property
    def users(self) -> FloatArray:
        """One row per user."""
        ...

    def __iter__(self) -> Iterator[FloatArray]: ...


EPSILON = 1e-5
"""Of torch's LayerNorm."""
LOOSE = {"contract", "reassoc", "nsz"}
"""How sums may be reordered, so that they become vector instructions; NaN stays NaN."""
PADDING = 3
"""Places beyond the last one that `attend` reads: sums over places go in steps of four."""

ALONE = 32
"""Rows below which threads cost more than they save."""


def answers(kernel: Callable[..., int], model: Compiled, histories: Histories, items: IntArray, name: str) -> FloatArray:
    """P(liked) (n,) by a kernel that takes the model, user, history, liked, length, candidate and where to write them.

    Rows are shared out among as many threads as numba may use: Python's own, which wait for work without running, and for which
    the kernel need not be compiled a second time. Raises ValueError where it counts rows that came to nothing.
    """
    found = np.empty(len(items))
    asked = (
        np.ascontiguousarray(histories.user, np.int32),  # one layout, so that it is compiled once
        np.ascontiguousarray(histories.items, np.int32),
        np.ascontiguousarray(histories.liked, np.int8),
        np.ascontiguousarray(histories.length, np.int32),
        np.ascontiguousarray(items, np.int32),
        found,
    )
    threads = get_num_threads() if len(items) >= ALONE else 1
    if threads == 1:
        bad = kernel(*model, *asked)
    else:
        cuts = np.linspace(0, len(items), threads + 1).astype(int).tolist()
        parts = [slice(low, high) for low, high in pairwise(cuts)]
        bad = sum(_pool(os.getpid(), threads).map(lambda part: kernel(*model, *(array[part] for array in asked)), parts))
    if bad:
        row = int(np.flatnonzero(np.isnan(found))[0])
        fact = f"user {histories.user[row]}, item {items[row]} or the history before it is unknown to the model `{name}`"
        raise ValueError(f"{fact} ({len(model.users)} users, {len(model.items)} items), or its parameters are no numbers")
    return found


@cache
def _pool(process: int, threads: int) -> ThreadPoolExecutor:
    """The threads of a process: a fork has none of its parent's."""
    return ThreadPoolExecutor(threads)


@njit(fastmath=LOOSE, error_model="numpy", forceinline=True)
def add(weights, at, rows, x, out, width):  # type: ignore[no-untyped-def]  # numba
    """Add to `out` (width) the product of x (rows, a multiple of eight) with the `rows` rows of `weights` from `at`."""
    for k in range(0, rows, 8):  # eight rows at once keep the sums in registers
        a, b, c, d, e, f, g, h = x[k], x[k + 1], x[k + 2], x[k + 3], x[k + 4], x[k + 5], x[k + 6], x[k + 7]
        row = at + k
        for j in range(width):
            out[j] += (
                a * weights[row, j]
                + b * weights[row + 1, j]
                + c * weights[row + 2, j]
                + d * weights[row + 3, j]
                + e * weights[row + 4, j]
                + f * weights[row + 5, j]
                + g * weights[row + 6, j]
                + h * weights[row + 7, j]
            )


@njit(fastmath=LOOSE, error_model="numpy", forceinline=True)
def attend(query, keys, n, values, share, out, low, high):  # type: ignore[no-untyped-def]  # numba
    """Add to `out` the first n `values`, each by its share of the attention of one head: columns from `low` to `high`.

    `keys` have a place per column, `values` a place per row, and zeros in the `PADDING` rows after the last. `share` is room for
    n + PADDING numbers.
    """
    for other in range(n + PADDING):
        share[other] = 0.0
    for k in range(low, high, 8):
        a, b, c, d = query[k], query[k + 1], query[k + 2], query[k + 3]
        e, f, g, h = query[k + 4], query[k + 5], query[k + 6], query[k + 7]
        for other in range(n):
            share[other] += (
                a * keys[k, other]
                + b * keys[k + 1, other]
                + c * keys[k + 2, other]
                + d * keys[k + 3, other]
                + e * keys[k + 4, other]
                + f * keys[k + 5, other]
                + g * keys[k + 6, other]
                + h * keys[k + 7, other]
            )
    top = share[0]
    for other in range(1, n):
        top = max(top, share[other])
    total = 0.0
    for other in range(n):
        share[other] = math.exp(share[other] - top)
        total += share[other]
    scale = 1.0 / total
    for other in range(0, n, 4):
        a, b, c, d = share[other] * scale, share[other + 1] * scale, share[other + 2] * scale, share[other + 3] * scale
        for j in range(low, high):
            out[j] += a * values[other, j] + b * values[other + 1, j] + c * values[other + 2, j] + d * values[other + 3, j]


@njit(fastmath=LOOSE, error_model="numpy", forceinline=True)
def norm(weights, at, x, width):  # type: ignore[no-untyped-def]  # numba
    """LayerNorm of x in place, with its weight and bias from two rows of `weights`."""
    total, squares = 0.0, 0.0
    for j in range(width):
        total += x[j]
        squares += x[j] * x[j]
    mean = total / width
    scale = 1.0 / math.sqrt(max(squares / width - mean * mean, 0.0) + EPSILON)
    for j in range(width):
        x[j] = (x[j] - mean) * scale * weights[at, j] + weights[at + 1, j]


@njit(fastmath=LOOSE, error_model="numpy", forceinline=True)
def finish(weights, at, x, inner, width):  # type: ignore[no-untyped-def]  # numba
    """What follows the attention of a block, in place: norm, feed-forward as wide as x, norm. `inner` is room for its inside.

    `weights` hold from `at`: the inner matrix, its bias, the outer one, its bias, weight and bias of both norms.
    """
    norm(weights, at + 2 * width + 2, x, width)
    for j in range(width):
        inner[j] = weights[at + width, j]
    add(weights, at, width, x, inner, width)
    for j in range(width):
        inner[j] = max(inner[j], 0.0)
        x[j] += weights[at + 2 * width + 1, j]
    add(weights, at + width + 1, width, inner, x, width)
    norm(weights, at + 2 * width + 4, x, width)
