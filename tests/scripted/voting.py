"""A few items by hand, and one question to the ensemble about them."""

from __future__ import annotations

import numpy as np
from tastes import dataset

from reproduce.interaction.responding import Histories
from reproduce.methods.ensemble.descriptions import Descriptions
from reproduce.methods.ensemble.simulator import Ensemble
from reproduce.params import EnsembleKnobs

HEADS, TAILS = 0.1, 0.9
KNOBS = EnsembleKnobs()
A, B, C, D = range(4)


class Sure:
    """A click model that has one opinion."""

    def __init__(self, p):
        self.p = p

    def probabilities(self, histories, items):
        return np.full(len(items), self.p)


def described(pos, neg, categories=None, pos_vectors=None, neg_vectors=None):
    n = len(pos)
    vectors = [np.array(each or [[1.0, 0.0]] * n, np.float32) for each in (pos_vectors, neg_vectors)]
    return Descriptions.of(categories or [["one"]] * n, pos, neg, *vectors)


def ensemble(descriptions, p=0.7, faults=()):
    n = len(descriptions)
    return Ensemble(dataset([[(item, 1) for item in range(n)]], n, [["one"]] * n), descriptions, Sure(p), KNOBS, faults)


def running(history, recommended=0):
    """An episode of user 0 in which the last so many items were recommended."""
    rows = history or [(0, 0)]  # a place that does not count
    items, liked = (np.array([[row[k] for row in rows]], dtype) for k, dtype in ((0, np.int32), (1, np.int8)))
    length = np.array([len(history)], np.int32)
    return Histories(np.zeros(1, np.int32), items, liked, length, length - np.int32(recommended))


def ask(simulator, history, item, coins=(TAILS, TAILS, TAILS), recommended=0):
    """The response to one item: a list of plain values in the order of `Responses`."""
    found = simulator.respond(running(history, recommended), np.array([item], np.int32), np.array([coins]))
    return [None if part is None else part[0].tolist() for part in found]


LIKED, PROBABILITY, VOTES, SCORES, COINS = range(5)
# liked a: x, y; disliked b: z; candidate c: x, but not q
BY_HAND = described([["x", "y"], ["w"], ["x"], []], [["v"], ["z"], ["q"], []])
