from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from reproduce.metrics.stats import Resamples
from reproduce.metrics.votes import agreement, kappa


def test_both_equal_a_library_on_the_sample_and_its_resamples():
    random = np.random.default_rng(4)
    first = (random.random(60) < 0.7).astype(float)
    second = np.where(random.random(60) < 0.8, first, 1 - first)
    resamples = Resamples.draw(60, random, 50)
    shares, kappas = (of(first, second, np.ones(60), resamples) for of in (agreement, kappa))
    for row, weights in enumerate(resamples.weights):
        assert shares[row] == pytest.approx(np.average(first == second, weights=weights))
        assert kappas[row] == pytest.approx(cohen_kappa_score(first, second, sample_weight=weights))


def test_only_counted_votes_count():
    resamples = Resamples.draw(4, np.random.default_rng(0), 5)
    first, second, counted = np.array([1.0, 0, 1, 0]), np.array([1.0, 0, 0, 1]), np.array([1.0, 1, 0, 0])
    assert agreement(first, second, counted, resamples)[0] == 1
    assert kappa(first, second, counted, resamples)[0] == 1
    assert agreement(first, second, np.zeros(4), resamples) is None


def test_voters_that_never_change_have_no_kappa_and_one_that_does_not_has_zero():
    resamples = Resamples.draw(4, np.random.default_rng(0), 5)
    always, some = np.ones(4), np.array([1.0, 0, 1, 1])
    assert kappa(always, always, np.ones(4), resamples) is None
    assert kappa(always, some, np.ones(4), resamples)[0] == pytest.approx(0)
