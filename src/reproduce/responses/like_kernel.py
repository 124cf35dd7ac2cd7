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

from reproduce.responses.kernel_parts import LOOSE, add, answers, attend, conclude, finish, finishing, folded, fours, norm
from reproduce.responses.settings import FEED_FORWARD, HEADS, METHOD, SCORER, SMALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reproduce.interaction.responding import FloatArray, Histories, IntArray

D = SMALL.embedding_size
W = 2 * D
"""Width of a state inside the transformer: an item and the response to it."""
HEAD = W // HEADS
assert FEED_FORWARD == W, "`finish` knows feed-forwards as wide as the state"
# rows of `Compiled.wide`: what follows each attention, what the first one's heads found, the second attention
AFTER, OUT, OUT_BIAS = (0, 2 * W + 6), 4 * W + 12, 5 * W + 12
SECOND = OUT_BIAS + 1
# rows of `Compiled.narrow`: the scorer's end, its norm, that of encodings, the responses 0 and 1, and the places
SCORE, SCORE_BIAS, STATE_NORM, ENCODING_NORM, SAID, PLACES = 0, SCORER, SCORER + 1, SCORER + 3, SCORER + 5, SCORER + 7


class Compiled(NamedTuple):
    """Parameters as the kernel reads them, in double precision."""

    items: FloatArray
    """(items, D): encodings."""
    users: FloatArray
    """(users, D): encodings."""
    wide: FloatArray
    """(SECOND + HEADS (2 W + 1) + 1, W)"""
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
    first = "transformer.layers.0.self_attn"
    root = np.r_[np.full(W, 1 / math.sqrt(HEAD)), np.ones(2 * W)]  # the queries are divided by it
    project = p[f"{first}.in_proj_weight"].T * root
    bias = p[f"{first}.in_proj_bias"] * root
    out = p[f"{first}.out_proj.weight"].T, p[f"{first}.out_proj.bias"]
    wide = np.vstack((finishing(p, 0), finishing(p, 1), *out, folded(p, 1, HEADS)))
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
    shown = history[length - n : length]
    for item in shown:
        if item < 0 or item >= len(items):
            return nothing
    last, room = max(n - 1, 0), fours(max(n, 1))
    block = last // 4 * 4
    passed, who = np.zeros((room, W)), np.zeros((room, D))
    hidden, state, moments = np.zeros((room, SCORER)), np.zeros((room, D)), np.empty((room, 2))
    if n:
        _transform(items, wide, narrow, project, shown, liked[length - n : length], passed)
    for j in range(D):
        who[last, j], state[last, j] = users[user, j], narrow[SCORE_BIAS, j]
    for j in range(SCORER):
        hidden[last, j] = scorer[W + D, j]
    add(passed, block, W, scorer, 0, hidden, SCORER)
    add(who, block, D, scorer, W, hidden, SCORER)
    for j in range(SCORER):
        hidden[last, j] = max(hidden[last, j], 0.0)
    norm(scorer, W + D + 1, hidden, last, last + 1, moments, SCORER)
    add(hidden, block, SCORER, narrow, SCORE, state, D)
    norm(narrow, STATE_NORM, state, last, last + 1, moments, D)
    logit = 0.0
    for j in range(D):
        logit += state[last, j] * items[candidate, j]
    return np.rint(1e6 / (1.0 + math.exp(-logit / D))) / 1e6


@njit(fastmath=LOOSE, error_model="numpy")
def _transform(items, wide, narrow, project, history, liked, passed):  # type: ignore[no-untyped-def]  # numba
    """Write the output of the transformer at the last place of a history that is not empty to its row of `passed`, all zeros."""
    n, room = len(history), len(passed)
    projected, inner, share, moments = np.zeros((room, 3 * W)), np.zeros((room, W)), np.empty((room, room)), np.empty((room, 2))
    queries, values, seen = np.zeros((HEADS, room, HEAD)), np.zeros((HEADS, room, HEAD)), np.zeros((HEADS, room, HEAD))
    keys = np.zeros((HEADS, HEAD, room))
    for place in range(n):
        said = 1 if liked[place] else 0
        for j in range(D):
            passed[place, j] = items[history[place], j] + narrow[PLACES + place, j]
            passed[place, D + j] = narrow[SAID + said, j]
        for j in range(3 * W):
            projected[place, j] = project[D + said, j]
    norm(narrow, ENCODING_NORM, passed, 0, n, moments, D)
    for block in range(0, n, 4):
        add(passed, block, D, project, 0, projected, 3 * W)
    for head in range(HEADS):
        for place in range(n):
            for j in range(HEAD):
                queries[head, place, j] = projected[place, head * HEAD + j]
                keys[head, j, place] = projected[place, W + head * HEAD + j]
                values[head, place, j] = projected[place, 2 * W + head * HEAD + j]
        attend(queries[head], keys[head], 0, n, values[head], share, seen[head], HEAD)
        for block in range(0, n, 4):
            add(seen[head], block, HEAD, wide, OUT + head * HEAD, passed, W)
    for place in range(n):
        for j in range(W):
            passed[place, j] += wide[OUT_BIAS, j]
    finish(wide, AFTER[0], passed, 0, n, inner, moments, W)
    wider = np.zeros((W, room)), np.zeros((room, W)), np.zeros((room, W))
    conclude(wide, SECOND, HEADS, AFTER[1], passed, n, wider[0], wider[1], wider[2], inner, share, W)
