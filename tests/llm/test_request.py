"""What makes a request another request."""

from __future__ import annotations

import pytest

from reproduce.llm.request import Message, Request, Sampling

ASKED = Request(
    model="gpt-4o-mini-2024-07-18",
    messages=(Message(role="system", content="Être bref."), Message(role="user", content="Alien (1979)?")),
    sampling=Sampling(temperature=0.0, max_tokens=64),
)
OTHERS = [
    {"model": "another"},
    {"messages": (Message(role="user", content="ho"),)},
    {"sampling": Sampling(temperature=0.7, max_tokens=64)},
    {"draw": 1},
]


def test_a_key_never_changes() -> None:
    assert ASKED.key == "30a12a994c781b3711456910a3f37cb6fa00528d026ea74e9dd85a23de10a0ff"


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: next(iter(other)))
def test_another_request_has_another_key(other: dict[str, object]) -> None:
    assert ASKED.model_copy(update=other).key != ASKED.key


def test_the_others_cover_every_field() -> None:
    assert {name for other in OTHERS for name in other} == set(Request.model_fields)


@pytest.mark.parametrize("field", Sampling.model_fields)
def test_every_way_of_drawing_is_part_of_the_key(field: str) -> None:
    assert ASKED.model_copy(update={"sampling": ASKED.sampling.model_copy(update={field: 1})}).key != ASKED.key


def test_a_whole_temperature_has_the_key_of_the_same_number() -> None:
    whole = Sampling.model_validate({"temperature": 0, "max_tokens": 64})
    assert ASKED.model_copy(update={"sampling": whole}).key == ASKED.key
