"""Replies to SUBER's prompts as real models write them, and what they are read as (golden/); and what the rules reply."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replies import answer, cases, golden, read_as

from reproduce.llm.engines.garble import FAULTS
from reproduce.llm.parsing import Refusal, normalise, read
from reproduce.llm.question import Unreadable
from reproduce.methods.suber.questions import DESCRIBE, RATE
from reproduce.methods.suber.rehearsal import RULES, describe, rate

QUESTIONS = {question.prompt: question for question in (DESCRIBE, RATE)}
FILES = golden(Path(__file__).parent / "golden")
INPUTS = {file["prompt"]: file["inputs"] for file in FILES}


@pytest.mark.parametrize(("prompt", "inputs", "case"), cases(FILES))
def test_a_reply_is_read_as_its_golden_file_says(prompt, inputs, case):
    if found := read_as(QUESTIONS[prompt], inputs, case):
        value, status = found
        assert (status, value) == (case["status"], case["value"])


@pytest.mark.parametrize("prompt", INPUTS)
def test_a_rule_replies_in_the_format_and_faults_of_form_change_nothing(prompt):
    for seed in range(10):
        reply = RULES[prompt](INPUTS[prompt], np.random.default_rng(seed))
        meant = QUESTIONS[prompt].strict(normalise(reply), INPUTS[prompt])
        for fault in ("prose", "fence", "thought", "bullets", "bold", "quotes", "lower"):
            assert read(QUESTIONS[prompt], answer(FAULTS[fault][0](reply)), INPUTS[prompt])[0] == meant


@given(st.text(max_size=60))
def test_any_reply_is_a_rating_of_the_scale_or_unreadable(text):
    try:
        value, _ = read(RATE, answer(text), INPUTS["suber/rate"])
    except (Unreadable, Refusal):
        return
    assert value in range(10)


def item(*genres: str, mean: float | None = 5.0) -> dict[str, object]:
    return {"title": "X", "genres": list(genres), "mean": mean}


def mean_rating(description: str, shown: dict[str, object], remembered=()) -> float:
    inputs = {"description": description, "item": shown, "remembered": list(remembered)}
    return float(np.mean([int(rate(inputs, np.random.default_rng(seed))[8:]) for seed in range(40)]))


def test_a_user_is_described_by_what_sets_likes_apart_from_dislikes():
    inputs = {"likes": [item("War", "Drama"), item("War")], "dislikes": [item("Drama"), item("Horror")]}
    assert describe(inputs, np.random.default_rng(0)) == "DESCRIPTION: I enjoy war. I do not care for horror."
    assert describe({"likes": [], "dislikes": []}, np.random.default_rng(0)) == "DESCRIPTION: I enjoy what is well made."


def test_description_mean_and_memory_move_a_rating():
    told = "I enjoy war. I do not care for horror."
    assert mean_rating(told, item("War")) > mean_rating(told, item("Drama")) + 0.5 > mean_rating(told, item("Horror")) + 1
    assert mean_rating(told, item("War", mean=7.5)) > mean_rating(told, item("War", mean=4.0)) + 2
    liked, disliked = ({"title": "Y", "genres": ["War"], "rating": given, "liked": given > 5} for given in (9, 0))
    assert mean_rating(told, item("War"), [liked] * 3) > mean_rating(told, item("War"), [disliked] * 3) + 1


@given(st.lists(st.text(max_size=10), max_size=3), st.one_of(st.none(), st.floats(0, 9)))
def test_a_rating_never_leaves_the_scale(genres, mean):
    inputs = {"description": "I enjoy war.", "item": item(*genres, mean=mean), "remembered": []}
    assert RATE.strict(rate(inputs, np.random.default_rng(1)), inputs) in range(10)
