"""The ladder, step by step, with an engine that says what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from scripted import CHOICE, Says, asker

from reproduce.errors import SpecError
from reproduce.llm.ask import MOST_FAULTY, NEUTRAL, SILENCE
from reproduce.llm.question import Question, Reading
from reproduce.llm.request import Answer, Usage

REFUSAL = "I'm sorry, but I cannot help with that."


def ask(folder: Path, *said: str | Answer, question: Question[str] = CHOICE) -> tuple[Reading[str], Says, dict[str, object]]:
    """What the ladder makes of the replies, in their order."""
    engine = Says(said)
    llm = asker(folder, engine)
    reading = asyncio.run(llm.ask(question, profile="Drama fan"))
    return reading, engine, llm.meter.replies()["prompts"]["test/choose.v1"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("said", "value", "status", "calls"),
    [
        (["CHOICE: B"], "B", "strict", 1),
        (["I take **CHOICE: B**"], "B", "lenient", 1),
        (["Hm.", "CHOICE: C"], "C", "repair", 2),
        (["Hm.", "**CHOICE: C**"], "C", "repair", 2),
        (["Hm.", "Well."], "?", "fallback", 2),
        (["Hm.", REFUSAL], "?", "fallback", 2),
        ([REFUSAL, "CHOICE: D"], "D", "strict", 2),
        ([REFUSAL, "I take CHOICE: D"], "D", "lenient", 2),
        ([REFUSAL, REFUSAL], "?", "refusal", 2),
        ([REFUSAL, "Hm.", "CHOICE: E"], "E", "repair", 3),
        ([REFUSAL, "Hm.", "Well."], "?", "fallback", 3),
    ],
)
def test_every_step_has_its_status(tmp_path: Path, said: Sequence[str], value: str, status: str, calls: int) -> None:
    reading, engine, counts = ask(tmp_path, *said)
    assert (reading.value, reading.status, reading.text) == (value, status, said[-1])
    assert (len(engine.asked), counts["calls"]) == (calls, calls)
    assert {name: count for name, count in counts["statuses"].items() if count} == {status: 1}


def test_a_content_filter_is_a_refusal_whatever_it_let_through(tmp_path: Path) -> None:
    filtered = Answer(text="CHOICE: B", finish="refusal", usage=Usage(prompt_tokens=1, completion_tokens=1))
    reading, _, counts = ask(tmp_path, filtered, filtered)
    assert (reading.value, reading.status, counts["neutral"]) == ("?", "refusal", 1)


def test_a_repair_sends_the_faulty_answer_and_the_reminder_at_temperature_0(tmp_path: Path) -> None:
    _, engine, counts = ask(tmp_path, "Hm.", "CHOICE: C")
    first, second = (asked.request for asked in engine.asked)
    assert second.messages[:2] == first.messages
    assert [(message.role, message.content) for message in second.messages[2:]] == [
        ("assistant", "Hm."),
        ("user", CHOICE.reminder),
    ]
    assert (first.sampling.temperature, second.sampling.temperature) == (0.5, 0.0)
    assert counts["repairs"] == 1


def test_an_empty_answer_is_named_in_the_repair(tmp_path: Path) -> None:
    _, engine, _ = ask(tmp_path, " ", "CHOICE: C")
    assert engine.asked[1].request.messages[2].content == SILENCE


def test_a_faulty_answer_that_ran_on_is_cut_in_the_repair(tmp_path: Path) -> None:
    _, engine, _ = ask(tmp_path, "Hm. " * 10_000, "CHOICE: C")
    assert len(engine.asked[1].request.messages[2].content) == MOST_FAULTY


def test_a_refusal_is_asked_again_behind_a_neutral_preamble(tmp_path: Path) -> None:
    _, engine, counts = ask(tmp_path, REFUSAL, "Hm.", "CHOICE: D")
    first, second, third = (asked.request for asked in engine.asked)
    assert second.messages[0].content == f"{NEUTRAL}\n\n{first.messages[0].content}"
    assert third.messages[:2] == second.messages
    assert (counts["neutral"], counts["repairs"]) == (1, 1)


def test_the_prompts_own_sampling_wins_over_the_knobs(tmp_path: Path) -> None:
    llm = asker(tmp_path, engine := Says(["CHOICE: A", "CHOICE: A"]))
    (tmp_path / "test/choose.v2.j2").write_text(
        (tmp_path / "test/choose.v1.j2").read_text().replace("replies", "sampling: {temperature: 1, max_tokens: 9}\nreplies")
    )
    asyncio.run(llm.ask(CHOICE, profile=""))
    sampling = engine.asked[0].request.sampling
    assert (sampling.temperature, sampling.max_tokens, sampling.top_p) == (1.0, 9, None)


def test_engines_see_the_inputs_that_the_prompt_shows(tmp_path: Path) -> None:
    _, engine, _ = ask(tmp_path, "CHOICE: A")
    assert (engine.asked[0].prompt, engine.asked[0].inputs) == ("test/choose.v1", {"profile": "Drama fan"})


def test_the_prompts_used_are_told_with_their_hashes(tmp_path: Path) -> None:
    llm = asker(tmp_path, Says(["CHOICE: A"]))
    assert llm.used == {}
    asyncio.run(llm.ask(CHOICE, profile=""))
    assert llm.used == {"test/choose.v1": llm.prompts["test/choose"].sha256}


def test_a_question_that_reads_another_format_is_refused(tmp_path: Path) -> None:
    other = Question("test/choose", "verdicts", CHOICE.strict, CHOICE.lenient, CHOICE.fallback, CHOICE.reminder)
    with pytest.raises(SpecError, match="`replies` is `choice`, but the question reads `verdicts`"):
        ask(tmp_path, "CHOICE: A", question=other)


def test_the_order_of_concurrent_questions_changes_nothing(tmp_path: Path) -> None:
    async def all_at_once(llm_number: int) -> list[str]:
        engine = Says(lambda asked: f"CHOICE: {'ABCDE'[len(asked.request.messages[1].content) % 5]}", slow=True)
        llm = asker(tmp_path / str(llm_number), engine)
        readings = await asyncio.gather(*(llm.ask(CHOICE, profile="x" * n) for n in range(1, 51)))
        return [reading.value for reading in readings]

    assert asyncio.run(all_at_once(1)) == asyncio.run(all_at_once(2)) == ["ABCDE"[(9 + n) % 5] for n in range(1, 51)]
