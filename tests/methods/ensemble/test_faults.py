"""What the released code does otherwise, fault by fault (ensemble.md 5.1 to 5.6, 5.8)."""

import numpy as np
import pytest
from tastes import dataset, leaning, world_of
from voting import BY_HAND, COINS, HEADS, KNOBS, PROBABILITY, SCORES, TAILS, VOTES, A, B, C, D, Sure, ask, described, ensemble

from reproduce.interaction.episodes import Core, World
from reproduce.methods.ensemble.simulator import Ensemble
from reproduce.params import EpisodeKnobs
from reproduce.spec import REFERENCE


@pytest.mark.parametrize("p", [0.0, 1e-9, 0.3, 0.5, 1.0])
def test_two_sigmoids_let_the_third_vote_be_one(p):
    found = ask(ensemble(BY_HAND, p, ("double_sigmoid",)), [(A, 1), (B, 0)], C)
    assert found[VOTES][2] == 1
    assert found[SCORES][4] == pytest.approx(1 / (1 + np.exp(-p)), abs=1e-6)
    assert 0.5 <= found[SCORES][4] <= 0.731059
    assert ask(ensemble(BY_HAND, p), [(A, 1), (B, 0)], C)[VOTES][2] == (p >= 0.5)


@pytest.mark.parametrize("seed", range(5))
def test_with_all_faults_the_third_vote_is_one_whatever_the_weights(seed):
    """Acceptance check 3."""
    data, descriptions = world_of(30, 40, seed)
    core = Core(
        World(data, Ensemble(data, descriptions, leaning(40, seed), KNOBS, REFERENCE), EpisodeKnobs(mask=False)), 50, seed
    )
    random = np.random.default_rng(seed)
    said = [core.step(random.integers(0, 40, 50)).responses]
    assert (np.concatenate([each.votes[:, 2] for each in said]) == 1).all()
    assert (said[0].liked == (said[0].votes[:, :2].sum(1) >= 1)).all()  # f_mat or f_sim: the ensemble degenerates


@pytest.mark.parametrize(("history", "vote"), [([(A, 0), (B, 0)], 1), ([(A, 1), (B, 1)], 0), ([], 1), ([(C, 0)], 1)])
def test_an_empty_side_turns_both_votes_round(history, vote):
    found = ask(ensemble(BY_HAND, faults=("empty_side",)), history, C)
    assert found[VOTES][:2] == [vote, vote]
    assert found[COINS] == [0, 0]


def test_with_both_sides_nothing_is_turned_round():
    history = [(A, 1), (B, 0)]
    assert ask(ensemble(BY_HAND, faults=("empty_side",)), history, C) == ask(ensemble(BY_HAND), history, C)


def test_sides_are_empty_in_the_whole_history_not_in_the_category():
    made = described([["x"], [], ["x"]], [[], ["z"], ["z"]], categories=[["one"], ["two"], ["one"]])
    history = [(A, 1), (B, 0)]  # nothing of the category is disliked, but something is
    assert ask(ensemble(made, faults=("empty_side",)), history, C) == ask(ensemble(made), history, C)


def test_ties_are_zero_without_coins():
    for coin in (HEADS, TAILS):
        found = ask(ensemble(BY_HAND, faults=("no_coins",)), [(A, 1), (B, 0)], D, coins=(coin, coin, coin))
        assert found[VOTES] == [0, 0, 1]
        assert found[COINS] == [0, 0]
        assert found[PROBABILITY] == pytest.approx(1 / 3)


def test_without_coins_two_runs_with_other_coins_are_equal():
    """Acceptance check 4, and more: votes need no seed at all; only who leaves when does."""
    data, descriptions = world_of(30, 60, 4)
    world = World(data, Ensemble(data, descriptions, leaning(60), KNOBS, ("no_coins",)), EpisodeKnobs())
    courses = []
    for seed in (1, 1, 2):
        core = Core(world, 8, seed, world.eligible.tolist(), max_steps=15)
        courses.append([core.step(core.masks().argmax(1)).responses.votes.tolist() for _ in range(15)])
    assert courses[0] == courses[1] == courses[2]


def test_equal_seeds_give_equal_episodes():
    data, descriptions = world_of(30, 60, 4)
    world = World(data, Ensemble(data, descriptions, leaning(60), KNOBS), EpisodeKnobs())
    courses = []
    for seed in (1, 1, 2):
        core = Core(world, 8, seed, world.eligible.tolist(), max_steps=15)
        courses.append([core.step(core.masks().argmax(1)).responses.votes.tolist() for _ in range(15)])
    assert courses[0] == courses[1] != courses[2]


def test_sides_fall_back_apart():
    """A liked item of the category, a disliked one of another: the paper compares with the former alone, the code with both."""
    made = described([["x"], ["x"], ["x"], []], [[], ["z"], ["z"], ["z"]], categories=[["one"], ["two"], ["one"], ["two"]])
    history = [(A, 1), (B, 1), (D, 0)]
    assert ask(ensemble(made), history, C)[SCORES][:4] == [1, 0, 1.0, -np.inf]
    assert ask(ensemble(made, faults=("split_fallback",)), history, C)[SCORES][:4] == [1, 1, 1.0, 1.0]


def test_all_categories_are_compared_where_one_was_kept():
    genres = [["common", "rare"], ["other one"], ["common", "odd"]]
    made = described([["x"], ["x"], ["x"]], [[]] * 3, categories=[["rare"], ["other one"], ["odd"]])
    knobs = KNOBS.model_copy(update={"rare_category": 1, "common_category": 1.0})
    data = dataset([[(item, 1) for item in range(3)]], 3, genres)
    of_one = Ensemble(data, made, Sure(0.7), knobs)
    of_all = Ensemble(data, made, Sure(0.7), knobs, ("intersect",))
    assert ask(of_one, [(A, 1), (B, 1)], C)[SCORES][0] == 2  # no item of category `odd`: the whole history
    assert ask(of_all, [(A, 1), (B, 1)], C)[SCORES][0] == 1  # the one that is `common`, too
    coarse = Ensemble(data, made, Sure(0.7), KNOBS, ("intersect",))  # all categories are rare or common: each is `other`
    assert ask(coarse, [(A, 1), (B, 1)], C)[SCORES][0] == 2


class Asked:
    """A click model that remembers whose history it was shown."""

    def probabilities(self, histories, items):
        self.seen = [
            (
                int(histories.user[k]),
                histories.items[k, : histories.length[k]].tolist(),
                histories.liked[k, : histories.length[k]].tolist(),
            )
            for k in range(len(items))
        ]
        return np.full(len(items), 0.7)


def strangers():
    """User 0 had a first and c after b; user 1 had a later, and c before d."""
    data = dataset([[(A, 1), (B, 0), (C, 1)], [(C, 0), (A, 1), (D, 1)]], 5, [["one"]] * 5)
    made = described([["x"], ["w"], ["x"], [], []], [["v"], ["z"], ["z"], [], []])
    clicks = Asked()
    return Ensemble(data, made, clicks, KNOBS, ("wrong_user",)), clicks


def test_the_wrong_user_is_the_first_who_had_the_item():
    simulator, clicks = strangers()
    found = ask(simulator, [(D, 1)], C)
    assert clicks.seen == [(0, [A, B], [1, 0])]
    assert found[SCORES][:2] == [1, 1]


def test_what_was_recommended_in_this_episode_is_added():
    simulator, clicks = strangers()
    ask(simulator, [(D, 1), (B, 1), (D, 0)], C, recommended=2)
    assert clicks.seen == [(0, [A, B, B, D], [1, 0, 1, 0])]


def test_only_what_came_before_the_item_is_looked_at():
    simulator, clicks = strangers()
    ask(simulator, [], D)
    assert clicks.seen == [(1, [C, A], [0, 1])]


@pytest.mark.parametrize("item", [A, 4], ids=["had first", "had by nobody"])
@pytest.mark.parametrize("faults", [("wrong_user",), REFERENCE], ids=["alone", "all"])
def test_with_nobody_to_ask_the_reward_is_random(item, faults):
    simulator, clicks = strangers()
    simulator = Ensemble(dataset([[(A, 1), (B, 0), (C, 1)]], 5, [["one"]] * 5), simulator.descriptions, clicks, KNOBS, faults)
    for coin, liked in ((HEADS, 1), (TAILS, 0)):
        found = ask(simulator, [(A, 0), (B, 1)], item, coins=(coin, TAILS, TAILS), recommended=1)
        assert found == [liked, 0.5, [liked, liked, 1], [0, 0, -np.inf, -np.inf, 0.5], [1, 1]]


def test_without_faults_nobody_else_is_asked():
    simulator, clicks = strangers()
    own = Ensemble(dataset([[]], 5, [["one"]] * 5), simulator.descriptions, clicks, KNOBS)
    ask(own, [(D, 1)], C)
    assert clicks.seen == [(0, [D], [1])]


def test_every_fault_changes_something():
    data, descriptions = world_of(60, 80, 9, longest=25)
    random = np.random.default_rng(2)
    items, coins = random.integers(0, 80, 400).astype(np.int32), random.random((400, 3))

    def said(faults):
        simulator = Ensemble(data, descriptions, leaning(80), KNOBS.model_copy(update={"rare_category": 2}), faults)
        core = Core(World(data, simulator, EpisodeKnobs()), 400, 6)
        return simulator.respond(core.histories(), items, coins)

    right = said(())
    for fault in REFERENCE:
        assert (said((fault,)).votes != right.votes).any(), fault
