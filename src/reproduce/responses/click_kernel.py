"""The pass of `click_network.py` for one item after one history, compiled: what the environment asks at every step.

It computes the last position alone. With x = item + position, what the first layer makes of each x by itself is a row of a table
of items plus one of a table of places, both made once; the projections around a softmax are folded (of q' k only one matrix is
left, and W_o W_v is one, because the shares of an attention sum to one); the second layer has a single query. 60,000
multiplications are left of 200,000. In double precision: that leaves 1e-12, so that the six decimals that count are the same
however sums are grouped; single precision, at half the time, would leave 1e-6.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import get_num_threads, njit, prange

from reproduce.responses.settings import CLICK_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reproduce.interaction.responding import FloatArray, Histories, IntArray

D = CLICK_SIZE
EPSILON = 1e-5
"""Of torch's LayerNorm."""
# rows of `Compiled.weights`: a block (feed-forward and two norms), twice; the second attention; the head
INNER, INNER_BIAS, OUTER, OUTER_BIAS, NORMS = 0, D, D + 1, 2 * D + 1, 2 * D + 2
BLOCK = NORMS + 4
QUERY = 2 * BLOCK
QUERY_BIAS, VALUE, VALUE_BIAS, MERGE, VERDICT = QUERY + D, QUERY + D + 1, QUERY + 2 * D + 1, QUERY + 2 * D + 2, QUERY + 3 * D + 2
ROWS = VERDICT + 2
LOOSE = {"contract", "reassoc", "nsz"}
"""How sums may be reordered, so that they become vector instructions; NaN stays NaN."""
ALONE = 16
"""Rows below which threads cost more than they save."""


class Compiled(NamedTuple):
    """Parameters as the kernel reads them, in double precision."""

    items: FloatArray
    """(items, 3 D): embedding, its share of the folded query, of the folded value."""
    places: FloatArray
    """(L, 3 D): the same of positions, with all constants."""
    users: FloatArray
    """(users, D): a user's share of the merged state, with its bias."""
    weights: FloatArray
    """(ROWS, D)."""


def compiled(parameters: Mapping[str, np.ndarray]) -> Compiled:
    """Of a state_dict of `ClickNetwork`."""
    p = {name: np.asarray(part, dtype=np.float64) for name, part in parameters.items()}
    query, query_bias, value, value_bias = _folded(p, 0)

    def three(rows: np.ndarray, constants: int) -> np.ndarray:
        return np.ascontiguousarray(
            np.hstack((rows, rows @ query + constants * query_bias, rows @ value + constants * value_bias))
        )

    merge = p["merge.weight"]
    weights = np.zeros((ROWS, D))
    for layer in (0, 1):
        name, start = f"transformer.layers.{layer}", layer * BLOCK
        weights[start + INNER : start + INNER_BIAS] = p[f"{name}.linear1.weight"].T
        weights[start + INNER_BIAS] = p[f"{name}.linear1.bias"]
        weights[start + OUTER : start + OUTER_BIAS] = p[f"{name}.linear2.weight"].T
        weights[start + OUTER_BIAS] = p[f"{name}.linear2.bias"]
        for place, norm in enumerate(("norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias")):
            weights[start + NORMS + place] = p[f"{name}.{norm}"]
    weights[QUERY:QUERY_BIAS], weights[QUERY_BIAS], weights[VALUE:VALUE_BIAS], weights[VALUE_BIAS] = _folded(p, 1)
    weights[MERGE:VERDICT] = merge[:, :D].T
    weights[VERDICT] = p["verdict.weight"][0]
    weights[VERDICT + 1, 0] = p["verdict.bias"][0]
    return Compiled(
        items=three(p["item_id.weight"][1:], 0),
        places=three(p["position.weight"], 1),
        users=np.ascontiguousarray(p["user_id.weight"] @ merge[:, D:].T + p["merge.bias"]),
        weights=weights,
    )


def _folded(p: Mapping[str, np.ndarray], layer: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Matrices and biases that make of x (as a row) the query that meets a bare x, and the value that is added to x.

    What the keys' bias adds to all logits of a query alike, a softmax does not see.
    """
    name = f"transformer.layers.{layer}.self_attn"
    wq, wk, wv = np.split(p[f"{name}.in_proj_weight"], 3)
    bq, _, bv = np.split(p[f"{name}.in_proj_bias"], 3)
    wo, bo = p[f"{name}.out_proj.weight"], p[f"{name}.out_proj.bias"]
    root = math.sqrt(D)
    return wq.T @ wk / root, bq @ wk / root, (wo @ wv).T, wo @ bv + bo


def probabilities(model: Compiled, histories: Histories, items: IntArray) -> FloatArray:
    """P(liked) (n,) to six decimals, so that neither a batch's size nor a machine moves it. Raises ValueError for unknown ids."""
    found = np.empty(len(items))
    asked = (histories.user, histories.items, histories.length, items)
    kernel = _many if len(items) >= ALONE and get_num_threads() > 1 else _one_after_the_other
    if kernel(*model, *asked, found):
        worst = int(np.flatnonzero(np.isnan(found))[0])
        fact = f"user {histories.user[worst]}, item {items[worst]} or the history before it is unknown to the click model"
        raise ValueError(f"{fact} ({len(model.users)} users, {len(model.items)} items), or its parameters are no numbers")
    return found


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy")
def _one_after_the_other(items, places, users, weights, user, history, length, candidate, found):  # type: ignore[no-untyped-def]  # numba
    bad = 0
    for row in range(len(found)):
        found[row] = _row(items, places, users, weights, user[row], history[row], length[row], candidate[row], True)
        bad += math.isnan(found[row])
    return bad


@njit(cache=True, parallel=True, fastmath=LOOSE, error_model="numpy")
def _many(items, places, users, weights, user, history, length, candidate, found):  # type: ignore[no-untyped-def]  # numba
    bad = 0
    for row in prange(len(found)):
        found[row] = _row(items, places, users, weights, user[row], history[row], length[row], candidate[row], True)
        bad += math.isnan(found[row])
    return bad


@njit(cache=True, fastmath=LOOSE, error_model="numpy")
def _row(items, places, users, weights, user, history, length, candidate, rounded):  # type: ignore[no-untyped-def]  # numba
    """P(liked) of one row; NaN for an unknown id."""
    nothing = math.nan
    if user < 0 or user >= len(users) or candidate < 0 or candidate >= len(items) or length < 0 or length > len(history):
        return nothing
    n = min(length, len(places))
    merged = users[user].copy()
    if n:
        shown = history[length - n : length]
        for item in shown:
            if item < 0 or item >= len(items):
                return nothing
        _add(weights, MERGE, _transformed(items, places, weights, shown), merged)
    logit = weights[VERDICT + 1, 0]
    for j in range(D):
        logit += merged[j] * items[candidate, j] * weights[VERDICT, j]
    found = 1.0 / (1.0 + math.exp(-logit))
    return np.rint(1e6 * found) / 1e6 if rounded else found


@njit(cache=True, fastmath=LOOSE, error_model="numpy")
def _transformed(items, places, weights, history):  # type: ignore[no-untyped-def]  # numba
    """Output of the transformer at the last position of a history that is not empty."""
    n = len(history)
    padded = n + 3  # sums over places go in steps of four
    queries, values = np.empty((n, D)), np.zeros((padded, D))
    keys = np.empty((D, padded))
    passed = np.zeros((padded, D))
    share = np.empty(padded)
    inner = np.empty(D)
    for place in range(n):
        item = history[place]
        for j in range(D):
            passed[place, j] = items[item, j] + places[place, j]
            queries[place, j] = items[item, D + j] + places[place, D + j]
            values[place, j] = items[item, 2 * D + j] + places[place, 2 * D + j]
        for j in range(D):
            keys[j, place] = passed[place, j]
    for place in range(n):
        _attend(queries[place], keys, place + 1, values, share, passed[place])
        _block(weights, 0, passed[place], inner)
    for place in range(n):
        for j in range(D):
            keys[j, place] = passed[place, j]
    query = weights[QUERY_BIAS].copy()
    _add(weights, QUERY, passed[n - 1], query)
    seen = np.zeros(D)
    _attend(query, keys, n, passed, share, seen)
    state = passed[n - 1] + weights[VALUE_BIAS]
    _add(weights, VALUE, seen, state)
    _block(weights, BLOCK, state, inner)
    return state


@njit(cache=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _attend(query, keys, n, values, share, out):  # type: ignore[no-untyped-def]  # numba
    """Add to `out` the first n `values`, each by its share of the attention. `share` is room for n + 3 numbers."""
    for other in range(n + 3):
        share[other] = 0.0
    for k in range(0, D, 8):
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
        for j in range(D):
            out[j] += a * values[other, j] + b * values[other + 1, j] + c * values[other + 2, j] + d * values[other + 3, j]


@njit(cache=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _add(weights, at, x, out):  # type: ignore[no-untyped-def]  # numba
    """Add to `out` the product of x with the D rows of `weights` from `at`. Eight rows at once keep the sums in registers."""
    for k in range(0, D, 8):
        a, b, c, d, e, f, g, h = x[k], x[k + 1], x[k + 2], x[k + 3], x[k + 4], x[k + 5], x[k + 6], x[k + 7]
        row = at + k
        for j in range(D):
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


@njit(cache=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _block(weights, at, x, inner):  # type: ignore[no-untyped-def]  # numba
    """What follows an attention, in place: norm, feed-forward, norm. `inner` is room for D numbers."""
    _norm(weights, at + NORMS, x)
    for j in range(D):
        inner[j] = weights[at + INNER_BIAS, j]
    _add(weights, at + INNER, x, inner)
    for j in range(D):
        inner[j] = max(inner[j], 0.0)
        x[j] += weights[at + OUTER_BIAS, j]
    _add(weights, at + OUTER, inner, x)
    _norm(weights, at + NORMS + 2, x)


@njit(cache=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _norm(weights, at, x):  # type: ignore[no-untyped-def]  # numba
    """LayerNorm in place, with weight and bias from two rows."""
    total, squares = 0.0, 0.0
    for j in range(D):
        total += x[j]
        squares += x[j] * x[j]
    mean = total / D
    scale = 1.0 / math.sqrt(max(squares / D - mean * mean, 0.0) + EPSILON)
    for j in range(D):
        x[j] = (x[j] - mean) * scale * weights[at, j] + weights[at + 1, j]
