"""DGDPO as a whole: how often it asks, that it asks the same whatever the order, and that no prompt knows the test period."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from village import ByNumber, ScriptedLlm, page, village

from reproduce.data.splits import ini_opt
from reproduce.errors import EngineError
from reproduce.interaction.rounds import Encounter
from reproduce.llm.ask import Asker
from reproduce.llm.engines.heuristic import Heuristic
from reproduce.llm.meter import Meter
from reproduce.llm.prompts import Prompts
from reproduce.llm.recorded import Recorded
from reproduce.llm.recordings import Recordings
from reproduce.llm.request import Sampling
from reproduce.methods.agent4rec import rehearsal as simulation
from reproduce.methods.agent4rec.simulator import Agent4Rec
from reproduce.methods.agent4rec.traits import traits
from reproduce.methods.dgdpo import plan, rehearsal
from reproduce.methods.dgdpo.cases import Diagnosed
from reproduce.methods.dgdpo.diagnoser import PromptedDiagnoser
from reproduce.methods.dgdpo.method import DGDPO
from reproduce.methods.dgdpo.records import profile_row, treatment_rows
from reproduce.methods.dgdpo.traversal import traversal
from reproduce.params import DgdpoKnobs, Interaction

PROMPTS = Prompts(Path(__file__).parents[3] / "prompts", {"dgdpo/round": 1})
VILLAGE = village()
ALPHA = 0.6


async def incomplete(profile, cases):
    return [Diagnosed("incomplete") for _ in cases]


def said(yes: bool) -> str:
    return f"DECISION: {'yes' if yes else 'no'}\nREASON: scripted"


def scripted(knobs: DgdpoKnobs, yes: bool = False, dataset=VILLAGE, **variant) -> tuple[DGDPO, ScriptedLlm]:
    """A simulator that accepts everything or nothing; every refinement and update adds one letter."""
    llm = ScriptedLlm(
        {
            "dgdpo/init": lambda _: "PROFILE: Drama, Crime, Western, Comedy",
            "dgdpo/decide": lambda _: said(yes),
            "dgdpo/infer": lambda inputs: f"[DEFECT]: {inputs['label']}\n[REASON]: scripted",
            "dgdpo/infer_accepted": lambda inputs: f"[DEFECT]: {inputs['label']}\n[REASON]: scripted",
            "dgdpo/diag": lambda _: "Defect Type: Incomplete",
            "dgdpo/genopt": lambda _: "- Optimization Suggestions:\n+ More.\n- Justification: scripted",
            "dgdpo/refine": lambda inputs: inputs["profile"] + "x",
            "dgdpo/update": lambda inputs: inputs["profile"] + "y",
            "dgdpo/round": lambda inputs: page([2], len(inputs["page"]), 2),
        }
    )
    base = Agent4Rec(dataset, traits(dataset, 1), llm)
    diagnose = PromptedDiagnoser(llm) if variant.pop("prompted", False) else incomplete
    return DGDPO(dataset, base, llm, diagnose, variant.pop("alpha", ALPHA), knobs, **variant), llm


DECLINES = {
    "nothing": lambda place: False,
    "everything": lambda place: True,
    "every second": lambda place: place % 2 == 0,
    "every third": lambda place: place % 3 == 0,
    "the first half of ten": lambda place: place % 10 < 5,
}
"""By the place of an item in D_opt."""


@pytest.mark.parametrize("train", [2, 5, 12, 25, 48])
@pytest.mark.parametrize("n1", [1, 2, 4, 7])
@pytest.mark.parametrize("declines", DECLINES.values(), ids=DECLINES)
def test_calls_of_a_user_are_those_of_section_7_for_any_length_batch_and_answers(train, n1, declines):
    """init 1, T decisions, b N1 diagnoses and reasons, b suggestions and refinements; 10 rounds and updates a meeting."""
    dataset = village(users=1, train=(train,))
    places = {row.item: place for place, row in enumerate(ini_opt(dataset.train(0), ALPHA)[1])}
    titles = {dataset.item(item).title: place for item, place in places.items()}
    dgdpo, llm = scripted(DgdpoKnobs(n1=n1, yes_rates=False), dataset=dataset, prompted=True)
    llm.script = {**llm.script, "dgdpo/decide": lambda inputs: said(not declines(titles[inputs["item"]["title"]]))}

    async def whole():
        profiles = {0: (await dgdpo.construct(0)).optimised.profile}
        encounter = Encounter(dataset, dgdpo, Interaction(), 1)
        for strategy in ("none", "without_gt", "with_gt"):
            await encounter.play("dgdpo", "bynumber", ByNumber(), strategy, profiles)

    asyncio.run(whole())
    T, declined = len(places), sum(map(declines, places.values()))
    b = declined // n1
    wanted = {
        "init": 1,
        "decide": T,
        "diag": b * n1,
        "infer": b * n1,
        "genopt": b,
        "refine": b,
        "round": 3 * 10,
        "update": 2 * 10,
    }
    counted = Counter(prompt.removeprefix("dgdpo/") for prompt, _ in llm.asked)
    assert counted == Counter({name: calls for name, calls in wanted.items() if calls})


@pytest.mark.parametrize(("n1", "decisions"), [(2, 3), (4, 7), (20, 24)])
def test_without_iteration_the_traversal_ends_with_the_first_batch(n1, decisions):
    dataset = village(users=1, train=(60,))
    D_opt = ini_opt(dataset.train(0), ALPHA)[1]
    declined = {dataset.item(row.item).title for place, row in enumerate(D_opt) if place % 2 == 0}
    dgdpo, llm = scripted(DgdpoKnobs(n1=n1, yes_rates=False), dataset=dataset, iterate=False)
    llm.script = {**llm.script, "dgdpo/decide": lambda inputs: said(inputs["item"]["title"] not in declined)}
    found = asyncio.run(dgdpo.construct(0))
    assert len(llm.calls("dgdpo/decide")) == decisions
    assert len(found.optimised.treatments) == (n1 <= len(declined))
    assert {inputs["profile"] for inputs in llm.calls("dgdpo/decide")} == {found.initial}


@pytest.mark.parametrize("alpha", [0.5, 0.7, 0.8])
def test_alpha_parts_what_the_first_profile_is_built_from(alpha):
    dgdpo, llm = scripted(DgdpoKnobs(yes_rates=False), yes=True, alpha=alpha)
    asyncio.run(dgdpo.construct(1))
    (first,) = llm.calls("dgdpo/init")
    assert sum(len(group["rated"]) for group in first["history"]) == pytest.approx(20 * alpha)
    assert len(llm.calls("dgdpo/decide")) == pytest.approx(20 - 20 * alpha)


def test_the_general_llm_diagnoses_with_the_same_words_as_the_model():
    dgdpo, llm = scripted(DgdpoKnobs(n1=3), prompted=True)
    found = asyncio.run(dgdpo.construct(0))
    assert [sorted(inputs) for inputs in llm.calls("dgdpo/diag")] == [["item", "profile", "rating"]] * 3
    assert [each.label for each in found.optimised.treatments[0].diagnoses] == ["incomplete"] * 3


# ---------------------------------------------------------------- unseen items in the traversal


@pytest.mark.parametrize("share", [0.25, 1.0, 2.0])
@pytest.mark.parametrize("user", range(4))
def test_so_many_unseen_items_stand_among_d_opt_at_random_places(user, share):
    D_opt = ini_opt(VILLAGE.train(user), ALPHA)[1]
    shown = traversal(VILLAGE, user, D_opt, share, seed=7)
    assert [real for _, real in shown if real] == list(D_opt), "D_opt keeps its order"
    unseen = [item.item for item, real in shown if real is None]
    assert len(unseen) == len(set(unseen)) == int(share * len(D_opt) + 0.5)
    assert not VILLAGE.seen(user) & set(unseen), "no item of any part, test included"
    assert shown == traversal(VILLAGE, user, D_opt, share, seed=7)
    assert shown != traversal(VILLAGE, user, D_opt, share, seed=8)


def test_a_small_catalogue_gives_what_it_has():
    shown = traversal(VILLAGE, 3, ini_opt(VILLAGE.train(3), ALPHA)[1], 50.0, seed=7)
    assert sum(real is None for _, real in shown) == 80 - len(VILLAGE.seen(3))


def test_by_default_no_unseen_item_is_met():
    one, two = (scripted(DgdpoKnobs(), seed=seed) for seed in (1, 2))
    assert asyncio.run(one[0].construct(1)) == asyncio.run(two[0].construct(1))
    assert one[1].asked == two[1].asked
    assert not one[1].calls("dgdpo/infer_accepted")


def test_a_simulator_that_accepts_everything_is_treated_for_what_the_user_passed_over():
    dgdpo, llm = scripted(DgdpoKnobs(n1=2, opt_negatives=1.0), yes=True, seed=7)
    found = asyncio.run(dgdpo.construct(1))
    T = len(ini_opt(VILLAGE.train(1), ALPHA)[1])
    assert len(found.optimised.treatments) == T // 2
    assert len(llm.calls("dgdpo/infer_accepted")) == 2 * (T // 2)
    assert not llm.calls("dgdpo/infer")
    assert all("rating" not in inputs and inputs["label"] == "Inaccurate" for inputs in llm.calls("dgdpo/infer_accepted"))
    row = treatment_rows(1, found)[0]
    assert [(case["rating"], case["status"]) for case in row["cases"]] == [(None, "given")] * 2
    assert (found.yes_rate_before, found.yes_rate_after) == (1.0, 1.0), "rates are those of D_opt alone"


def test_no_profile_takes_the_title_of_an_unseen_item():
    dgdpo, llm = scripted(DgdpoKnobs(n1=2, opt_negatives=1.0), yes=True, seed=7)

    def named(inputs):
        return f"{inputs['profile']}, Dislikes {llm.calls('dgdpo/infer_accepted')[-1]['item']['title']}"

    llm.script = {**llm.script, "dgdpo/refine": named}
    found = asyncio.run(dgdpo.construct(1))
    assert {treatment.rejected_because for treatment in found.optimised.treatments} == {"names_a_title"}


@pytest.mark.parametrize(
    "knobs", [DgdpoKnobs(yes_rates=rates, flush_last=flush) for rates in (False, True) for flush in (False, True)]
)
@pytest.mark.parametrize("user", range(4))
def test_calls_per_user_are_those_of_the_formula(user, knobs):
    dgdpo, llm = scripted(knobs)
    asyncio.run(dgdpo.construct(user))
    counted = Counter(prompt for prompt, _ in llm.asked)
    T = len(ini_opt(VILLAGE.train(user), ALPHA)[1])
    expected = dataclasses.asdict(plan.algorithm_1(T, knobs, q=1.0))
    assert counted["dgdpo/init"] == 1
    assert {name: counted[f"dgdpo/{name}"] for name in expected} == expected


@pytest.mark.parametrize(("strategy", "updates"), [("none", 0), ("without_gt", 10), ("with_gt", 10)])
def test_a_meeting_costs_ten_pages_and_at_most_ten_updates(strategy, updates):
    dgdpo, llm = scripted(DgdpoKnobs())

    async def meet():
        profile = await dgdpo.profile(0)
        llm.asked.clear()
        await Encounter(VILLAGE, dgdpo, Interaction(), 1).play("dgdpo", "bynumber", ByNumber(), strategy, {0: profile})

    asyncio.run(meet())
    assert Counter(prompt for prompt, _ in llm.asked) == Counter({"dgdpo/round": 10, "dgdpo/update": updates})


def test_the_yes_rate_goes_from_what_the_first_profile_accepts_to_what_the_last_one_does():
    dgdpo, llm = scripted(DgdpoKnobs(n1=2))
    refined = "Drama, Crime, Western, Comedyx"
    llm.script = {
        **llm.script,
        "dgdpo/decide": lambda inputs: f"DECISION: {'yes' if inputs['profile'] == refined else 'no'}\nREASON: s",
    }
    found = asyncio.run(dgdpo.construct(1))
    assert (found.yes_rate_before, found.yes_rate_after) == (0.0, 1.0)
    assert found.optimised.profile.text == refined
    assert profile_row(1, found) == {
        "user": 1,
        "initial": "Drama, Crime, Western, Comedy",
        "final": refined,
        "yes_rate_before": 0.0,
        "yes_rate_after": 1.0,
        "batches": 1,
        "cases_unused": 0,
    }
    (row,) = treatment_rows(1, found)
    assert (row["batch"], row["before"], row["after"], row["accepted"]) == (1, "Drama, Crime, Western, Comedy", refined, True)
    assert [case["label"] for case in row["cases"]] == ["incomplete", "incomplete"]


def test_a_user_whose_every_item_is_accepted_keeps_the_initial_profile():
    dgdpo, _ = scripted(DgdpoKnobs(), yes=True)
    found = asyncio.run(dgdpo.construct(2))
    assert (found.optimised.profile.text, found.optimised.profile.earlier) == (found.initial, ())


def test_updates_that_are_not_taken_are_counted():
    dgdpo, llm = scripted(DgdpoKnobs())
    llm.script = {**llm.script, "dgdpo/update": lambda inputs: "Drama is all that is left of it here"}

    async def learn():
        profile = await dgdpo.profile(0)
        assert await dgdpo.learn(0, profile, VILLAGE.item(3), 4.0) == profile

    asyncio.run(learn())
    assert dgdpo.counters == Counter(update_rejected_too_much_change=1)


# ---------------------------------------------------------------- with the heuristic engine

RULES = {**simulation.RULES, **rehearsal.RULES}


class Noted:
    """An engine that notes the prompts it is sent, and dies after so many, if told to."""

    name = "heuristic"

    def __init__(self, dies_after: int | None = None, uneven: bool = False) -> None:
        self._uneven = uneven
        self._inner = Heuristic(RULES, 0.05, 7)
        self._dies_after = dies_after
        self.sent: list[str] = []

    async def answer(self, asked):
        if self._dies_after is not None and len(self.sent) >= self._dies_after:
            raise EngineError("the endpoint is gone")
        self.sent.append("\n".join(message.content for message in asked.request.messages))
        await asyncio.sleep(0.001 * (len(self.sent) * 7 % 5) if self._uneven else 0)
        return await self._inner.answer(asked)

    async def close(self) -> None:
        pass


async def whole(dataset, users, engine, strategies=("with_gt",)):
    """Profiles, treatments and transcripts of these users, asked all at once."""
    llm = Asker(engine, PROMPTS, "heuristic-1", Sampling(), Meter())
    base = Agent4Rec(dataset, traits(dataset, 1), llm)
    dgdpo = DGDPO(dataset, base, llm, incomplete, ALPHA, DgdpoKnobs(n1=2))
    built = dict(zip(users, await asyncio.gather(*map(dgdpo.construct, users)), strict=True))
    profiles = {user: found.optimised.profile for user, found in built.items()}
    rows = [(profile_row(user, built[user]), treatment_rows(user, built[user])) for user in sorted(users)]
    encounter = Encounter(dataset, dgdpo, Interaction(), 1)
    played = [await encounter.play("dgdpo", "bynumber", ByNumber(), strategy, profiles) for strategy in strategies]
    return rows, played


def test_neither_the_order_of_users_nor_of_answers_nor_their_company_changes_anything():
    forwards = asyncio.run(whole(VILLAGE, (0, 1, 2, 3), Noted()))
    backwards = asyncio.run(whole(VILLAGE, (3, 1, 2, 0), Noted()))
    uneven = asyncio.run(whole(VILLAGE, (0, 1, 2, 3), Noted(uneven=True)))
    alone = asyncio.run(whole(VILLAGE, (2,), Noted()))
    assert forwards == backwards == uneven
    assert alone == ([forwards[0][2]], [[forwards[1][0][2]]])


@pytest.mark.parametrize("dies_after", [0, 3, 40, 70])
def test_a_run_that_died_and_was_resumed_equals_one_that_was_not_interrupted(tmp_path, dies_after):
    uninterrupted = Noted()
    expected = asyncio.run(whole(VILLAGE, (0, 1), uninterrupted))

    async def attempt(engine):
        meter = Meter()
        recorded = Recorded(engine, Recordings(tmp_path / "answers.sqlite"), meter)
        try:
            return await whole(VILLAGE, (0, 1), recorded)
        finally:
            await recorded.close()

    first, second = Noted(dies_after), Noted()
    with pytest.raises(EngineError):
        asyncio.run(attempt(first))
    assert asyncio.run(attempt(second)) == expected
    assert len(first.sent) == dies_after
    assert sorted(first.sent + second.sent) == sorted(set(uninterrupted.sent)), "nothing was asked twice"


@pytest.mark.parametrize("strategy", ["none", "without_gt"])
def test_no_prompt_knows_a_rating_of_the_test_period(strategy):
    """With and without the ratings of validation and test the same words are sent."""
    sent = []
    for known in (True, False):
        engine = Noted()
        asyncio.run(whole(village(test_ratings=known), (0, 1, 2, 3), engine, (strategy,)))
        sent.append(engine.sent)
    assert sent[0] == sent[1]


def test_no_prompt_of_the_construction_names_an_item_of_validation_or_test():
    """Each title is in the prompts of its user's training only; the village's titles are all different."""
    for user in range(4):
        engine = Noted()
        asyncio.run(whole(VILLAGE, (user,), engine, ()))
        later = [VILLAGE.item(row.item).title for row in (*VILLAGE.valid(user), *VILLAGE.test(user))]
        assert engine.sent
        assert not [title for title in later if any(title in text for text in engine.sent)]


def test_means_in_prompts_come_from_training_rows():
    rows = VILLAGE.interactions
    trained = rows[rows["part"] == "train"].groupby("item")["rating"].mean()
    for item in VILLAGE.items.index:
        mean = VILLAGE.item(item).mean
        assert pd.isna(trained.get(item)) if mean is None else mean == pytest.approx(trained[item])
