"""The pass of `click_network.py` for one item after one history, compiled: what the environment asks at every step.

It computes the last position alone. With x_j = item + position, what the first layer does to each x_j by itself is a sum of a row
of a table of items and one of a table of places, both made once; the projections around a softmax are folded (of q' k only a
product of matrices is left, and W_o W_v is one matrix, because the weights of an attention sum to one); the second layer has a
single query. About 60,000 multiplications are left of 200,000. In double precision, which costs 4 microseconds more than single
and leaves 1e-12 where six decimals count.
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
ALONE = 8
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


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")
def _one_after_the_other(items, places, users, weights, user, history, length, candidate, found):  # type: ignore[no-untyped-def]  # numba
    bad = 0
    for row in range(len(found)):
        found[row] = _row(items, places, users, weights, user[row], history[row], length[row], candidate[row], True)
        bad += math.isnan(found[row])
    return bad


@njit(cache=True, parallel=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")
def _many(items, places, users, weights, user, history, length, candidate, found):  # type: ignore[no-untyped-def]  # numba
    bad = 0
    for row in prange(len(found)):
        found[row] = _row(items, places, users, weights, user[row], history[row], length[row], candidate[row], True)
        bad += math.isnan(found[row])
    return bad


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")
def _row(items, places, users, weights, user, history, length, candidate, rounded):  # type: ignore[no-untyped-def]  # numba
    """P(liked) of one row; NaN for an unknown id."""
    nothing = math.nan
    if user < 0 or user >= len(users) or candidate < 0 or candidate >= len(items) or length < 0 or length > len(history):
        return nothing
    n = min(length, len(places))
    merged = users[user].copy()
    if n:
        first = length - n
        for place in range(n):
            item = history[first + place]
            if item < 0 or item >= len(items):
                return nothing
        passed = _transformed(items, places, weights, history[first:length])
        for k in range(D):
            for j in range(D):
                merged[j] += passed[k] * weights[MERGE + k, j]
    logit = weights[VERDICT + 1, 0]
    for j in range(D):
        logit += merged[j] * items[candidate, j] * weights[VERDICT, j]
    found = 1.0 / (1.0 + math.exp(-logit))
    return np.rint(1e6 * found) / 1e6 if rounded else found


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")
def _transformed(items, places, weights, history):  # type: ignore[no-untyped-def]  # numba
    """Output of the transformer at the last position of a history that is not empty."""
    n = len(history)
    shown = np.empty((n, 3 * D))
    for place in range(n):
        for j in range(3 * D):
            shown[place, j] = items[history[place], j] + places[place, j]
    passed = np.empty((n, D))
    share = np.empty(n)
    inner = np.empty(D)
    for place in range(n):
        for other in range(place + 1):
            total = 0.0
            for j in range(D):
                total += shown[place, D + j] * shown[other, j]
            share[other] = total
        _softmax(share, place + 1)
        for j in range(D):
            passed[place, j] = shown[place, j]
        for other in range(place + 1):
            for j in range(D):
                passed[place, j] += share[other] * shown[other, 2 * D + j]
        _block(weights, 0, passed[place], inner)
    last = passed[n - 1]
    query = weights[QUERY_BIAS].copy()
    for k in range(D):
        for j in range(D):
            query[j] += last[k] * weights[QUERY + k, j]
    for other in range(n):
        total = 0.0
        for j in range(D):
            total += query[j] * passed[other, j]
        share[other] = total
    _softmax(share, n)
    seen = np.zeros(D)
    for other in range(n):
        for j in range(D):
            seen[j] += share[other] * passed[other, j]
    state = last + weights[VALUE_BIAS]
    for k in range(D):
        for j in range(D):
            state[j] += seen[k] * weights[VALUE + k, j]
    _block(weights, BLOCK, state, inner)
    return state


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")
def _softmax(share, n):  # type: ignore[no-untyped-def]  # numba
    """The first n numbers, in place."""
    top = share[0]
    for other in range(1, n):
        top = max(top, share[other])
    total = 0.0
    for other in range(n):
        share[other] = math.exp(share[other] - top)
        total += share[other]
    for other in range(n):
        share[other] /= total


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")
def _norm(weights, at, x):  # type: ignore[no-untyped-def]  # numba
    mean = 0.0
    for j in range(D):
        mean += x[j]
    mean /= D
    spread = 0.0
    for j in range(D):
        spread += (x[j] - mean) ** 2
    scale = 1.0 / math.sqrt(spread / D + EPSILON)
    for j in range(D):
        x[j] = (x[j] - mean) * scale * weights[at, j] + weights[at + 1, j]


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")
def _block(weights, at, x, inner):  # type: ignore[no-untyped-def]  # numba
    """What follows an attention, in place: norm, feed-forward, norm. `inner` is room for D numbers."""
    _norm(weights, at + NORMS, x)
    for j in range(D):
        inner[j] = weights[at + INNER_BIAS, j]
    for k in range(0, D, 4):  # four rows at once: the sums stay in registers longer
        for j in range(D):
            inner[j] += (
                x[k] * weights[at + INNER + k, j]
                + x[k + 1] * weights[at + INNER + k + 1, j]
                + x[k + 2] * weights[at + INNER + k + 2, j]
                + x[k + 3] * weights[at + INNER + k + 3, j]
            )
    for j in range(D):
        inner[j] = max(inner[j], 0.0)
        x[j] += weights[at + OUTER_BIAS, j]
    for k in range(0, D, 4):
        for j in range(D):
            x[j] += (
                inner[k] * weights[at + OUTER + k, j]
                + inner[k + 1] * weights[at + OUTER + k + 1, j]
                + inner[k + 2] * weights[at + OUTER + k + 2, j]
                + inner[k + 3] * weights[at + OUTER + k + 3, j]
            )
    _norm(weights, at + NORMS + 2, x)
