"""The budget of one process: a call is sent only when it can be paid (`REPRODUCE_BUDGET`, US dollars)."""

from __future__ import annotations

from reproduce.errors import BudgetSpent
from reproduce.llm.request import Request, Usage
from reproduce.llm.tokens import dollars, prompt_tokens
from reproduce.params import Price

_FIRST_REPLY = 200
"""Tokens that are set aside for a reply, until some have come."""


class Purse:
    """Counts what answers cost and sets money aside for calls in flight, so that they never overrun the budget together."""

    def __init__(self, budget: float, price: Price) -> None:
        self.budget = budget
        self.spent = 0.0
        self._price = price
        self._reserved = 0.0
        self._replies = 0
        self._tokens = 0

    def reserve(self, request: Request) -> float:
        """Set money aside for one call; the amount. Raises BudgetSpent when there is not enough."""
        most = request.sampling.max_tokens
        expected = 2 * self._tokens / self._replies if self._replies else _FIRST_REPLY
        amount = dollars(self._price, prompt_tokens(request.messages), min(expected, most) if most else expected)
        if self.spent + self._reserved + amount > self.budget:
            raise BudgetSpent(
                f"REPRODUCE_BUDGET={self.budget:g} US dollars are spent ({self.spent:.4f} on {self._replies} answers, which are"
                " kept); raise it and run the same command again to go on"
            )
        self._reserved += amount
        return amount

    def pay(self, amount: float, usage: Usage | None) -> None:
        """Release what was set aside; `usage` is what the call has cost, None when it brought no answer."""
        self._reserved -= amount
        if usage is not None:
            self.spent += dollars(self._price, usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens)
            self._replies += 1
            self._tokens += usage.completion_tokens
