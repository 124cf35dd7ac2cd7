"""How many calls may be in flight: more while an endpoint answers, half as many when it pushes back (as TCP does)."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Literal

START = 16
"""Calls in flight at first."""
Outcome = Literal["success", "failure", "pushback"]
"""Answered; failed for a reason of its own; overloaded or too slow."""


class Pace:
    """Admits callers one by one, oldest first.

    Begins with 16. Every success admits one more until the endpoint pushes back (429, overload, timeout); from then on one more
    per window of as many successes as there are places. A push-back halves the number, once for all calls of a window.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = min(START, most)
        self.flying = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._pushed_back = False
        self._successes = 0
        self._window = 0
        """Calls in flight since before the last halving: their push-backs tell nothing new."""

    async def enter(self) -> None:
        """Wait for a place."""
        if self.flying < self.limit and not self._waiting:
            self.flying += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # admitted and cancelled in the same turn
                self.leave("failure")
            raise

    def leave(self, outcome: Outcome) -> None:
        """Give the place back and say how the call went."""
        told = self._window > 0
        self._window = max(0, self._window - 1)
        if outcome == "success":
            self._succeeded()
        elif outcome == "pushback" and not told:
            self._pushed_back, self._successes = True, 0
            self._window = self.flying - 1
            self.limit = max(1, self.limit // 2)
        self.flying -= 1
        self._admit()

    def _succeeded(self) -> None:
        self._successes += 1
        if self.limit < self.most and (not self._pushed_back or self._successes >= self.limit):
            self.limit += 1
            self._successes = 0

    def _admit(self) -> None:
        while self._waiting and self.flying < self.limit:
            place = self._waiting.popleft()
            if not place.done():
                self.flying += 1
                place.set_result(None)
