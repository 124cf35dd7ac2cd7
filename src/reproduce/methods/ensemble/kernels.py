"""Equations 1 to 8 of LUS for many histories at once, compiled (ensemble.md 1.6).

Sets are rows of indices (CSR). What the candidate has is marked in an array of the size of the vocabulary, so that a history is
compared by looking up its keywords once; a byte each, so that they stay near the processor, and taken away again after the row.
Sums run in one order whatever the machine or
the batch, and cosines are rounded to six decimals before anything is decided by them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from reproduce.interaction.responding import FloatArray, IntArray
from reproduce.methods.ensemble.descriptions import FloatArray as Vectors

DECIMALS = 1e6
UNUSED, SAME, FALLBACK = 0, 1, 2


class Sets(NamedTuple):
    """A set of indices per item."""

    ptr: IntArray
    idx: IntArray


class Described(NamedTuple):
    """All that is known of items."""

    category_ptr: IntArray
    category_idx: IntArray
    pos_ptr: IntArray
    pos_idx: IntArray
    neg_ptr: IntArray
    neg_idx: IntArray
    pos_vectors: Vectors
    neg_vectors: Vectors
    pos_inverse: FloatArray
    """1 / length of every vector, 0 for zero vectors."""
    neg_inverse: FloatArray


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"})
def dot(vectors, a, b):  # type: ignore[no-untyped-def]
    """The inner product of two rows in double precision. Lanes may be summed in any order: that is far below six decimals."""
    total = 0.0
    for k in range(vectors.shape[1]):
        total += np.float64(vectors[a, k]) * np.float64(vectors[b, k])
    return total


@njit(cache=True)
def mark(item, sets, marks, value):  # type: ignore[no-untyped-def]
    """Mark what the item has with 1, or take the marks away with 0."""
    for at in range(sets.ptr[item], sets.ptr[item + 1]):
        marks[sets.idx[at]] = value


@njit(cache=True)
def marked(item, sets, marks):  # type: ignore[no-untyped-def]
    """How much of what the item has is marked."""
    found = 0
    for at in range(sets.ptr[item], sets.ptr[item + 1]):
        found += marks[sets.idx[at]]
    return found


@njit(cache=True)
def select(items, liked, length, candidate, categories, marks, apart, used):  # type: ignore[no-untyped-def]
    """h_C: which items of a history are compared with the candidate; never the candidate itself (ensemble.md 8).

    SAME: of a category that the candidate has, too. FALLBACK: where there is no such item in the history (`apart`: among the
    liked ones, among the disliked ones; 5.5), all items count. Returns how many of the history's items are liked and disliked.
    """
    mark(candidate, categories, marks, 1)
    same = np.zeros(2, np.int64)
    known = np.zeros(2, np.int64)
    for at in range(length):
        item, y = items[at], liked[at]
        used[at] = UNUSED
        if item == candidate:
            continue
        known[y] += 1
        if marked(item, categories, marks):
            used[at] = SAME
            same[y] += 1
    mark(candidate, categories, marks, 0)
    for at in range(length):
        if used[at] == UNUSED and items[at] != candidate and (same[liked[at]] if apart else same[0] + same[1]) == 0:
            used[at] = FALLBACK
    return known


@njit(cache=True)
def rounded(x):  # type: ignore[no-untyped-def]
    """To six decimals; no negative zero."""
    return np.rint(x * DECIMALS) / DECIMALS + 0.0


@njit(cache=True)
def cosine(vectors, inverse, a, b):  # type: ignore[no-untyped-def]
    """Of two rows whose inverse lengths are given (0 for a zero vector), to six decimals."""
    return rounded(dot(vectors, a, b) * inverse[a] * inverse[b])


@njit(cache=True, nogil=True)
def score(asked, candidates, described, marks, apart, used, scores, known):  # type: ignore[no-untyped-def]
    """Write a_pos, a_neg, b_pos, b_neg of every row to `scores`, and how many items are disliked and liked to `known`.

    `marks` has a zero for each category and each keyword, twice, and is left so. `used` is room for a history.
    """
    categories = Sets(described.category_ptr, described.category_idx)
    pos, neg = Sets(described.pos_ptr, described.pos_idx), Sets(described.neg_ptr, described.neg_idx)
    for row in range(len(candidates)):
        items, liked, c = asked.items[row], asked.liked[row], candidates[row]
        known[row] = select(items, liked, asked.length[row], c, categories, marks[0], apart, used)
        mark(c, pos, marks[1], 1)
        mark(c, neg, marks[2], 1)
        a_pos = a_neg = 0
        b_pos = b_neg = -np.inf
        for at in range(asked.length[row]):
            if used[at] == UNUSED:
                continue
            if liked[at]:
                a_pos += marked(items[at], pos, marks[1])
                b_pos = max(b_pos, cosine(described.pos_vectors, described.pos_inverse, c, items[at]))
            else:
                a_neg += marked(items[at], neg, marks[2])
                b_neg = max(b_neg, cosine(described.neg_vectors, described.neg_inverse, c, items[at]))
        mark(c, pos, marks[1], 0)
        mark(c, neg, marks[2], 0)
        scores[row, 0], scores[row, 1], scores[row, 2], scores[row, 3] = a_pos, a_neg, b_pos, b_neg


@njit(cache=True)
def vote(scores, p, coins, known, nobody, tossed, inverted, twice, votes, thrown, liked, probability):  # type: ignore[no-untyped-def]
    """Eqs. 3, 8, 9: the three votes of every row, which were coins, the reward, and how sure it is without the coins.

    `tossed` False: a tie is 0 (5.4). `inverted`: without liked items both votes are 1, without disliked ones 0 (5.2). `twice`: p
    passes a second sigmoid (5.1). Rows of `nobody` have nothing to go by: one coin is both votes and thereby the reward (5.8).
    Returns the first row whose p is no probability, else -1.
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
            if nobody[row]:
                votes[row, k], coin = coins[row, 0] < 0.5, True
            elif coin:
                votes[row, k] = coins[row, k] < 0.5
            thrown[row, k] = coin
            sure += 0.5 if coin else votes[row, k]
        votes[row, 2] = scores[row, 4] >= 0.5
        sure += 0.5 if nobody[row] else votes[row, 2]
        liked[row] = votes[row, 0] + votes[row, 1] + votes[row, 2] >= 2
        probability[row] = sure / 3
    return -1
