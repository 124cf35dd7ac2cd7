"""Episodes side by side: states, masks, ends, draws, resuming (ensemble.md 1.8)."""

import pickle

import numpy as np
import pytest
from answering import Likes
from hypothesis import given, settings
from hypothesis import strategies as some
from tastes import dataset, leaning, world_of

from reproduce.errors import DataError
from reproduce.interaction.episodes import Core, World, most_reviewed
from reproduce.methods.ensemble.simulator import Ensemble
from reproduce.params import EnsembleKnobs, EpisodeKnobs

ITEMS = 10
# users: six interactions, four of them training; the fewest that are simulated; too few, twice; who likes nothing; who likes all
HISTORIES = [
    [(0, 1), (1, 0), (2, 1), (3, 1), (4, 0), (5, 1)],
    [(6, 0), (7, 1), (8, 1)],
    [(9, 1)],
    [],
    [(0, 0), (1, 0), (2, 0), (3, 0)],
    [(0, 1), (1, 1), (2, 1), (3, 1)],
]
ONES = np.ones(ITEMS)
NEVER = EpisodeKnobs.model_construct(**EpisodeKnobs().model_dump() | {"stop": 0.0})


def world(responder=None, knobs=NEVER, actions=None, histories=HISTORIES):
    return World(dataset(histories, ITEMS), responder or Likes(ONES), knobs, actions)


def core(n=1, seed=1, panel=None, max_steps=None, **options):
    return Core(world(**options), n, seed, panel, max_steps)


def ensemble(users=20, items=40, seed=3, knobs=None, faults=()):
    data, descriptions = world_of(users, items, seed)
    simulator = Ensemble(data, descriptions, leaning(items), EnsembleKnobs(), faults)
    return World(data, simulator, knobs or EpisodeKnobs(stop=0.2))


def policy(observed, masks, seed):
    """Some open action, by what is seen: any difference in a state makes another choice."""
    weight = (observed["items"] * np.arange(1, masks.shape[1] + 1)).sum(1) + observed["user"][:, 0] * 7 + seed
    return np.array([np.flatnonzero(mask)[w % mask.sum()] if mask.any() else 0 for mask, w in zip(masks, weight, strict=True)])


def test_a_first_state_is_the_training_part_with_real_labels():
    one = core(panel=[0])
    assert one.observe()["items"].tolist() == [[2, 1, 2, 2, 0, 0, 0, 0, 0, 0]]
    assert one.observe()["user"].tolist() == [[0]]
    assert [column.dtype for column in one.observe().values()] == [np.int32, np.uint8]


def test_a_first_state_has_two_interactions_at_least():
    assert core(panel=[1]).observe()["items"].tolist() == [[0, 0, 0, 0, 0, 0, 1, 2, 0, 0]]  # one of them is for validation


def test_a_first_state_can_be_the_first_two_interactions():
    knobs = NEVER.model_copy(update={"start": "two"})
    assert core(panel=[0], knobs=knobs).observe()["items"].tolist() == [[2, 1, 0, 0, 0, 0, 0, 0, 0, 0]]


def test_in_the_state_of_the_code_disliked_equals_unseen():
    knobs = NEVER.model_copy(update={"state": "code"})
    one = core(panel=[0], knobs=knobs, responder=Likes(ONES * 0))
    assert one.observe()["items"].tolist() == [[1, 0, 1, 1, 0, 0, 0, 0, 0, 0]]
    one.step([5])
    assert one.observe()["items"].tolist() == [[1, 0, 1, 1, 0, 0, 0, 0, 0, 0]]
    assert not one.masks()[0, 5]


def test_a_step_appends_the_item_and_the_response():
    likes = Likes(np.arange(ITEMS) % 2)
    one = core(panel=[0], responder=likes)
    assert [one.step([action]).rewards.tolist() for action in (4, 5)] == [[0.0], [1.0]]
    assert one.observe()["items"].tolist() == [[2, 1, 2, 2, 1, 2, 0, 0, 0, 0]]
    asked = [rows for rows, *_ in likes.asked]
    assert asked[1] == [(0, [0, 1, 2, 3, 4], [1, 0, 1, 1, 0], 4)]
    assert one.step([6]).rewards.dtype == np.float32


def test_actions_are_places_in_the_catalogue():
    likes = Likes(ONES)
    one = core(panel=[0], responder=likes, actions=[2, 5, 9])
    assert one.observe()["items"].tolist() == [[2, 0, 0]]
    assert one.masks().tolist() == [[False, True, True]]
    one.step([1])
    assert likes.asked[0][1] == [5]
    assert one.observe()["items"].tolist() == [[2, 2, 0]]


def test_items_of_the_history_are_masked():
    one = core(panel=[0])
    assert one.masks().tolist() == [[False] * 4 + [True] * 6]
    one.step([9])
    assert one.masks().tolist() == [[False] * 4 + [True] * 5 + [False]]
    assert core(panel=[0], knobs=NEVER.model_copy(update={"mask": False})).masks().all()


def test_a_masked_action_is_recommended_again_and_counted():
    likes = Likes(ONES * 0)
    one = core(panel=[0], responder=likes)
    assert one.counters == {"masked_action": 0}
    one.step([0])
    assert one.counters == {"masked_action": 1}
    assert one.observe()["items"][0, 0] == 1  # liked before, disliked now
    one.step([9])
    assert likes.asked[1][0] == [(0, [0, 1, 2, 3, 0], [1, 0, 1, 1, 0], 4)]
    assert one.counters == {"masked_action": 1}


def test_without_mask_nothing_counts_as_masked():
    one = core(panel=[0], knobs=NEVER.model_copy(update={"mask": False}))
    one.step([0])
    assert one.counters == {"masked_action": 0}


def test_an_episode_is_cut_off_when_nothing_is_left():
    one = core(panel=[0])
    ends = [one.step([action]) for action in range(4, 10)]
    assert [bool(step.truncated[0]) for step in ends] == [False] * 5 + [True]
    assert not any(step.terminated[0] for step in ends)


def test_an_episode_is_cut_off_at_the_limit():
    one = core(panel=[0], knobs=NEVER.model_copy(update={"limit": 3}))
    assert [bool(one.step([action]).truncated[0]) for action in (4, 5, 6)] == [False, False, True]


def test_without_mask_an_episode_goes_on_to_the_limit():
    one = core(panel=[0], knobs=NEVER.model_copy(update={"limit": 40, "mask": False}))
    assert [bool(one.step([step % ITEMS]).truncated[0]) for step in range(40)] == [False] * 39 + [True]


def test_with_a_number_of_steps_chance_ends_nothing():
    one = core(panel=[0], max_steps=5, knobs=EpisodeKnobs(stop=1.0))
    assert [bool(one.step([action]).terminated[0]) for action in range(4, 9)] == [False] * 4 + [True]


def test_users_leave_by_chance():
    many = core(2000, knobs=EpisodeKnobs(stop=0.25, mask=False), seed=5)
    share = many.step(np.zeros(2000, int)).terminated.mean()
    assert share == pytest.approx(0.25, abs=0.03)


def test_an_episode_that_has_ended_is_not_stepped():
    two = core(2, panel=[0, 5], max_steps=1)
    two.step([8, 9])
    two.restart([0])
    with pytest.raises(ValueError, match="slot 1 has ended; `restart` begins the next one"):
        two.step([8, 9])


@pytest.mark.parametrize("action", [-1, ITEMS])
def test_an_action_out_of_range_is_refused_and_changes_nothing(action):
    two = core(2, panel=[0, 1])
    before = pickle.dumps(two.snapshot())
    with pytest.raises(ValueError, match=f"action {action} of slot 1 is out of range; actions run from 0 to 9"):
        two.step([4, action])
    assert pickle.dumps(two.snapshot()) == before


def test_there_is_one_action_per_episode():
    with pytest.raises(ValueError, match="1 actions for 2 episodes"):
        core(2).step([1])


def test_training_episodes_meet_users_with_three_interactions_evenly():
    met = [user for seed in range(40) for user in core(20, seed=seed).user.tolist()]
    assert set(met) == {0, 1, 4, 5}
    assert min(map(met.count, set(met))) > 150


def test_the_panel_is_met_in_its_order_whatever_the_slots():
    for n in (1, 2, 3):
        some_core = core(n, panel=[5, 0, 1])
        met = dict(zip(some_core.episode.tolist(), some_core.user.tolist(), strict=True))
        while len(met) < 7:
            some_core.restart(np.arange(n)[::-1])
            met.update(zip(some_core.episode.tolist(), some_core.user.tolist(), strict=True))
        assert [met[episode] for episode in range(7)] == [5, 0, 1, 5, 0, 1, 5]


def played(made, n, episodes, panel):
    """What happens in each episode of the panel, by number."""
    running, found = Core(made, n, 11, panel), {}
    while not all(number in found and found[number][-1] == "over" for number in range(episodes)):
        observed, numbers = running.observe(), running.episode.tolist()
        step = running.step(policy(observed, running.masks(), 0))
        for slot, number in enumerate(numbers):
            row = (step.rewards[slot], *(step.responses.scores[slot].tolist()), *step.responses.coins[slot].tolist())
            found.setdefault(number, [int(observed["user"][slot, 0])]).append(row)
            if running.ended[slot]:
                found[number].append("over")
        running.restart(np.flatnonzero(running.ended))
    return {number: found[number] for number in range(episodes)}


def test_an_evaluation_does_not_depend_on_how_many_episodes_run_side_by_side():
    made = ensemble()
    panel = made.eligible.tolist()
    alone = played(made, 1, 24, panel)
    assert alone == played(made, 5, 24, panel) == played(made, 16, 24, panel)
    assert len({str(rows) for rows in alone.values()}) > 20


def test_training_episodes_of_a_slot_do_not_depend_on_the_other_slots():
    made = ensemble()
    few, many = Core(made, 2, 4), Core(made, 9, 4)
    for step in range(60):
        assert all((few.observe()[name] == many.observe()[name][:2]).all() for name in ("user", "items"))
        a = few.step(policy(few.observe(), few.masks(), step))
        b = many.step(policy(many.observe(), many.masks(), step))
        assert a.rewards.tolist() == b.rewards[:2].tolist()
        few.restart(np.flatnonzero(few.ended))
        many.restart(np.flatnonzero(many.ended))


def test_another_seed_is_another_course():
    made = ensemble()
    users = [tuple(Core(made, 30, seed).user.tolist()) for seed in (1, 2)]
    assert users[0] != users[1]


@settings(max_examples=20, deadline=None)
@given(
    before=some.integers(0, 25), after=some.integers(1, 25), panel=some.booleans(), fault=some.sampled_from([(), ("wrong_user",)])
)
def test_a_snapshot_goes_on_with_the_same_bytes(before, after, panel, fault):
    made = ensemble(faults=fault)
    users = made.eligible.tolist() if panel else None

    def go(running, steps, start):
        found = []
        for step in range(start, start + steps):
            stepped = running.step(policy(running.observe(), running.masks(), step))
            found.append([part.tobytes() for part in (*stepped[:3], *stepped.responses)])
            running.restart(np.flatnonzero(running.ended))
        return found

    through, cut = Core(made, 4, 8, users), Core(made, 4, 8, users)
    go(through, before, 0)
    go(cut, before, 0)
    state = pickle.loads(pickle.dumps(cut.snapshot()))
    go(cut, 7, before)  # what is lost when a training is killed
    resumed = Core(made, 4, 8, users)
    go(resumed, 3, 50)  # its own past leaves no trace
    resumed.restore(state)
    assert go(resumed, after, before) == go(through, after, before)
    assert resumed.counters == through.counters
    assert resumed.observe()["items"].tobytes() == through.observe()["items"].tobytes()
    assert resumed.masks().tobytes() == through.masks().tobytes()


def test_a_snapshot_is_plain_and_its_own():
    running = core(3)
    state = running.snapshot()
    assert all(isinstance(value, (int, np.ndarray)) for value in state.values())
    before = pickle.dumps(state)
    running.step(policy(running.observe(), running.masks(), 0))
    assert pickle.dumps(state) == before


def test_what_was_observed_is_not_changed_by_later_steps():
    running = core(2, panel=[0, 5])
    observed, masks = running.observe(), running.masks()
    before = observed["items"].copy(), masks.copy()
    running.step([8, 9])
    assert (observed["items"] == before[0]).all()
    assert (masks == before[1]).all()


def test_a_reset_begins_the_same_course_again():
    made = ensemble()
    running = Core(made, 3, 2)
    first = running.observe()["items"].copy()
    for step in range(9):
        running.step(policy(running.observe(), running.masks(), step))
        running.restart(np.flatnonzero(running.ended))
    running.reset()
    assert (running.observe()["items"] == first).all()
    assert running.counters["masked_action"] == 0


def test_a_user_without_history_is_defined_but_not_drawn():
    one = core(panel=[3])
    assert not one.observe()["items"].any()
    assert one.masks().all()
    one.step([0])


def test_users_who_know_everything_are_left_out_and_counted():
    few = world(actions=[0, 1, 2])
    assert few.eligible.tolist() == [1, 4, 5]
    assert few.counters["user_without_action"] == 1
    with pytest.raises(ValueError, match="user 0 knows all items"):
        Core(few, 1, 1, [0])


def test_odd_users_are_counted():
    assert world().counters == {
        "user_with_few_interactions": 2,
        "user_without_action": 0,
        "user_liking_all": 1,
        "user_liking_nothing": 1,
    }


def test_a_world_without_users_is_one_line():
    with pytest.raises(DataError, match="tastes: no user has three interactions and an item left"):
        world(histories=[[(0, 1)], [(1, 1), (2, 0)]])


@pytest.mark.parametrize("panel", [[], [6], [-1]])
def test_a_panel_has_users_of_the_data(panel):
    with pytest.raises(ValueError, match="users from 0 to 5"):
        core(panel=panel)


@pytest.mark.parametrize("actions", [[], [1, 1], [ITEMS], [-1]])
def test_a_catalogue_has_different_items_of_the_data(actions):
    with pytest.raises(ValueError, match="different items from 0 to 9"):
        world(actions=actions)


def test_the_most_reviewed_items_are_ascending():
    data = dataset(HISTORIES, ITEMS)
    assert data.items["train_count"].tolist() == [3, 3, 1, 1, 0, 0, 1, 0, 0, 1]
    assert most_reviewed(data, 3).tolist() == [0, 1, 2]
    assert most_reviewed(data, 5).tolist() == [0, 1, 2, 3, 6]
    assert most_reviewed(data, None).tolist() == list(range(ITEMS))


def test_random_and_oracle_policies_like_what_they_should():
    """A random policy finds the base rate; one that asks before it recommends finds a like in nearly every sample of 50."""
    data, descriptions = world_of(30, 400, 5, longest=30)
    simulator = Ensemble(data, descriptions, leaning(400), EnsembleKnobs())
    made = World(data, simulator, EpisodeKnobs())
    running, random = Core(made, 200, 3, max_steps=10), np.random.default_rng(0)
    asked, liked, found = 0, 0, []
    oracle = Core(made, 200, 3, max_steps=10)
    for _ in range(10):
        liked += running.step(np.array([random.choice(np.flatnonzero(mask)) for mask in running.masks()])).rewards.sum()
        choice = np.zeros(200, int)
        for slot, mask in enumerate(oracle.masks()):
            some_items = random.choice(np.flatnonzero(mask), 50, replace=False)
            row = oracle.histories().some(slice(slot, slot + 1))
            many = type(row)(*(np.repeat(column, 50, 0) for column in row))
            said = simulator.respond(many, made.actions[some_items], np.repeat(oracle._coins()[slot : slot + 1, :3], 50, 0)).liked
            asked += said.sum()
            choice[slot] = some_items[said.argmax()]
        found.append(oracle.step(choice).rewards.mean())
    base = asked / (10 * 200 * 50)
    assert 0.2 < base < 0.8
    assert liked / 2000 == pytest.approx(base, abs=0.08)
    assert np.mean(found) > 0.97
