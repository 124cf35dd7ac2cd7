from __future__ import annotations

import numpy as np
import pytest

from reproduce.metrics.agreement import flips, kendall


def scores(*values):
    return [np.array([value]) for value in values]


@pytest.mark.parametrize(
    ("first", "second", "tau"),
    [
        ((1, 2, 3), (10, 20, 30), 1.0),
        ((1, 2, 3), (3, 2, 1), -1.0),
        ((1, 2, 3), (2, 1, 3), 1 / 3),  # one of three pairs changes places
        ((1, 2, 3), (1, 1, 2), 2 / 3),  # a tie agrees with nothing
        ((0.1 + 0.2, 0.3, 1), (1, 2, 3), 2 / 3),  # 0.30000000000000004 is no lead
    ],
)
def test_kendall(first, second, tau):
    assert kendall(scores(*first), scores(*second))[0] == pytest.approx(tau)


def test_every_resample_has_its_own_order():
    first, second = [np.array([1.0, 1.0]), np.array([2.0, 2.0])], [np.array([1.0, 5.0]), np.array([2.0, 4.0])]
    assert kendall(first, second).tolist() == [1.0, -1.0]


def test_the_pairs_that_change_places_are_named_by_who_leads_first():
    assert flips(scores(1, 2, 3), scores(2, 1, 3)) == [(1, 0)]
    assert flips(scores(1, 2, 3), scores(1, 1, 3)) == []


def test_one_method_has_no_order():
    with pytest.raises(ValueError, match="no order"):
        kendall(scores(1), scores(1))
