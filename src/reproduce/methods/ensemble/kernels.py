"""Equations 1 to 8 of LUS for many histories at once, compiled (ensemble.md 1.6).

Sets are rows of indices (CSR). What the candidate has is marked in an array of the size of the vocabulary, so that a history is
compared by looking up its keywords once. Marks are stamps, which need no clearing. Sums run in one order whatever the machine or
the batch, and cosines are rounded to six decimals before anything is decided by them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from reproduce.interaction.responding import IntArray

DECIMALS = 1e6
UNUSED, SAME, FALLBACK = 0, 1, 2


class Sets(NamedTuple):
    """A set of indices per item."""

    ptr: IntArray
    idx: IntArray


@njit(cache=True)
def dot(a, b):  # type: ignore[no-untyped-def]
    """The inner product in double precision, summed in four lanes."""
    w = x = y = z = 0.0
    whole = len(a) - len(a) % 4
    for k in range(0, whole, 4):
        w += np.float64(a[k]) * np.float64(b[k])
        x += np.float64(a[k + 1]) * np.float64(b[k + 1])
        y += np.float64(a[k + 2]) * np.float64(b[k + 2])
        z += np.float64(a[k + 3]) * np.float64(b[k + 3])
    for k in range(whole, len(a)):
        w += np.float64(a[k]) * np.float64(b[k])
    return (w + x) + (y + z)


@njit(cache=True)
def mark(item, sets, marks, stamp):  # type: ignore[no-untyped-def]
    """Mark what the item has."""
    for at in range(sets.ptr[item], sets.ptr[item + 1]):
        marks[sets.idx[at]] = stamp


@njit(cache=True)
def marked(item, sets, marks, stamp):  # type: ignore[no-untyped-def]
    """How much of what the item has is marked."""
    found = 0
    for at in range(sets.ptr[item], sets.ptr[item + 1]):
        found += marks[sets.idx[at]] == stamp
    return found


@njit(cache=True)
def select(items, liked, length, candidate, categories, marks, stamp, apart, used):  # type: ignore[no-untyped-def]
    """h_C: which items of a history are compared with the candidate; never the candidate itself (ensemble.md 8).

    SAME: of a category that the candidate has, too. FALLBACK: where there is no such item in the history (`apart`: among the
    liked ones, among the disliked ones; 5.5), all items count. Returns how many of the history's items are liked and disliked.
    """
    mark(candidate, categories, marks, stamp)
    same = np.zeros(2, np.int64)
    known = np.zeros(2, np.int64)
    for at in range(length):
        item, y = items[at], liked[at]
        used[at] = UNUSED
        if item == candidate:
            continue
        known[y] += 1
        if marked(item, categories, marks, stamp):
            used[at] = SAME
            same[y] += 1
    for at in range(length):
        if used[at] == UNUSED and items[at] != candidate and (same[liked[at]] if apart else same[0] + same[1]) == 0:
            used[at] = FALLBACK
    return known


@njit(cache=True)
def rounded(x):  # type: ignore[no-untyped-def]
    """To six decimals; no negative zero."""
    return np.rint(x * DECIMALS) / DECIMALS + 0.0


@njit(cache=True)
def cosine(a, b, of_a, of_b):  # type: ignore[no-untyped-def]
    """Of two vectors whose inverse lengths are given (0 for a zero vector), to six decimals."""
    return rounded(dot(a, b) * of_a * of_b)


@njit(cache=True)
def score(  # type: ignore[no-untyped-def]
    items, liked, length, candidates, categories, pos, neg, embeddings, inverses, marks, stamp, apart, used, scores, known
):
    """Write a_pos, a_neg, b_pos, b_neg of every row to `scores`, and how many of its items are disliked and liked to `known`."""
    of_category, of_pos, of_neg = marks
    for row in range(len(candidates)):
        c = candidates[row]
        stamp += 1
        known[row] = select(items[row], liked[row], length[row], c, categories, of_category, stamp, apart, used)
        mark(c, pos, of_pos, stamp)
        mark(c, neg, of_neg, stamp)
        a_pos = a_neg = 0
        b_pos = b_neg = -np.inf
        for at in range(length[row]):
            if used[at] == UNUSED:
                continue
            i = items[row, at]
            if liked[row, at]:
                a_pos += marked(i, pos, of_pos, stamp)
                b_pos = max(b_pos, cosine(embeddings[0][c], embeddings[0][i], inverses[0][c], inverses[0][i]))
            else:
                a_neg += marked(i, neg, of_neg, stamp)
                b_neg = max(b_neg, cosine(embeddings[1][c], embeddings[1][i], inverses[1][c], inverses[1][i]))
        scores[row, 0], scores[row, 1], scores[row, 2], scores[row, 3] = a_pos, a_neg, b_pos, b_neg
    return stamp


@njit(cache=True)
def vote(scores, p, coins, known, nobody, tossed, inverted, twice, votes, thrown, liked, probability):  # type: ignore[no-untyped-def]
    """Eqs. 3, 8, 9: the three votes of every row, which were coins, the reward, and how sure it is without the coins.

    `tossed` False: a tie is 0 (5.4). `inverted`: without liked items both votes are 1, without disliked ones 0 (5.2). `twice`: p
    passes a second sigmoid (5.1). Rows of `nobody` have nothing to go by, so that all three votes are coins (5.8). Returns the
    first row whose p is no probability, else -1.
    """
    for row in range(len(scores)):
        if nobody[row]:
            scores[row, 0], scores[row, 1], scores[row, 2], scores[row, 3], scores[row, 4] = 0, 0, -np.inf, -np.inf, 0.5
        else:
            if not 0 <= p[row] <= 1:
                return row
            scores[row, 4] = rounded(1 / (1 + np.exp(-rounded(p[row])))) if twice else rounded(p[row])
        sure = 0.0
        for k in range(2):
            high, low = scores[row, 2 * k], scores[row, 2 * k + 1]
            coin = high == low and tossed
            votes[row, k] = high > low
            if inverted and (known[row, 1] == 0 or known[row, 0] == 0):
                votes[row, k], coin = known[row, 1] == 0, False
            if coin or nobody[row]:
                votes[row, k], coin = coins[row, k] < 0.5, True
            thrown[row, k] = coin
            sure += 0.5 if coin else votes[row, k]
        votes[row, 2] = coins[row, 2] < 0.5 if nobody[row] else scores[row, 4] >= 0.5
        sure += 0.5 if nobody[row] else votes[row, 2]
        liked[row] = votes[row, 0] + votes[row, 1] + votes[row, 2] >= 2
        probability[row] = sure / 3
    return -1
