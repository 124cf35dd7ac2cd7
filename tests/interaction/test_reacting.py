"""DGDPO's simulated users behind the environment."""

import asyncio

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from village import GENRES, ScriptedLlm, genres, page, village

from reproduce.interaction import env  # noqa: F401  # registers it
from reproduce.interaction.episodes import Core, World
from reproduce.interaction.reacting import Reacted
from reproduce.interaction.transcript import Profile, Reaction, Verdict
from reproduce.llm.background import Background
from reproduce.methods.agent4rec.simulator import Agent4Rec
from reproduce.methods.agent4rec.traits import traits
from reproduce.params import EpisodeKnobs

VILLAGE = village()


class Even:
    """Says yes to even items, and remembers what it was shown."""

    def __init__(self):
        self.profiles, self.shown = [], []

    async def profile(self, user):
        self.profiles.append(user)
        return Profile(text=f"P{user}")

    async def react(self, user, profile, exposure):
        await asyncio.sleep(0.001 * (user % 2))  # users do not finish in order
        assert profile.text == f"P{user}"
        self.shown.append(
            (user, exposure.round, exposure.items[0].item, [(each.round, each.item.item) for each in exposure.memory])
        )
        return Reaction(verdicts=(Verdict(yes=exposure.items[0].item % 2 == 0),), status="strict", raw="")

    async def learn(self, user, profile, item, rating):
        raise AssertionError("profiles stay as they are")


@pytest.fixture
def background():
    with Background() as loop:
        yield loop


def unknown(user):
    """Items that the user has not seen, ascending."""
    return [item for item in range(80) if item not in {row.item for row in VILLAGE.train(user)}]


def test_a_verdict_is_the_reward_and_likes_are_remembered(background):
    even = Even()
    core = Core(World(VILLAGE, Reacted(VILLAGE, even, background, "even"), EpisodeKnobs()), 1, 1, [2], max_steps=4)
    odd, *_ = (item for item in unknown(2) if item % 2)
    first, second, *_ = (item for item in unknown(2) if item % 2 == 0)
    steps = [core.step([item]) for item in (first, odd, second)]
    assert [step.rewards[0] for step in steps] == [1, 0, 1]
    assert [step.responses.probability[0] for step in steps] == [1, 0, 1]
    assert steps[0].responses.votes is None
    assert even.shown == [(2, 1, first, []), (2, 2, odd, [(1, first)]), (2, 3, second, [(1, first)])]
    assert even.profiles == [2]
    core.restart([0])
    core.step([first])
    assert even.shown[-1] == (2, 1, first, [])  # another episode, another memory


def test_a_batch_is_answered_row_by_row(background):
    even = Even()
    world = World(VILLAGE, Reacted(VILLAGE, even, background, "even"), EpisodeKnobs())
    core = Core(world, 8, 1, [0, 1, 2, 3])
    actions = [unknown(user)[slot] for slot, user in enumerate(core.user.tolist())]
    assert core.step(actions).rewards.tolist() == [item % 2 == 0 for item in actions]
    assert even.profiles == [0, 1, 2, 3]


def test_agent4rec_stands_behind_the_environment_of_gymnasium(background):
    taste = ", ".join(f"Enjoyment of {name}" for name in GENRES)
    likes = {"Western", "Crime"}
    llm = ScriptedLlm(
        {
            "dgdpo/init": lambda inputs: f"PROFILE: {taste}",
            "dgdpo/round": lambda inputs: page([1], 1, 1) if likes & set(inputs["page"][0]["genres"]) else page([], 1),
        }
    )
    simulator = Agent4Rec(VILLAGE, traits(VILLAGE, 1), llm)
    world = World(VILLAGE, Reacted(VILLAGE, simulator, background, "agent4rec"), EpisodeKnobs())
    check_env(gymnasium.make("reproduce/Ensemble-v1", world=world).unwrapped)
    core = Core(world, 4, 3)
    for _ in range(5):
        actions = core.masks().argmax(1)
        assert core.step(actions).rewards.tolist() == [bool(likes & set(genres(item))) for item in actions.tolist()]
        core.ended[:] = False
    assert core.explain(0) is None


def test_what_the_simulator_raises_reaches_the_caller(background):
    class Broken(Even):
        async def react(self, user, profile, exposure):
            raise RuntimeError("the endpoint is gone")

    core = Core(World(VILLAGE, Reacted(VILLAGE, Broken(), background, "broken"), EpisodeKnobs()), 2, 1)
    before = core.snapshot()
    with pytest.raises(RuntimeError, match="the endpoint is gone"):
        core.step(core.masks().argmax(1))
    assert all(np.array_equal(value, before[name]) for name, value in core.snapshot().items())
