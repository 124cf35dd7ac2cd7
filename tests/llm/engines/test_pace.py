"""How many calls may be in flight."""

from __future__ import annotations

import asyncio

from reproduce.llm.engines.pace import START, Outcome, Pace


def play(pace: Pace, *outcomes: tuple[int, Outcome]) -> list[int]:
    """The limit after every series of calls, each made alone."""

    async def run() -> list[int]:
        limits = []
        for count, outcome in outcomes:
            for _ in range(count):
                await pace.enter()
                pace.leave(outcome)
            limits.append(pace.limit)
        return limits

    return asyncio.run(run())


def test_every_success_admits_one_more_until_the_first_pushback() -> None:
    assert play(Pace(64), (10, "success"), (100, "success")) == [START + 10, 64]


def test_a_pushback_halves_and_then_it_is_one_more_per_window() -> None:
    assert play(Pace(64), (1, "pushback"), (7, "success"), (1, "success"), (8, "success"), (1, "success")) == [8, 8, 9, 9, 10]


def test_a_failure_of_its_own_changes_nothing() -> None:
    assert play(Pace(64), (30, "failure")) == [START]


def test_it_never_ends_below_one_or_above_the_cap() -> None:
    assert play(Pace(2), (1, "success"), (9, "pushback")) == [2, 1]


def test_pushbacks_of_one_wave_count_once() -> None:
    async def run() -> list[int]:
        pace = Pace(64)
        for _ in range(16):
            await pace.enter()
        limits = []
        for _ in range(16):
            pace.leave("pushback")
            limits.append(pace.limit)
        await pace.enter()
        pace.leave("pushback")
        return [*limits, pace.limit]

    assert asyncio.run(run()) == [8] * 16 + [4]


def test_callers_are_admitted_in_their_order_and_a_cancelled_one_gives_its_place_back() -> None:
    async def run() -> list[int]:
        pace, admitted = Pace(1), []

        async def call(number: int) -> None:
            await pace.enter()
            admitted.append(number)
            await asyncio.sleep(0)
            pace.leave("success")

        calls = [asyncio.ensure_future(call(number)) for number in range(4)]
        await asyncio.sleep(0)
        calls[1].cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert pace.flying == 0
        return admitted

    assert asyncio.run(run()) == [0, 2, 3]
