"""AgentCF with scripted agents: rounds per pair, negatives, the order in which two items are shown, limits and memories."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter

import numpy as np
import pytest
from baselines import asker
from scripted import Says
from village import ITEMS, ScriptedLlm, village

from reproduce.methods.agent4rec.building import VERSIONS
from reproduce.methods.agent4rec.traits import traits
from reproduce.methods.agentcf import plan
from reproduce.methods.agentcf.negatives import Pairs
from reproduce.methods.agentcf.simulator import STRANGER, AgentCf
from reproduce.params import AgentCfKnobs

VILLAGE = village()


def scripted(knobs: AgentCfKnobs | None = None, most: int = 60, right=lambda pair, round: True, **script):
    """Agents that choose rightly or wrongly as told, and write a numbered self-introduction."""
    asked: list[str] = []

    def forward(inputs):
        shown = [option["title"] for option in inputs["options"]]
        (mine,) = {title for title in shown if title in own}
        asked.append(mine)
        number = 1 + shown.index(mine)
        chosen = number if right(len(set(asked)), asked.count(mine)) else 3 - number
        return f"Choice: {chosen}\nExplanation: Because."

    def introduce(_):
        return f"My updated self-introduction: I am version {len(llm.asked)}."

    said = {
        "forward": forward,
        "update_right": introduce,
        "update_wrong": introduce,
        "update_items": lambda _: "\n".join(
            f"The updated description of the {place} item is: New {place} {len(llm.asked)}." for place in ("first", "second")
        ),
    } | script
    llm = ScriptedLlm({f"agentcf/{name}": reply for name, reply in said.items()})
    simulator = AgentCf(VILLAGE, traits(VILLAGE, 1), llm, knobs or AgentCfKnobs(), most, 42)
    own: set[str] = set()

    async def profile(user: int):
        own.clear()
        own.update(VILLAGE.item(row.item).title for row in VILLAGE.train(user))
        return await simulator.profile(user)

    return simulator, llm, lambda user: asyncio.run(profile(user))


def counted(llm: ScriptedLlm) -> dict[str, int]:
    found = Counter(prompt.removeprefix("agentcf/") for prompt, _ in llm.asked)
    return {name: found[name] for name in ("forward", "update_right", "update_wrong", "update_items")}


@pytest.mark.parametrize("user", range(4))
@pytest.mark.parametrize(
    ("right", "first", "again", "calls"),
    [
        (lambda pair, round: True, 1.0, 1.0, 2),
        (lambda pair, round: round == 2, 0.0, 1.0, 4),
        (lambda pair, round: False, 0.0, 0.0, 6),
    ],
    ids=["right at once", "right in round 2", "never right"],
)
def test_a_pair_takes_two_four_or_six_calls(user, right, first, again, calls):
    simulator, llm, build = scripted(right=right)
    build(user)
    n = len(VILLAGE.train(user))
    assert len(llm.asked) == calls * n
    each = plan.per_pair(2, first, again)
    assert counted(llm) == {name: share * n for name, share in dataclasses.asdict(each).items()}
    assert simulator.counters["pairs"] == n
    assert (simulator.counters["right_in_round_1"], simulator.counters["right_in_round_2"]) == (first * n, (again - first) * n)


@pytest.mark.parametrize(("rounds", "calls"), [(1, 3), (2, 6), (3, 9)])
def test_the_rounds_are_an_option(rounds, calls):
    _, llm, build = scripted(AgentCfKnobs(rounds=rounds), right=lambda pair, round: False)
    build(0)
    assert len(llm.asked) == calls * 12
    assert counted(llm) == {name: share * 12 for name, share in dataclasses.asdict(plan.per_pair(rounds, 0.0, 0.0)).items()}


def test_the_expected_calls_are_sums_over_what_was_wrong_before():
    each = plan.per_pair(3, 0.6, 0.5)
    assert each.forward == pytest.approx(1 + 0.4 + 0.2)
    assert each.update_right == 0.6
    assert each.update_wrong == each.update_items == pytest.approx(0.4 + 0.2 + 0.1)


def test_only_the_most_recent_interactions_are_built_from_in_their_order():
    _, llm, build = scripted(most=7)
    build(3)
    rows = VILLAGE.train(3)[-7:]
    shown = [{option["title"] for option in call["options"]} for call in llm.calls("agentcf/forward")]
    assert len(shown) == 7
    assert all(VILLAGE.item(row.item).title in pair for row, pair in zip(rows, shown, strict=True))


def test_the_second_round_sees_the_corrections_of_the_first():
    _, llm, build = scripted(most=1, right=lambda pair, round: round == 2)
    build(0)
    first, second = llm.calls("agentcf/forward")
    assert first["memory"] == STRANGER
    assert second["memory"].startswith("I am version")
    assert all(option["description"].startswith("Genre: ") for option in first["options"])
    (items,) = llm.calls("agentcf/update_items")
    assert items["memory"] == second["memory"], "the items know the corrected self-introduction"
    told = {option["title"]: place for option, place in zip(items["options"], ("first", "second"), strict=True)}
    assert all(option["description"].startswith(f"New {told[option['title']]}") for option in second["options"])


def test_the_updates_are_told_which_of_the_two_was_right():
    _, llm, build = scripted(right=lambda pair, round: False)
    build(1)
    own = {VILLAGE.item(row.item).title for row in VILLAGE.train(1)}
    for call in (*llm.calls("agentcf/update_wrong"), *llm.calls("agentcf/update_items")):
        assert call["options"][call["right"] - 1]["title"] in own
        assert call["options"][2 - call["right"]]["title"] not in own


def test_a_choice_that_cannot_be_read_teaches_nothing():
    simulator = AgentCf(
        VILLAGE, traits(VILLAGE, 1), asker(Says(lambda _: "Hard to say, really, of things like these.")), AgentCfKnobs(), 60, 42
    )
    assert asyncio.run(simulator.profile(0)).text == STRANGER
    assert simulator.counters["forward_unreadable"] == simulator.counters["pairs"] == 12
    assert simulator.counters["profile_empty"] == 1


def test_long_texts_are_cut_and_counted():
    long = "My updated self-introduction: " + "I like drama very much. " * 50
    simulator, llm, build = scripted(update_right=lambda _: long)
    profile = build(0)
    assert profile.text == ("I like drama very much. " * 36).strip(), "180 words"
    assert simulator.counters["words_cut"] == 12 * 70
    assert {call["words"] for call in llm.calls("agentcf/update_right")} == {180}
    simulator, llm, build = scripted(AgentCfKnobs(item_words=10), right=lambda pair, round: False)
    build(0)
    assert {call["words"] for call in llm.calls("agentcf/update_items")} == {10}


@pytest.mark.parametrize("kept", [False, True])
def test_descriptions_outlive_their_pair_only_if_told_to(kept):
    """The same negative at every pair."""
    simulator, llm, build = scripted(AgentCfKnobs(item_memory=kept, rounds=1), right=lambda pair, round: False)
    simulator._pairs.negative = lambda user, item: 79 if user == 0 else 0
    assert 79 not in VILLAGE.seen(0)
    build(0)
    title = VILLAGE.item(79).title
    described = [
        option["description"] for call in llm.calls("agentcf/forward") for option in call["options"] if option["title"] == title
    ]
    assert len(described) == 12
    assert described[0].startswith("Genre: ")
    assert all(text.startswith("New") for text in described[1:]) == kept
    assert (len(set(described)) == 1) != kept


def test_ten_earlier_versions_are_kept_and_say_what_led_on():
    _, _, build = scripted()
    profile = build(3)
    assert len(profile.earlier) == VERSIONS
    assert profile.earlier[0].text == STRANGER
    assert {change.by for change in profile.earlier} == {"reflect"}
    assert "; ".join(change.why for change in profile.earlier).split("; ") == [
        VILLAGE.item(row.item).title for row in VILLAGE.train(3)
    ]


# ---------------------------------------------------------------- negatives and order


def popular():
    """The village with popular items: item k was rated k % 8 times."""
    return dataclasses.replace(VILLAGE, items=VILLAGE.items.assign(train_count=[item % 8 for item in range(ITEMS)]))


def test_a_negative_is_never_an_item_of_the_user_of_whatever_part():
    pairs = Pairs(popular(), 1)
    for user in range(4):
        drawn = {pairs.negative(user, item) for item in range(500)}
        assert not drawn & VILLAGE.seen(user)


def test_negatives_follow_popularity():
    pairs = Pairs(popular(), 1)
    drawn = Counter(pairs.negative(0, item) % 8 for item in range(4000))
    unknown = [item % 8 for item in range(ITEMS) if item not in VILLAGE.seen(0)]
    total = sum(unknown)
    assert drawn[0] == 0
    for weight in range(1, 8):
        expected = weight * unknown.count(weight) / total
        assert drawn[weight] / 4000 == pytest.approx(expected, abs=4 * np.sqrt(expected / 4000))


def test_a_negative_depends_on_user_item_and_seed_only():
    pairs, again, other = Pairs(popular(), 1), Pairs(popular(), 1), Pairs(popular(), 2)
    forwards = [pairs.negative(user, item) for user in range(4) for item in range(20)]
    backwards = [again.negative(user, item) for user in reversed(range(4)) for item in reversed(range(20))]
    assert forwards == backwards[::-1]
    assert forwards != [other.negative(user, item) for user in range(4) for item in range(20)]


def test_who_knows_nearly_everything_still_gets_a_negative():
    data = dataclasses.replace(popular())
    data._seen[0] = frozenset(range(ITEMS)) - {8, 15}  # 8 was never rated
    assert Pairs(data, 1).negative(0, 3) == 15
    data._seen[0] = frozenset(range(ITEMS)) - {8}
    assert Pairs(data, 1).negative(0, 3) == 8
    data._seen[0] = frozenset(range(ITEMS))
    with pytest.raises(ValueError, match="user 0 has interacted with all 80 items"):
        Pairs(data, 1).negative(0, 3)


def test_the_interacted_item_is_shown_first_as_often_as_second():
    """Over users, items and rounds, and independently of them."""
    pairs = Pairs(VILLAGE, 42)
    first = np.array([[[pairs.first(user, item, round) for round in (1, 2)] for item in range(40)] for user in range(50)])
    assert first.mean() == pytest.approx(0.5, abs=0.03)
    assert (first[..., 0] == first[..., 1]).mean() == pytest.approx(0.5, abs=0.05)
    assert abs(first.mean(axis=(1, 2)) - 0.5).max() < 0.25
    assert abs(first.mean(axis=(0, 2)) - 0.5).max() < 0.25


def test_who_always_takes_the_first_one_is_right_half_of_the_time():
    simulator, _, build = scripted(forward=lambda _: "Choice: 1\nExplanation: It is the first.")
    for user in range(4):
        build(user)
    assert simulator.counters["right_in_round_1"] / simulator.counters["pairs"] == pytest.approx(0.5, abs=0.18)
