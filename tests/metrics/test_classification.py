from __future__ import annotations

import numpy as np
import pytest

from reproduce.metrics.classification import Predictions, scores
from reproduce.metrics.stats import Resamples
from reproduce.seeds import stream

CLASSES = ("a", "b", "c")


def predictions(pairs, unit=None):
    truth, predicted = zip(*pairs, strict=True)
    return Predictions(CLASSES, truth, predicted, tuple(unit or range(len(pairs))))


def values(made):
    return {name: float(draws[0]) for name, draws in scores(made, Resamples(np.ones((1, made.units)))).items()}


def test_a_worked_example():
    made = predictions([("a", "a"), ("a", "b"), ("a", "a"), ("b", "b"), ("c", None), ("c", "c"), ("c", "gibberish")])
    assert made.confusion().tolist() == [[2, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 2]]
    found = values(made)
    assert found["accuracy"] == pytest.approx(4 / 7)
    assert (found["recall:a"], found["recall:b"], found["recall:c"]) == (pytest.approx(2 / 3), 1.0, pytest.approx(1 / 3))
    # F1: a = 2*2 / (3 + 2), b = 2*1 / (1 + 2), c = 2*1 / (3 + 1)
    assert found["macro_f1"] == pytest.approx((4 / 5 + 2 / 3 + 1 / 2) / 3)


def test_an_unreadable_answer_is_wrong_and_not_dropped():
    assert values(predictions([("a", "a"), ("a", None)]))["accuracy"] == 0.5


def test_a_perfect_predictor():
    found = values(predictions([(label, label) for label in CLASSES * 4]))
    assert set(found) == {"accuracy", "macro_f1", "recall:a", "recall:b", "recall:c"}
    assert set(found.values()) == {1.0}


def test_units_are_resampled_whole_so_that_siblings_do_not_narrow_the_interval():
    pairs = [("a", "a" if number % 2 else "b") for number in range(40) for _ in range(10)]
    alone = predictions(pairs)
    grouped = predictions(pairs, unit=[number for number in range(40) for _ in range(10)])
    widths = []
    for made in (alone, grouped):
        resamples = Resamples.draw(made.units, stream(42, "bootstrap"))
        estimate = resamples.estimate(scores(made, resamples)["accuracy"])
        widths.append(estimate.high - estimate.low)
    assert widths[1] > 2.5 * widths[0]


def test_a_truth_that_is_no_class_is_refused():
    with pytest.raises(ValueError, match="none of"):
        predictions([("d", "a")])


def test_different_lengths_are_refused():
    with pytest.raises(ValueError, match="differ"):
        Predictions(CLASSES, ("a",), ("a", "b"), (1,))
