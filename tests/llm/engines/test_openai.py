"""Engine `openai` against a real HTTP server with every fault that endpoints have."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest
from loopback import Server
from scripted import asked

from reproduce.errors import BudgetSpent, EngineError, ReproduceError
from reproduce.llm.engines.openai import OPENAI, Limits, OpenAi
from reproduce.llm.meter import Meter
from reproduce.llm.purse import Purse
from reproduce.llm.recorded import Recorded, Replayed
from reproduce.llm.recordings import Recordings
from reproduce.llm.request import Answer, Message, Request, Sampling
from reproduce.llm.request import Asked as Question
from reproduce.params import Price

LIMITS = Limits(timeout=5.0, attempts=4, concurrency=16, wait=0.02)


def limits(**other: float) -> Limits:
    return replace(LIMITS, **other)  # type: ignore[arg-type]


def engine(url: str | list[str], meter: Meter | None = None, limits: Limits = LIMITS, **other: object) -> OpenAi:
    urls = [url] if isinstance(url, str) else url
    return OpenAi(urls, "sk-test", limits, meter or Meter(), probing=False, **other)  # type: ignore[arg-type]


def answers(made: OpenAi | Recorded, *texts: str) -> list[Answer]:
    """What an engine answers, all asked at once."""

    async def run() -> list[Answer]:
        try:
            return list(await asyncio.gather(*(made.answer(asked(text)) for text in texts)))
        finally:
            await made.close()

    return asyncio.run(run())


def failure(made: OpenAi | Recorded, *texts: str) -> ReproduceError:
    with pytest.raises(ReproduceError) as caught:
        answers(made, *(texts or ("a",)))
    assert "\n" not in str(caught.value)
    return caught.value


def test_an_answer_has_text_usage_and_served_name(server: Server) -> None:
    server.script()
    (answer,) = answers(engine(server.url), "four" * 10)
    assert answer.text.startswith("echo ")
    assert (answer.finish, answer.served) == ("stop", "m-served")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (10, 5)


def test_what_is_sent_are_the_fields_of_the_request(server: Server) -> None:
    server.script()
    sampling = Sampling(temperature=0.5, top_p=0.9, max_tokens=7, seed=3)
    request = Request(model="m", messages=(Message(role="user", content="Amélie"),), sampling=sampling, draw=2)

    async def run() -> None:
        made = engine(server.url)
        await made.answer(Question("p.v1", {}, request))
        await made.close()

    asyncio.run(run())
    stats = server.stats()
    messages = [{"role": "user", "content": "Amélie"}]
    assert stats["bodies"] == [{"model": "m", "messages": messages, "temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "seed": 3}]
    assert stats["keys"] == ["Bearer sk-test"]


@pytest.mark.parametrize("fault", ["429", "500", "503", "drop", "truncated", "short", "empty"])
def test_what_may_pass_is_tried_again(server: Server, fault: str) -> None:
    server.script(faults=[fault])
    meter = Meter()
    assert answers(engine(server.url, meter), "a")[0].text.startswith("echo ")
    assert server.stats()["requests"] == 2
    assert meter.wires["test/choose.v1"].retries == 1


@pytest.mark.parametrize("fault", ["loris", "hang"])
def test_a_server_that_trickles_or_hangs_meets_the_total_deadline(server: Server, fault: str) -> None:
    server.script(faults=[fault])
    started = time.perf_counter()
    answers(engine(server.url, limits=limits(timeout=0.4)), "a")
    assert 0.4 <= time.perf_counter() - started < 4
    assert server.stats()["requests"] == 2


def test_an_endpoint_says_how_long_to_wait(server: Server) -> None:
    server.script(faults=["429"], retry_after="1")
    started = time.perf_counter()
    answers(engine(server.url), "a")
    assert 1.0 <= time.perf_counter() - started < 3


def test_tries_are_bounded(server: Server) -> None:
    server.script(faults=["500"], then="500")
    told = str(failure(engine(server.url, limits=limits(attempts=2, concurrency=16))))
    assert told == (
        f"{server.url}: failed 2 times in a row (last: 500 The server had an error); all answers so far are kept, run again when"
        " the endpoint is well"
    )
    assert server.stats()["requests"] == 2


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        ("401", "401 Incorrect API key provided; set OPENAI_API_KEY to a key that this endpoint accepts"),
        ("403", "403 Project has no access; the key in OPENAI_API_KEY may not use `m`"),
        ("404", "404 The model does not exist; mend `llm.model` (`m`) or `llm.base_url` in params.yaml"),
        ("400", "400 Unsupported value: 'temperature'; the endpoint does not take this request for `m`"),
        ("422", "422 extra fields not permitted; the endpoint does not take this request for `m`"),
        ("quota", "429 You exceeded your current quota; the account behind OPENAI_API_KEY has no money left, all answers so far"
         " are kept"),
    ],
)  # fmt: skip
def test_what_will_not_pass_is_told_at_once(server: Server, fault: str, remedy: str) -> None:
    server.script(then=fault)
    error = failure(engine(server.url))
    assert isinstance(error, EngineError)
    assert str(error) == f"{server.url}: {remedy}"
    assert server.stats()["requests"] == 1


def test_after_a_fatal_failure_nothing_more_is_sent(server: Server) -> None:
    server.script(then="401")

    async def run() -> None:
        made = engine(server.url, limits=limits(attempts=4, concurrency=2))
        results = await asyncio.gather(*(made.answer(asked(f"{n}")) for n in range(20)), return_exceptions=True)
        await made.close()
        assert all(isinstance(result, EngineError) for result in results)

    asyncio.run(run())
    assert int(str(server.stats()["requests"])) <= 4


def test_an_endpoint_that_wants_hours_ends_the_run(server: Server) -> None:
    server.script(faults=["never"], retry_after="7200")
    assert "wants to be asked again in 7200 s (429 Daily limit reached); run again then" in str(failure(engine(server.url)))


@pytest.mark.parametrize(
    ("fault", "finish", "text"),
    [
        ("filter", "refusal", ""),
        ("filtered", "refusal", ""),
        ("refusal", "refusal", "I can't help with that."),
        ("refused", "stop", "I'm sorry, but I cannot help with that."),
    ],
)
def test_a_refusal_is_an_answer(server: Server, fault: str, finish: str, text: str) -> None:
    server.script(faults=[fault])
    (answer,) = answers(engine(server.url), "a")
    assert (answer.finish, answer.text) == (finish, text)
    assert server.stats()["requests"] == 1


def test_a_cut_reply_is_an_answer(server: Server) -> None:
    server.script(faults=["length"])
    assert answers(engine(server.url), "a")[0].finish == "length"


def test_half_a_surrogate_pair_is_replaced(server: Server, tmp_path: Path) -> None:
    server.script(faults=["surrogate"])
    made = Recorded(engine(server.url), Recordings(tmp_path / "answers.sqlite"), Meter())
    assert answers(made, "a")[0].text == "half ? of a pair"


def test_tokens_that_are_not_counted_are_estimated(server: Server) -> None:
    server.script(faults=["uncounted"])
    (answer,) = answers(engine(server.url), "four" * 10)
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (14, 6)


def test_nobody_listening_is_one_line_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    started = time.perf_counter()
    told = str(failure(engine(url)))
    assert told.startswith(f"no endpoint answers at {url} (")
    assert told.endswith("; start it, or mend `llm.base_url` in params.yaml")
    assert time.perf_counter() - started < 2


def test_no_key_for_the_openai_service_is_one_line() -> None:
    with pytest.raises(EngineError, match=r"no endpoint: set OPENAI_API_KEY, or `llm\.base_url`"):
        OpenAi((), None, LIMITS, Meter())
    assert OpenAi((), "sk", LIMITS, Meter()).endpoints[0].url == OPENAI


def test_an_odd_base_url_is_one_line() -> None:
    with pytest.raises(EngineError, match="`localhost:8000` should begin with http"):
        OpenAi(("localhost:8000",), None, LIMITS, Meter())


def test_a_dead_endpoint_beside_a_live_one_costs_nothing_but_a_try(server: Server) -> None:
    server.script()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    assert len(answers(engine([dead, server.url]), *(f"{n}" for n in range(20)))) == 20


def test_calls_go_to_the_endpoint_with_the_fewest_in_flight(server: Server) -> None:
    server.script(latency=0.05)
    made = engine([server.url, f"{server.root}/v1/"])

    async def run() -> list[int]:
        calls = [asyncio.ensure_future(made.answer(asked(f"{n}"))) for n in range(10)]
        await asyncio.sleep(0.03)
        flying = [endpoint.flying for endpoint in made.endpoints]
        await asyncio.gather(*calls)
        await made.close()
        return flying

    assert asyncio.run(run()) == [5, 5]


def test_never_more_calls_in_flight_than_allowed(server: Server) -> None:
    server.script(latency=0.01)
    assert len(answers(engine(server.url, limits=limits(attempts=4, concurrency=8)), *(f"{n}" for n in range(100)))) == 100
    assert 6 <= int(str(server.stats()["most"])) <= 8


def test_concurrency_does_not_change_replies(server: Server) -> None:
    server.script(latency=0.002)
    texts = [f"question {n}" for n in range(60)]
    wide, narrow = (answers(engine(server.url, limits=limits(concurrency=most)), *texts) for most in (64, 1))
    assert wide == narrow


def test_a_storm_of_faults_loses_nothing(server: Server, tmp_path: Path) -> None:
    faults = ["429", "500", "drop", "truncated", "short", "429", "empty", "503"]
    server.script(faults=faults, every=6, retry_after="0.02", latency=0.005)
    made = Recorded(
        engine(server.url, limits=limits(attempts=8, concurrency=32)), Recordings(tmp_path / "answers.sqlite"), Meter()
    )
    texts = [f"question {n}" for n in range(300)]
    live = answers(made, *texts)
    assert len(live) == 300
    assert int(str(server.stats()["requests"])) > 340
    replay = Replayed("openai", Recordings(tmp_path / "answers.sqlite"), Meter(), tmp_path / "misses.jsonl", None)
    assert answers(replay, *texts) == live  # type: ignore[arg-type]


def test_closing_lets_calls_in_flight_end_and_sends_nothing_more(server: Server, tmp_path: Path) -> None:
    server.script(faults=["ok", "ok", "500"], retry_after="60", latency=0.2)

    async def run() -> list[object]:
        made = Recorded(
            engine(server.url, limits=limits(wait=60, concurrency=3)), Recordings(tmp_path / "answers.sqlite"), Meter()
        )
        calls = [asyncio.ensure_future(made.answer(asked(f"{n}"))) for n in range(6)]  # 3 in flight, 3 wait for a place
        await asyncio.sleep(0.1)
        await made.close()
        return await asyncio.gather(*calls, return_exceptions=True)

    started = time.perf_counter()
    results = asyncio.run(run())
    assert time.perf_counter() - started < 5
    assert [type(result) for result in results] == [Answer, Answer, *4 * [EngineError]]
    assert server.stats()["requests"] == 3
    assert Recordings(tmp_path / "answers.sqlite").count() == 2


def test_a_budget_stops_the_run_and_a_larger_one_goes_on(server: Server, tmp_path: Path) -> None:
    server.script(latency=0.01)
    texts = [f"question {n} " + "x" * 400 for n in range(50)]
    price = Price(input=10_000.0, cached_input=0.0, output=0.0)  # about one dollar per call

    def run(budget: float) -> Recorded:
        purse = Purse(budget, price)
        return Recorded(engine(server.url, purse=purse), Recordings(tmp_path / "answers.sqlite"), Meter())

    error = failure(run(20.0), *texts)
    assert isinstance(error, BudgetSpent)
    assert "raise it and run the same command again to go on" in str(error)
    bought = Recordings(tmp_path / "answers.sqlite").count()
    assert 15 <= bought <= 20
    assert bought == server.stats()["requests"]
    assert len(answers(run(100.0), *texts)) == 50
    assert server.stats()["requests"] == 50
