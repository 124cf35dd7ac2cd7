"""What a run will ask, before it asks: calls, tokens and money per prompt (formulas: section 7 of each paper's notes)."""

from __future__ import annotations

from dataclasses import dataclass

from reproduce.llm.tokens import dollars
from reproduce.params import Price


@dataclass(frozen=True)
class Planned:
    """The calls that a run makes with one prompt, as far as they can be told before."""

    prompt: str
    """Name without version, such as `dgdpo/decide`."""
    calls: float
    """Expected number of calls in the whole run; an expectation need not be whole."""
    prompt_tokens: float
    """Mean tokens that one call sends."""
    completion_tokens: float
    """Mean tokens of one reply."""

    def cost(self, price: Price) -> float:
        """US dollars when the provider caches nothing."""
        return self.calls * dollars(price, self.prompt_tokens, self.completion_tokens)
