"""The rounds: who is shown what, what is logged, what the recommender and the profile learn (dgdpo.md 1.11, 9.3, 9.4)."""

from __future__ import annotations

import asyncio
import inspect

import pytest
from village import ByNumber, ScriptedLlm, page, village

from reproduce.errors import SpecError
from reproduce.interaction.rounds import Encounter
from reproduce.interaction.simulator import Exposure
from reproduce.interaction.transcript import Profile, Reaction, Verdict
from reproduce.methods.agent4rec.simulator import Agent4Rec
from reproduce.methods.agent4rec.traits import traits
from reproduce.params import Interaction

VILLAGE = village()
KNOBS = Interaction(rounds=10, candidates=20)
PROFILES = {user: Profile(text=f"P{user}") for user in range(4)}


class Scripted:
    """Says yes to these positions of every page, selects one of them, and appends what it learns to its profile."""

    def __init__(self, yes=(0, 4), selected=4, leave_at=None) -> None:
        self.yes, self.selected, self.leave_at = yes, selected, leave_at
        self.exposures: list[tuple[int, Exposure]] = []

    async def profile(self, user: int) -> Profile:
        return Profile(text=f"P{user}")

    async def react(self, user: int, profile: Profile, exposure: Exposure) -> Reaction:
        self.exposures.append((user, exposure))
        await asyncio.sleep(0.001 * (user % 2))  # users do not finish in order
        verdicts = tuple(Verdict(yes=at in self.yes) for at in range(len(exposure.items)))
        leave = exposure.round == self.leave_at
        return Reaction(verdicts=verdicts, selected=self.selected, rating=4, exit=leave, status="strict", raw="")

    async def learn(self, user: int, profile: Profile, item, rating) -> Profile:
        return Profile(text=f"{profile.text} {item.item}:{rating:g}")


def play(simulator, strategy="none", knobs=KNOBS, recommender=None, dataset=VILLAGE, profiles=PROFILES, seed=1):
    encounter = Encounter(dataset, simulator, knobs, seed)
    return asyncio.run(encounter.play("scripted", "bynumber", recommender or ByNumber(), strategy, profiles))


def truths(user: int) -> list[int]:
    return [row.item for row in VILLAGE.test(user)]


def test_round_r_holds_the_rth_test_item_and_nineteen_others():
    for transcript in play(Scripted()):
        assert [played.round for played in transcript.rounds] == list(range(1, 11))
        assert [played.shown[played.truth] for played in transcript.rounds] == truths(transcript.user)
        assert all(len(set(played.shown)) == 20 for played in transcript.rounds)


def test_no_negative_is_of_the_users_past_or_future():
    for transcript in play(Scripted()):
        for played in transcript.rounds:
            assert VILLAGE.seen(transcript.user) & set(played.shown) == {played.shown[played.truth]}


@pytest.mark.parametrize("strategy", ["none", "without_gt", "with_gt"])
def test_candidates_are_the_same_for_every_simulator_strategy_and_recommender(strategy):
    class Reversed(ByNumber):
        def score(self, users, histories, candidates):
            return -super().score(users, histories, candidates)

    usual = play(Scripted())
    other = play(Scripted(yes=(), selected=None), strategy, recommender=Reversed())
    for one, two in zip(usual, other, strict=True):
        assert [set(played.shown) for played in one.rounds] == [set(played.shown) for played in two.rounds]
        assert [played.shown for played in one.rounds] != [played.shown for played in two.rounds]


def test_another_seed_draws_other_negatives():
    one, two = (play(Scripted(), seed=seed)[0] for seed in (1, 2))
    assert [set(played.shown) for played in one.rounds] != [set(played.shown) for played in two.rounds]


def test_items_stand_in_the_order_of_their_scores_and_ties_in_the_order_of_their_ids():
    class Halves(ByNumber):
        def score(self, users, histories, candidates):
            return super().score(users, histories, candidates) // 40 + 1e-9 * super().score(users, histories, candidates)

    for played in play(Scripted(), recommender=Halves())[0].rounds:
        assert list(played.scores) == sorted(played.scores, reverse=True)
        keys = [(-score, item) for score, item in zip(played.scores, played.shown, strict=True)]
        assert keys == sorted(keys), "scores that differ in the ninth decimal only are equal"


def test_the_recommender_starts_from_training_and_validation():
    recommender = ByNumber()
    transcripts = play(Scripted(), knobs=Interaction(rounds=1), recommender=recommender)
    for transcript in transcripts:
        known = [row.item for row in (*VILLAGE.train(transcript.user), *VILLAGE.valid(transcript.user))]
        assert list(transcript.history) == known
        assert recommender.histories[transcript.user][:-1] == known


@pytest.mark.parametrize("rounds", [1, 4, 10])
def test_with_gt_the_history_ends_with_the_true_items_whatever_was_selected(rounds):
    recommender = ByNumber()
    for transcript in play(Scripted(), "with_gt", Interaction(rounds=rounds), recommender):
        assert recommender.histories[transcript.user] == [*transcript.history, *truths(transcript.user)[:rounds]]


@pytest.mark.parametrize("strategy", ["none", "without_gt"])
def test_else_it_grows_by_what_was_selected(strategy):
    recommender = ByNumber()
    for transcript in play(Scripted(), strategy, recommender=recommender):
        selected = [played.shown[4] for played in transcript.rounds]
        assert recommender.histories[transcript.user] == [*transcript.history, *selected]


def test_where_nothing_was_selected_nothing_grows():
    recommender = ByNumber()
    for transcript in play(Scripted(yes=(), selected=None), "without_gt", recommender=recommender):
        assert recommender.histories[transcript.user] == list(transcript.history)
        assert transcript.profile == PROFILES[transcript.user]


def test_without_update_the_profile_stays():
    for transcript in play(Scripted(), "none"):
        assert {played.profile for played in transcript.rounds} == {f"P{transcript.user}"}


def test_with_gt_the_profile_learns_the_true_item_with_its_real_rating_for_the_next_round():
    """The leak that the strategy is by design (dgdpo.md 5.13): round r + 1 knows the truth of round r, never its own."""
    transcript = play(Scripted(), "with_gt")[2]
    learnt = [f" {row.item}:{row.rating:g}" for row in VILLAGE.test(2)]
    assert [played.profile for played in transcript.rounds] == ["P2" + "".join(learnt[:r]) for r in range(10)]
    assert transcript.profile.text == "P2" + "".join(learnt)


def test_without_gt_the_profile_learns_the_selected_item_with_the_simulated_rating():
    transcript = play(Scripted(), "without_gt")[2]
    assert transcript.profile.text == "P2" + "".join(f" {played.shown[4]}:4" for played in transcript.rounds)


def test_memory_holds_the_simulators_own_selections_even_with_ground_truth():
    simulator = Scripted()
    transcript = play(simulator, "with_gt")[1]
    seen = [exposure for user, exposure in simulator.exposures if user == 1]
    assert [choice.item.item for choice in seen[-1].memory] == [played.shown[4] for played in transcript.rounds[:-1]]
    assert [choice.round for choice in seen[3].memory] == [1, 2, 3]


def test_nothing_shown_says_where_the_truth_is():
    fields = set(inspect.signature(Exposure).parameters)
    assert fields == {"round", "items", "memory"}


def test_an_exit_ends_the_visit_only_where_it_is_honoured():
    stay = play(Scripted(leave_at=3))
    leave = play(Scripted(leave_at=3), knobs=Interaction(honour_exit=True))
    assert {len(transcript.rounds) for transcript in stay} == {10}
    assert {len(transcript.rounds) for transcript in leave} == {3}


def test_the_order_of_users_changes_nothing():
    backwards = dict(reversed(PROFILES.items()))
    assert play(Scripted(), "with_gt") == play(Scripted(), "with_gt", profiles=backwards)


def test_a_user_meets_the_same_pages_whoever_else_takes_part():
    everybody, alone = play(Scripted(), "without_gt"), play(Scripted(), "without_gt", profiles={2: PROFILES[2]})
    assert alone == [everybody[2]]


def test_more_rounds_than_test_items_are_refused():
    with pytest.raises(SpecError, match=r"`interaction.rounds` is 11, but user 0 has 10 test items"):
        play(Scripted(), knobs=Interaction(rounds=11))


@pytest.mark.parametrize(
    ("yes", "named", "selected", "rating"),
    [((2, 5), 5, 4, 4), ((2, 5), 7, 1, None), ((2, 5), None, 1, None), ((), 7, None, None), ((), None, None, None)],
)
def test_the_selected_item_is_the_named_one_if_it_was_judged_yes_else_the_best_ranked_yes(yes, named, selected, rating):
    """A rating belongs to the item that it was given to."""
    llm = ScriptedLlm({"dgdpo/round": lambda inputs: page(yes, 20, named)})
    simulator = Agent4Rec(VILLAGE, traits(VILLAGE, 1), llm)
    reaction = play(simulator, knobs=Interaction(rounds=1))[0].rounds[0].reaction
    assert (reaction.selected, reaction.rating) == (selected, rating)
    assert [at + 1 for at, verdict in enumerate(reaction.verdicts) if verdict.yes] == list(yes)


def test_a_page_shows_titles_genres_and_training_means_by_position():
    llm = ScriptedLlm({"dgdpo/round": lambda inputs: page([1], 20, 1)})
    transcript = play(Agent4Rec(VILLAGE, traits(VILLAGE, 1), llm), profiles={3: Profile(text="P3")})[0]
    for played, inputs in zip(transcript.rounds, llm.calls("dgdpo/round"), strict=True):
        assert [card["title"] for card in inputs["page"]] == [VILLAGE.item(item).title for item in played.shown]
    assert [choice["round"] for choice in inputs["memory"]] == [5, 6, 7, 8, 9], "the last five selections are recalled"
