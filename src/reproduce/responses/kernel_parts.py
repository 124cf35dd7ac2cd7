"""What compiled passes of transformers are made of: products, attention and norms of rows of numbers, in double precision.

Rows, which are places of a history, are computed four by four, so that a weight is read once for all of them. So arrays of places
have `fours(n)` rows; what is in those beyond the last place does not count, but must be numbers. Where one place is wanted, its
four are computed. Numba's cache of a caller does not notice an edit here: remove `src/reproduce/responses/__pycache__` after one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numba import float64, int64, njit, void

from reproduce.responses.parts import in_parts

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
NUMBER, ROWS = int64, float64[:, ::1]
"""Types of arguments. They are said because numba would compile a function anew for every constant that it is called with."""
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


# ---------------------------------------------------------------- weights


def finishing(p: Mapping[str, np.ndarray], number: int) -> np.ndarray:
    """(2 width + 6, width): of one layer of torch's transformer what `finish` reads."""
    name = f"transformer.layers.{number}"
    feed = (p[f"{name}.linear1.weight"].T, p[f"{name}.linear1.bias"], p[f"{name}.linear2.weight"].T, p[f"{name}.linear2.bias"])
    norms = (p[f"{name}.{norm}"] for norm in ("norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias"))
    return np.vstack((*feed, *norms))


def folded(p: Mapping[str, np.ndarray], number: int, heads: int) -> np.ndarray:
    """(heads (2 width + 1) + 1, width): the attention of one layer of torch's transformer, with half of its matrices.

    For each head the matrix and the bias that make of x (as a row) the query that meets a bare x, then the matrix that makes of
    the x that were averaged what is added; at the end a bias of that. What the keys' bias adds to all logits of a query alike, a
    softmax does not see, and the values' bias is added as it is, because shares sum to one.
    """
    name = f"transformer.layers.{number}.self_attn"
    query, key, value = (np.split(part, heads) for part in np.split(p[f"{name}.in_proj_weight"], 3))
    query_bias, _, value_bias = np.split(p[f"{name}.in_proj_bias"], 3)
    out = p[f"{name}.out_proj.weight"]
    rows: list[np.ndarray] = []
    for q, b, k, v, o in zip(query, np.split(query_bias, heads), key, value, np.split(out, heads, 1), strict=True):
        root = math.sqrt(len(q))
        rows += [q.T @ k / root, b @ k / root, (o @ v).T]
    return np.vstack((*rows, out @ value_bias + p[f"{name}.out_proj.bias"]))


# ---------------------------------------------------------------- passes


@njit
def fours(n):  # type: ignore[no-untyped-def]  # numba
    """Rows that n places take."""
    return (n + 3) // 4 * 4


@njit(void(ROWS, NUMBER, NUMBER, ROWS, NUMBER, ROWS, NUMBER), cache=True, nogil=True, fastmath=LOOSE, error_model="numpy")
def add(x, place, count, weights, at, out, width):  # type: ignore[no-untyped-def]  # numba
    """Add to four rows of `out` (width) from `place` on the product of the same rows of `x` with `weights`.

    The first `count` columns of `x`, a multiple of four, meet the rows of `weights` from `at`.
    """
    # counted from 0, since numba looks at every index that may be negative
    four, rows, sums = x[place : place + 4], weights[at : at + count], out[place : place + 4]
    for k in range(0, count, 4):
        a, b, c, d = four[0, k], four[0, k + 1], four[0, k + 2], four[0, k + 3]
        e, f, g, h = four[1, k], four[1, k + 1], four[1, k + 2], four[1, k + 3]
        p, q, r, s = four[2, k], four[2, k + 1], four[2, k + 2], four[2, k + 3]
        t, u, v, w = four[3, k], four[3, k + 1], four[3, k + 2], four[3, k + 3]
        for j in range(width):
            one, two, three, last = rows[k, j], rows[k + 1, j], rows[k + 2, j], rows[k + 3, j]
            sums[0, j] += a * one + b * two + c * three + d * last
            sums[1, j] += e * one + f * two + g * three + h * last
            sums[2, j] += p * one + q * two + r * three + s * last
            sums[3, j] += t * one + u * two + v * three + w * last


@njit(fastmath=LOOSE, error_model="numpy", forceinline=True)
def exponential(x):  # type: ignore[no-untyped-def]  # numba
    """e ** x for x <= 0 to 1e-13, by products alone, so that several are computed at once: (e ** (x / 1024)) ** 1024."""
    y = (FLOOR if x < FLOOR else x) / 1024.0  # NaN stays NaN
    z = 1.0 + y * (1.0 + y * (1 / 2 + y * (1 / 6 + y * (1 / 24 + y * (1 / 120 + y * (1 / 720))))))
    for _ in range(10):
        z *= z
    return z


@njit(void(ROWS, ROWS, NUMBER, NUMBER, ROWS, ROWS, ROWS, NUMBER), cache=True, nogil=True, fastmath=LOOSE, error_model="numpy")
def attend(queries, keys, place, n, values, share, out, width):  # type: ignore[no-untyped-def]  # numba
    """Causal attention of one head, for rows `place` (a multiple of four) to n.

    Adds to each of them in `out` the values of the places up to it, by their shares. `keys` have a place per column, `values` one
    per row. `share` is room for `fours(n)` times `fours(n)` numbers.
    """
    for block in range(place, n, 4):
        for row in range(block, block + 4):
            for other in range(block + 4):
                share[row, other] = 0.0
        add(queries, block, width, keys, 0, share, block + 4)
        for row in range(block, block + 4):
            top = share[row, 0]
            for other in range(1, row + 1):
                top = max(top, share[row, other])
            total = 0.0
            for other in range(row + 1):
                share[row, other] = exponential(share[row, other] - top)
                total += share[row, other]
            scale = 1.0 / total
            for other in range(row + 1):
                share[row, other] *= scale
            for later in range(row + 1, block + 4):
                share[row, later] = 0.0
        add(share, block, block + 4, values, 0, out, width)


@njit(void(ROWS, NUMBER, ROWS, NUMBER, NUMBER, ROWS, NUMBER), cache=True, nogil=True, fastmath=LOOSE, error_model="numpy")
def norm(weights, at, x, place, n, moments, width):  # type: ignore[no-untyped-def]  # numba
    """LayerNorm of rows `place` to n of `x` in place, with its weight and bias from two rows of `weights`.

    Sums first, then roots, then rows, so that none waits for another's root. `moments` is room for two numbers a place.
    """
    for row in range(place, n):
        total, squares = 0.0, 0.0
        for j in range(width):
            total += x[row, j]
            squares += x[row, j] * x[row, j]
        moments[row, 0], moments[row, 1] = total, squares
    for row in range(place, n):
        mean = moments[row, 0] / width
        moments[row, 1] = 1.0 / math.sqrt(max(moments[row, 1] / width - mean * mean, 0.0) + EPSILON)
        moments[row, 0] = mean
    for row in range(place, n):
        mean, scale = moments[row, 0], moments[row, 1]
        for j in range(width):
            x[row, j] = (x[row, j] - mean) * scale * weights[at, j] + weights[at + 1, j]


@njit(void(ROWS, NUMBER, ROWS, NUMBER, NUMBER, ROWS, ROWS, NUMBER), cache=True, nogil=True, fastmath=LOOSE, error_model="numpy")
def finish(weights, at, x, place, n, inner, moments, width):  # type: ignore[no-untyped-def]  # numba
    """What follows the attention of a layer, in rows `place` (a multiple of four) to n of `x`, in place.

    That is a norm, a feed-forward as wide as `x`, and a norm. `weights` hold from `at` what `finishing` makes: the inner matrix,
    its bias, the outer one, its bias, weight and bias of both norms. `inner` is room as large as `x`, `moments` for two numbers a
    place.
    """
    norm(weights, at + 2 * width + 2, x, place, n, moments, width)
    for row in range(place, n):
        for j in range(width):
            inner[row, j] = weights[at + width, j]
    for block in range(place, n, 4):
        add(x, block, width, weights, at, inner, width)
    for row in range(place, n):
        for j in range(width):
            inner[row, j] = max(inner[row, j], 0.0)
            x[row, j] += weights[at + 2 * width + 1, j]
    for block in range(place, n, 4):
        add(inner, block, width, weights, at + width + 1, x, width)
    norm(weights, at + 2 * width + 4, x, place, n, moments, width)


@njit(
    void(ROWS, NUMBER, NUMBER, NUMBER, ROWS, NUMBER, ROWS, ROWS, ROWS, ROWS, ROWS, NUMBER),
    cache=True,
    nogil=True,
    fastmath=LOOSE,
    error_model="numpy",
)
def conclude(weights, at, heads, after, x, n, keys, queries, seen, added, share, width):  # type: ignore[no-untyped-def]  # numba
    """The last layer, at the last of n places alone, in its row of `x`.

    `weights` hold from `at` what `folded` makes, and from `after` what `finishing` does. The other arrays are room: `keys` with a
    place per column and zeros beyond the last, three as large as `x`, and `share` as for `attend`.
    """
    block = (n - 1) // 4 * 4
    room = block + 4
    for place in range(n):
        for j in range(width):
            keys[j, place] = x[place, j]
    for row in range(block, room):
        for j in range(width):
            added[row, j] = 0.0
    for head in range(heads):
        matrix = at + head * (2 * width + 1)
        for row in range(block, room):
            for j in range(width):
                queries[row, j], seen[row, j] = weights[matrix + width, j], 0.0
        add(x, block, width, weights, matrix, queries, width)
        attend(queries, keys, block, n, x, share, seen, width)
        add(seen, block, width, weights, matrix + width + 1, added, width)
    for j in range(width):
        x[n - 1, j] += added[n - 1, j] + weights[at + heads * (2 * width + 1), j]
    finish(weights, after, x, block, n, queries, seen, width)
