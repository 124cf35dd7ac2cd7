"""The budget."""

from __future__ import annotations

import pytest

from reproduce.errors import BudgetSpent
from reproduce.llm.purse import Purse
from reproduce.llm.request import Message, Request, Sampling, Usage
from reproduce.params import Price

PRICE = Price(input=1e6, cached_input=0.5e6, output=2e6)  # dollars per token: 1, 0.5, 2
REQUEST = Request(model="m", messages=(Message(role="user", content="x" * 24),), sampling=Sampling(max_tokens=5))


def test_money_is_set_aside_for_calls_in_flight() -> None:
    purse = Purse(45.0, PRICE)
    assert purse.reserve(REQUEST) == 10 + 2 * 5
    assert purse.reserve(REQUEST) == 20
    with pytest.raises(BudgetSpent):
        purse.reserve(REQUEST)


def test_what_a_call_really_cost_is_paid() -> None:
    purse = Purse(45.0, PRICE)
    purse.pay(purse.reserve(REQUEST), Usage(prompt_tokens=10, completion_tokens=1, cached_tokens=4))
    assert purse.spent == 6 + 2 + 2
    purse.pay(purse.reserve(REQUEST), None)
    assert purse.spent == 10
    with pytest.raises(BudgetSpent, match=r"REPRODUCE_BUDGET=45 US dollars are spent \(10\.0000 on 1 answers, which are kept\)"):
        [purse.reserve(REQUEST) for _ in range(3)]


def test_replies_are_expected_to_be_at_most_twice_as_long_as_those_before() -> None:
    purse, free = Purse(1e9, PRICE), Request(model="m", messages=())
    assert purse.reserve(free) == 400
    purse.pay(0, Usage(prompt_tokens=0, completion_tokens=10))
    assert purse.reserve(free) == 40
