"""What compiled passes of transformers are made of: products, attention and norms of rows of numbers, in double precision.

Every function is put into its caller, so that widths that are constants there become loops of known length. Numba's cache of a
caller does not notice an edit here: remove `src/reproduce/responses/__pycache__` after one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numba import njit

from reproduce.interaction.parts import in_parts

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
FLOOR = -700.0
"""Below it e ** x is nothing."""


def answers(kernel: Callable[..., int], model: Compiled, histories: Histories, items: IntArray, name: str) -> FloatArray:
    """P(liked) (n,) by a kernel that takes the model, user, history, liked, length, candidate and where to write them.

    Rows are shared out among threads. Raises ValueError where it counts rows that came to nothing.
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
    bad = sum(in_parts(len(items), lambda _, rows: kernel(*model, *(array[rows] for array in asked))))
    if bad:
        row = int(np.flatnonzero(np.isnan(found))[0])
        fact = f"user {histories.user[row]}, item {items[row]} or the history before it is unknown to the model `{name}`"
        raise ValueError(f"{fact} ({len(model.users)} users, {len(model.items)} items), or its parameters are no numbers")
    return found


@njit(forceinline=True)
def fours(n):  # type: ignore[no-untyped-def]  # numba
    """Rows that n places take: they are computed four by four."""
    return (n + 3) // 4 * 4


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
def add_four(x, place, low, high, weights, at, out, first, last):  # type: ignore[no-untyped-def]  # numba
    """What `add` does, for four rows of `x` and of `out` from `place` on, so that a weight is read once for all of them.

    Columns `low` to `high` (a multiple of four apart) of `x` meet the rows of `weights` from `at`; columns `first` to `last` are
    written.
    """
    for k in range(low, high, 4):
        a, b, c, d = x[place, k], x[place, k + 1], x[place, k + 2], x[place, k + 3]
        e, f, g, h = x[place + 1, k], x[place + 1, k + 1], x[place + 1, k + 2], x[place + 1, k + 3]
        p, q, r, s = x[place + 2, k], x[place + 2, k + 1], x[place + 2, k + 2], x[place + 2, k + 3]
        t, u, v, w = x[place + 3, k], x[place + 3, k + 1], x[place + 3, k + 2], x[place + 3, k + 3]
        row = at + k - low
        for j in range(first, last):
            one, two, three, four = weights[row, j], weights[row + 1, j], weights[row + 2, j], weights[row + 3, j]
            out[place, j] += a * one + b * two + c * three + d * four
            out[place + 1, j] += e * one + f * two + g * three + h * four
            out[place + 2, j] += p * one + q * two + r * three + s * four
            out[place + 3, j] += t * one + u * two + v * three + w * four


@njit(fastmath=LOOSE, error_model="numpy", forceinline=True)
def exponential(x):  # type: ignore[no-untyped-def]  # numba
    """e ** x for x <= 0 to 1e-13, by products alone, so that several are computed at once: (e ** (x / 1024)) ** 1024."""
    y = (FLOOR if x < FLOOR else x) / 1024.0  # NaN stays NaN
    z = 1.0 + y * (1.0 + y * (1 / 2 + y * (1 / 6 + y * (1 / 24 + y * (1 / 120 + y * (1 / 720))))))
    for _ in range(10):
        z *= z
    return z


@njit(fastmath=LOOSE, error_model="numpy", forceinline=True)
def shared_out(logits, row, n):  # type: ignore[no-untyped-def]  # numba
    """Softmax of the first n numbers of a row, in place."""
    top = logits[row, 0]
    for other in range(1, n):
        top = max(top, logits[row, other])
    total = 0.0
    for other in range(n):
        logits[row, other] = exponential(logits[row, other] - top)
        total += logits[row, other]
    scale = 1.0 / total
    for other in range(n):
        logits[row, other] *= scale


@njit(fastmath=LOOSE, error_model="numpy", forceinline=True)
def attend(query, keys, n, values, share, out, width):  # type: ignore[no-untyped-def]  # numba
    """Add to `out` (width) the first n `values`, each by its share of the attention of one query.

    `keys` have a place per column, `values` a place per row, with zeros in rows and columns from n to `fours(n)`. `share` has
    room for `fours(n)` numbers in its first row.
    """
    for other in range(fours(n)):
        share[0, other] = 0.0
    for k in range(0, width, 8):
        a, b, c, d = query[k], query[k + 1], query[k + 2], query[k + 3]
        e, f, g, h = query[k + 4], query[k + 5], query[k + 6], query[k + 7]
        for other in range(n):
            share[0, other] += (
                a * keys[k, other]
                + b * keys[k + 1, other]
                + c * keys[k + 2, other]
                + d * keys[k + 3, other]
                + e * keys[k + 4, other]
                + f * keys[k + 5, other]
                + g * keys[k + 6, other]
                + h * keys[k + 7, other]
            )
    shared_out(share, 0, n)
    for other in range(0, n, 4):
        a, b, c, d = share[0, other], share[0, other + 1], share[0, other + 2], share[0, other + 3]
        for j in range(width):
            out[j] += a * values[other, j] + b * values[other + 1, j] + c * values[other + 2, j] + d * values[other + 3, j]


@njit(fastmath=LOOSE, error_model="numpy", forceinline=True)
def attend_before(queries, keys, n, values, share, out, low, high):  # type: ignore[no-untyped-def]  # numba
    """What `attend` does for each of n places and the places up to it, in one head: columns from `low` to `high`.

    `share` is room for `fours(n)` times `fours(n)` numbers; rows of `queries` and `out` from n to `fours(n)` must be numbers.
    """
    for place in range(0, n, 4):
        for row in range(place, place + 4):
            for other in range(place + 4):
                share[row, other] = 0.0
        add_four(queries, place, low, high, keys, low, share, 0, place + 4)
        for row in range(place, place + 4):
            shared_out(share, row, row + 1)
            for later in range(row + 1, place + 4):
                share[row, later] = 0.0
        add_four(share, place, 0, place + 4, values, 0, out, low, high)


@njit(fastmath=LOOSE, error_model="numpy", forceinline=True)
def norm(weights, at, x, n, moments, width):  # type: ignore[no-untyped-def]  # numba
    """LayerNorm of rows 0 to n of `x` in place, with its weight and bias from two rows of `weights`. `moments` (n, 2) is room.

    Sums first, then roots, then rows, so that none waits for another's root.
    """
    for place in range(n):
        total, squares = 0.0, 0.0
        for j in range(width):
            total += x[place, j]
            squares += x[place, j] * x[place, j]
        moments[place, 0], moments[place, 1] = total, squares
    for place in range(n):
        mean = moments[place, 0] / width
        moments[place, 1] = 1.0 / math.sqrt(max(moments[place, 1] / width - mean * mean, 0.0) + EPSILON)
        moments[place, 0] = mean
    for place in range(n):
        mean, scale = moments[place, 0], moments[place, 1]
        for j in range(width):
            x[place, j] = (x[place, j] - mean) * scale * weights[at, j] + weights[at + 1, j]


@njit(fastmath=LOOSE, error_model="numpy", forceinline=True)
def finish(weights, at, x, n, inner, moments, width):  # type: ignore[no-untyped-def]  # numba
    """What follows the attention of a block, in rows 0 to n of `x`, in place: norm, feed-forward as wide as x, norm.

    `weights` hold from `at`: the inner matrix, its bias, the outer one, its bias, weight and bias of both norms. `x` and `inner`,
    which is room, have `fours(n)` rows, `moments` two numbers for each of n.
    """
    norm(weights, at + 2 * width + 2, x, n, moments, width)
    for place in range(n):
        for j in range(width):
            inner[place, j] = weights[at + width, j]
    for place in range(0, n, 4):
        add_four(x, place, 0, width, weights, at, inner, 0, width)
    for place in range(n):
        for j in range(width):
            inner[place, j] = max(inner[place, j], 0.0)
            x[place, j] += weights[at + 2 * width + 1, j]
    for place in range(0, n, 4):
        add_four(inner, place, 0, width, weights, at + width + 1, x, 0, width)
    norm(weights, at + 2 * width + 4, x, n, moments, width)
