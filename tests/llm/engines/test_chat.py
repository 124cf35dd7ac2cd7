"""What responses mean."""

from __future__ import annotations

import json
import time
from email.utils import formatdate

import pytest

from reproduce.llm.engines.chat import Again, Refused, answer, payload, retry_after, understand
from reproduce.llm.request import Message, Request, Sampling

REQUEST = Request(model="m", messages=(Message(role="user", content="a"),), sampling=Sampling(temperature=0.0, max_tokens=5))


def test_a_reply_limit_has_the_name_that_the_endpoint_knows() -> None:
    assert payload(REQUEST, "max_completion_tokens") == {
        "model": "m",
        "messages": [{"role": "user", "content": "a"}],
        "temperature": 0.0,
        "max_completion_tokens": 5,
    }


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (500, b"<html>Bad\n gateway</html>", Again("500 <html>Bad gateway</html>")),
        (503, b"", Again("503 without a word", overloaded=True)),
        (429, b'{"error": {"message": "slow down"}}', Again("429 slow down", overloaded=True, wait=2.0)),
        (400, b'{"detail": "bad field"}', Refused(400, "bad field")),
        (
            400,
            b'{"object": "error", "message": "too long", "type": "BadRequestError"}',
            Refused(400, "too long", "BadRequestError"),
        ),
        (404, b'"nothing here"', Refused(404, "nothing here")),
        (200, b"[]", Again("200 with a body that is no chat completion")),
        (200, b'{"choices": []}', Again("200 with a body that is no chat completion")),
        (200, b'{"choices": [{"text": "a"}]}', Again("200 with a body that is no chat completion")),
    ],
)
def test_responses_of_several_servers(status: int, body: bytes, meaning: object) -> None:
    headers = {"Retry-After": "2"} if status == 429 else {}
    assert understand(status, headers, body) == meaning


def test_long_messages_are_cut() -> None:
    found = understand(400, {}, json.dumps({"error": {"message": "x" * 1000}}).encode())
    assert isinstance(found, Refused)
    assert len(found.message) == 200


def test_cached_tokens_and_parts_are_read() -> None:
    body = {
        "choices": [
            {"message": {"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": None, "prompt_tokens_details": {"cached_tokens": 4}},
    }
    found = answer(body, REQUEST)
    assert (found.text, found.usage.cached_tokens, found.usage.completion_tokens, found.served) == ("ab", 4, 0, None)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "Retry-After": "9"}, 0.25),
        ({"Retry-After": "soon"}, None),
    ],
)
def test_waiting_times(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_a_date_is_a_waiting_time() -> None:
    assert retry_after({"Retry-After": formatdate(time.time() + 30, usegmt=True)}) == pytest.approx(30, abs=2)
    assert retry_after({"Retry-After": formatdate(time.time() - 30, usegmt=True)}) == 0.0
