from __future__ import annotations

import numpy as np
import pytest

from reproduce.metrics.stats import Resamples
from reproduce.metrics.taste import Taste, recovery


def values(planted, read):
    return {name: float(draws[0]) for name, draws in recovery(planted, read, Resamples(np.ones((1, len(planted))))).items()}


def test_a_worked_example():
    planted = [Taste({"Drama", "Crime"}, {"War"}), Taste({"Comedy"}, {"Horror", "War"})]
    read = [Taste({"Drama", "War", "Sci-Fi"}, set()), Taste({"Comedy"}, {"Horror"})]
    found = values(planted, read)
    assert found["likes_recall"] == pytest.approx((1 / 2 + 1) / 2)
    assert found["likes_precision"] == pytest.approx((1 / 3 + 1) / 2)
    assert found["dislikes_recall"] == pytest.approx((0 + 1 / 2) / 2)
    assert found["dislikes_precision"] == 1.0, "the first user states no dislike: nothing to be wrong about"
    assert (found["taste_recall"], found["taste_precision"]) == (
        pytest.approx((1 / 3 + 2 / 3) / 2),
        pytest.approx((1 / 3 + 1) / 2),
    )
    assert found["taste_f1"] == pytest.approx(2 * (1 / 2) * (2 / 3) / (1 / 2 + 2 / 3))
    assert found["contradicted"] == pytest.approx(1 / 5)
    assert found["invented"] == pytest.approx(1 / 5), "Sci-Fi; what is left are the three that were planted as stated"


def test_the_planted_taste_itself_is_recovered_whole():
    tastes = [Taste({"Drama"}, {"War"}), Taste({"Comedy", "Crime"}, {"Horror"})]
    found = values(tastes, tastes)
    assert (found.pop("contradicted"), found.pop("invented")) == (0, 0)
    assert set(found.values()) == {1.0}


def test_an_empty_profile_recovers_nothing():
    found = values([Taste({"Drama"}, {"War"})], [Taste(set(), set())])
    assert found == dict.fromkeys(("likes_recall", "dislikes_recall", "taste_recall", "contradicted", "invented"), 0.0), (
        "nothing is said, so no share of it is right"
    )


def test_every_user_needs_both_sides():
    with pytest.raises(ValueError):  # noqa: PT011  # zip's own message
        values([Taste({"Drama"}, set())], [])
