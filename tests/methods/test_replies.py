"""Replies as real models write them, tidy and nasty, and what they are read as (tests/methods/golden)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from replies import answer, cases, golden, read_as
from village import QUESTIONS

from reproduce.interaction.transcript import Verdict
from reproduce.llm.parsing import read
from reproduce.llm.prompts import Prompts
from reproduce.methods.agent4rec.page import Page
from reproduce.methods.dgdpo.questions import INFER, INFER_ACCEPTED, REFINE, UPDATE

HERE = Path(__file__).parent
FILES = golden(HERE / "golden")


def plain(value: Any) -> Any:
    """The value as the golden files write it; positions from 1, as a reader counts."""
    if isinstance(value, Page):
        place = [None if at is None else at + 1 for at in (value.selected, value.choice)]
        yes = [at for at, verdict in enumerate(value.verdicts, 1) if verdict.yes]
        return {
            "yes": yes,
            "missing": value.missing,
            "selected": place[0],
            "choice": place[1],
            "rating": value.rating,
            "exit": value.exit,
        }
    if isinstance(value, Verdict):
        return value.model_dump()
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize(("prompt", "inputs", "case"), cases(FILES))
def test_a_reply_is_read_as_its_golden_file_says(prompt, inputs, case):
    if found := read_as(QUESTIONS[prompt], inputs, case):
        value, status = found
        assert (status, plain(value)) == (case["status"], case["value"])


def test_every_question_but_those_that_read_as_another_one_has_golden_replies():
    assert {file["prompt"] for file in FILES} == set(QUESTIONS) - {UPDATE.prompt, INFER_ACCEPTED.prompt}
    assert (UPDATE.strict, UPDATE.lenient, UPDATE.replies) == (REFINE.strict, REFINE.lenient, REFINE.replies)
    assert INFER_ACCEPTED.fallback({"label": "Inaccurate"}) == INFER.fallback({"label": "Inaccurate"})
    assert (INFER_ACCEPTED.strict, INFER_ACCEPTED.lenient) == (INFER.strict, INFER.lenient)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["prompt"])
def test_the_fallback_has_the_type_of_a_reading(file):
    question = QUESTIONS[file["prompt"]]
    read_as = next(
        read(question, answer(case["reply"]), file["inputs"])[0] for case in file["cases"] if case["status"] == "strict"
    )
    assert type(question.fallback(file["inputs"])) is type(read_as)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_the_prompt_of_a_question_replies_in_its_format(question):
    assert Prompts(HERE.parents[1] / "prompts")[question.prompt].head.replies == question.replies
