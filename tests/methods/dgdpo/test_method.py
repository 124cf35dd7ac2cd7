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
from reproduce.methods.dgdpo.method import DGDPO
from reproduce.methods.dgdpo.records import profile_row, treatment_rows
from reproduce.params import DgdpoKnobs, Interaction

PROMPTS = Prompts(Path(__file__).parents[3] / "prompts")
VILLAGE = village()
ALPHA = 0.6


async def incomplete(profile, cases):
    return [Diagnosed("incomplete") for _ in cases]


def scripted(knobs: DgdpoKnobs, yes: bool = False, dataset=VILLAGE) -> tuple[DGDPO, ScriptedLlm]:
    """A simulator that accepts everything or nothing; every refinement and update adds one letter."""
    llm = ScriptedLlm(
        {
            "dgdpo/init": lambda _: "PROFILE: Drama, Crime, Western, Comedy",
            "dgdpo/decide": lambda _: f"DECISION: {'yes' if yes else 'no'}\nREASON: scripted",
            "dgdpo/infer": lambda inputs: f"[DEFECT]: {inputs['label']}\n[REASON]: scripted",
            "dgdpo/genopt": lambda _: "- Optimization Suggestions:\n+ More.\n- Justification: scripted",
            "dgdpo/refine": lambda inputs: inputs["profile"] + "x",
            "dgdpo/update": lambda inputs: inputs["profile"] + "y",
            "dgdpo/round": lambda inputs: page([2], len(inputs["page"]), 2),
        }
    )
    base = Agent4Rec(dataset, traits(dataset, 1), llm)
    return DGDPO(dataset, base, llm, incomplete, ALPHA, knobs), llm


@pytest.mark.parametrize(
    "knobs", [DgdpoKnobs(yes_rates=rates, flush_last=flush) for rates in (False, True) for flush in (False, True)]
)
@pytest.mark.parametrize("user", range(4))
def test_calls_per_user_are_those_of_the_formula(user, knobs):
    dgdpo, llm = scripted(knobs)
    asyncio.run(dgdpo.construct(user))
    counted = Counter(prompt for prompt, _ in llm.asked)
    T = len(ini_opt(VILLAGE.train(user), ALPHA)[1])
    expected = plan.algorithm_1(T, knobs, q=1.0)
    assert counted["dgdpo/init"] == 1
    assert {name: counted[f"dgdpo/{name}"] for name in ("decide", "infer", "genopt", "refine")} == dataclasses.asdict(expected)
    if not knobs.yes_rates and not knobs.flush_last:
        b = T // 4
        assert dataclasses.asdict(expected) == {"decide": T, "infer": 4 * b, "genopt": b, "refine": b}


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
