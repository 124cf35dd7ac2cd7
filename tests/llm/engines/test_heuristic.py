"""The embedded engine: rules, deterministic faults, and a ladder that copes with them."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scripted import CHOICE, asked, asker

from reproduce.errors import EngineError
from reproduce.llm.engines.garble import FAULTS, garble
from reproduce.llm.engines.heuristic import Heuristic
from reproduce.llm.question import Inputs
from reproduce.llm.request import Answer


def choose(inputs: Inputs, random: np.random.Generator) -> str:
    """A rule: one of five letters."""
    return f"CHOICE: {'ABCDE'[int(random.integers(5))]}"


def answer(engine: Heuristic, text: str) -> Answer:
    return asyncio.run(engine.answer(asked(text)))


def as_asked(text: str) -> bool:
    return len(text) == 9 and text.startswith("CHOICE: ")


def test_a_rule_answers_from_the_inputs_shown() -> None:
    engine = Heuristic({"test/choose": lambda inputs, _: f"shown: {inputs['text']}"}, error_rate=0, seed=42)
    found = answer(engine, "four" * 10)
    assert found.text == "shown: " + "four" * 10
    assert (found.usage.prompt_tokens, found.usage.completion_tokens, found.served) == (14, 12, "m")


def test_a_reply_depends_on_seed_and_request_alone() -> None:
    one, same, other = (Heuristic({"test/choose": choose}, error_rate=0.3, seed=seed) for seed in (42, 42, 43))
    texts = [f"{n}" for n in range(40)]
    forwards = [answer(one, text).text for text in texts]
    backwards = [answer(same, text).text for text in reversed(texts)]
    assert forwards == backwards[::-1]
    assert forwards != [answer(other, text).text for text in texts]


def test_the_error_rate_is_the_share_of_garbled_replies() -> None:
    engine = Heuristic({"test/choose": choose}, error_rate=0.2, seed=42)
    good = sum(as_asked(answer(engine, f"{n}").text) for n in range(1000))
    assert 750 <= good <= 850


def test_a_prompt_without_a_rule_is_refused() -> None:
    with pytest.raises(EngineError, match=r"no rule for `test/choose` \(known: test/rate\); set `llm\.engine` to a model"):
        answer(Heuristic({"test/rate": choose}, 0, 42), "a")


def test_every_fault_changes_the_reply() -> None:
    reply = '1. ALIGN: yes; REASON: it\'s "close" - fine\nSELECT: 1\n[REASON]: none'
    for name, (spoil, _) in FAULTS.items():
        assert spoil(reply) != reply, name


def test_every_fault_comes_up() -> None:
    random = np.random.default_rng(7)
    seen = {garble("CHOICE: A", random) for _ in range(500)}
    assert seen == {(spoil("CHOICE: A"), finish) for spoil, finish in FAULTS.values()}


def test_a_garbled_rehearsal_reaches_every_step_of_the_ladder(tmp_path: Path) -> None:
    async def run() -> Counter[str]:
        llm = asker(tmp_path, Heuristic({"test/choose": choose}, error_rate=0.9, seed=42))
        readings = await asyncio.gather(*(llm.ask(CHOICE, profile=f"{n}") for n in range(400)))
        assert all(reading.value in "ABCDE" for reading in readings if reading.status not in ("fallback", "refusal"))
        return Counter(reading.status for reading in readings)

    statuses = asyncio.run(run())
    assert set(statuses) == {"strict", "lenient", "repair", "fallback", "refusal"}
