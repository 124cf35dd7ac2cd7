"""What LLM-US, RAH and AgentCF have in common: the frame of DGDPO's baselines (baselines.md 0), on the village and the town."""

from __future__ import annotations

import asyncio
import shutil
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from baselines import METHODS, PROMPTS, Noted, asker, profiles
from village import ByNumber, ScriptedLlm, page, village

from reproduce.data import embedded
from reproduce.data.prepared import Dataset
from reproduce.errors import EngineError
from reproduce.files import read_jsonl
from reproduce.interaction.rounds import Encounter
from reproduce.interaction.transcript import Change, Profile
from reproduce.llm.meter import Meter
from reproduce.llm.recorded import Recorded
from reproduce.llm.recordings import Recordings
from reproduce.methods.agent4rec.building import VERSIONS, headed, recent, thinned
from reproduce.methods.agent4rec.plan import ruler
from reproduce.methods.agent4rec.profile import statements
from reproduce.methods.agent4rec.rehearsal import opinion
from reproduce.methods.agent4rec.simulator import Agent4Rec
from reproduce.methods.agent4rec.traits import traits
from reproduce.methods.agentcf import plan as agentcf
from reproduce.methods.llm_us import plan as llm_us
from reproduce.methods.rah import plan as rah
from reproduce.metrics.taste import Taste
from reproduce.params import AgentCfKnobs, Interaction, LlmUsKnobs, RahKnobs
from reproduce.project import Project
from reproduce.results.profiles import planted_tastes
from reproduce.stages import preprocess
from reproduce.stages.evaluate import taste_reader

ROOT = Path(__file__).parents[2]
VILLAGE = village()
methods = pytest.mark.parametrize("name", METHODS)


def built(name: str, users, engine, data=VILLAGE) -> dict[int, Profile]:
    return asyncio.run(profiles(METHODS[name](data, asker(engine)), users))


# ---------------------------------------------------------------- what a profile depends on


@methods
def test_neither_the_order_of_users_nor_of_answers_nor_their_company_changes_a_profile(name):
    forwards = built(name, (0, 1, 2, 3), Noted())
    assert forwards == built(name, (3, 1, 2, 0), Noted()) == built(name, (0, 1, 2, 3), Noted(uneven=True))
    assert built(name, (2,), Noted()) == {2: forwards[2]}
    assert len({profile.text for profile in forwards.values()}) == 4


@methods
def test_no_prompt_of_the_construction_knows_a_rating_of_the_test_period(name):
    """With and without the ratings of validation and test the same words are sent."""
    sent = []
    for known in (True, False):
        engine = Noted()
        built(name, (0, 1, 2, 3), engine, village(test_ratings=known))
        sent.append(engine.sent)
    assert sent[0] == sent[1]


@methods
def test_no_prompt_of_the_construction_names_an_item_of_validation_or_test(name):
    for user in range(4):
        engine = Noted()
        built(name, (user,), engine)
        later = [VILLAGE.item(row.item).title for row in (*VILLAGE.valid(user), *VILLAGE.test(user))]
        assert engine.sent
        assert not [title for title in later if any(title in text for text in engine.sent)]


@methods
@pytest.mark.parametrize("dies_after", [0, 17, 60])
def test_a_run_that_died_and_was_resumed_equals_one_that_was_not_interrupted(tmp_path, name, dies_after):
    whole = Noted()
    expected = built(name, (0, 1, 2, 3), whole)
    first, second = Noted(dies_after=dies_after), Noted()

    async def attempt(engine):
        recorded = Recorded(engine, Recordings(tmp_path / "answers.sqlite"), Meter())
        try:
            return await profiles(METHODS[name](VILLAGE, asker(recorded)), (0, 1, 2, 3))
        finally:
            await recorded.close()

    with pytest.raises(EngineError):
        asyncio.run(attempt(first))
    assert asyncio.run(attempt(second)) == expected
    assert sorted(first.sent + second.sent) == sorted(set(whole.sent)), "nothing was asked twice"


# ---------------------------------------------------------------- the rounds: as Agent4Rec


@methods
def test_pages_are_asked_as_by_agent4rec_but_for_the_profile(name):
    """One call per round, the same page and habits (BL-D1); the profile stays as it is under every strategy."""
    asked = []
    for make in (METHODS[name], lambda data, llm: Agent4Rec(data, traits(data, 1), llm)):
        llm = ScriptedLlm({"dgdpo/round": lambda inputs: page([2], len(inputs["page"]), 2)})
        simulator = make(VILLAGE, llm)
        for strategy in ("none", "with_gt"):
            start = {0: Profile(text="Likes: drama")}
            (met,) = asyncio.run(
                Encounter(VILLAGE, simulator, Interaction(), 1).play(simulator.name, "bynumber", ByNumber(), strategy, start)
            )
            assert met.profile == start[0]
            assert met.method == simulator.name
        asked.append(llm.asked)
    assert len(asked[0]) == 20
    assert asked[0] == asked[1]


# ---------------------------------------------------------------- profiles in two lists


def test_a_phrase_of_a_list_says_what_its_heading_says():
    text = headed([("Prefer", ["drama (high interest)", "crime"]), ("Disprefer", ["horror", "weak plots"])])
    assert text == "Prefer: drama (high interest), crime; Disprefer: horror, weak plots"
    assert statements(text) == ("Likes drama (high interest)", "Likes crime", "Dislikes horror", "Dislikes weak plots")
    assert [np.sign(opinion(text, genre).value) for genre in ("Drama", "Crime", "Horror", "War")] == [1, 1, -1, 0]
    assert opinion(text, "Drama").value > opinion(text, "Crime").value


def test_an_empty_list_is_left_out():
    assert headed([("Likes", []), ("Dislikes", ["war"])]) == "Dislikes: war"
    assert headed([("Likes", []), ("Dislikes", [])]) == ""


@pytest.mark.parametrize("text", ["Drama fan, Mystery (moderate interest), Disinterest in Horror.", "I like crime. I avoid war."])
def test_a_profile_without_lists_is_read_description_by_description(text):
    assert statements(text) == tuple(part.strip(" .") for part in text.replace(". ", ", ").split(", "))


def test_versions_are_thinned_evenly_and_nothing_of_the_reasons_is_lost():
    changes = [Change(text=f"v{n}", by="reflect", why=f"item {n}") for n in range(57)]
    kept = thinned(changes)
    assert len(kept) == VERSIONS
    assert kept[0].text == "v0"
    places = [int(change.text[1:]) for change in kept]
    assert {after - before for before, after in pairwise(places)} <= {5, 6}
    assert "; ".join(change.why for change in kept).split("; ") == [change.why for change in changes]
    assert thinned(changes[:10]) == tuple(changes[:10])


@pytest.mark.parametrize("most", [1, 7, 60])
def test_the_cap_keeps_the_most_recent_interactions(most):
    rows = VILLAGE.train(3)
    assert recent(rows, most) == rows[-most:] == tuple(sorted(rows, key=lambda row: row.timestamp)[-most:])


# ---------------------------------------------------------------- on the embedded town

USERS, MOST = 60, 60


@pytest.fixture(scope="module", params=["ml-1m", "movies-tv"], ids=["ratings", "reviews"])
def folder(request, tmp_path_factory) -> Path:
    """The town as prepared for a data set; with texts of reviews for the second."""
    root = tmp_path_factory.mktemp("town")
    for name in ("specs", "prompts"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "params.yaml", root)
    embedded.write(root)
    preprocess.run(Project.here(root), request.param)
    return Project.here(root).build / "data" / request.param


@pytest.fixture(scope="module")
def runs(folder):
    """Profiles, counts of calls and seconds of every method, with an error rate as in `params.yaml`."""
    data = Dataset.load(folder)
    found = {}
    for name, make in METHODS.items():
        llm = asker(Noted(error_rate=0.01))
        begun = time.process_time()
        texts = asyncio.run(profiles(make(data, llm), data.simulated(USERS)))
        found[name] = texts, dict(llm.meter.tallies), time.process_time() - begun
    return data, found


def f1(planted: Taste, read: Taste) -> float:
    """Likes and dislikes together."""
    hits = len(planted.likes & read.likes) + len(planted.dislikes & read.dislikes)
    return 2 * hits / sum(len(each) for each in (planted.likes, planted.dislikes, read.likes, read.dislikes))


@methods
def test_profiles_recover_the_planted_taste_better_than_chance(folder, runs, name):
    """Chance: the profiles of other users, by the same method."""
    data, found = runs
    planted = planted_tastes(read_jsonl(folder / "planted.jsonl"))
    genres = {genre for item in data.items["genres"] for genre in item}
    read = taste_reader(tuple(sorted(genres)))
    users = list(found[name][0])
    table = np.array([[f1(planted[one], read(found[name][0][other].text)) for other in users] for one in users])
    own, others = np.diag(table), (table.sum(axis=1) - np.diag(table)) / (len(users) - 1)
    gain = own - others
    assert gain.mean() > 0.1
    assert gain.mean() > 4 * gain.std(ddof=1) / np.sqrt(len(users))


@methods
def test_the_plan_is_within_a_tenth_of_what_is_asked(runs, name):
    data, found = runs
    users, tallies = data.simulated(USERS), found[name][1]
    measure = ruler(PROMPTS, data, users)
    planned = {
        "llm_us": lambda: llm_us.construction(measure, users, LlmUsKnobs(), MOST),
        "rah": lambda: rah.construction(measure, users, RahKnobs(), MOST),
        "agentcf": lambda: agentcf.construction(measure, users, AgentCfKnobs(), MOST),
    }[name]()
    assert {each.prompt + ".v1" for each in planned} == tallies.keys()
    for each in planned:
        tally = tallies[each.prompt + ".v1"]
        assert each.calls == pytest.approx(tally.calls, rel=0.1)
        assert each.prompt_tokens == pytest.approx(tally.prompt_tokens / tally.calls, rel=0.1)
    sent = sum(each.calls * each.prompt_tokens for each in planned)
    got = sum(each.calls * each.completion_tokens for each in planned)
    assert sent == pytest.approx(sum(tally.prompt_tokens for tally in tallies.values()), rel=0.1)
    assert got == pytest.approx(sum(tally.completion_tokens for tally in tallies.values()), rel=0.2)


def test_a_plan_adds_a_page_per_round_of_every_meeting(runs):
    data, _ = runs
    users = data.simulated(USERS)
    measure = ruler(PROMPTS, data, users)
    for module, knobs in ((llm_us, LlmUsKnobs()), (rah, RahKnobs()), (agentcf, AgentCfKnobs())):
        *_, pages = module.plan(measure, users, 4, 10, 20, 42, knobs, MOST)
        assert (pages.prompt, pages.calls) == ("dgdpo/round", USERS * 40)


@methods
def test_hardly_a_reply_is_unreadable(runs, name):
    _, found = runs
    for tally in found[name][1].values():
        assert tally.made_up <= 0.005 * tally.asked + 1


@methods
def test_building_is_quick(runs, name):
    """60 users of 60 interactions are to take 15 CPU-seconds at most."""
    data, found = runs
    interactions = sum(len(recent(data.train(user), MOST)) for user in data.simulated(USERS))
    assert found[name][2] * 3600 / interactions < 15
