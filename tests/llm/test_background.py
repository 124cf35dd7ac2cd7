"""An event loop on a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest

from reproduce.errors import EngineError
from reproduce.llm.background import Background


async def where() -> tuple[int, asyncio.AbstractEventLoop]:
    await asyncio.sleep(0)
    return threading.get_ident(), asyncio.get_running_loop()


def test_everything_runs_on_one_loop_that_is_not_the_callers():
    async def stage() -> None:
        with Background() as background:
            first, second = background.run(where()), background.run(where())
        assert first == second
        assert first[0] != threading.get_ident()
        assert first[1].is_closed()

    asyncio.run(stage())  # also from within another loop


def test_what_is_entered_is_left_on_the_same_loop():
    seen = []

    @asynccontextmanager
    async def opened():
        seen.append(await where())
        try:
            yield "llm"
        finally:
            seen.append(await where())

    with Background() as background:
        assert background.enter(opened()) == "llm"
    assert seen[0] == seen[1]


def test_what_leaving_raises_is_raised_and_the_thread_ends_all_the_same():
    @asynccontextmanager
    async def opened():
        yield
        raise EngineError("too many fallbacks")

    before = threading.active_count()
    with pytest.raises(EngineError, match="too many"), Background() as background:
        background.enter(opened())
    assert threading.active_count() == before


def test_an_error_of_the_block_is_what_is_raised():
    left = []

    @asynccontextmanager
    async def opened():
        try:
            yield
        except EngineError as error:
            left.append(str(error))
            raise

    def stage() -> None:
        with Background() as background:
            background.enter(opened())
            raise EngineError("first")

    with pytest.raises(EngineError, match="first"):
        stage()
    assert left == ["first"]


def test_an_error_of_the_work_reaches_the_caller_and_the_loop_lives_on():
    async def fails() -> None:
        raise EngineError("the endpoint is gone")

    with Background() as background:
        with pytest.raises(EngineError, match="gone"):
            background.run(fails())
        assert background.run(where())


def test_closing_cancels_what_still_runs_and_may_be_done_twice():
    cancelled = threading.Event()

    async def forever() -> None:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def start() -> None:
        tasks.append(asyncio.ensure_future(forever()))
        await asyncio.sleep(0)

    tasks: list[asyncio.Future[None]] = []
    background = Background()
    background.run(start())
    background.close()
    background.close()
    assert cancelled.is_set()
    with pytest.raises(RuntimeError, match="closed"):
        background.run(where())
