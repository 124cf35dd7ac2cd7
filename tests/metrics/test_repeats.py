from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from reproduce.metrics.repeats import difference, over_seeds


def test_three_seeds_by_hand():
    """Mean 2, deviation 1, t quantile 4.3027 with two degrees of freedom: half width 4.3027 / sqrt(3)."""
    found = over_seeds([1.0, 2.0, 3.0])
    assert (found.value, found.sd, found.n) == (2.0, 1.0, 3)
    assert found.high - found.value == pytest.approx(2.4841, abs=1e-4)
    assert found.value - found.low == pytest.approx(found.high - found.value)


def test_the_interval_covers_the_mean_in_95_of_100_experiments():
    random = np.random.default_rng(7)
    drawn = random.normal(5.0, 2.0, size=(4000, 3))
    covered = [each.low <= 5.0 <= each.high for each in map(over_seeds, drawn.tolist())]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.012)


def test_one_seed_has_neither_deviation_nor_interval():
    found = over_seeds([4.5])
    assert (found.value, found.low, found.high, found.n, found.sd) == (4.5, 4.5, 4.5, 1, None)
    assert difference([4.5], [1.0, 2.0]) is None


def test_no_seed_is_refused():
    with pytest.raises(ValueError, match="no seeds"):
        over_seeds([])


def test_the_difference_is_welchs():
    first, second = [3.1, 2.7, 3.9, 3.3], [2.0, 2.9, 1.1]
    found = difference(first, second)
    wanted = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    assert found.value == pytest.approx(np.mean(first) - np.mean(second))
    assert (found.low, found.high) == (pytest.approx(wanted.low), pytest.approx(wanted.high))
    assert found.n == 7


def test_seeds_without_any_spread_give_a_point():
    assert difference([2.0, 2.0], [1.0, 1.0]) == (1.0, 1.0, 1.0, 4)
