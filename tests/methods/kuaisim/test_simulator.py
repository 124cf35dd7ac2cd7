"""KuaiSim in the rounds: what it says, what it selects, and that neither the order of a page nor the recommender moves it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from village import ByNumber, village

from reproduce.errors import MissingInput
from reproduce.interaction.rounds import Encounter
from reproduce.interaction.simulator import Choice, Exposure
from reproduce.interaction.transcript import Profile
from reproduce.methods.kuaisim.simulator import KuaiSim
from reproduce.params import Interaction, KuaiSimKnobs
from reproduce.responses.settings import SMALL
from reproduce.responses.trained import ResponseModel

VILLAGE = village()
NOBODY = Profile(text="")
USUAL = KuaiSimKnobs()


@pytest.fixture(scope="module")
def model() -> ResponseModel:
    """Hardly trained: what it says is of no matter here."""
    return ResponseModel.fit(VILLAGE, replace(SMALL, length=10, embedding_size=8, epochs=2), seed=1, pages_seed=42)


def known(user: int) -> list[int]:
    """D_u and V_u."""
    return [row.item for row in (*VILLAGE.train(user), *VILLAGE.valid(user))]


def unseen(user: int, n: int = 20) -> list[int]:
    return [item for item in range(80) if item not in VILLAGE.seen(user)][:n]


def exposure(items, selected=()) -> Exposure:
    memory = tuple(Choice(place, VILLAGE.item(item), None) for place, item in enumerate(selected, 1))
    return Exposure(len(selected) + 1, tuple(map(VILLAGE.item, items)), memory)


def react(simulator, user, items, selected=()):
    return asyncio.run(simulator.react(user, NOBODY, exposure(items, selected)))


class Told:
    """A response model that says what a script says of each item, whatever the history."""

    def __init__(self, script, tau=0.5):
        self.script, self.tau = script, tau

    def states(self, users, histories, responses=None):
        return None

    def score(self, states, candidates):
        return np.array([[self.script[item] for item in items] for items in candidates])


def test_yes_is_above_the_threshold_and_the_likeliest_yes_is_selected():
    simulator = KuaiSim(VILLAGE, Told({1: 0.5, 2: 0.613, 3: 0.9004, 4: 0.2}), USUAL)
    found = react(simulator, 0, [4, 3, 2, 1])
    assert [verdict.yes for verdict in found.verdicts] == [False, True, True, False]
    assert [verdict.reason for verdict in found.verdicts] == ["p = 0.200", "p = 0.900", "p = 0.613", "p = 0.500"]
    assert (found.selected, found.rating, found.exit, found.missing) == (1, None, False, 0)


def test_of_equally_likely_items_the_smaller_is_selected_wherever_it_stands():
    script = {5: 0.7, 6: 0.7000000001, 7: 0.1}
    assert react(KuaiSim(VILLAGE, Told(script), USUAL), 0, [6, 7, 5]).selected == 2
    assert react(KuaiSim(VILLAGE, Told(script), USUAL), 0, [5, 6, 7]).selected == 0


def test_without_a_yes_nothing_is_selected_and_the_page_is_counted():
    simulator = KuaiSim(VILLAGE, Told({1: 0.1, 2: 0.9}), USUAL)
    assert react(simulator, 0, [1]).selected is None
    react(simulator, 0, [1, 2])
    assert simulator.counters == Counter(page=2, page_without_yes=1)


def test_the_threshold_is_the_validated_one_unless_params_say_otherwise():
    told = Told({1: 0.6}, tau=0.65)
    assert not react(KuaiSim(VILLAGE, told, USUAL), 0, [1]).verdicts[0].yes
    assert react(KuaiSim(VILLAGE, told, KuaiSimKnobs(tau=0.5)), 0, [1]).verdicts[0].yes


def test_the_history_is_training_validation_and_earlier_selections(model):
    simulator = KuaiSim(VILLAGE, model, USUAL)
    items = unseen(1)
    first, later = items[3], items[4]
    for selected in ((), (first,), (first, later)):
        found = react(simulator, 1, items, selected)
        expected = model.probabilities([1], [[*known(1), *selected]], [items])[0]
        assert [verdict.reason for verdict in found.verdicts] == [f"p = {p:.3f}" for p in expected]
    assert react(simulator, 1, items, (first,)) != react(simulator, 1, items)


def test_the_order_of_a_page_changes_nothing_but_the_order(model):
    simulator, items = KuaiSim(VILLAGE, model, KuaiSimKnobs(tau=0.3)), unseen(2)
    one, other = react(simulator, 2, items), react(simulator, 2, items[::-1])
    assert one.verdicts == other.verdicts[::-1]
    assert one.selected is not None
    assert other.selected is not None
    assert items[one.selected] == items[::-1][other.selected]


class Backwards(ByNumber):
    """Likes high numbers."""

    def score(self, users, histories, candidates):
        return -super().score(users, histories, candidates)


def play(simulator, recommender, strategy, users=range(4)):
    encounter = Encounter(VILLAGE, simulator, Interaction(), 1)
    profiles = {user: asyncio.run(simulator.profile(user)) for user in users}
    return asyncio.run(encounter.play(simulator.name, "any", recommender, strategy, profiles))


def said(transcripts):
    """By user and round: verdict and reason of each item, and the item selected."""
    return [
        [
            (
                dict(zip(played.shown, played.reaction.verdicts, strict=True)),
                None if played.reaction.selected is None else played.shown[played.reaction.selected],
            )
            for played in transcript.rounds
        ]
        for transcript in transcripts
    ]


@pytest.mark.parametrize("strategy", ["none", "without_gt", "with_gt"])
def test_every_recommender_and_strategy_meets_the_same_reactions(model, strategy):
    knobs = KuaiSimKnobs(tau=0.4)
    usual = said(play(KuaiSim(VILLAGE, model, knobs), ByNumber(), "none"))
    assert said(play(KuaiSim(VILLAGE, model, knobs), Backwards(), strategy)) == usual
    assert any(selected is not None for rounds in usual for _, selected in rounds)


def test_a_user_reacts_the_same_alone_and_among_others(model):
    knobs = KuaiSimKnobs(tau=0.4)
    among = play(KuaiSim(VILLAGE, model, knobs), ByNumber(), "none")
    alone = play(KuaiSim(VILLAGE, model, knobs), ByNumber(), "none", users=[3])
    assert said(alone)[0] == said(among)[3]


def test_nothing_is_written_about_a_user(model):
    simulator = KuaiSim(VILLAGE, model, USUAL)
    profile = asyncio.run(simulator.profile(0))
    assert profile == NOBODY
    assert asyncio.run(simulator.learn(0, profile, VILLAGE.item(3), 5.0)) is profile


def test_it_is_loaded_from_what_train_wrote(tmp_path, model):
    with pytest.raises(MissingInput, match="dvc repro"):
        KuaiSim.load(tmp_path, VILLAGE, USUAL)
    model.save(tmp_path)
    loaded = KuaiSim.load(tmp_path, VILLAGE, USUAL)
    assert loaded.tau == model.tau
    assert react(loaded, 0, unseen(0)) == react(KuaiSim(VILLAGE, model, USUAL), 0, unseen(0))
