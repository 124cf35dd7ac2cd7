"""The prompts of the methods, rendered once each (tests/methods/rendered): a changed word is a changed line here."""

from __future__ import annotations

from pathlib import Path

import pytest

from reproduce.data.prepared import Item
from reproduce.llm.prompts import Prompts
from reproduce.methods.agent4rec.questions import card, item_text

HERE = Path(__file__).parent
PROMPTS = Prompts(HERE.parents[1] / "prompts", {"dgdpo/round": 1})
FILM = Item(1, "Quiet River (1971)", ("Crime", "Drama"), 3.456)
BARE = Item(2, "Untitled & <b>Unrated</b> {{ profile }}", (), None)
PROFILE = "Drama fan, Mystery (moderate interest), Disinterest in Horror"
HABITS = {"activity": 1, "conformity": 2, "diversity": 3}
REASON = 'The profile does not mention "Crime".'
INPUTS: dict[str, dict[str, object]] = {
    "init": {
        "history": [
            {"rating": 4.5, "rated": [{"title": FILM.title, "genres": ["Crime", "Drama"]}]},
            {"rating": 2.0, "rated": [{"title": BARE.title, "genres": []}, {"title": "Golden Empire (1980)", "genres": ["War"]}]},
        ]
    },
    "decide": {"traits": HABITS, "profile": PROFILE, "item": card(FILM)},
    "round": {
        "traits": HABITS,
        "profile": PROFILE,
        "memory": [
            {"round": 1, "title": "Golden Empire (1980)", "genres": ["War"], "rating": 4},
            {"round": 2, "title": BARE.title, "genres": [], "rating": None},
        ],
        "round": 3,
        "page": [card(FILM), card(BARE)],
    },
    "infer": {"profile": PROFILE, "item": card(FILM), "rating": 4.0, "label": "Inaccurate & Incomplete"},
    "infer_accepted": {"profile": PROFILE, "item": card(FILM), "label": "Inaccurate"},
    "genopt": {
        "profile": PROFILE,
        "analyses": [{"defect": "Incomplete", "reason": REASON}, {"defect": "Inaccurate", "reason": "So."}],
    },
    "refine": {"profile": PROFILE, "suggestions": ["Add crime.", "Drop mystery."]},
    "update": {"profile": PROFILE, "item": card(BARE), "rating": None},
    "diag": {"profile": PROFILE, "item": card(FILM), "rating": 4.0},
    "opposite": {"description": "Drama fan", "item": card(FILM)},
}


INPUTS["round.v2"] = INPUTS["round"]


def rendered(name: str) -> str:
    messages = PROMPTS[f"dgdpo/{name}"].render(INPUTS[name])
    return "\n\n".join(f"=== {message.role}\n{message.content}" for message in messages) + "\n"


@pytest.mark.parametrize("name", INPUTS)
def test_a_prompt_is_rendered_as_its_example_shows(name):
    assert rendered(name) == (HERE / "rendered" / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("item", [FILM, BARE], ids=["whole", "without genre and rating"])
def test_every_prompt_writes_an_item_in_the_one_format(item):
    expected = {FILM: "<- Quiet River (1971) -> <- History ratings: 3.46 -> <- Genre: Crime, Drama ->"}.get(
        item, "<- Untitled & <b>Unrated</b> {{ profile }} -> <- History ratings: n/a -> <- Genre: unknown ->"
    )
    assert item_text(item) == expected
    for name in ("decide", "infer", "infer_accepted", "update"):
        messages = PROMPTS[f"dgdpo/{name}"].render({**INPUTS[name], "item": card(item)})
        assert expected in messages[-1].content
    for name in ("round", "round.v2"):
        page = PROMPTS[f"dgdpo/{name}"].render({**INPUTS[name], "page": [card(item)]})[-1].content
        assert f"1. {expected}" in page


@pytest.mark.parametrize("name", ["decide", "round"])
def test_constant_text_comes_first_then_habits_and_profile_then_what_is_shown(name):
    system, user = PROMPTS[f"dgdpo/{name}"].render(INPUTS[name])
    assert system.content.index("Instructions:") < system.content.index("Your habits:") < system.content.index(PROFILE)
    assert FILM.title in user.content
    assert FILM.title not in system.content


@pytest.mark.parametrize("name", ["infer", "infer_accepted", "genopt", "refine"])
def test_the_system_prompt_of_a_treatment_is_constant(name):
    assert PROFILE not in PROMPTS[f"dgdpo/{name}"].render(INPUTS[name])[0].content


def test_the_second_wording_of_a_round_asks_for_the_same_reply_in_other_words():
    first, second = (PROMPTS[f"dgdpo/{name}"] for name in ("round.v1", "round.v2"))
    assert (set(first.head.inputs), first.head.replies) == (set(second.head.inputs), second.head.replies)
    lines = [{line for line in rendered(name).splitlines() if len(line) > 30} for name in ("round", "round.v2")]
    shared = {line for line in lines[0] & lines[1] if "<-" not in line}
    assert shared == {"1. ALIGN: yes or no; REASON: a few words", "2. ALIGN: yes or no; REASON: a few words"}
