"""Asks an LLM from code that is not asynchronous, such as the step of an environment: one event loop on a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from threading import Thread
from types import TracebackType
from typing import Any, TypeVar

from typing_extensions import Self

T = TypeVar("T")


class Background:
    """A running event loop. What is entered on it is left, and what runs on it is cancelled, when it is closed.

    An `Llm` belongs to the loop on which it is opened, its connections and its store of answers included: open it here
    (`background.enter(open_llm(...))`), not on the loop of a stage.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="background", daemon=True)
        self._thread.start()
        self._stack = AsyncExitStack()

    def run(self, work: Coroutine[Any, Any, T]) -> T:  # as `asyncio.run` has it
        """What a coroutine returns or raises; the calling thread waits for it."""
        if not self._thread.is_alive():
            work.close()
            raise RuntimeError("the background loop is closed")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:  # also when the waiting thread is interrupted
            future.cancel()
            raise

    def enter(self, manager: AbstractAsyncContextManager[T]) -> T:
        """Enter a context manager, which is left when this is closed, and which raises there what it has to say at its end."""
        return self.run(self._stack.enter_async_context(manager))

    def close(self) -> None:
        """Leave what was entered, the last one first, cancel what still runs, end the thread. May be called more than once."""
        self._close(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close(kind, error, trace)

    def _close(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if not self._thread.is_alive():
            return
        try:
            self.run(self._leave(kind, error, trace))
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _leave(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            await self._stack.__aexit__(kind, error, trace)
        finally:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await self._loop.shutdown_asyncgens()
