"""Engine `openai` against `transformers serve`, a real server with a tiny checkpoint, and a replay without it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import serving

from reproduce.errors import EngineError
from reproduce.llm.engines.local import Local
from reproduce.llm.engines.openai import Limits, OpenAi
from reproduce.llm.meter import Meter
from reproduce.llm.recorded import Recorded, Replayed
from reproduce.llm.recordings import Recordings
from reproduce.llm.request import Answer, Asked, Engine, Message, Request, Sampling

pytestmark = pytest.mark.xdist_group("transformers-serve")


class Served:
    """A running `transformers serve`."""

    def __init__(self, url: str, model: Path) -> None:
        self.url = url
        self.model = str(model)

    def asked(self, text: str) -> Asked:
        messages = (Message(role="system", content="You play a user."), Message(role="user", content=text))
        return Asked("p.v1", {"text": text}, Request(model=self.model, messages=messages, sampling=Sampling(max_tokens=8)))

    def engine(self, meter: Meter) -> OpenAi:
        return OpenAi([self.url], None, Limits(timeout=60, attempts=3, concurrency=4), meter)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server, ready to answer."""
    with serving(tmp_path_factory.mktemp("serve")) as (url, model):
        yield Served(url, model)


def answers(engine: Engine, *questions: Asked) -> list[Answer]:
    async def run() -> list[Answer]:
        try:
            return list(await asyncio.gather(*(engine.answer(question) for question in questions)))
        finally:
            await engine.close()

    return asyncio.run(run())


def test_answers_are_recorded_and_replayed_without_the_server(served: Served, tmp_path: Path) -> None:
    questions = [served.asked(f"Do you interact with film {n}?") for n in range(6)]
    meter, store = Meter(), tmp_path / "answers.sqlite"
    live = answers(Recorded(served.engine(meter), Recordings(store), meter), *questions)
    assert len({answer.text for answer in live}) > 1
    assert {answer.usage.completion_tokens for answer in live} == {8}
    assert {answer.served for answer in live} == {f"{served.model}@main"}
    assert answers(Replayed("openai", Recordings(store), Meter(), tmp_path / "misses.jsonl", None), *questions) == live


def test_the_probe_sees_what_this_server_ignores_in_silence(served: Served) -> None:
    meter = Meter()
    answers(served.engine(meter), served.asked("Do you interact?"))
    assert meter.notes["abilities"] == {
        "tokens_name": "max_tokens",
        "temperature_zero": True,
        "repeats": True,
        "logprobs": False,
        "schema": False,
    }


def test_the_local_engine_writes_what_the_server_writes(served: Served) -> None:
    questions = [served.asked(f"film {n}") for n in range(3)]
    there = [answer.text for answer in answers(served.engine(Meter()), *questions)]
    here = [answer.text for answer in answers(Local(served.model), *questions)]
    assert [text.strip() for text in here] == [text.strip() for text in there]


def test_a_request_that_the_server_does_not_take_is_one_line(served: Served) -> None:
    request = Request(model="another/model", messages=(Message(role="user", content="a"),))
    with pytest.raises(EngineError) as caught:
        answers(served.engine(Meter()), Asked("p.v1", {}, request))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(served.url)
