"""The vote (ensemble.md 1.6 and 9): worked examples, and what is odd."""

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from tastes import dataset, leaning, world_of
from voting import (
    BY_HAND,
    COINS,
    HEADS,
    KNOBS,
    LIKED,
    PROBABILITY,
    SCORES,
    TAILS,
    VOTES,
    A,
    B,
    C,
    D,
    Sure,
    ask,
    described,
    ensemble,
)

from reproduce.errors import DataError, Diverged
from reproduce.interaction.episodes import Core, World
from reproduce.interaction.responding import Histories
from reproduce.methods.ensemble.simulator import Ensemble
from reproduce.params import EpisodeKnobs


def test_keywords_are_counted_like_with_like():
    """Acceptance check 1."""
    found = ask(ensemble(BY_HAND), [(A, 1), (B, 0)], C)
    assert found[SCORES][:2] == [1, 0]
    assert found[VOTES][0] == 1
    assert found[COINS][0] == 0


def test_each_side_is_compared_with_its_own_kind():
    """5.16: what is a pro of the candidate and a con of a disliked item counts for nothing."""
    crossed = described([["x"], ["q"], ["x"]], [["q"], ["x"], ["q"]])
    assert ask(ensemble(crossed), [(B, 1), (A, 0)], C)[SCORES][:2] == [0, 1]
    assert ask(ensemble(crossed), [(A, 1), (B, 0)], C)[SCORES][:2] == [1, 0]


def test_keywords_of_several_items_add_up_and_the_nearest_one_counts():
    many = described(
        [["x", "y"], ["x"], ["x", "y", "z"], []],
        [["a"], ["a", "b"], ["a", "b"], []],
        pos_vectors=[[3, 4], [4, 3], [1, 0], [0, 0]],
        neg_vectors=[[0, 2], [5, 12], [0, 1], [0, 0]],
    )
    liked = ask(ensemble(many), [(A, 1), (B, 1)], C)
    assert liked[SCORES][:4] == [3, 0, 0.8, -np.inf]
    disliked = ask(ensemble(many), [(A, 0), (B, 0)], C)
    assert disliked[SCORES][:4] == [0, 3, -np.inf, 1.0]
    assert disliked[VOTES][:2] == [0, 0]


@pytest.mark.parametrize("votes", list(product((0, 1), repeat=3)))
def test_the_majority_decides(votes):
    """Acceptance check 2: the vote table. b is liked or disliked, a the other way round."""
    mat, sim, sta = votes
    keywords = [["x"], [], ["x"]] if mat else [[], [], []]
    against = [[], ["z"], []] if mat else [[], ["z"], ["z"]]
    near, far = [[1.0, 0.0]] * 3, [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]
    made = described(keywords, against, pos_vectors=near if sim else far, neg_vectors=[[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    if not sim:
        made = described(keywords, against, pos_vectors=far, neg_vectors=near)
    found = ask(ensemble(made, 0.6 if sta else 0.4), [(A, 1), (B, 0)], C)
    assert found[VOTES] == list(votes)
    assert found[COINS] == [0, 0]
    assert found[LIKED] == (sum(votes) >= 2)
    assert found[PROBABILITY] == pytest.approx(sum(votes) / 3)


def test_only_items_of_the_category_are_compared():
    made = described([["x"], [], ["x"]], [[], ["z"], ["z"]], categories=[["one"], ["two"], ["one"]])
    assert ask(ensemble(made), [(A, 1), (B, 0)], C)[SCORES][:4] == [1, 0, 1.0, -np.inf]


def test_without_an_item_of_the_category_the_whole_history_is_compared():
    made = described([["x"], [], ["x"]], [[], ["z"], ["z"]], categories=[["two"], ["two"], ["one"]])
    assert ask(ensemble(made), [(A, 1), (B, 0)], C)[SCORES][:4] == [1, 1, 1.0, 1.0]


def test_several_categories_are_the_same_when_they_share_one():
    made = described([["x"], [], ["x"]], [[], ["z"], ["z"]], categories=[["one", "two"], ["three"], ["two", "four"]])
    assert ask(ensemble(made), [(A, 1), (B, 0)], C)[SCORES][:2] == [1, 0]


def test_the_candidate_itself_is_not_compared():
    """ensemble.md 8: recommended again, it would only match itself."""
    found = ask(ensemble(BY_HAND), [(C, 1), (C, 0)], C)
    assert found[SCORES][:4] == [0, 0, -np.inf, -np.inf]
    with_another = ask(ensemble(BY_HAND), [(C, 1), (A, 1)], C)
    assert with_another[SCORES][:2] == [1, 0]


def test_the_candidate_itself_is_not_the_item_of_the_category():
    made = described([["x"], ["x"]], [[], []], categories=[["two"], ["one"]])
    assert ask(ensemble(made), [(B, 1), (A, 1)], B)[SCORES][0] == 1


@pytest.mark.parametrize(("coin", "vote"), [(HEADS, 1), (TAILS, 0), (0.5, 0), (np.nextafter(0.5, 0), 1)])
def test_a_tie_is_a_fair_coin(coin, vote):
    found = ask(ensemble(BY_HAND), [(A, 1), (B, 0)], D, coins=(coin, TAILS, TAILS))
    assert found[SCORES][:2] == [0, 0]
    assert (found[VOTES][0], found[COINS][0]) == (vote, 1)
    found = ask(ensemble(BY_HAND), [(A, 1), (B, 0)], C, coins=(TAILS, coin, TAILS))
    assert found[SCORES][2] == found[SCORES][3]
    assert (found[VOTES][1], found[COINS]) == (vote, [0, 1])


def test_coins_are_left_out_of_the_probability():
    made = ensemble(BY_HAND)
    for a, b in product((HEADS, TAILS), repeat=2):
        assert ask(made, [(A, 1), (B, 0)], D, coins=(a, b, TAILS))[PROBABILITY] == pytest.approx(2 / 3)


@pytest.mark.parametrize(("p", "liked"), [(0.5, 1), (0.4999994, 0), (0.4999996, 1)])
def test_without_history_coins_and_the_click_model_decide(p, liked):
    found = ask(ensemble(BY_HAND, p), [], C, coins=(HEADS, TAILS, TAILS))
    assert found == [liked, pytest.approx((1 + liked) / 3), [1, 0, liked], [0, 0, -np.inf, -np.inf, round(p, 6)], [1, 1]]


def test_all_liked_and_all_disliked_histories_have_an_empty_side():
    assert ask(ensemble(BY_HAND), [(A, 1), (B, 1)], C)[SCORES][3] == -np.inf
    assert ask(ensemble(BY_HAND), [(A, 1), (B, 1)], C)[VOTES][:2] == [1, 1]
    found = ask(ensemble(BY_HAND), [(A, 0), (B, 0)], C, coins=(TAILS, HEADS, TAILS))
    assert found[SCORES][2] == -np.inf
    assert (found[VOTES][1], found[COINS]) == (0, [1, 0])  # no con matches, but some item is disliked


def test_items_without_keywords_and_zero_vectors_match_nothing():
    made = described([["x"], [], ["x"]], [["z"], [], ["z"]], pos_vectors=[[1, 1], [0, 0], [1, 1]], neg_vectors=[[0, 0]] * 3)
    assert ask(ensemble(made), [(A, 1), (A, 0)], B)[SCORES][:4] == [0, 0, 0.0, 0.0]
    opposite = described([[], []], [[], []], pos_vectors=[[-1, 0], [1, 0]])
    assert ask(ensemble(opposite), [(A, 1)], B)[SCORES][2] == -1.0


def test_cosines_that_differ_below_six_decimals_are_equal():
    made = described([[]] * 3, [[]] * 3, pos_vectors=[[1, 0], [1, 0], [1, 1e-4]], neg_vectors=[[1, 0], [1, 0], [1, 2e-4]])
    assert ask(ensemble(made), [(A, 1), (B, 0)], C)[COINS][1] == 1


def test_a_response_does_not_depend_on_who_else_is_asked():
    data, descriptions = world_of(40, 60, 2, longest=30)
    simulator = Ensemble(data, descriptions, leaning(60), KNOBS)
    core = Core(World(data, simulator, EpisodeKnobs(mask=False)), 33, 1)
    random = np.random.default_rng(5)
    for _ in range(5):
        core.step(random.integers(0, 60, 33))
        core.ended[:] = False
    items, coins = random.integers(0, 60, 33).astype(np.int32), random.random((33, 3))
    together = simulator.respond(core.histories(), items, coins)
    for row in range(33):
        one = slice(row, row + 1)
        alone = simulator.respond(core.histories().some(one), items[one], coins[one])
        assert all((part[0] == whole[row]).all() for part, whole in zip(alone, together, strict=True))
    order = random.permutation(33)
    other = simulator.respond(Histories(*(column[order] for column in core.histories())), items[order], coins[order])
    assert all((part == whole[order]).all() for part, whole in zip(other, together, strict=True))


def test_threads_change_nothing():
    """numba takes their number from the environment, once for a process."""
    code = f"""
import sys; sys.path[:0] = {[str(Path(__file__).parents[2] / "scripted")]!r}
import numba, numpy as np
from tastes import leaning, world_of
from reproduce.interaction.episodes import Core, World
from reproduce.methods.ensemble.simulator import Ensemble
from reproduce.params import EnsembleKnobs, EpisodeKnobs
data, descriptions = world_of(40, 60, 2, longest=30)
core = Core(World(data, Ensemble(data, descriptions, leaning(60), EnsembleKnobs()), EpisodeKnobs()), 37, 1)
print(numba.get_num_threads())
for _ in range(8):
    print(core.step(core.masks().argmax(1)).responses)
    core.restart(np.flatnonzero(core.ended))
"""
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "NUMBA_NUM_THREADS": str(threads)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\n", 1)
        for threads in (1, 3)
    ]
    assert [threads for threads, _ in said] == ["1", "3"]
    assert said[0][1] == said[1][1] != ""


def test_asking_changes_nothing():
    made = ensemble(BY_HAND)
    first = ask(made, [(A, 1), (B, 0)], C)
    ask(made, [(A, 0), (C, 1)], B)
    assert ask(made, [(A, 1), (B, 0)], C) == first


def test_a_long_history_after_a_short_one():
    made = ensemble(BY_HAND)
    ask(made, [(A, 1)], C)
    assert ask(made, [(A, 1)] * 50, C)[SCORES][0] == 50


def test_responses_have_their_types():
    made = ensemble(BY_HAND)
    empty = Histories(
        *(np.zeros(shape, kind) for shape, kind in ((2, np.int32), ((2, 1), np.int32), ((2, 1), np.int8))),
        *np.zeros((2, 2), np.int32),
    )
    found = made.respond(empty, np.array([0, 1], np.int32), np.full((2, 3), TAILS))
    assert [part.dtype for part in found] == [np.int8, np.float64, np.int8, np.float64, np.int8]
    assert [part.shape for part in found] == [(2,), (2,), (2, 3), (2, 5), (2, 2)]


@pytest.mark.parametrize("p", [np.nan, -0.1, 1.1])
def test_a_click_model_without_probabilities_is_one_line(p):
    with pytest.raises(Diverged, match=r"the click model gives item 2 the probability .*; train it again"):
        ask(ensemble(BY_HAND, p), [(A, 1)], C)


def test_embeddings_that_are_no_numbers_are_refused():
    with pytest.raises(DataError, match="the embedding of item 1 is not finite"):
        ensemble(described([[]] * 3, [[]] * 3, pos_vectors=[[1, 0], [np.nan, 0], [1, 0]]))


def test_descriptions_of_another_data_set_are_refused():
    with pytest.raises(DataError, match="the corpus describes 4 items, the data set has 7"):
        Ensemble(dataset([], 7), BY_HAND, Sure(0.5), KNOBS)
