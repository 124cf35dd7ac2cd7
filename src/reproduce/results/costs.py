"""How replies were read, what went wrong, and what the calls cost: summed over runs and the corpora that they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reproduce.params import Price
from reproduce.results.document import rounded

MADE_UP = ("fallback", "refusal")
"""Replies that gave no value, so that the prompt's fallback counts."""
FLAG = 0.02
"""Share of unreadable replies of one prompt above which a result carries a remark."""
TOKENS = ("prompt_tokens", "cached_tokens", "completion_tokens")


@dataclass(frozen=True)
class Spent:
    """`replies.json` of one run or corpus, with the model that answered."""

    key: str
    model: str
    replies: Mapping[str, Any]


def statuses(spent: Iterable[Spent]) -> dict[str, dict[str, int]]:
    """Replies by prompt and by how they were read."""
    total: dict[str, dict[str, int]] = {}
    for each in spent:
        for prompt, found in each.replies["prompts"].items():
            line = total.setdefault(prompt, {})
            for status, count in found["statuses"].items():
                line[status] = line.get(status, 0) + count
    return {prompt: dict(sorted(line.items())) for prompt, line in sorted(total.items())}


def made_up(replies: Mapping[str, Any]) -> tuple[int, int]:
    """How many replies were read, and how many of them gave no value."""
    lines = [found["statuses"] for found in replies["prompts"].values()]
    return sum(sum(line.values()) for line in lines), sum(line.get(status, 0) for line in lines for status in MADE_UP)


def counters(spent: Iterable[Spent]) -> dict[str, dict[str, int]]:
    """What went wrong or was refused, by run or corpus."""
    return {each.key: dict(sorted(each.replies.get("counters", {}).items())) for each in spent if each.replies.get("counters")}


def cost(spent: Iterable[Spent], prices: Mapping[str, Price]) -> dict[str, Any]:
    """Calls, tokens and dollars, in all and by run or corpus; dollars are null where the model has no price in `params.yaml`.

    A recorded answer that was replayed counts with the usage it was recorded with: this is what the result costs from nothing.
    """
    runs = {each.key: _cost(each, prices) for each in spent}
    total: dict[str, Any] = {name: sum(run[name] for run in runs.values()) for name in ("calls", *TOKENS)}
    known = [run["dollars"] for run in runs.values() if run["dollars"] is not None]
    return {**total, "dollars": rounded(sum(known)) if known else None, "runs": runs}


def _cost(each: Spent, prices: Mapping[str, Price]) -> dict[str, Any]:
    prompts = each.replies["prompts"].values()
    calls = sum(found["calls"] for found in prompts)
    read, cached, written = (sum(found.get(name, 0) for found in prompts) for name in TOKENS)
    price = prices.get(each.model)
    dollars = None
    if price is not None:
        dollars = rounded(((read - cached) * price.input + cached * price.cached_input + written * price.output) / 1e6)
    return {
        "calls": calls,
        "prompt_tokens": read,
        "cached_tokens": cached,
        "completion_tokens": written,
        "dollars": dollars,
        "model": each.model,
    }


def flagged(replies: Mapping[str, Mapping[str, int]]) -> list[str]:
    """One remark with the prompts of whose replies more than two in a hundred gave no value, or none."""
    shares = {
        prompt: sum(line.get(status, 0) for status in MADE_UP) / max(1, sum(line.values())) for prompt, line in replies.items()
    }
    named = [f"{prompt} {share:.1%}" for prompt, share in shares.items() if share > FLAG]
    return (
        [f"replies that could not be read or were refused, so that the prompt's fallback counts: {', '.join(named)}"]
        if named
        else []
    )
