"""Counts per prompt, by hand."""

from __future__ import annotations

import pytest

from reproduce.errors import TooManyFallbacks
from reproduce.llm.meter import Meter, Wire
from reproduce.llm.plan import Planned
from reproduce.llm.request import Message, Usage
from reproduce.llm.tokens import dollars, prompt_tokens, reply_tokens
from reproduce.params import Price

PRICE = Price(input=0.15, cached_input=0.075, output=0.60)


def meter(**statuses: dict[str, int]) -> Meter:
    made = Meter()
    for prompt, counts in statuses.items():
        made.tallies[f"dgdpo/{prompt}.v1"].statuses.update(counts)
    return made


def test_replies_json_counts_calls_tokens_and_statuses() -> None:
    counted = Meter()
    counted.answered("a.v1", Usage(prompt_tokens=100, completion_tokens=10, cached_tokens=50))
    counted.answered("a.v1", Usage(prompt_tokens=100, completion_tokens=20))
    counted.tallies["a.v1"].statuses["strict"] += 1
    counted.tallies["a.v1"].repairs += 1
    assert counted.replies({"refine_rejected": 2}) == {
        "prompts": {
            "a.v1": {
                "calls": 2,
                "prompt_tokens": 200,
                "completion_tokens": 30,
                "cached_tokens": 50,
                "repairs": 1,
                "neutral": 0,
                "statuses": {"strict": 1, "lenient": 0, "repair": 0, "fallback": 0, "refusal": 0},
            }
        },
        "counters": {"refine_rejected": 2},
    }


def test_money_counts_cached_tokens_at_their_own_price() -> None:
    assert dollars(PRICE, 1_000_000, 500_000, 400_000) == pytest.approx(0.6 * 0.15 + 0.4 * 0.075 + 0.5 * 0.6)
    counted = Meter()
    counted.answered("a.v1", Usage(prompt_tokens=1_000_000, completion_tokens=0))
    assert counted.tallies["a.v1"].cost(PRICE) == pytest.approx(0.15)


def test_tokens_without_a_tokenizer_are_characters_over_four() -> None:
    assert [reply_tokens(text) for text in ("", "a", "four", "five!")] == [0, 1, 1, 2]
    assert prompt_tokens([Message(role="user", content="four" * 10), Message(role="user", content="")]) == 10 + 4 + 4


def test_a_run_fails_above_the_limit_and_says_how_often() -> None:
    over = meter(decide={"strict": 88, "fallback": 7, "refusal": 5})
    with pytest.raises(
        TooManyFallbacks, match=r"^`dgdpo/decide\.v1`: 12 of 100 replies gave no value \(7 unreadable, 5 refused\)"
    ):
        over.check(0.10)
    over.check(0.12)


def test_one_bad_prompt_is_not_hidden_by_many_good_ones() -> None:
    with pytest.raises(TooManyFallbacks, match=r"dgdpo/refine\.v1"):
        meter(decide={"strict": 10_000}, refine={"strict": 17, "fallback": 3}).check(0.10)


def test_prompts_asked_seldom_are_judged_together() -> None:
    meter(init={"strict": 2, "fallback": 1}, infer={"strict": 16}).check(0.10)
    with pytest.raises(TooManyFallbacks, match=r"dgdpo/infer\.v1, dgdpo/init\.v1`: 3 of 19"):
        meter(init={"strict": 1, "fallback": 2}, infer={"strict": 15, "fallback": 1}).check(0.10)


def test_flags_begin_at_two_percent() -> None:
    assert meter(decide={"strict": 98, "fallback": 2}).flags() == []
    assert len(meter(decide={"strict": 97, "fallback": 3}).flags()) == 1


def test_latencies_are_told_as_percentiles() -> None:
    wire = Wire(seconds=[0.1 * n for n in range(1, 101)])
    assert wire.percentile(0.5) == pytest.approx(5.1)
    assert wire.percentile(0.99) == pytest.approx(10.0)
    assert Wire().percentile(0.5) is None


def test_a_plan_costs_calls_times_tokens() -> None:
    plan = Planned("dgdpo/decide", calls=1000, prompt_tokens=350, completion_tokens=40)
    assert plan.cost(PRICE) == pytest.approx(1000 * (350 * 0.15 + 40 * 0.60) / 1e6)
