"""Engines in front of the recordings: `Recorded` asks for what is missing and keeps it, `Replayed` never asks.

Which of the two answers is chosen once per process, when a stage opens its `Llm`; no method ever knows.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from reproduce.llm.meter import Meter
from reproduce.llm.misses import Miss, remember, report
from reproduce.llm.recordings import Recordings
from reproduce.llm.request import Answer, Asked, Engine
from reproduce.params import Price

_PAUSE = 0.1
_QUIET = 3
"""So many pauses (seconds) without a request, and a replay that misses something has got as far as it can."""


class Recorded:
    """Answers from the recordings, else from an engine, whose answer is committed before anybody sees it.

    Equal requests in flight are one call. A call that was sent is always finished and recorded, even when the method that wanted
    it has failed meanwhile: it is paid.
    """

    def __init__(self, engine: Engine, store: Recordings, meter: Meter) -> None:
        self.name = engine.name
        self._engine = engine
        self._store = store
        self._meter = meter
        self._flying: dict[str, asyncio.Task[Answer]] = {}

    async def answer(self, asked: Asked) -> Answer:
        """The recorded answer, or a new one. Raises EngineError, BudgetSpent, StorageError."""
        key = asked.request.key
        flying = self._flying.get(key)
        if flying is None:
            if found := self._store.get(key):
                self._meter.wires[asked.prompt].hits += 1
                return found
            flying = asyncio.get_running_loop().create_task(self._fetch(asked, key))
            self._flying[key] = flying
            flying.add_done_callback(_seen)
        return await asyncio.shield(flying)

    async def close(self) -> None:
        """Let the calls in flight end, record them, then release everything."""
        await self._engine.close()
        while self._flying:
            await asyncio.wait(list(self._flying.values()))
        self._store.close()

    async def _fetch(self, asked: Asked, key: str) -> Answer:
        try:
            answer = await self._engine.answer(asked)
            return await self._store.put(asked, key, answer)
        finally:
            del self._flying[key]


def _seen(task: asyncio.Task[Answer]) -> None:
    """An error is raised in those who wait for the call; when none is left, it is no news."""
    if not task.cancelled():
        task.exception()


class Replayed:
    """Answers from the recordings only.

    A request that misses does not end the run at once: it waits until nothing else goes on, so that all misses which can be
    reached are told in one ReplayMiss.
    """

    def __init__(self, name: str, store: Recordings, meter: Meter, missed: Path, price: Price | None) -> None:
        self.name = name
        self._store = store
        self._meter = meter
        self._path = missed
        self._price = price
        self._calls = 0
        self._missed: dict[str, Miss] = {}
        self._end: asyncio.Task[Answer] | None = None

    async def answer(self, asked: Asked) -> Answer:
        """The recorded answer. Raises ReplayMiss, once all others have got as far as they can."""
        self._calls += 1
        key = asked.request.key
        if found := self._store.get(key):
            self._meter.wires[asked.prompt].hits += 1
            return found
        self._missed.setdefault(key, Miss.of(asked))
        if self._end is None:
            self._end = asyncio.get_running_loop().create_task(self._give_up(asked.request.model))
            self._end.add_done_callback(_seen)
        return await asyncio.shield(self._end)

    async def close(self) -> None:
        """Release the file."""
        if self._end:
            self._end.cancel()
        self._store.close()

    async def _give_up(self, model: str) -> Answer:
        """Raise ReplayMiss when nothing has been asked for a while."""
        quiet = 0
        while quiet < _QUIET:
            before = self._calls
            await asyncio.sleep(_PAUSE)
            quiet = quiet + 1 if self._calls == before else 0
        remember(self._path, list(self._missed.values()))
        raise report(self._store, list(self._missed.values()), self._calls, model, self._price)
