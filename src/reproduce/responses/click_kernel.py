"""The pass of `click_network.py` for one item after one history, compiled: what the environment asks at every step.

It computes the last position alone. With x = item + position, what the first layer makes of each x by itself is a row of a table
of items plus one of a table of places, both made once; the projections around a softmax are folded (of q' k only one matrix is
left, and W_o W_v is one, because the shares of an attention sum to one); the second layer has a single query. For 20
places 80,000 multiplications are left of 300,000. In double precision: that leaves 1e-12, so that the six decimals that count are
the same however sums are grouped; single precision would leave 1e-6.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from reproduce.responses.kernel_parts import LOOSE, add, answers, attend, conclude, finish, finishing, folded, fours
from reproduce.responses.settings import CLICK_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reproduce.interaction.responding import FloatArray, Histories, IntArray

D = CLICK_SIZE
# rows of `Compiled.weights`: what follows each attention, the second attention, the merger's share of the history, the head
AFTER, SECOND = (0, 2 * D + 6), 4 * D + 12
MERGE = SECOND + 2 * D + 2
VERDICT = MERGE + D


class Compiled(NamedTuple):
    """Parameters as the kernel reads them, in double precision."""

    items: FloatArray
    """(items, 3 D): embedding, its share of the folded query, of the folded value."""
    places: FloatArray
    """(L, 3 D): the same of positions, with all constants."""
    users: FloatArray
    """(users, D): a user's share of the merged state, with its bias."""
    weights: FloatArray
    """(VERDICT + 2, D)."""


def compiled(parameters: Mapping[str, np.ndarray]) -> Compiled:
    """Of a state_dict of `ClickNetwork`."""
    p = {name: np.asarray(part, dtype=np.float64) for name, part in parameters.items()}
    first = folded(p, 0, heads=1)
    query, query_bias, value, value_bias = first[:D], first[D], first[D + 1 : -1], first[-1]

    def three(rows: np.ndarray, constants: int) -> np.ndarray:
        return np.ascontiguousarray(
            np.hstack((rows, rows @ query + constants * query_bias, rows @ value + constants * value_bias))
        )

    merge, bias = p["merge.weight"], np.zeros(D)
    bias[0] = p["verdict.bias"][0]
    parts = (finishing(p, 0), finishing(p, 1), folded(p, 1, heads=1), merge[:, :D].T, p["verdict.weight"], bias)
    return Compiled(
        items=three(p["item_id.weight"][1:], 0),
        places=three(p["position.weight"], 1),
        users=np.ascontiguousarray(p["user_id.weight"] @ merge[:, D:].T + p["merge.bias"]),
        weights=np.ascontiguousarray(np.vstack(parts)),
    )


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
    shown = history[length - n : length]
    for item in shown:
        if item < 0 or item >= len(items):
            return nothing
    last, room = max(n - 1, 0), fours(max(n, 1))
    passed, merged = np.zeros((room, D)), np.zeros((room, D))
    if n:
        _transform(items, places, weights, shown, passed)
    for j in range(D):
        merged[last, j] = users[user, j]
    add(passed, last // 4 * 4, D, weights, MERGE, merged, D)
    logit = weights[VERDICT + 1, 0]
    for j in range(D):
        logit += merged[last, j] * items[candidate, j] * weights[VERDICT, j]
    found = 1.0 / (1.0 + math.exp(-logit))
    return np.rint(1e6 * found) / 1e6 if rounded else found


@njit(fastmath=LOOSE, error_model="numpy")
def _transform(items, places, weights, history, passed):  # type: ignore[no-untyped-def]  # numba
    """Write the output of the transformer at the last place of a history that is not empty to its row of `passed`, all zeros."""
    n, room = len(history), len(passed)
    queries, values, inner = np.zeros((room, D)), np.zeros((room, D)), np.zeros((room, D))
    keys, share, moments = np.zeros((D, room)), np.empty((room, room)), np.empty((room, 2))
    for place in range(n):
        item = history[place]
        for j in range(D):
            passed[place, j] = items[item, j] + places[place, j]
            queries[place, j] = items[item, D + j] + places[place, D + j]
            values[place, j] = items[item, 2 * D + j] + places[place, 2 * D + j]
        for j in range(D):
            keys[j, place] = passed[place, j]
    attend(queries, keys, 0, n, values, share, passed, D)
    finish(weights, AFTER[0], passed, 0, n, inner, moments, D)
    conclude(weights, SECOND, 1, AFTER[1], passed, n, keys, queries, values, inner, share, D)
