from __future__ import annotations

import numpy as np
import pytest

from reproduce.metrics import verdicts
from reproduce.metrics.pages import Page, Pages
from reproduce.metrics.stats import Resamples
from reproduce.metrics.verdicts import (
    AGGREGATIONS,
    Confusion,
    check_identities,
    curves,
    per_user,
    ratios,
    summarise,
    yes_per_round,
    zero_divisions,
)
from reproduce.seeds import stream

K = 20


def played(rounds, k=K):
    """Rounds of one user from (position of the truth, positions judged yes)."""
    return [Page(range(k), truth, [place in yes for place in range(k)]) for truth, yes in rounds]


def tally(made):
    return verdicts.tally(Pages.gather(made))


def constant(says, users=5, rounds=10):
    """Everybody judges by `says(random, truth) -> positions`."""
    made = {}
    for user in range(users):
        random = stream(7, "simulator", user)
        truths = [int(random.integers(K)) for _ in range(rounds)]
        made[user] = played([(truth, says(random, truth)) for truth in truths])
    return tally(made)


def values(confusion, aggregation):
    whole = Resamples(np.ones((1, len(confusion.users))))
    return {name: float(draws[0]) for name, draws in summarise([confusion], aggregation, whole).items()}


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_a_simulator_that_always_says_yes(aggregation):
    found = values(constant(lambda random, truth: set(range(K))), aggregation)
    assert (found["recall"], found["precision"], found["accuracy"]) == (1, pytest.approx(0.05), pytest.approx(0.05))
    assert found["f1"] == found["f1_mean"] == pytest.approx(0.0952, abs=5e-5)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_a_simulator_that_always_says_no(aggregation):
    found = values(constant(lambda random, truth: set()), aggregation)
    assert (found["recall"], found["precision"], found["f1"], found["f1_mean"]) == (0, 0, 0, 0)
    assert found["accuracy"] == pytest.approx(0.95)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_an_oracle(aggregation):
    assert set(values(constant(lambda random, truth: {truth}), aggregation).values()) == {1.0}


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_a_simulator_that_says_yes_at_random(aggregation):
    q = 0.3
    found = values(constant(lambda random, truth: set(np.flatnonzero(random.random(K) < q).tolist()), users=300), aggregation)
    assert found["recall"] == pytest.approx(q, abs=0.02)
    assert found["accuracy"] == pytest.approx(0.95 - 0.9 * q, abs=0.01)
    if aggregation == "micro":
        assert found["precision"] == pytest.approx(0.05, abs=0.004)


def test_two_users_by_hand_under_all_aggregations():
    # k = 4. User 1: round 1 truth 0, yes {0, 1}; round 2 truth 2, yes {}.
    # User 2: round 1 truth 3, yes {3}; round 2 truth 1, yes {0, 1, 2, 3}.
    # user 1: TP 1 FP 1 FN 1 TN 5; user 2: TP 2 FP 3 FN 0 TN 3
    confusion = tally({2: played([(3, {3}), (1, {0, 1, 2, 3})], k=4), 1: played([(0, {0, 1}), (2, set())], k=4)})
    assert confusion.users == (1, 2)
    assert [confusion.tp.tolist(), confusion.fp.tolist()] == [[[1, 0], [1, 1]], [[1, 0], [0, 3]]]
    assert [confusion.fn.tolist(), confusion.tn.tolist()] == [[[0, 1], [0, 0]], [[2, 3], [3, 0]]]
    macro = values(confusion, "user_macro")
    assert macro["precision"] == pytest.approx((1 / 2 + 2 / 5) / 2)
    assert macro["recall"] == pytest.approx((1 / 2 + 1) / 2)
    assert macro["accuracy"] == pytest.approx((6 / 8 + 5 / 8) / 2)
    assert macro["f1"] == pytest.approx(2 * 0.45 * 0.75 / 1.2)
    assert macro["f1_mean"] == pytest.approx((2 / 4 + 4 / 7) / 2)
    micro = values(confusion, "micro")
    assert (micro["precision"], micro["recall"], micro["accuracy"]) == (
        pytest.approx(3 / 7),
        pytest.approx(3 / 4),
        pytest.approx(11 / 16),
    )
    assert micro["f1"] == pytest.approx(micro["f1_mean"]) == pytest.approx(6 / 11)
    lists = values(confusion, "list_macro")
    assert lists["precision"] == pytest.approx((1 / 2 + 0 + 1 + 1 / 4) / 4)
    assert lists["f1_mean"] == pytest.approx((2 / 3 + 0 + 1 + 2 / 5) / 4)
    assert zero_divisions(confusion) == {"users_without_yes": 0, "lists_without_yes": 1}
    assert yes_per_round([confusion], Resamples(np.ones((1, 2))))[0] == pytest.approx(7 / 4)


def test_a_user_who_left_early_weighs_as_one_user_and_by_his_rounds():
    confusion = tally({1: played([(0, {0})], k=4), 2: played([(0, set()), (0, set()), (0, set())], k=4)})
    assert values(confusion, "user_macro")["recall"] == pytest.approx(1 / 2)
    assert values(confusion, "list_macro")["recall"] == pytest.approx(1 / 4)
    check_identities(confusion, candidates=4)


def test_the_mean_over_recommenders_is_taken_before_f1():
    first = tally({1: played([(0, {0})], k=4)})
    second = tally({1: played([(0, {1, 2})], k=4)})
    found = {name: draws[0] for name, draws in summarise([first, second], "user_macro", Resamples(np.ones((1, 1)))).items()}
    assert (found["precision"], found["recall"], found["f1"]) == (0.5, 0.5, 0.5)


def test_means_over_different_users_are_refused():
    with pytest.raises(ValueError, match="users"):
        summarise([tally({1: played([(0, {0})])}), tally({2: played([(0, {0})])})], "micro", Resamples(np.ones((1, 1))))


def test_a_curve_has_one_point_per_round_of_that_round_only():
    confusion = tally({1: played([(0, {0}), (0, set())], k=4), 2: played([(0, {0, 1}), (0, {0})], k=4)})
    points = curves([confusion], Resamples(np.ones((1, 2))))
    assert [point["recall"][0] for point in points] == [1.0, 0.5]
    assert points[0]["precision"][0] == pytest.approx(3 / 4)


def test_values_per_user_are_what_the_headline_averages():
    confusion = constant(lambda random, truth: set(random.choice(K, 6, replace=False).tolist()), users=30)
    users = per_user([confusion])
    assert users["precision"].mean() == pytest.approx(values(confusion, "user_macro")["precision"])
    assert users["f1"].mean() == pytest.approx(values(confusion, "user_macro")["f1_mean"])


def test_the_order_of_users_changes_nothing():
    made = {user: played([(user, {user, 3})]) for user in range(6)}
    first, second = tally(made), tally(dict(reversed(made.items())))
    assert first.users == second.users
    assert np.array_equal(first.tp, second.tp)


def test_the_identities_hold_for_any_simulator():
    check_identities(
        constant(lambda random, truth: set(np.flatnonzero(random.random(K) < random.random()).tolist()), users=40), K
    )


def test_broken_counts_are_found():
    good = constant(lambda random, truth: {truth, 1})
    with pytest.raises(ValueError, match="19 negatives"):
        check_identities(Confusion(good.users, good.tp, good.fp + 1, good.fn, good.tn), K)


def test_yes_per_round_follows_from_recall_and_accuracy():
    """dgdpo.md 2.2: yes = 2 Rec + 19 - 20 Acc."""
    confusion = constant(lambda random, truth: set(random.choice(K, 7, replace=False).tolist()), users=20)
    found = values(confusion, "micro")
    assert 2 * found["recall"] + 19 - 20 * found["accuracy"] == pytest.approx(7)


def test_numerators_and_denominators_have_one_entry_per_user():
    confusion = constant(lambda random, truth: {truth}, users=3)
    for aggregation in AGGREGATIONS:
        assert all(part.shape == (3,) for pair in ratios(confusion, aggregation).values() for part in pair)
