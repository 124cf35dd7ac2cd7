from __future__ import annotations

import numpy as np
import pytest

from reproduce.metrics.offpolicy import Crossed, Logged, effective_sizes, mean_label, replay, snips
from reproduce.metrics.stats import Resamples


def log(label, propensity, probability, rank=None, actions=10.0):
    arrays = [np.atleast_2d(np.asarray(each, dtype=float)) for each in (label, propensity, probability)]
    ranks = np.atleast_2d(np.asarray(rank if rank is not None else np.ones_like(arrays[0]), dtype=float))
    return Logged(*arrays, ranks, np.full_like(arrays[0], actions), np.ones_like(arrays[0]))


def crossed(users, seeds=1, draws=300):
    random = np.random.default_rng(9)
    return Crossed(Resamples.draw(users, random, draws), Resamples.draw(seeds, random, draws))


def test_weights_by_hand():
    """Weights 2, 1, 0.5: (2 + 0.5) / 3.5; worth 3.5^2 / 5.25 users."""
    one = log([1, 0, 1], [0.1, 0.2, 0.4], [0.2, 0.2, 0.2])
    over = crossed(3)
    assert snips(one, over)[0] == pytest.approx(2.5 / 3.5)
    assert snips(one, over, clip=1.0)[0] == pytest.approx(1.5 / 2.5)
    assert mean_label(one, over)[0] == pytest.approx(2 / 3)
    assert effective_sizes(one).tolist() == [pytest.approx(3.5**2 / (4 + 1 + 0.25))]


def test_it_finds_the_value_of_a_policy_that_did_not_make_the_log():
    """Three kinds of item, liked with 0.2, 0.5 and 0.9; the log shows mostly the first, the policy mostly the last."""
    random = np.random.default_rng(11)
    liked, shown, wanted = np.array([0.2, 0.5, 0.9]), np.array([0.7, 0.2, 0.1]), np.array([0.1, 0.2, 0.7])
    kind = random.choice(3, size=20000, p=shown)
    label = (random.random(20000) < liked[kind]).astype(float)
    found = snips(log(label, shown[kind], wanted[kind]), crossed(20000, draws=20))
    assert found[0] == pytest.approx(float(liked @ wanted), abs=0.02)
    assert label.mean() == pytest.approx(float(liked @ shown), abs=0.02)


def test_the_logs_own_policy_gives_the_logs_own_share_and_every_user_counts():
    random = np.random.default_rng(12)
    propensity, label = random.uniform(0.01, 0.2, size=50), (random.random(50) < 0.6).astype(float)
    one, over = log(label, propensity, propensity), crossed(50)
    assert np.allclose(snips(one, over), mean_label(one, over))
    assert effective_sizes(one).tolist() == [pytest.approx(50)]


def test_replay_looks_at_the_first_places_only():
    one = log([1, 0, 1, 0], [0.1] * 4, [0.1] * 4, rank=[1, 10, 11, 40])
    found, count = replay(one, crossed(4), np.full((1, 4), 10.0))
    assert (found[0], count) == (0.5, 2)


def test_a_policy_that_never_picks_a_logged_item_has_no_estimate():
    one = log([1, 0], [0.1, 0.1], [0.0, 0.0], rank=[20, 20])
    assert snips(one, crossed(2)) is None
    assert effective_sizes(one).tolist() == [0]
    assert replay(one, crossed(2), np.full((1, 2), 10.0)) == (None, 0.0)


def test_seeds_are_averaged_as_policies_and_resampled_too():
    """Two policies of value 1 and 0 on ten users: the mean is a half, and only the seeds vary."""
    label = np.tile([1.0, 0.0], (2, 5))
    probability = np.where(np.array([[1], [0]]) == label, 0.1, 0.0)
    found = snips(log(label, np.full((2, 10), 0.1), probability), crossed(10, seeds=2))
    assert found[0] == 0.5
    assert set(np.round(found[np.isfinite(found)], 9)) == {0.0, 0.5, 1.0}


def test_a_seed_without_an_estimate_stays_out_of_the_mean():
    label = np.tile([1.0, 0.0], (2, 1))
    probability = np.array([[0.1, 0.1], [0.0, 0.0]])
    assert snips(log(label, np.full((2, 2), 0.1), probability), crossed(2, seeds=2))[0] == 0.5


def test_a_propensity_of_zero_is_refused():
    with pytest.raises(ValueError, match="propensity 0"):
        log([1], [0.0], [0.5])
