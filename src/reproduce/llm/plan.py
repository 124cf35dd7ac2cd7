"""What a run will ask, before it asks: calls, tokens and money per prompt (formulas: section 7 of each paper's notes)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reproduce.llm.meter import Tally
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


def measured(plan: Iterable[Planned], tallies: Mapping[str, Tally]) -> list[Planned]:
    """The plan with the mean tokens of calls already made (by prompt id) in place of the planning values."""
    return [_measured(planned, tallies) for planned in plan]


def _measured(planned: Planned, tallies: Mapping[str, Tally]) -> Planned:
    found = [tally for prompt, tally in tallies.items() if prompt.rpartition(".v")[0] == planned.prompt]
    calls = sum(tally.calls for tally in found)
    if not calls:
        return planned
    return replace(
        planned,
        prompt_tokens=sum(tally.prompt_tokens for tally in found) / calls,
        completion_tokens=sum(tally.completion_tokens for tally in found) / calls,
    )
