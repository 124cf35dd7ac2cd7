from __future__ import annotations

import numpy as np
import pytest

from reproduce.metrics.stats import Resamples, bonferroni, divide, harmonic, holm, paired_test
from reproduce.seeds import stream


def test_the_first_row_is_the_sample_itself():
    resamples = Resamples.draw(3, stream(42, "bootstrap"))
    assert resamples.mean(np.array([1.0, 2.0, 6.0]))[0] == 3.0


def test_every_resample_draws_as_many_units_as_there_are():
    resamples = Resamples.draw(7, stream(42, "bootstrap"), resamples=50)
    assert resamples.weights.shape == (51, 7)
    assert np.all(resamples.weights.sum(axis=1) == 7)


def test_one_seed_gives_one_interval_and_another_seed_another():
    values = np.linspace(0, 1, 20) ** 2
    same = [Resamples.draw(20, stream(42, "bootstrap")) for _ in range(2)]
    other = Resamples.draw(20, stream(43, "bootstrap"))
    assert same[0].estimate(same[0].mean(values)) == same[1].estimate(same[1].mean(values))
    assert same[0].estimate(same[0].mean(values)) != other.estimate(other.mean(values))


def test_the_interval_of_a_mean_is_about_the_one_of_theory():
    values = np.asarray(stream(1, "sample").normal(size=400))
    resamples = Resamples.draw(400, stream(42, "bootstrap"))
    estimate = resamples.estimate(resamples.mean(values))
    error = values.std(ddof=1) / 20
    assert estimate.n == 400
    assert estimate.low == pytest.approx(values.mean() - 1.96 * error, abs=0.01)
    assert estimate.high == pytest.approx(values.mean() + 1.96 * error, abs=0.01)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    covered = 0
    for trial in range(200):
        values = np.asarray(stream(trial, "sample").random(60))
        resamples = Resamples.draw(60, stream(42, "bootstrap"), resamples=400)
        low, high = resamples.estimate(resamples.mean(values))[1:3]
        covered += low <= 0.5 <= high
    assert covered >= 180


def test_a_constant_has_an_interval_of_no_width():
    resamples = Resamples.draw(5, stream(42, "bootstrap"))
    assert resamples.estimate(resamples.mean(np.full(5, 0.25))) == (0.25, 0.25, 0.25, 5)


def test_no_units_are_refused():
    with pytest.raises(ValueError, match="no units"):
        Resamples.draw(0, stream(42, "bootstrap"))


def test_division_by_zero_is_zero():
    assert divide(np.array([1.0, 0.0, 3.0]), np.array([2.0, 0.0, 0.0])).tolist() == [0.5, 0.0, 0.0]
    assert harmonic(np.array([0.5, 0.0]), np.array([1.0, 0.0])).tolist() == [pytest.approx(2 / 3), 0.0]


def test_a_paired_test_by_hand():
    # differences 1, 2, 3: mean 2, s = 1, t = 2 / (1 / sqrt 3) = 3.4641 at 2 degrees of freedom -> p = 0.0742;
    # all signed ranks are positive -> 2 / 8
    result = paired_test(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]))
    assert result.difference == 2.0
    assert result.t_p == pytest.approx(0.07418, abs=1e-5)
    assert result.wilcoxon_p == pytest.approx(0.25)
    assert (result.pairs, result.differing) == (3, 3)


def test_equal_pairs_do_not_differ():
    values = np.array([0.1, 0.2, 0.3])
    assert paired_test(values, values) == (0.0, 1.0, 1.0, 3, 0)


def test_a_constant_difference_has_no_t_test():
    assert paired_test(np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.5, 2.5])).t_p is None


def test_one_pair_is_not_tested():
    assert paired_test(np.array([1.0]), np.array([0.5]))[1:4] == (None, None, 1)


def test_unequal_numbers_are_no_pairs():
    with pytest.raises(ValueError, match="not pairs"):
        paired_test(np.zeros(3), np.zeros(2))


def test_holm_by_hand():
    # sorted 0.01, 0.02, 0.03, 0.04: times 4, 3, 2, 1 = 0.04, 0.06, 0.06, 0.04, never falling: 0.04, 0.06, 0.06, 0.06
    assert holm([0.04, 0.01, 0.03, 0.02]) == [pytest.approx(p) for p in (0.06, 0.04, 0.06, 0.06)]
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_bonferroni_by_hand():
    assert bonferroni([0.01, 0.4, None]) == [pytest.approx(0.03), 1.0, None]


def test_a_test_without_p_still_counts_as_one_of_the_family():
    assert holm([0.01, None, 0.02]) == [pytest.approx(0.03), None, pytest.approx(0.04)]
