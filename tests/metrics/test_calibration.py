from __future__ import annotations

import numpy as np
import pytest

from reproduce.metrics.calibration import bin_of, brier, expected_error, reliability
from reproduce.metrics.stats import Resamples


def resamples(units, count=200):
    return Resamples.draw(units, np.random.default_rng(5), count)


def test_scores_fall_into_the_bin_that_they_open():
    assert bin_of(np.array([0.0, 0.0999, 0.1, 0.3, 0.7, 0.999, 1.0])).tolist() == [0, 0, 1, 3, 7, 9, 9]


def test_votes_by_hand():
    """Four yes of which three are liked, two coins of which one is, two no of which one is."""
    said = np.array([1.0, 1, 1, 1, 0.5, 0.5, 0, 0])
    liked = np.array([1.0, 1, 1, 0, 1, 0, 1, 0])
    draws = resamples(8)
    assert [(each.n, each.predicted[0], each.observed[0]) for each in reliability(said, liked, draws)] == [
        (2, 0.0, 0.5),
        (2, 0.5, 0.5),
        (4, 1.0, 0.75),
    ]
    assert expected_error(said, liked, draws)[0] == pytest.approx((2 * 0.5 + 2 * 0 + 4 * 0.25) / 8)
    assert brier(said, liked, draws)[0] == pytest.approx((1 + 0.25 + 0.25 + 1) / 8)


def test_a_calibrated_score_has_a_small_error_and_a_doubled_sigmoid_a_large_one():
    random = np.random.default_rng(2)
    p = random.random(20000)
    liked = (random.random(20000) < p).astype(float)
    few = resamples(20000, 3)
    assert expected_error(p, liked, few)[0] < 0.02
    assert expected_error(1 / (1 + np.exp(-p)), liked, few)[0] > 0.1
    assert brier(p, liked, few)[0] == pytest.approx(1 / 6, abs=0.01), "the mean of p (1 - p)"


def test_a_resample_without_a_bin_says_nothing_of_it():
    draws = Resamples(np.array([[1.0, 1, 1], [0, 2, 1]]))
    (first, second) = reliability(np.array([0.05, 0.95, 0.95]), np.array([1.0, 1, 0]), draws)
    assert first.observed[0] == 1
    assert np.isnan(first.observed[1])
    assert second.observed.tolist() == [0.5, pytest.approx(2 / 3)]
