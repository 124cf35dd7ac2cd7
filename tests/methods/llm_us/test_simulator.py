"""LLM-US with scripted explanations: what is asked, and which keywords make the profile (BL-D4)."""

from __future__ import annotations

import asyncio
import dataclasses
from types import SimpleNamespace

import pytest
from baselines import asker
from scripted import Says
from village import ScriptedLlm, rating, village

from reproduce.methods.agent4rec.building import NO_TASTE
from reproduce.methods.agent4rec.traits import traits
from reproduce.methods.llm_us.simulator import LlmUs, ranked, side_of
from reproduce.params import LlmUsKnobs

VILLAGE = village()


def built(say, knobs: LlmUsKnobs | None = None, most: int = 60, user: int = 3, data=VILLAGE):
    """The profile of one user under these replies, and what was asked."""
    llm = ScriptedLlm({"llm_us/explain": say})
    simulator = LlmUs(data, traits(data, 1), llm, knobs or LlmUsKnobs(), most)
    return asyncio.run(simulator.profile(user)), llm.calls("llm_us/explain"), simulator.counters


@pytest.mark.parametrize(("most", "asked"), [(60, 25), (25, 25), (10, 10), (1, 1)])
def test_one_call_per_interaction_the_most_recent_ones(most, asked):
    _, calls, counters = built(lambda _: "KEYWORDS: crime", most=most)
    rows = VILLAGE.train(3)[-asked:]
    assert [call["rating"] for call in calls] == [row.rating for row in rows]
    assert [call["item"]["title"] for call in calls] == [VILLAGE.item(row.item).title for row in rows]
    assert counters["explained"] == asked


def test_high_ratings_are_explained_by_pros_and_low_ones_by_cons():
    profile, calls, _ = built(lambda inputs: f"KEYWORDS: {inputs['side']} {inputs['rating']:g}")
    assert all(call["side"] == ("pros" if call["rating"] >= 3 else "cons") for call in calls)
    likes, dislikes = profile.text.split("; ")
    assert set(likes.removeprefix("Likes: ").split(", ")) == {"pros 3", "pros 4", "pros 5"}
    assert set(dislikes.removeprefix("Dislikes: ").split(", ")) == {"cons 1", "cons 2"}
    assert side_of(3, LlmUsKnobs(pros_from=4)) == "cons"


def test_the_most_frequent_keywords_come_first_and_of_equal_ones_the_most_recent():
    explained = [("a", "b"), ("b", "c"), ("d", "e"), ("a",)]
    assert list(ranked(explained).items()) == [("a", 2), ("b", 2), ("d", 1), ("e", 1), ("c", 1)]


def test_the_profile_holds_twelve_likes_and_eight_dislikes():
    """Every interaction has a keyword of its own, so that the most recent ones are left."""
    profile, calls, _ = built(lambda inputs: f"KEYWORDS: {inputs['item']['title'].split(' (')[0].lower()[::-1]}")
    own = {
        side: [c["item"]["title"].split(" (")[0].lower()[::-1] for c in calls if c["side"] == side] for side in ("pros", "cons")
    }
    assert (len(own["pros"]), len(own["cons"])) == (15, 10)
    wanted = f"Likes: {', '.join(own['pros'][:-13:-1])}; Dislikes: {', '.join(own['cons'][:-9:-1])}"
    assert profile.text == wanted


@pytest.mark.parametrize(("both", "text"), [("keep", "Likes: crime, mood; Dislikes: crime"), ("stronger", "Likes: crime, mood")])
def test_a_keyword_on_both_sides_is_counted_and_stays_or_goes(both, text):
    def say(inputs):
        return "KEYWORDS: crime, mood" if inputs["side"] == "pros" else "KEYWORDS: crime"

    profile, _, counters = built(say, LlmUsKnobs(both_sides=both))
    assert profile.text == text
    assert counters["keywords_on_both_sides"] == 1


def with_reviews():
    """The village, whose user 3 has written 20 words on every item, those of the test included."""
    texts = SimpleNamespace(of=lambda user: {item: f"on {item} " + "word " * 18 for item in VILLAGE.seen(3)} if user == 3 else {})
    return dataclasses.replace(VILLAGE, texts=texts)


def test_a_review_is_shown_and_cut():
    data = with_reviews()
    _, calls, counters = built(lambda _: "KEYWORDS: crime", data=data)
    assert [call["review"].split()[:2] for call in calls] == [["on", str(row.item)] for row in VILLAGE.train(3)]
    assert counters["reviews_cut"] == 0
    _, calls, counters = built(lambda _: "KEYWORDS: crime", LlmUsKnobs(review_words=5), data=data)
    assert {len(call["review"].split()) for call in calls} == {5}
    assert counters["reviews_cut"] == 25


def test_reviews_can_be_left_out_and_are_not_always_there():
    for data, knobs, user in ((with_reviews(), LlmUsKnobs(review_words=0), 3), (with_reviews(), LlmUsKnobs(), 2)):
        _, calls, counters = built(lambda _: "KEYWORDS: crime", knobs, data=data, user=user)
        assert {call["review"] for call in calls} == {""}
        assert counters["reviews_cut"] == 0


def test_replies_that_cannot_be_read_are_counted_and_leave_no_taste():
    llm = asker(Says(lambda _: "That is hard to say of anybody whom one has never met."))
    simulator = LlmUs(VILLAGE, traits(VILLAGE, 1), llm, LlmUsKnobs(), 60)
    assert asyncio.run(simulator.profile(0)).text == NO_TASTE
    counted = {name: simulator.counters[name] for name in ("explained", "explain_unreadable", "profile_empty")}
    assert counted == {"explained": 12, "explain_unreadable": 12, "profile_empty": 1}


def test_the_village_has_ratings_of_both_sides():
    assert {rating(3, row.item) for row in VILLAGE.train(3)} == {1, 2, 3, 4, 5}
