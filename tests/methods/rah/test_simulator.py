"""RAH with scripted agents: how often each is asked, the loop, the computed accuracy, the guard and the caps."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from baselines import asker
from scripted import Says
from village import ScriptedLlm, village

from reproduce.methods.agent4rec.building import NO_TASTE, VERSIONS, recent
from reproduce.methods.agent4rec.traits import traits
from reproduce.methods.rah import plan
from reproduce.methods.rah.questions import Lists
from reproduce.methods.rah.simulator import Rah
from reproduce.params import RahKnobs

VILLAGE = village()
LISTS = Lists(tuple(f"liked {n}" for n in range(10)), ("disliked",))


def taught(user: int, most: int = 60) -> list:
    """The interactions that teach something."""
    return [row for row in recent(VILLAGE.train(user), most) if row.rating != 3]


def listed(inputs) -> str:
    return "\n".join(f"$$ {side}: {phrase}" for side in ("prefer", "disprefer") for phrase in inputs[side]) or "$$ prefer: none"


def scripted(knobs: RahKnobs | None = None, most: int = 60, **script) -> tuple[Rah, ScriptedLlm]:
    """Agents that learn the title's first letters, predict rightly and leave the lists as they are."""
    actions: dict[str, str] = {}

    def learn(inputs):
        actions[inputs["item"]["title"]] = inputs["action"]
        side = "prefer" if inputs["action"] == "Like" else "disprefer"
        return f"$$ {side}: {inputs['item']['title'][:3].lower()}{inputs['item']['title'].split()[1][:3].lower()}"

    said = {
        "perceive": lambda _: "TYPE: film\nDESCRIPTION: It is.\nCHARACTERISTICS: a; b",
        "learn": learn,
        "act": lambda inputs: f"User Comment: So.\nUser Action: {actions[inputs['item']['title']]}",
        "critic": lambda inputs: f"Accurate: {inputs['predicted'] == inputs['action']}\n$$ reason: R.\n$$ suggestion: S.",
        "reflect": listed,
    } | script
    llm = ScriptedLlm({f"rah/{name}": reply for name, reply in said.items()})
    return Rah(VILLAGE, traits(VILLAGE, 1), llm, knobs or RahKnobs(), most), llm


def wrong(inputs) -> str:
    """A prediction that is wrong: the lists tell what was learnt from."""
    return f"User Comment: So.\nUser Action: {'Dislike' if inputs['prefer'] else 'Like'}"


def counted(llm: ScriptedLlm) -> dict[str, int]:
    return dict(Counter(prompt.removeprefix("rah/") for prompt, _ in llm.asked))


@pytest.mark.parametrize("user", range(4))
@pytest.mark.parametrize("attempts", [1, 2, 3])
@pytest.mark.parametrize("right", [True, False])
def test_calls_per_user_are_those_of_the_formula(user, attempts, right):
    """Two to eleven per interaction: Perceive, three per attempt, Reflect."""
    knobs = RahKnobs(attempts=attempts)
    rah, llm = scripted(knobs, **({} if right else {"act": wrong}))
    asyncio.run(rah.profile(user))
    n, made = len(taught(user)), 1 if right else attempts
    assert counted(llm) == {"perceive": n, "learn": made * n, "act": made * n, "critic": made * n, "reflect": n}
    share = float(right)
    assert plan.expected_attempts(attempts, share, share) == made
    expected = plan.calls([VILLAGE.train(user)], knobs)
    assert (expected.perceive, expected.reflect) == (n, n)
    assert rah.counters["attempts"] == made * n


def test_the_expected_attempts_are_a_sum_over_what_failed_before():
    assert plan.expected_attempts(3, 0.6, 0.5) == pytest.approx(1 + 0.4 + 0.4 * 0.5)


@pytest.mark.parametrize("most", [60, 5])
def test_an_item_is_perceived_once_over_all_users_however_many_ask_at_once(most):
    rah, llm = scripted(most=most)
    ask = llm.ask

    async def slowly(question, /, **inputs):
        await asyncio.sleep(0.001)
        return await ask(question, **inputs)

    llm.ask = slowly

    async def all_at_once():
        await asyncio.gather(*map(rah.profile, range(4)))

    asyncio.run(all_at_once())
    asked = [inputs["item"]["title"] for inputs in llm.calls("rah/perceive")]
    known = {VILLAGE.item(row.item).title for user in range(4) for row in taught(user, most)}
    assert sorted(asked) == sorted(known)
    assert plan.calls([recent(VILLAGE.train(user), most) for user in range(4)], RahKnobs()).perceive == len(known)
    if most == 60:
        assert len(known) < sum(len(taught(user)) for user in range(4)), "the users share items"


def test_only_the_most_recent_interactions_teach_and_neutral_ones_do_not():
    rah, llm = scripted(most=10)
    asyncio.run(rah.profile(3))
    assert [inputs["item"]["title"] for inputs in llm.calls("rah/learn")] == [
        VILLAGE.item(row.item).title for row in taught(3, 10)
    ]
    assert rah.counters["neutral_skipped"] == 10 - len(taught(3, 10)) > 0
    assert [inputs["action"] for inputs in llm.calls("rah/learn")] == [
        "Like" if row.rating > 3 else "Dislike" for row in taught(3, 10)
    ]


def test_neutral_interactions_can_count_as_likes():
    rah, llm = scripted(RahKnobs(skip_neutral=False))
    asyncio.run(rah.profile(3))
    assert len(llm.calls("rah/learn")) == 25
    assert rah.counters["neutral_skipped"] == 0
    neutral = {VILLAGE.item(row.item).title for row in VILLAGE.train(3) if row.rating == 3}
    assert {call["action"] for call in llm.calls("rah/learn") if call["item"]["title"] in neutral} == {"Like"}


def test_a_failed_attempt_is_told_to_the_next_one_with_its_reasons():
    tries = Counter()

    def act(inputs):
        tries[inputs["item"]["title"]] += 1
        return wrong(inputs) if tries[inputs["item"]["title"]] == 1 else wrong({"prefer": not inputs["prefer"]})

    rah, llm = scripted(most=1, act=act)
    asyncio.run(rah.profile(1))
    first, second = llm.calls("rah/learn")
    assert first["previous"] is None
    predicted = "Dislike" if first["action"] == "Like" else "Like"
    assert second["previous"] == {
        **{side: llm.calls("rah/act")[0][side] for side in ("prefer", "disprefer")},
        "predicted": predicted,
        "reasons": ["R."],
        "suggestions": ["S."],
    }
    assert rah.counters["right_in_attempt_2"] == 1


def test_a_prediction_sees_the_new_phrases_only_and_only_those_of_the_right_side():
    both = "$$ prefer: new like\n$$ disprefer: new dislike"
    rah, llm = scripted(RahKnobs(attempts=1), learn=lambda _: both, act=wrong)
    asyncio.run(rah.profile(1))
    for learnt, acted in zip(llm.calls("rah/learn"), llm.calls("rah/act"), strict=True):
        wanted = (["new like"], []) if learnt["action"] == "Like" else ([], ["new dislike"])
        assert (acted["prefer"], acted["disprefer"]) == wanted


@pytest.mark.parametrize("claims", [True, False])
def test_the_computed_accuracy_counts_whatever_the_critic_claims(claims):
    """BL-D6, and the released code's way as an option."""
    n = len(taught(1))
    for act, right in ((None, True), (wrong, False)):
        for computed in (True, False):
            script = {"critic": lambda _: f"Accurate: {claims}"} | ({"act": act} if act else {})
            rah, llm = scripted(RahKnobs(computed_accuracy=computed), **script)
            asyncio.run(rah.profile(1))
            assert len(llm.calls("rah/learn")) == (n if (right if computed else claims) else 3 * n)
            assert rah.counters["critic_wrong"] == (0 if claims == right else len(llm.calls("rah/critic")))


@pytest.mark.parametrize("every", [1, 5, 7, 100])
def test_reflections_can_be_batched_and_the_last_ones_are_not_lost(every):
    user = max(range(4), key=lambda each: len(taught(each)))
    n = len(taught(user))
    rah, llm = scripted(RahKnobs(reflect_every=every))
    profile = asyncio.run(rah.profile(user))
    calls = llm.calls("rah/reflect")
    assert len(calls) == -(-n // every) == plan.calls([VILLAGE.train(user)], RahKnobs(reflect_every=every)).reflect
    assert sum(len(calls[-1][side]) for side in ("prefer", "disprefer")) == n
    assert sum(len(part.split(", ")) for part in profile.text.split("; ")) == n


def test_the_lists_are_the_profile():
    rah, llm = scripted()
    profile = asyncio.run(rah.profile(0))
    last = llm.calls("rah/reflect")[-1]
    assert profile.text == f"Prefer: {', '.join(last['prefer'])}; Disprefer: {', '.join(last['disprefer'])}"


def reflected(reply: str, new: Lists, knobs: RahKnobs | None = None, lists: Lists = LISTS):
    rah, _ = scripted(knobs, reflect=lambda _: reply)
    return asyncio.run(rah.reflect(lists, new)), rah.counters


def test_a_reflection_that_loses_nearly_everything_is_not_taken():
    """Ten phrases before: two must be left. The other list is judged by itself."""
    after, counters = reflected("$$ prefer: only one\n$$ disprefer: merged", Lists(("new",), ("newer",)))
    assert after == Lists(LISTS.prefer, ("merged",))
    assert counters["reflection_refused"] == 1
    after, counters = reflected("$$ prefer: one\n$$ prefer: two\n$$ disprefer: merged", Lists(("new",), ()))
    assert after == Lists(("one", "two"), ("merged",))
    assert counters["reflection_refused"] == 0


def test_a_short_list_can_be_emptied_as_in_the_released_code():
    after, _ = reflected("$$ prefer: none", Lists(), lists=Lists(("a", "b", "c", "d"), ()))
    assert after == Lists()


def test_of_a_list_that_is_too_long_the_newest_phrases_stay():
    reply = "\n".join(f"$$ prefer: p{n}" for n in range(40))
    after, counters = reflected(reply, Lists())
    assert after.prefer == tuple(f"p{n}" for n in range(10, 40))
    assert counters["phrases_cut"] == 10


def test_a_reflection_that_cannot_be_read_keeps_old_and_new_phrases():
    rah = Rah(VILLAGE, traits(VILLAGE, 1), asker(Says(lambda _: "Well, that is a long story.")), RahKnobs(), 60)
    assert asyncio.run(rah.reflect(Lists(("a",), ("c",)), Lists(("b",), ("d",)))) == Lists(("a", "b"), ("c", "d"))
    assert rah.counters["reflect_unreadable"] == 1


def test_a_user_of_whom_nothing_was_learnt_has_no_taste():
    rah, llm = scripted(learn=lambda _: "$$ prefer: none", act=wrong, critic=lambda _: "Accurate: False")
    assert asyncio.run(rah.profile(2)).text == NO_TASTE
    assert rah.counters["profile_empty"] == 1
    assert rah.counters["learnt_nothing"] == len(taught(2))
    assert not llm.calls("rah/reflect"), "there is nothing to reflect on"


def test_ten_earlier_versions_are_kept_and_say_what_led_on():
    rah, _ = scripted()
    profile = asyncio.run(rah.profile(3))
    assert len(profile.earlier) == VERSIONS
    assert profile.earlier[0].text == NO_TASTE
    assert {change.by for change in profile.earlier} == {"reflect"}
    titles = "; ".join(change.why for change in profile.earlier).split("; ")
    assert titles == [VILLAGE.item(row.item).title for row in taught(3)]


def test_a_failed_call_is_an_error_of_everybody_who_waits_for_it():
    class Gone(Exception):
        pass

    def perceive(_):
        raise Gone

    rah, _ = scripted(perceive=perceive)
    with pytest.raises(Gone):
        asyncio.run(rah.profile(0))
