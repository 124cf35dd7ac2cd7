"""Masks, probabilities, ranks, files; evaluation that does not depend on how many episodes are played side by side."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from planted import KINDS, Planted

from reproduce.errors import Diverged, MissingInput
from reproduce.learners.evaluation import Episode, evaluate, tally
from reproduce.learners.networks import MASKED, ActorCritic, Values
from reproduce.learners.policy import Policy, chance
from reproduce.learners.settings import LearnerName
from reproduce.learners.training import Learnt

ITEMS = np.arange(80) * 10
TRAINED = list(KINDS)


def states(n: int = 32) -> dict[str, Any]:
    """Random histories; the last one knows everything."""
    draw = np.random.default_rng(0)
    items = draw.choice([0, 0, 1, 2], (n, 80)).astype(np.uint8)
    items[-1] = 1
    return {"user": draw.integers(8, size=(n, 1)).astype(np.int32), "items": items}


@pytest.fixture(scope="session")
def policy_of(trained: Callable[..., Learnt]) -> Callable[[LearnerName], Policy]:
    """A policy that has learnt a little."""
    return cache(lambda name: trained(name, 640).policy)


@pytest.mark.parametrize("name", [*TRAINED, "random"])
def test_probabilities_are_shares_of_the_unseen(name: LearnerName, policy_of: Callable[..., Policy]) -> None:
    observed, policy = states(), policy_of(name)
    shares = policy.probabilities(observed)
    assert shares.sum(axis=1) == pytest.approx(1)
    assert not shares[:-1][observed["items"][:-1] > 0].any()
    assert (shares[:-1][observed["items"][:-1] == 0] > 0).all()
    ranks = policy.ranks(observed)
    assert (np.sort(ranks, axis=1) == np.arange(1, 81)).all()
    for row in range(31):
        unseen = observed["items"][row] == 0
        assert sorted(ranks[row][unseen]) == list(range(1, unseen.sum() + 1))
        if name != "random":
            best = policy.act(observed, np.zeros(32))[row]
            assert ranks[row, best] == 1
            assert shares[row, best] == shares[row].max()


def test_shares_of_dqn_are_those_of_its_last_exploration(policy_of: Callable[..., Policy]) -> None:
    observed, policy = states(), policy_of("dqn")
    unseen = (observed["items"][0] == 0).sum()
    assert policy.epsilon == 0.05
    assert sorted(set(np.round(policy.probabilities(observed)[0], 9))) == pytest.approx([0, 0.05 / unseen, 0.95 + 0.05 / unseen])


@pytest.mark.parametrize("name", ["ppo", "random"])
def test_drawn_actions_come_as_often_as_they_are_likely(name: LearnerName, policy_of: Callable[..., Policy]) -> None:
    one = {key: np.repeat(rows[:1], 20_000, axis=0) for key, rows in states().items()}
    policy = policy_of(name)
    drawn = policy.act(one, np.random.default_rng(1).random(20_000), "sample")
    assert np.bincount(drawn, minlength=80) / 20_000 == pytest.approx(policy.probabilities(one)[0], abs=0.006)


def test_the_last_draw_is_no_masked_item() -> None:
    observed = {"user": np.zeros((1, 1), np.int32), "items": np.ones((1, 80), np.uint8)}
    observed["items"][0, 7] = 0
    assert chance(8, 80, True).act(observed, np.array([1 - 2.0**-53]), "sample").tolist() == [7]


@pytest.mark.parametrize("act", ["mode", "sample"])
@pytest.mark.parametrize("name", [*TRAINED, "random"])
def test_slots_change_no_byte_of_an_evaluation(name: LearnerName, act: Any, policy_of: Callable[..., Policy]) -> None:
    def played(slots: int) -> list[Episode]:
        core = Planted(slots, seed=5, panel=(3, 1, 4, 1, 5), votes=True)
        return evaluate(policy_of(name), core, 12, ITEMS, 7, 2, act)

    alone = played(1)
    assert alone == played(5) == played(12) == played(40)
    assert [row["user"] for row in alone] == [3, 1, 4, 1, 5] * 2 + [3, 1]
    assert [row["episode"] for row in alone] == list(range(12))
    assert {row["seed"] for row in alone} == {2}
    first = alone[0]["steps"][0]
    assert set(first) == {"item", "liked", "p", "votes", "coins"}
    assert first["item"] in ITEMS
    assert len(first["votes"] or ()) == 3
    assert len(first["coins"] or ()) == 2
    for row in alone:
        shown = [step["item"] for step in row["steps"]]
        assert len(set(shown)) == len(shown)


def test_without_the_mask_the_best_item_comes_again(trained: Callable[..., Learnt]) -> None:
    policy = trained("ppo", 640, mask=False).policy
    played = evaluate(policy, Planted(4, seed=5, panel=(0,)), 1, ITEMS, 7, 0)
    assert len({step["item"] for step in played[0]["steps"]}) == 1
    assert len(played[0]["steps"]) > 1


def test_liking_counts_the_first_recommendations_only() -> None:
    steps = [{"item": 0, "liked": int(n < 5), "p": 0.5, "votes": None, "coins": None} for n in range(30)]
    played: Any = [{"seed": 1, "episode": 0, "user": 0, "steps": steps}, {"seed": 1, "episode": 1, "user": 0, "steps": steps[:3]}]
    assert tally(played, 7) == {"seed": 1, "steps": 7, "return_mean": 4.0, "liking": 75.0, "episodes": 2}
    assert tally(played, 7, first=30)["liking"] == pytest.approx(100 * (5 / 30 + 1) / 2)


@pytest.mark.parametrize("name", [*TRAINED, "random"])
def test_policies_come_back_from_files_that_are_the_same_twice(
    name: LearnerName, policy_of: Callable[..., Policy], tmp_path: Path
) -> None:
    policy, observed = policy_of(name), states()
    policy.save(tmp_path / "one")
    back = Policy.load(tmp_path / "one")
    assert np.array_equal(back.probabilities(observed), policy.probabilities(observed))
    assert (back.learner, back.mask, back.n_users, back.n_actions) == (name, True, 8, 80)
    back.save(tmp_path / "two")
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == (["policy.json"] if name == "random" else ["policy.json", "policy.pt"])
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in names)


def test_files_that_are_gone_or_broken_are_said_in_one_line(policy_of: Callable[..., Policy], tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match=r"policy\.json"):
        Policy.load(tmp_path)
    policy_of("dqn").save(tmp_path)
    (tmp_path / "policy.pt").write_bytes(b"")
    with pytest.raises(MissingInput, match=r"policy\.pt: holds no policy"):
        Policy.load(tmp_path)


def test_weights_that_are_no_numbers_end_a_training() -> None:
    network = Values(3, 4, True, 8, (8,))
    with torch.no_grad():
        network.user.weight[0, 0] = torch.nan
    with pytest.raises(Diverged, match="dqn: weights are not finite; lower its learning rate"):
        Policy.of("dqn", network, 0.05)


@pytest.mark.parametrize("mask", [True, False])
def test_networks_mask_what_the_observation_shows(mask: bool) -> None:
    users, items = torch.tensor([0, 1, 2]), torch.tensor([[0, 1, 2, 0], [0, 0, 0, 0], [1, 1, 2, 2]], dtype=torch.uint8)
    actor, values = ActorCritic(3, 4, mask, 32, (128, 64)), Values(3, 4, mask, 32, (64, 64))
    for network in (actor, values):
        scores = network(users, items)
        assert (scores == MASKED).tolist() == (
            [[False, True, True, False], [False] * 4, [False] * 4] if mask else [[False] * 4] * 3
        )
        assert scores[2].tolist() == [0] * 4 if mask else scores[2].abs().sum() > 0
    worth = actor.values(users, items).flatten()
    assert worth[0] != 0
    assert (worth[2] == 0) == mask


def test_networks_have_the_layers_of_the_paper() -> None:
    actor, values = ActorCritic(3, 4, True, 32, (128, 64)), Values(3, 4, True, 32, (64, 64))
    assert {name: tuple(weights.shape) for name, weights in actor.named_parameters() if "weight" in name} == {
        "user.weight": (3, 32),
        "items.weight": (4, 32),
        "bias.weight": (3, 1),
        "value.0.weight": (128, 36),
        "value.2.weight": (64, 128),
        "value.4.weight": (1, 64),
    }
    assert [tuple(weights.shape) for weights in values.parameters() if weights.ndim == 2] == [
        *((3, 32), (64, 36), (64, 64), (4, 64)),
    ]
