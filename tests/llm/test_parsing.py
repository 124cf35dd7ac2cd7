"""Normalising, refusals, and the two parsers of a question with one label."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scripted import CHOICE

from reproduce.llm.parsing import Refusal, normalise, read, sounds_refused
from reproduce.llm.question import Unreadable
from reproduce.llm.request import Answer, Usage

GOLDEN = [json.loads(line) for line in (Path(__file__).parent / "replies.jsonl").read_text(encoding="utf-8").splitlines()]


def outcome(text: str, finish: str = "stop") -> str:
    answer = Answer(text=text, finish=finish, usage=Usage(prompt_tokens=1, completion_tokens=1))  # type: ignore[arg-type]
    try:
        value, status = read(CHOICE, answer, {})
    except Refusal:
        return "refused"
    except Unreadable:
        return "unreadable"
    return f"{status} {value}"


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row["why"])
def test_replies_of_the_golden_file_are_read_as_a_person_reads_them(row: dict[str, str]) -> None:
    assert outcome(row["text"], row.get("finish", "stop")) == row["read"]


def test_the_golden_file_has_replies_of_every_kind() -> None:
    kinds = {row["read"].split()[0] for row in GOLDEN}
    assert kinds == {"strict", "lenient", "refused", "unreadable"}
    assert len(GOLDEN) >= 24


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("a  b\t c \r\n\r\n\r\n\r\nd ", "a b c\n\nd"),
        ("“He’s” – «yes»：１", '"He\'s" - "yes":1'),
        ("```json\n{}\n```", "{}"),
        ("<think>no: CHOICE: A</think>CHOICE: B", "CHOICE: B"),
        ("the thought began in the prompt</think>\nCHOICE: B", "CHOICE: B"),
        ("<think>it was cut CHOICE: A", ""),
        ("a\u200bb\u00a0c\ufeff", "ab c"),
        ("Amélie ½", "Amélie 1⁄2"),
    ],
)
def test_normalising(raw: str, plain: str) -> None:
    assert normalise(raw) == plain


def test_normalising_twice_changes_nothing_more() -> None:
    for row in GOLDEN:
        once = normalise(row["text"])
        assert normalise(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I\u2019m really sorry, I cannot.",
        "I cannot assist",
        "As an AI language model, I do not watch films.",
        "Sorry, no.",
        "Unfortunately, I am not able to",
        "I apologize, but",
    ],
)
def test_these_are_refusals(text: str) -> None:
    assert sounds_refused(normalise(text), ("CHOICE:",))


@pytest.mark.parametrize(
    "text", ["I'm sorry to be brief. CHOICE: B", "I am fond of drama.", "The user cannot stand horror.", "Sorrow is a theme", ""]
)
def test_these_are_none(text: str) -> None:
    assert not sounds_refused(normalise(text), ("CHOICE:",))
