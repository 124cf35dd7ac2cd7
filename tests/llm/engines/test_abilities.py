"""What the probe learns from endpoints of several kinds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from loopback import Server
from scripted import asked

from reproduce.errors import EngineError
from reproduce.llm.engines.abilities import Abilities, probe
from reproduce.llm.engines.chat import Refused
from reproduce.llm.engines.openai import Limits, OpenAi
from reproduce.llm.meter import Meter
from reproduce.llm.request import Asked, Message, Request, Sampling


class Endpoint:
    """A server of some kind: what it refuses, what it heeds."""

    def __init__(self, refuses: tuple[str, ...] = (), heeds: tuple[str, ...] = (), repeats: bool = True) -> None:
        self.refuses = refuses
        self.heeds = heeds
        self.repeats = repeats
        self.bodies: list[Mapping[str, object]] = []

    async def send(self, body: Mapping[str, object]) -> dict[str, Any] | Refused:
        self.bodies.append(body)
        if odd := [name for name in self.refuses if name in body]:
            return Refused(400, f"Unsupported parameter: '{odd[0]}'")
        text = "ready" if self.repeats else f"ready {len(self.bodies)}"
        if "response_format" in body and "response_format" in self.heeds:
            text = '{"n": 1}'
        logprobs = {"content": [{"token": "ready"}]} if "logprobs" in body and "logprobs" in self.heeds else None
        return {"choices": [{"message": {"content": text}, "logprobs": logprobs}]}


@pytest.mark.parametrize(
    ("endpoint", "abilities"),
    [
        (Endpoint(heeds=("logprobs", "response_format")), Abilities("max_tokens", True, True, True, True)),
        (Endpoint(), Abilities("max_tokens", True, True, False, False)),
        (Endpoint(repeats=False), Abilities("max_tokens", True, False, False, False)),
        (Endpoint(refuses=("max_tokens",)), Abilities("max_completion_tokens", True, True, False, False)),
        (
            Endpoint(refuses=("max_tokens", "temperature", "logprobs"), heeds=("response_format",)),
            Abilities("max_completion_tokens", False, None, False, True),
        ),
        (Endpoint(refuses=("model",)), Abilities(None, False, None, False, False)),
    ],
    ids=["does all", "ignores in silence", "does not repeat itself", "other name", "reasoning model", "refuses all"],
)
def test_what_an_endpoint_can_do(endpoint: Endpoint, abilities: Abilities) -> None:
    assert asyncio.run(probe(endpoint.send, "m")) == abilities
    assert endpoint.bodies[0]["temperature"] == 0.0


def run(server: Server, request: Request, times: int = 1) -> Meter:
    """Ask through a probing engine."""

    async def ask() -> Meter:
        meter = Meter()
        engine = OpenAi([server.url], None, Limits(5.0, 2, 8, wait=0.01), meter)
        await asyncio.gather(*(engine.answer(Asked("p.v1", {}, request)) for _ in range(times)))
        await engine.close()
        return meter

    return asyncio.run(ask())


def test_the_engine_probes_once_before_its_first_call(server: Server) -> None:
    server.script()
    meter = run(server, asked("a").request, times=5)
    assert server.stats()["requests"] == 5 + 5
    assert meter.notes["abilities"] == {
        "tokens_name": "max_tokens",
        "temperature_zero": True,
        "repeats": True,
        "logprobs": False,
        "schema": False,
    }


def test_the_name_of_the_reply_limit_is_the_one_that_was_accepted(server: Server) -> None:
    server.script(faults=["400"])
    run(server, Request(model="m", messages=(Message(role="user", content="a"),), sampling=Sampling(max_tokens=3)))
    bodies = server.stats()["bodies"]
    assert isinstance(bodies, list)
    assert ("max_completion_tokens" in bodies[-1], "max_tokens" in bodies[-1]) == (True, False)


def test_a_model_that_refuses_temperature_0_is_told_with_the_remedy(server: Server) -> None:
    server.script(faults=["400", "400"])
    with pytest.raises(EngineError, match=r"`m` refuses temperature 0; set `llm\.temperature: 1` in params\.yaml"):
        run(server, asked("a").request)


def test_a_wrong_key_is_told_by_the_probe_already(server: Server) -> None:
    server.script(then="401")
    with pytest.raises(EngineError, match="set OPENAI_API_KEY"):
        run(server, asked("a").request)
    assert server.stats()["requests"] == 1
