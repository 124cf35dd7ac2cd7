"""What a stage asked: calls, tokens, how replies were read, per prompt; and, apart from it, what happened on the wire.

The first part is deterministic, a replayed answer counting with its recorded usage, and goes into every result. The second part
(hits, retries, latencies) differs from run to run and only ever goes to the side log.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import get_args

from reproduce.errors import TooManyFallbacks
from reproduce.llm.question import Status
from reproduce.llm.request import Usage
from reproduce.llm.tokens import dollars
from reproduce.params import Price

STATUSES: tuple[Status, ...] = get_args(Status)
FLAGGED = 0.02
"""Share of replies without a value of their own above which a result is flagged."""
_FEW = 20
"""Prompts that were asked less often are judged together: one bad reply of three says nothing."""


@dataclass
class Tally:
    """The deterministic counts of one prompt."""

    calls: int = 0
    """Answers received: one per question, and one more for every repair and every second try after a refusal.

    Equal requests count as often as they are asked, though they are answered (and paid) once.
    """
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    repairs: int = 0
    """Calls that sent a faulty answer back."""
    neutral: int = 0
    """Calls that asked again after a refusal."""
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def asked(self) -> int:
        """Questions."""
        return sum(self.statuses.values())

    @property
    def made_up(self) -> int:
        """Questions whose value is the fallback: replies that could not be read, and refusals."""
        return self.statuses["fallback"] + self.statuses["refusal"]

    def cost(self, price: Price) -> float:
        """US dollars."""
        return dollars(price, self.prompt_tokens, self.completion_tokens, self.cached_tokens)


@dataclass
class Wire:
    """What happened while the answers of one prompt were fetched. Volatile: never part of an output."""

    hits: int = 0
    """Answered from the recordings."""
    live: int = 0
    """Answered by the engine."""
    retries: int = 0
    """Tries beyond the first."""
    seconds: list[float] = field(default_factory=list)
    """Time of each live call, waiting for its turn not included."""

    def percentile(self, share: float) -> float | None:
        """The latency that this share of the live calls did not exceed, in seconds."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


class Meter:
    """Counts of one stage."""

    def __init__(self) -> None:
        self.tallies: defaultdict[str, Tally] = defaultdict(Tally)
        self.wires: defaultdict[str, Wire] = defaultdict(Wire)
        self.notes: dict[str, object] = {}
        """For the side log, such as what the endpoint can do."""

    def answered(self, prompt: str, usage: Usage) -> None:
        """One answer came, from wherever."""
        tally = self.tallies[prompt]
        tally.calls += 1
        tally.prompt_tokens += usage.prompt_tokens
        tally.completion_tokens += usage.completion_tokens
        tally.cached_tokens += usage.cached_tokens

    def replies(self, counters: Mapping[str, int] | None = None) -> dict[str, object]:
        """The content of `replies.json`; `counters` are the method's own."""
        prompts = {
            prompt: {
                "calls": tally.calls,
                "prompt_tokens": tally.prompt_tokens,
                "completion_tokens": tally.completion_tokens,
                "cached_tokens": tally.cached_tokens,
                "repairs": tally.repairs,
                "neutral": tally.neutral,
                "statuses": {status: tally.statuses[status] for status in STATUSES},
            }
            for prompt, tally in sorted(self.tallies.items())
        }
        return {"prompts": prompts, "counters": dict(sorted((counters or {}).items()))}

    def side_log(self) -> dict[str, object]:
        """What happened on the wire, per prompt."""
        return {
            prompt: {
                "hits": wire.hits,
                "live": wire.live,
                "retries": wire.retries,
                "seconds": {f"p{round(100 * share)}": wire.percentile(share) for share in (0.5, 0.9, 0.99)},
            }
            for prompt, wire in sorted(self.wires.items())
        }

    def flags(self, limit: float = FLAGGED) -> list[str]:
        """One line for every prompt (those asked seldom together) of whose values more than `limit` are made up."""
        return [
            f"`{name}`: {tally.made_up} of {tally.asked} replies gave no value"
            f" ({tally.statuses['fallback']} unreadable, {tally.statuses['refusal']} refused)"
            for name, tally in self._judged()
            if tally.made_up > limit * tally.asked
        ]

    def check(self, max_fallback: float) -> None:
        """Raise TooManyFallbacks when more values than this share are made up."""
        if flags := self.flags(max_fallback):
            raise TooManyFallbacks(
                f"{'; '.join(flags)}: more than `llm.max_fallback` = {max_fallback:g}; mend the prompt or its parser"
                " (answered calls are not paid again), or raise the limit"
            )

    def _judged(self) -> Iterator[tuple[str, Tally]]:
        """Prompts that were asked often, then all others as one."""
        seldom = {prompt for prompt, tally in self.tallies.items() if tally.asked < _FEW}
        for prompt, tally in sorted(self.tallies.items()):
            if prompt not in seldom:
                yield prompt, tally
        if seldom:
            together = sum((self.tallies[prompt].statuses for prompt in seldom), Counter[str]())
            yield ", ".join(sorted(seldom)), Tally(statuses=together)
