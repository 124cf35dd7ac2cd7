"""Replies to LLM-US, RAH and AgentCF as real models write them, tidy and nasty, and what they are read as (golden/)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from baselines import QUESTIONS, RULES
from replies import answer, cases, golden, read_as

from reproduce.llm.engines.garble import FAULTS
from reproduce.llm.parsing import normalise, read
from reproduce.llm.question import Unreadable
from reproduce.methods.agentcf.questions import UPDATE_RIGHT, UPDATE_WRONG

HERE = Path(__file__).parent
NAMES = ("llm_us", "rah", "agentcf")
FILES = golden(*(HERE / name / "golden" for name in NAMES))


def plain(value: Any) -> Any:
    """The value as the golden files write it."""
    return [plain(each) for each in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize(("prompt", "inputs", "case"), cases(FILES))
def test_a_reply_is_read_as_its_golden_file_says(prompt, inputs, case):
    if found := read_as(QUESTIONS[prompt], inputs, case):
        value, status = found
        assert (status, plain(value)) == (case["status"], case["value"])


def test_every_question_has_golden_replies():
    assert {file["prompt"] for file in FILES} == set(QUESTIONS) - {UPDATE_WRONG.prompt}
    assert (UPDATE_WRONG.strict, UPDATE_WRONG.lenient) == (UPDATE_RIGHT.strict, UPDATE_RIGHT.lenient)


ITEM = {"title": "Quiet River (1971)", "mean": 3.6, "genres": ["Crime", "Drama"]}
KNOWN = {"type": "a film", "description": "A town.", "characteristics": ["crime", "drama"]}
PAIR = [
    {"title": "Quiet River (1971)", "description": "Genre: Crime, Drama."},
    {"title": "Golden Empire (1980)", "description": "Genre: War."},
]
LESSON = {"memory": "I have a high interest in war.", "options": PAIR, "right": 1, "explanation": "So.", "words": 60}
EXAMPLES: dict[str, dict[str, object]] = {
    "llm_us/explain": {"item": ITEM, "rating": 5.0, "review": "The plot is clever. I like crime.", "side": "pros", "keywords": 3},
    "rah/perceive": {"item": ITEM},
    "rah/learn": {"item": ITEM, "information": KNOWN, "action": "Dislike", "previous": None},
    "rah/act": {"item": ITEM, "information": KNOWN, "prefer": ["crime"], "disprefer": []},
    "rah/critic": {
        "item": ITEM,
        "information": KNOWN,
        "prefer": ["war"],
        "disprefer": [],
        "predicted": "Dislike",
        "action": "Like",
    },
    "rah/reflect": {"prefer": ["crime", "crime (high interest)"], "disprefer": ["war"]},
    "agentcf/forward": {"memory": LESSON["memory"], "options": PAIR},
    "agentcf/update_right": LESSON,
    "agentcf/update_wrong": LESSON,
    "agentcf/update_items": LESSON,
}


@pytest.mark.parametrize("prompt", EXAMPLES)
def test_a_rule_replies_in_the_format_that_its_prompt_asks_for(prompt):
    for seed in range(30):
        reply = normalise(RULES[prompt](EXAMPLES[prompt], np.random.default_rng(seed)))
        QUESTIONS[prompt].strict(reply, EXAMPLES[prompt])


@pytest.mark.parametrize("fault", ["prose", "fence", "thought", "bullets", "bold", "quotes", "lower"])
@pytest.mark.parametrize("prompt", EXAMPLES)
def test_a_fault_of_form_changes_nothing_of_what_is_read(prompt, fault):
    question, inputs = QUESTIONS[prompt], EXAMPLES[prompt]
    for seed in range(10):
        reply = RULES[prompt](inputs, np.random.default_rng(seed))
        meant, _ = read(question, answer(reply), inputs)
        assert read(question, answer(FAULTS[fault][0](reply)), inputs)[0] == meant


@pytest.mark.parametrize("fault", ["chatter", "empty"])
@pytest.mark.parametrize("prompt", EXAMPLES)
def test_what_says_nothing_is_never_read_as_a_value(prompt, fault):
    with pytest.raises(Unreadable):
        read(QUESTIONS[prompt], answer(FAULTS[fault][0]("")), EXAMPLES[prompt])


@pytest.mark.parametrize("prompt", EXAMPLES)
def test_the_fallback_has_the_type_of_a_reading_or_says_that_there_is_none(prompt):
    value, _ = read(QUESTIONS[prompt], answer(RULES[prompt](EXAMPLES[prompt], np.random.default_rng(1))), EXAMPLES[prompt])
    fallback = QUESTIONS[prompt].fallback(EXAMPLES[prompt])
    assert fallback is None or type(fallback) is type(value)
