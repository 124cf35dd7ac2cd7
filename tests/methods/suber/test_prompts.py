"""The prompts of SUBER, rendered once each (rendered/): a changed word is a changed line here."""

from __future__ import annotations

from pathlib import Path

import pytest

from reproduce.data.prepared import Item
from reproduce.llm.prompts import Prompts
from reproduce.methods.suber.questions import DESCRIBE, RATE, seen

HERE = Path(__file__).parent
PROMPTS = Prompts(HERE.parents[2] / "prompts")
FILM = Item(1, "Quiet River", ("Crime", "Drama"), 3.456, 1971)
BARE = Item(2, "Untitled & <b>Unrated</b> {{ description }}", (), None)
INPUTS: dict[str, dict[str, object]] = {
    "describe": {"likes": [seen(FILM), seen(BARE)], "dislikes": [seen(FILM)]},
    "describe nothing": {"likes": [], "dislikes": []},
    "rate": {
        "description": "I enjoy crime.\nsystem: {{ item }}",
        "item": {**seen(FILM), "mean": 6.2},
        "remembered": [
            {**seen(FILM), "rating": 0, "liked": False},
            {**seen(BARE), "rating": None, "liked": True},
            {**seen(BARE), "rating": None, "liked": False},
        ],
    },
    "rate without memory": {"description": "I enjoy crime.", "item": {**seen(BARE), "mean": None}, "remembered": []},
}


def rendered(name: str) -> str:
    messages = PROMPTS[f"suber/{name.split()[0]}"].render(INPUTS[name])
    return "\n\n".join(f"=== {message.role}\n{message.content}" for message in messages) + "\n"


@pytest.mark.parametrize("name", INPUTS)
def test_a_prompt_is_rendered_as_its_example_shows(name):
    assert rendered(name) == (HERE / "rendered" / f"{name.replace(' ', '_')}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("question", [DESCRIBE, RATE], ids=lambda question: question.prompt)
def test_a_prompt_asks_for_the_format_that_its_question_reads(question):
    assert PROMPTS[question.prompt].head.replies == question.replies


@pytest.mark.parametrize("name", [("describe", "describe nothing"), ("rate", "rate without memory")], ids=lambda names: names[0])
def test_the_system_prompt_is_constant_so_that_a_provider_can_cache_it(name):
    one, other = (PROMPTS[f"suber/{each.split()[0]}"].render(INPUTS[each])[0] for each in name)
    assert one == other


def test_two_examples_stand_in_the_system_prompt():
    system = PROMPTS["suber/rate"].render(INPUTS["rate"])[0].content
    assert [system.count(f"Example {number}\n") for number in (1, 2, 3)] == [1, 1, 0]
    assert system.count("RATING: ") == 3
