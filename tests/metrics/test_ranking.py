from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from reproduce.metrics.ranking import CHUNK, FEW, auc
from reproduce.metrics.stats import Resamples


def test_worked_example_with_a_tie():
    """Liked at 1/3 and 1, disliked at 1/3 and 0: pairs won 0.5 + 1 + 1 + 1 of 4."""
    drawn = auc(np.array([1 / 3, 1, 1 / 3, 0]), np.array([1.0, 1, 0, 0]), Resamples.draw(4, np.random.default_rng(0), 10))
    assert drawn[0] == pytest.approx(3.5 / 4)


@pytest.mark.parametrize("different", [7, 1000])
def test_it_equals_scikit_learn_on_the_sample_and_on_every_resample(different):
    random = np.random.default_rng(3)
    scores, labels = random.integers(different, size=80) / different, (random.random(80) < 0.3).astype(float)
    assert (len(set(scores)) > FEW) == (different > FEW), "both ways of counting"
    resamples = Resamples.draw(80, random, CHUNK + 60)
    drawn = auc(scores, labels, resamples)
    assert len(drawn) == CHUNK + 61
    for row, weights in enumerate(resamples.weights):
        assert drawn[row] == pytest.approx(roc_auc_score(labels, scores, sample_weight=weights))


def test_a_constant_score_is_chance():
    resamples = Resamples.draw(6, np.random.default_rng(1), 5)
    assert auc(np.full(6, 0.5), np.array([1.0, 0, 1, 0, 1, 0]), resamples)[0] == 0.5


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_class_alone_has_none(label):
    assert auc(np.linspace(0, 1, 5), np.full(5, label), Resamples.draw(5, np.random.default_rng(1), 5)) is None


def test_a_resample_with_one_class_is_left_out_of_the_interval():
    resamples = Resamples(np.array([[1.0, 1, 1], [3, 0, 0], [1, 2, 0]]))
    drawn = auc(np.array([0.9, 0.1, 0.5]), np.array([1.0, 0, 0]), resamples)
    assert np.isnan(drawn[1])
    assert resamples.estimate(drawn) == (1.0, 1.0, 1.0, 3)
