"""The pass of KuaiSim's `network.py` for one item after one history, compiled, as `click_kernel.py` is for f_sta.

It computes the last position alone, in double precision. Encodings of items and of users are made once. The first layer is
computed for every place; of the second one, with its single query, keys and values are never made: a head's query is turned back
into the space of states, and its value is projected after the states were averaged.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from reproduce.responses.click_kernel import block
from reproduce.responses.kernel_parts import (
    LOOSE,
    add,
    add_four,
    answers,
    attend,
    attend_before,
    finish,
    fours,
    norm,
)
from reproduce.responses.settings import FEED_FORWARD, HEADS, METHOD, SCORER, SMALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reproduce.interaction.responding import FloatArray, Histories, IntArray

D = SMALL.embedding_size
W = 2 * D
"""Width of a state inside the transformer: an item and the response to it."""
HEAD = W // HEADS
assert FEED_FORWARD == W, "`finish` knows feed-forwards as wide as the state"
BLOCK = 2 * W + 6
# rows of `Compiled.wide`: blocks, what follows each attention, the second attention, and the projections of responses
OUT, OUT_BIAS = (2 * BLOCK, 2 * BLOCK + W + 1), (2 * BLOCK + W, 2 * BLOCK + 2 * W + 1)
QUERY = 2 * BLOCK + 2 * W + 2
QUERY_BIAS, KEY, VALUE, VALUE_BIAS, WIDE = QUERY + W, QUERY + W + 1, QUERY + 2 * W + 1, QUERY + 3 * W + 1, QUERY + 3 * W + 2
# rows of `Compiled.narrow`: the scorer's end, its norm, that of encodings, the responses 0 and 1, and the places
SCORE, SCORE_BIAS, STATE_NORM, ENCODING_NORM, SAID, PLACES = 0, SCORER, SCORER + 1, SCORER + 3, SCORER + 5, SCORER + 7


class Compiled(NamedTuple):
    """Parameters as the kernel reads them, in double precision."""

    items: FloatArray
    """(items, D): encodings."""
    users: FloatArray
    """(users, D): encodings."""
    wide: FloatArray
    """(WIDE, W)"""
    narrow: FloatArray
    """(PLACES + L, D)"""
    project: FloatArray
    """(D + 2, 3 W): the first attention's projection of items, then of the responses 0 and 1, with its bias."""
    scorer: FloatArray
    """(W + D + 3, SCORER): the scorer's start, its bias and its norm."""


def compiled(parameters: Mapping[str, np.ndarray], items: np.ndarray, users: np.ndarray) -> Compiled:
    """Of a state_dict of `Network`, with the encodings (items, D) and (users, D) that it makes."""
    p = {name: np.asarray(part, dtype=np.float64) for name, part in parameters.items()}
    said = np.stack((p["feedback.bias"], p["feedback.bias"] + p["feedback.weight"][:, 0]))
    first, second = (f"transformer.layers.{layer}.self_attn" for layer in (0, 1))
    root = np.r_[np.full(W, 1 / math.sqrt(HEAD)), np.ones(2 * W)]  # the queries are divided by it
    project = p[f"{first}.in_proj_weight"].T * root
    bias = p[f"{first}.in_proj_bias"] * root
    query, key, value = np.split(p[f"{second}.in_proj_weight"], 3)
    query_bias, _, value_bias = np.split(p[f"{second}.in_proj_bias"], 3)  # what the keys' adds, a softmax does not see
    wide = np.vstack(
        (
            block(p, 0),
            block(p, 1),
            *(part for name in (first, second) for part in (p[f"{name}.out_proj.weight"].T, p[f"{name}.out_proj.bias"])),
            query.T / math.sqrt(HEAD),
            query_bias / math.sqrt(HEAD),
            key,
            value.T,
            value_bias,
        )
    )
    narrow = np.vstack(
        (
            p["scorer.4.weight"].T,
            *(p[name] for name in ("scorer.4.bias", "state_norm.weight", "state_norm.bias")),
            *(p[name] for name in ("encoding_norm.weight", "encoding_norm.bias")),
            said,
            p["position.weight"],
        )
    )
    scorer = np.vstack((p["scorer.0.weight"].T, p["scorer.0.bias"], p["scorer.3.weight"], p["scorer.3.bias"]))
    tables = (items, users, wide, narrow, np.vstack((project[:D], said @ project[D:] + bias)), scorer)
    return Compiled(*(np.ascontiguousarray(table, dtype=np.float64) for table in tables))


def probabilities(model: Compiled, histories: Histories, items: IntArray) -> FloatArray:
    """P(liked) (n,) to six decimals, so that neither a batch's size nor a machine moves it. Raises ValueError for unknown ids."""
    return answers(_one_after_the_other, model, histories, items, METHOD)


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy")
def _one_after_the_other(items, users, wide, narrow, project, scorer, user, history, liked, length, candidate, found):  # type: ignore[no-untyped-def]  # numba
    """How many rows came to nothing."""
    bad = 0
    for row in range(len(found)):
        asked = user[row], history[row], liked[row], length[row], candidate[row]
        found[row] = _row(items, users, wide, narrow, project, scorer, asked)
        bad += math.isnan(found[row])
    return bad


@njit(cache=True, fastmath=LOOSE, error_model="numpy")
def _row(items, users, wide, narrow, project, scorer, asked):  # type: ignore[no-untyped-def]  # numba
    """P(liked) of one row; NaN for an unknown id."""
    user, history, liked, length, candidate = asked
    nothing = math.nan
    if user < 0 or user >= len(users) or candidate < 0 or candidate >= len(items) or length < 0 or length > len(history):
        return nothing
    n = min(length, len(narrow) - PLACES)
    hidden = scorer[W + D : W + D + 1].copy()
    if n:
        shown = history[length - n : length]
        for item in shown:
            if item < 0 or item >= len(items):
                return nothing
        passed = _transformed(items, wide, narrow, project, shown, liked[length - n : length])
        add(scorer, 0, W, passed, hidden[0], SCORER)
    add(scorer, W, D, users[user], hidden[0], SCORER)
    for j in range(SCORER):
        hidden[0, j] = max(hidden[0, j], 0.0)
    moments = np.empty((1, 2))
    norm(scorer, W + D + 1, hidden, 1, moments, SCORER)
    state = narrow[SCORE_BIAS : SCORE_BIAS + 1].copy()
    add(narrow, SCORE, SCORER, hidden[0], state[0], D)
    norm(narrow, STATE_NORM, state, 1, moments, D)
    logit = 0.0
    for j in range(D):
        logit += state[0, j] * items[candidate, j]
    return np.rint(1e6 / (1.0 + math.exp(-logit / D))) / 1e6


@njit(cache=True, fastmath=LOOSE, error_model="numpy")
def _transformed(items, wide, narrow, project, history, liked):  # type: ignore[no-untyped-def]  # numba
    """Output of the transformer at the last position of a history that is not empty."""
    n = len(history)
    room = fours(n)
    projected, passed, seen, inner = np.zeros((room, 3 * W)), np.zeros((room, W)), np.zeros((room, W)), np.zeros((room, W))
    keys, values, share, moments = np.zeros((W, room)), np.zeros((room, W)), np.empty((room, room)), np.empty((room, 2))
    for place in range(n):
        said = 1 if liked[place] else 0
        for j in range(D):
            passed[place, j] = items[history[place], j] + narrow[PLACES + place, j]
            passed[place, D + j] = narrow[SAID + said, j]
        for j in range(3 * W):
            projected[place, j] = project[D + said, j]
    norm(narrow, ENCODING_NORM, passed, n, moments, D)
    for place in range(0, n, 4):
        add_four(passed, place, 0, D, project, 0, projected, 0, 3 * W)
    for place in range(n):
        for j in range(W):
            keys[j, place] = projected[place, W + j]
            values[place, j] = projected[place, 2 * W + j]
    for head in range(HEADS):
        attend_before(projected, keys, n, values, share, seen, head * HEAD, (head + 1) * HEAD)
    for place in range(n):
        for j in range(W):
            passed[place, j] += wide[OUT_BIAS[0], j]
    for place in range(0, n, 4):
        add_four(seen, place, 0, W, wide, OUT[0], passed, 0, W)
    finish(wide, 0, passed, n, inner, moments, W)
    passed[n:] = 0.0
    for place in range(n):
        for j in range(W):
            keys[j, place] = passed[place, j]
    query = wide[QUERY_BIAS].copy()
    add(wide, QUERY, W, passed[n - 1], query, W)
    value, turned, averaged = wide[VALUE_BIAS].copy(), np.empty(W), np.empty(W)
    for head in range(HEADS):
        turned[:] = 0.0
        add(wide, KEY + head * HEAD, HEAD, query[head * HEAD :], turned, W)
        averaged[:] = 0.0
        attend(turned, keys, n, passed, share, averaged, W)
        for k in range(W):
            for j in range(head * HEAD, (head + 1) * HEAD):
                value[j] += averaged[k] * wide[VALUE + k, j]
    state = np.zeros((fours(1), W))
    for j in range(W):
        state[0, j] = passed[n - 1, j] + wide[OUT_BIAS[1], j]
    add(wide, OUT[1], W, value, state[0], W)
    finish(wide, BLOCK, state, 1, inner, moments, W)
    return state[0]
