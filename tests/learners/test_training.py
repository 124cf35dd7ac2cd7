"""Learners learn what can be learnt, come out the same twice and leave no traces."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
import torch
from planted import KINDS, Planted

from reproduce.errors import Diverged
from reproduce.learners.evaluation import evaluate, tally
from reproduce.learners.policy import Policy
from reproduce.learners.settings import LearnerName
from reproduce.learners.training import Learnt

TRAINED = list(KINDS)


class Oracle(Policy):
    """Knows what the users like."""

    def act(self, observed, draws, act="mode"):  # type: ignore[no-untyped-def]
        own = np.arange(self.n_actions)[None, :] % 4 == observed["user"] % 4
        return (own & (observed["items"] == 0)).argmax(axis=1)


def liking(policy: Policy) -> float:
    core = Planted(10, seed=99, panel=tuple(range(8)))
    return tally(evaluate(policy, core, 60, np.arange(80), 5, 0), 0)["liking"]


def test_chance_likes_the_base_rate_and_who_knows_gets_nearly_all() -> None:
    """Acceptance check 5: a quarter of the items and 5 % of the others are liked."""
    chance, oracle = (kind("random", 8, 80, True) for kind in (Policy, Oracle))
    assert liking(chance) == pytest.approx(100 * (0.25 + 0.75 * 0.05), abs=5)
    assert liking(oracle) > 99


@pytest.mark.parametrize(("name", "steps"), [("dqn", 4000), ("ppo", 6144), ("a2c", 6000), ("trpo", 6144)])
def test_learners_come_far_above_chance(name: LearnerName, steps: int, trained: Callable[..., Learnt]) -> None:
    assert liking(trained(name, steps).policy) > 60


def weights(policy: Policy) -> bytes:
    assert policy.network is not None
    return b"".join(value.numpy().tobytes() for value in policy.network.state_dict().values())


@pytest.mark.parametrize("name", TRAINED)
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    name: LearnerName, trained: Callable[..., Learnt], capfd: pytest.CaptureFixture[str]
) -> None:
    first = trained(name, 1024)
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)
    states = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    again = trained(name, 1024)
    assert weights(first.policy) == weights(again.policy)
    assert first.curve == again.curve
    assert torch.equal(states[0], torch.get_rng_state())
    assert states[1:] == (np.random.get_state()[1].tolist(), random.getstate())
    assert weights(first.policy) != weights(trained(name, 1024, seed=4).policy)
    assert capfd.readouterr() == ("", "")  # a bar on terminals only


@pytest.mark.parametrize("name", ["a2c", "dqn"])
def test_a_training_that_diverges_is_said_in_one_line(name: LearnerName, trained: Callable[..., Learnt]) -> None:
    with pytest.raises(Diverged, match=f"{name}: weights are not finite; lower its learning rate"):
        trained(name, 2000, settings={"learning_rate": 1e38}, every=400)
