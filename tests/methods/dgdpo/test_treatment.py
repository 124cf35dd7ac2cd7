"""The three steps of the treatment, and what becomes of answers that are not valid."""

from __future__ import annotations

import asyncio

import pytest
from village import ScriptedLlm

from reproduce.data.prepared import Item
from reproduce.interaction.transcript import Profile
from reproduce.methods.dgdpo.cases import Case, Diagnosed
from reproduce.methods.dgdpo.treatment import Treat
from reproduce.methods.dgdpo.update import update
from reproduce.params import DgdpoKnobs

P = Profile(text="Drama fan, Disinterest in War")
C = [
    Case(Item(1, "Quiet River (1971)", ("Crime",), 4.125), 5.0, "no crime"),
    Case(Item(2, "Golden Empire (1980)", ("War",), None), 4.0, "war"),
]
L = [Diagnosed("incomplete"), Diagnosed("inaccurate")]
KNOBS = DgdpoKnobs(max_descriptions=4)


def script(refined: str, suggestions: str = "+ Add crime.\n+ Like war.") -> ScriptedLlm:
    return ScriptedLlm(
        {
            "dgdpo/infer": lambda inputs: f"[DEFECT]: {inputs['label']}\n[REASON]: because of {inputs['item']['title']}",
            "dgdpo/genopt": lambda _: f"- Optimization Suggestions:\n{suggestions}\n- Justification: so.",
            "dgdpo/refine": lambda _: refined,
        }
    )


def treat(llm: ScriptedLlm):
    return asyncio.run(Treat(llm, ("Quiet River (1971)",), KNOBS)(P, C, L))


def test_a_batch_is_one_reason_per_case_one_set_of_suggestions_and_one_refinement():
    llm = script("Drama fan, War, Crime")
    found = treat(llm)
    assert [prompt for prompt, _ in llm.asked] == ["dgdpo/infer", "dgdpo/infer", "dgdpo/genopt", "dgdpo/refine"]
    assert llm.calls("dgdpo/infer")[0] == {
        "profile": P.text,
        "item": {"title": "Quiet River (1971)", "mean": 4.12, "genres": ["Crime"]},
        "rating": 5.0,
        "label": "Incomplete",
    }
    assert llm.calls("dgdpo/genopt")[0]["analyses"] == [
        {"defect": "Incomplete", "reason": "because of Quiet River (1971)"},
        {"defect": "Inaccurate", "reason": "because of Golden Empire (1980)"},
    ]
    assert llm.calls("dgdpo/refine")[0] == {"profile": P.text, "suggestions": ["Add crime.", "Like war."]}
    assert found.after.text == "Drama fan, War, Crime"
    assert (found.after.earlier[0].text, found.after.earlier[0].by) == (P.text, "treatment")
    assert found.accepted


@pytest.mark.parametrize(
    ("refined", "because"),
    [("Drama fan, Loves Quiet River", "names_a_title"), (P.text, "unchanged"), ("Drama fan, " + "x" * 1200, "too_long")],
)
def test_a_refinement_that_is_not_valid_leaves_the_old_profile(refined, because):
    found = treat(script(refined))
    assert (found.after, found.rejected_because, found.accepted) == (P, because, False)


def test_without_suggestions_nothing_is_refined_and_the_batch_is_consumed():
    llm = script("never asked", suggestions="+ No changes are needed.")
    found = treat(llm)
    assert (found.after, found.rejected_because) == (P, "no_suggestions")
    assert not llm.calls("dgdpo/refine")


def test_a_profile_that_has_grown_too_long_is_merged_once():
    llm = script("")
    replies = iter(["Drama fan, War, Crime, Comedy, Horror", "Drama fan, War, Crime"])
    llm.script = {**llm.script, "dgdpo/refine": lambda _: next(replies)}
    found = treat(llm)
    assert found.after.text == "Drama fan, War, Crime"
    assert llm.calls("dgdpo/refine")[1] == {
        "profile": "Drama fan, War, Crime, Comedy, Horror",
        "suggestions": ["Merge descriptions that say the same, so that at most 4 remain."],
    }


def test_what_no_merging_shortens_loses_its_repetitions_or_is_rejected():
    llm = script("Drama fan, War, Crime, Comedy, War")
    assert treat(llm).after.text == "Drama fan, Crime, Comedy, War"
    assert treat(script("Drama fan, War, Crime, Comedy, Horror")).rejected_because == "too_many_descriptions"


@pytest.mark.parametrize(
    ("answer", "text", "because"),
    [
        (P.text, P.text, None),
        ("Drama fan, Disinterest in War, Crime", "Drama fan, Disinterest in War, Crime", None),
        ("Drama and crime and comedy of all kinds", P.text, "too_much_change"),
        ("Drama fan, Disinterest in War, Quiet River", P.text, "names_a_title"),
    ],
)
def test_an_update_is_minimal_and_valid_or_it_is_not_taken(answer, text, because):
    llm = ScriptedLlm({"dgdpo/update": lambda _: answer})
    updated, rejected = asyncio.run(update(llm, P, C[0].item, None, ("Quiet River (1971)",), KNOBS))
    assert (updated.text, rejected) == (text, because)
    assert llm.asked[0][1]["rating"] is None
