"""The environments keep Gymnasium's contract."""

import json
import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
from answering import Likes
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from tastes import dataset, leaning, world_of

from reproduce.interaction.env import EnsembleEnv, EnsembleVectorEnv
from reproduce.interaction.episodes import Core, World
from reproduce.methods.ensemble.simulator import Ensemble
from reproduce.params import EnsembleKnobs, EpisodeKnobs
from reproduce.spec import REFERENCE

ITEMS = 40
NAME = "reproduce/Ensemble-v1"


def world(faults=(), **knobs):
    data, descriptions = world_of(20, ITEMS, 3)
    return World(data, Ensemble(data, descriptions, leaning(ITEMS), EnsembleKnobs(), faults), EpisodeKnobs(**knobs))


def simple():
    """Users 0 and 1, who like even items."""
    data = dataset([[(0, 1), (1, 0), (2, 1), (3, 0)], [(1, 0), (2, 1), (4, 1)]], ITEMS)
    return World(data, Likes(np.arange(ITEMS) % 2 == 0), EpisodeKnobs())


@pytest.mark.parametrize("faults", [(), REFERENCE], ids=["paper", "reference"])
def test_the_checker_of_gymnasium_has_nothing_to_say(faults):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(EnsembleEnv(world(faults)), skip_render_check=True)
        check_env(gymnasium.make(NAME, world=world(faults)).unwrapped)


def test_the_checker_passes_for_any_simulated_users():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make(NAME, world=simple()).unwrapped)


def test_it_is_registered_by_an_import_that_costs_nothing():
    code = (
        "import sys, gymnasium; import reproduce.interaction.registration;"
        f"print(gymnasium.spec('{NAME}').id, 'pandas' in sys.modules, 'numba' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == [NAME, "False", "False"]
    env = gymnasium.make(f"reproduce.interaction.registration:{NAME}", world=simple())
    assert isinstance(env.unwrapped, EnsembleEnv)


def test_the_environment_copies_no_world():
    made = world()
    assert gymnasium.make(NAME, world=made).unwrapped.world is made


def test_one_of_world_and_dataset_is_wanted():
    for arguments in ({}, {"world": simple(), "dataset": "yelp"}):
        with pytest.raises(ValueError, match="wants either `world` or `dataset`"):
            gymnasium.make(NAME, **arguments)


def test_steps_are_those_of_the_core():
    made = world(stop=0.1)
    env, core = EnsembleEnv(made), Core(made, 1, 5)
    env.reset(seed=5)
    for step in range(60):
        assert (env.action_masks() == core.masks()[0]).all()
        action = int(np.flatnonzero(core.masks()[0])[step % 3])
        observed, reward, terminated, truncated, info = env.step(action)
        stepped = core.step([action])
        assert observed["items"].tolist() == core.observe()["items"][0].tolist()
        assert observed in env.observation_space
        assert (reward, terminated, truncated) == (stepped.rewards[0], stepped.terminated[0], stepped.truncated[0])
        assert [type(part) for part in (reward, terminated, truncated)] == [float, bool, bool]
        assert info["votes"].tolist() == stepped.responses.votes[0].tolist()
        assert info["scores"].tolist() == stepped.responses.scores[0].tolist()
        assert info["coins"].tolist() == stepped.responses.coins[0].tolist()
        assert info["probability"] == stepped.responses.probability[0]
        if terminated or truncated:
            env.reset()
            core.restart([0])


def test_a_reset_says_whose_episode_it_is_and_chooses_the_user_where_told():
    env = EnsembleEnv(simple())
    assert [env.reset(seed=3, options={"user": user})[1]["user"] for user in (0, 1)] == [0, 1]
    observed, info = env.reset(options={"user": 0})
    assert observed["user"].tolist() == [0]
    assert (info["user"], info["number"]) == (0, 1)
    with pytest.raises(ValueError, match="unknown option `usr`"):
        env.reset(options={"usr": 1})
    with pytest.raises(ValueError, match="users from 0 to 1"):
        env.reset(options={"user": 2})
    assert env.reset()[1]["number"] == 2  # what was refused counts for nothing


def test_a_panel_is_played_in_order():
    env = EnsembleEnv(simple(), panel=[1, 0, 0])
    assert [env.reset(seed=1)[1]["user"], *(env.reset()[1]["user"] for _ in range(4))] == [1, 0, 0, 1, 0]


def test_simulated_users_without_votes_tell_their_probability_only():
    env = EnsembleEnv(simple())
    env.reset(seed=1)
    assert env.step(6)[4] == {"probability": 1.0}
    assert env.explain() is None


@pytest.mark.parametrize("action", [-1, ITEMS])
def test_an_action_out_of_range_is_one_line(action):
    env = EnsembleEnv(world())
    env.reset(seed=1)
    with pytest.raises(ValueError, match=f"action {action} of slot 0 is out of range; actions run from 0 to 39"):
        env.step(action)


def test_the_first_step_comes_after_a_reset():
    for env in (EnsembleEnv(simple()), EnsembleVectorEnv(2, simple())):
        with pytest.raises(gymnasium.error.ResetNeeded, match="`reset` comes before"):
            env.step(np.zeros(2, int))


def test_the_vector_of_gymnasium_made_of_single_ones_does_the_same():
    """Slot by slot, with episodes of a panel: reset and step, ends, last observations, infos."""
    made = world(stop=0.3)
    user = int(made.eligible[0])
    singles = gymnasium.vector.SyncVectorEnv(
        [lambda: EnsembleEnv(made, panel=[user])] * 1, autoreset_mode=AutoresetMode.SAME_STEP
    )
    batch = EnsembleVectorEnv(1, made, panel=[user])
    assert batch.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    assert batch.single_observation_space == singles.single_observation_space
    assert batch.observation_space == singles.observation_space
    assert batch.action_space == singles.action_space
    (seen, told), (also_seen, also_told) = singles.reset(seed=4), batch.reset(seed=4)
    ends = 0
    for step in range(40):
        assert told.keys() == also_told.keys()
        for name, value in told.items():
            assert same(value, also_told[name])
        assert same(seen, also_seen)
        action = np.flatnonzero(batch.action_masks()[0])[[step % 2]]
        (seen, *rest, told), (also_seen, *also_rest, also_told) = singles.step(action), batch.step(action)
        assert [part.tolist() for part in rest] == [part.tolist() for part in also_rest]
        ends += "final_obs" in told
    assert ends > 3


def same(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, np.ndarray) and one.dtype == object:
        return all(same(a, b) for a, b in zip(one, other, strict=True))
    return np.array_equal(one, other)


def test_slots_end_and_begin_apart():
    made = world(stop=0.2)
    batch = gymnasium.make_vec(NAME, 6, world=made, vectorization_mode="vector_entry_point")
    batch.reset(seed=2)
    together = 0
    for _ in range(30):
        observed, rewards, terminated, truncated, infos = batch.step(batch.unwrapped.action_masks().argmax(1))
        over = terminated | truncated
        together += 0 < over.sum() < 6
        assert infos["_votes"].tolist() == (~over).tolist()
        assert observed in batch.observation_space
        assert rewards.dtype == np.float32
        if over.any():
            assert (
                infos["_final_obs"].tolist() == over.tolist() == infos["_user"].tolist() == infos["final_info"]["_votes"].tolist()
            )
            for slot in np.flatnonzero(over):
                assert infos["final_obs"][slot] in batch.single_observation_space
                assert observed["user"][slot, 0] == infos["user"][slot]
    assert together > 3


def test_a_batch_resets_to_the_next_episodes_or_to_the_first_of_a_seed():
    batch = EnsembleVectorEnv(4, world())
    first, _ = batch.reset(seed=9)
    second, info = batch.reset()
    assert info["number"].tolist() == [1] * 4
    again, _ = batch.reset(seed=9)
    assert same(first, again)
    assert not same(first, second)
    with pytest.raises(ValueError, match="unknown option `user`"):
        batch.reset(options={"user": 1})


def test_learners_may_wrap_it():
    from gymnasium.wrappers import FlattenObservation, RecordEpisodeStatistics

    env = RecordEpisodeStatistics(FlattenObservation(gymnasium.make(NAME, world=world(stop=1.0))))
    env.reset(seed=1)
    *_, terminated, _, info = env.step(int(env.unwrapped.action_masks().argmax()))
    assert terminated
    assert info["episode"]["l"] == 1


def test_every_step_can_be_explained():
    env = EnsembleEnv(world())
    env.reset(seed=8)
    with pytest.raises(ValueError, match="nothing was recommended in slot 0 yet"):
        env.explain()
    for _ in range(5):
        *_, info = env.step(int(env.action_masks().argmax()))
        told = env.explain()
        assert list(told["votes"].values()) == info["votes"].tolist()
        assert json.loads(json.dumps(told, allow_nan=False)) == told
