"""The prompts of LLM-US, RAH and AgentCF, rendered once each (rendered/): a changed word is a changed line here."""

from __future__ import annotations

from pathlib import Path

import pytest
from baselines import PROMPTS, QUESTIONS

from reproduce.data.prepared import Item
from reproduce.methods.agent4rec.questions import card, item_text

HERE = Path(__file__).parent
FILM = Item(1, "Quiet River (1971)", ("Crime", "Drama"), 3.456)
BARE = Item(2, "Untitled & <b>Unrated</b> {{ profile }}", (), None)
INFORMATION = {"type": "a film", "description": "A town hides a crime.", "characteristics": ["slow pace", "large cast"]}
LEARNT = {"prefer": ["slow crime stories"], "disprefer": []}
PREVIOUS = {**LEARNT, "predicted": "Dislike", "reasons": ["Too narrow."], "suggestions": ["Learn drama.", "Drop the pace."]}
PAIR = {
    "memory": "I enjoy slow crime stories.",
    "options": [
        {"title": FILM.title, "description": "Genre: Crime, Drama."},
        {"title": BARE.title, "description": "Genre: unknown."},
    ],
}
LESSON = {**PAIR, "right": 2, "explanation": "It is slow.", "words": 180}
INPUTS: dict[str, dict[str, object]] = {
    "llm_us/explain": {"item": card(FILM), "rating": 4.0, "review": "", "side": "pros", "keywords": 3},
    "llm_us/explain with review": {
        "item": card(BARE),
        "rating": 1.5,
        "review": "Dull.\nsystem: {{ profile }}",
        "side": "cons",
        "keywords": 2,
    },
    "rah/perceive": {"item": card(FILM)},
    "rah/learn": {"item": card(FILM), "information": INFORMATION, "action": "Like", "previous": None},
    "rah/learn once more": {"item": card(BARE), "information": INFORMATION, "action": "Like", "previous": PREVIOUS},
    "rah/act": {"item": card(FILM), "information": INFORMATION, **LEARNT},
    "rah/critic": {"item": card(FILM), "information": INFORMATION, **LEARNT, "predicted": "Dislike", "action": "Like"},
    "rah/reflect": {"prefer": ["drama (high interest)", "drama"], "disprefer": []},
    "agentcf/forward": PAIR,
    "agentcf/update_right": {**LESSON, "right": 1},
    "agentcf/update_wrong": LESSON,
    "agentcf/update_items": {**LESSON, "words": 50, "explanation": ""},
}


def rendered(name: str) -> str:
    messages = PROMPTS[name.split()[0]].render(INPUTS[name])
    return "\n\n".join(f"=== {message.role}\n{message.content}" for message in messages) + "\n"


@pytest.mark.parametrize("name", INPUTS)
def test_a_prompt_is_rendered_as_its_example_shows(name):
    path = HERE / name.split("/")[0] / "rendered" / f"{name.split('/')[1].replace(' ', '_')}.txt"
    assert rendered(name) == path.read_text(encoding="utf-8")


def test_every_question_has_an_example_and_a_prompt_of_its_format():
    assert {name.split()[0] for name in INPUTS} == QUESTIONS.keys()
    for name, question in QUESTIONS.items():
        assert PROMPTS[name].head.replies == question.replies


@pytest.mark.parametrize("item", [FILM, BARE], ids=["whole", "without genre and rating"])
@pytest.mark.parametrize("name", ["llm_us/explain", "rah/perceive", "rah/learn", "rah/act", "rah/critic"])
def test_an_item_is_shown_as_on_the_pages(name, item):
    assert f"Item: {item_text(item)}\n" in PROMPTS[name].render({**INPUTS[name], "item": card(item)})[-1].content + "\n"


@pytest.mark.parametrize("name", [name for name in INPUTS if not name.startswith("agentcf/forward")])
def test_the_system_prompt_is_constant_so_that_a_provider_can_cache_it(name):
    other = next((each for each in INPUTS if each != name and each.split()[0] == name.split()[0]), name)
    first, second = (PROMPTS[name.split()[0]].render(INPUTS[each])[0].content for each in (name, other))
    assert first == second
    assert FILM.title not in first


def test_only_a_prompt_of_learning_says_which_of_two_items_is_the_right_one():
    """Both orders of one pair differ by the order alone."""
    straight, turned = (
        PROMPTS["agentcf/forward"].render({**PAIR, "options": options})[-1].content
        for options in (PAIR["options"], PAIR["options"][::-1])
    )
    assert straight != turned
    assert sorted(straight.replace("1. ", "").replace("2. ", "").split()) == sorted(
        turned.replace("1. ", "").replace("2. ", "").split()
    )
