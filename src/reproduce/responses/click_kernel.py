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
from numba import njit

from reproduce.responses.kernel_parts import LOOSE, add, answers, attend, attend_before, finish, fours
from reproduce.responses.settings import CLICK_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reproduce.interaction.responding import FloatArray, Histories, IntArray

D = CLICK_SIZE
# rows of `Compiled.weights`: two blocks as `finish` reads them, the second attention, the head
BLOCK = 2 * D + 6
QUERY = 2 * BLOCK
QUERY_BIAS, VALUE, VALUE_BIAS, MERGE, VERDICT = QUERY + D, QUERY + D + 1, QUERY + 2 * D + 1, QUERY + 2 * D + 2, QUERY + 3 * D + 2
ROWS = VERDICT + 2


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
        weights[layer * BLOCK : (layer + 1) * BLOCK] = block(p, layer)
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


def block(p: Mapping[str, np.ndarray], layer: int) -> np.ndarray:
    """Rows of weights as `finish` reads them, of one layer of torch's transformer."""
    name = f"transformer.layers.{layer}"
    feed = (p[f"{name}.linear1.weight"].T, p[f"{name}.linear1.bias"], p[f"{name}.linear2.weight"].T, p[f"{name}.linear2.bias"])
    norms = (p[f"{name}.{norm}"] for norm in ("norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias"))
    return np.vstack((*feed, *norms))


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
    return answers(_one_after_the_other, model, histories, items, "clicks")


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy")
def _one_after_the_other(items, places, users, weights, user, history, liked, length, candidate, found):  # type: ignore[no-untyped-def]  # numba
    """How many rows came to nothing."""
    bad = 0
    for row in range(len(found)):
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
        add(weights, MERGE, D, _transformed(items, places, weights, shown), merged, D)
    logit = weights[VERDICT + 1, 0]
    for j in range(D):
        logit += merged[j] * items[candidate, j] * weights[VERDICT, j]
    found = 1.0 / (1.0 + math.exp(-logit))
    return np.rint(1e6 * found) / 1e6 if rounded else found


@njit(cache=True, fastmath=LOOSE, error_model="numpy")
def _transformed(items, places, weights, history):  # type: ignore[no-untyped-def]  # numba
    """Output of the transformer at the last position of a history that is not empty."""
    n = len(history)
    room = fours(n)
    queries, values, passed, inner = np.zeros((room, D)), np.zeros((room, D)), np.zeros((room, D)), np.zeros((room, D))
    keys, share, moments = np.zeros((D, room)), np.empty((room, room)), np.empty((room, 2))
    for place in range(n):
        item = history[place]
        for j in range(D):
            passed[place, j] = items[item, j] + places[place, j]
            queries[place, j] = items[item, D + j] + places[place, D + j]
            values[place, j] = items[item, 2 * D + j] + places[place, 2 * D + j]
        for j in range(D):
            keys[j, place] = passed[place, j]
    attend_before(queries, keys, n, values, share, passed, 0, D)
    finish(weights, 0, passed, n, inner, moments, D)
    passed[n:] = 0.0
    for place in range(n):
        for j in range(D):
            keys[j, place] = passed[place, j]
    query, seen = weights[QUERY_BIAS].copy(), np.zeros(D)
    add(weights, QUERY, D, passed[n - 1], query, D)
    attend(query, keys, n, passed, share, seen, D)
    state = np.zeros((fours(1), D))
    for j in range(D):
        state[0, j] = passed[n - 1, j] + weights[VALUE_BIAS, j]
    add(weights, VALUE, D, seen, state[0], D)
    finish(weights, BLOCK, state, 1, inner, moments, D)
    return state[0]
