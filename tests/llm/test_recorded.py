"""Recorded and replayed answers, and what a replay says of those it misses."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from scripted import Says, asked, reply

from reproduce.errors import EngineError, MissingInput, ReplayMiss
from reproduce.llm.meter import Meter
from reproduce.llm.misses import why
from reproduce.llm.recorded import Recorded, Replayed
from reproduce.llm.recordings import Recordings
from reproduce.llm.request import Answer, Asked, Sampling
from reproduce.params import Price

PRICE = Price(input=1.0, cached_input=0.5, output=2.0)


def recorded(folder: Path, engine: Says, meter: Meter | None = None) -> Recorded:
    return Recorded(engine, Recordings(folder / "answers.sqlite"), meter or Meter())


def replayed(folder: Path, meter: Meter | None = None, price: Price | None = None) -> Replayed:
    return Replayed("openai", Recordings(folder / "answers.sqlite"), meter or Meter(), folder / "misses.jsonl", price)


async def record(folder: Path, *questions: Asked) -> None:
    engine = recorded(folder, Says(lambda asked: f"to {asked.request.messages[0].content}"))
    for question in questions:
        await engine.answer(question)
    await engine.close()


def test_an_answer_is_bought_once(tmp_path: Path) -> None:
    async def run() -> None:
        meter = Meter()
        engine = recorded(tmp_path, inner := Says(["one"]), meter)
        assert [(await engine.answer(asked("a"))).text for _ in range(3)] == ["one"] * 3
        await engine.close()
        assert len(inner.asked) == 1
        assert inner.closed
        assert meter.wires["test/choose.v1"].hits == 2

    asyncio.run(run())


def test_equal_requests_in_flight_are_one_call(tmp_path: Path) -> None:
    async def run() -> None:
        engine = recorded(tmp_path, inner := Says(lambda asked: "one", slow=True))
        answers = await asyncio.gather(*(engine.answer(asked("a")) for _ in range(10)))
        assert {answer.text for answer in answers} == {"one"}
        assert len(inner.asked) == 1

    asyncio.run(run())


def test_a_call_that_was_sent_is_recorded_though_nobody_waits_for_it(tmp_path: Path) -> None:
    async def run() -> None:
        engine = recorded(tmp_path, Says(lambda asked: "paid", slow=True))
        waiting = asyncio.ensure_future(engine.answer(asked("a")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        waiting.cancel()
        await engine.close()

    asyncio.run(run())
    assert Recordings(tmp_path / "answers.sqlite").get(asked("a").request.key) == reply("paid")


def test_a_failure_is_raised_in_all_who_wait_and_is_not_recorded(tmp_path: Path) -> None:
    class Fails(Says):
        async def answer(self, asked: Asked) -> Answer:
            self.asked.append(asked)
            await asyncio.sleep(0.01)
            raise EngineError("no endpoint")

    async def run() -> None:
        engine = recorded(tmp_path, Fails([]))
        results = await asyncio.gather(*(engine.answer(asked("a")) for _ in range(3)), return_exceptions=True)
        assert [str(result) for result in results] == ["no endpoint"] * 3
        await engine.close()

    asyncio.run(run())
    assert Recordings(tmp_path / "answers.sqlite").count() == 0


def test_a_replay_gives_equal_answers_without_an_engine(tmp_path: Path) -> None:
    async def run() -> None:
        await record(tmp_path, asked("a"), asked("b"))
        engine = replayed(tmp_path)
        assert [(await engine.answer(asked(text))).text for text in "ba"] == ["to b", "to a"]
        await engine.close()

    asyncio.run(run())


async def user(engine: Replayed, name: str, rounds: int) -> None:
    """Every next request depends on the last answer."""
    last = name
    for _ in range(rounds):
        last = (await engine.answer(asked(last, who=name))).text


def test_all_misses_that_can_be_reached_are_told_at_once(tmp_path: Path) -> None:
    async def run() -> str:
        await record(tmp_path, asked("ann", who="ann"), asked("to ann", who="ann"), asked("bob", who="bob"))
        engine = replayed(tmp_path, price=PRICE)
        with pytest.raises(ReplayMiss) as caught:
            await asyncio.gather(*(user(engine, name, 5) for name in ("ann", "bob", "cid")))
        await engine.close()
        return str(caught.value)

    told = asyncio.run(run())
    assert "\n" not in told
    assert told.startswith("no recorded answer of `m` for 3 of the 6 requests that could be reached, at least 0.00 US dollars;")
    assert "dvc pull recordings.dvc" in told
    assert "REPRODUCE_LIVE=1" in told


def miss_of(folder: Path, question: Asked) -> str:
    async def run() -> str:
        with pytest.raises(ReplayMiss) as caught:
            await replayed(folder).answer(question)
        return str(caught.value)

    return asyncio.run(run())


ALIEN = {"item": "Alien", "profile": "Drama fan"}
SENT = asked("words").request
OTHER = asked("other words").request


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (Asked("test/choose.v1", {**ALIEN, "item": "Aliens"}, OTHER), "differs in input `item`;"),
        (Asked("test/choose.v1", {"item": "Alien"}, OTHER), "differs in input `profile`;"),
        (Asked("test/choose.v1", ALIEN, SENT.model_copy(update={"draw": 2})), "differs in `draw` (2, recorded 0);"),
        (
            Asked("test/choose.v1", ALIEN, SENT.model_copy(update={"sampling": Sampling(temperature=0.7)})),
            "differs in `sampling.temperature` (0.7, recorded 0.0);",
        ),
        (Asked("test/choose.v2", ALIEN, OTHER), "differs in the prompt (`test/choose.v2`, recorded `test/choose.v1`);"),
        (Asked("test/choose.v1", ALIEN, OTHER), "differs in the words of the prompt;"),
        (Asked("test/rate.v1", ALIEN, OTHER), "no request of this prompt is recorded;"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_miss_names_the_field_that_differs(tmp_path: Path, question: Asked, told: str) -> None:
    other = {"item": "Heat", "profile": "Crime fan"}
    asyncio.run(record(tmp_path, Asked("test/choose.v1", ALIEN, SENT), Asked("test/choose.v1", other, asked("z").request)))
    assert told in miss_of(tmp_path, question)


def test_the_cost_of_misses_is_estimated_from_recorded_replies(tmp_path: Path) -> None:
    async def run() -> str:
        await record(tmp_path, asked("a"))  # its reply has two tokens
        with pytest.raises(ReplayMiss) as caught:
            await replayed(tmp_path, price=Price(input=0, cached_input=0, output=1e6)).answer(asked("b"))
        return str(caught.value)

    assert "at least 2.00 US dollars" in asyncio.run(run())


def test_why_explains_the_last_replay_that_failed(tmp_path: Path) -> None:
    async def run() -> None:
        await record(tmp_path, asked("a", item="Alien"))
        engine = replayed(tmp_path)
        questions = [Asked("test/choose.v1", {"text": "a", "item": f"{n}"}, asked(f"{n}").request) for n in range(25)]
        with pytest.raises(ReplayMiss):
            await asyncio.gather(*(engine.answer(question) for question in questions))

    store = Recordings(tmp_path / "answers.sqlite")
    with pytest.raises(MissingInput, match="no replay has failed here"):
        why(store, tmp_path / "misses.jsonl")
    asyncio.run(run())
    assert why(store, tmp_path / "misses.jsonl") == [
        "20 x `test/choose.v1`: the nearest recorded request differs in input `item`",
        "5 x `test/choose.v1`: not looked at",
    ]
    key = asked("7").request.key
    (line,) = why(store, tmp_path / "misses.jsonl", key[:10])
    assert line.startswith(f"{key} (`test/choose.v1`): the nearest recorded one (")
    with pytest.raises(MissingInput, match="no replay missed a request `zz`"):
        why(store, tmp_path / "misses.jsonl", "zz")
