"""What an endpoint can do, asked before the first call: servers accept fields and ignore them in silence.

The first request has temperature 0, since `transformers serve --continuous-batching` keeps the temperature of its first request.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reproduce.llm.engines.chat import Refused, TokensName

Send = Callable[[Mapping[str, object]], Awaitable["dict[str, Any] | Refused"]]
"""Sends one body; transient failures are retried, EngineError is raised when they do not pass."""


@dataclass(frozen=True)
class Abilities:
    """What the probe saw. None: it could not tell."""

    tokens_name: TokensName | None
    """The field for the longest reply; None when both are refused."""
    temperature_zero: bool
    """Temperature 0 is accepted (reasoning models refuse it)."""
    repeats: bool | None
    """Three equal requests at temperature 0, two of them at once, got equal texts."""
    logprobs: bool
    """Log-probabilities are returned when asked for."""
    schema: bool
    """A JSON schema that contradicts the prompt is obeyed."""


async def probe(send: Send, model: str) -> Abilities:
    """Ask the endpoint a handful of very short questions."""
    ask: dict[str, object] = {"model": model, "messages": [{"role": "user", "content": "Reply with one word: ready"}]}
    tokens: dict[str, object] = {}
    zero: dict[str, object] = {"temperature": 0.0}
    tokens_name: TokensName | None = None
    first: dict[str, Any] | Refused = Refused(0, "")
    for name, temperature in _TRIES:
        first = await send({**ask, name: 16, **temperature})
        if not isinstance(first, Refused):
            tokens_name, tokens, zero = name, {name: 16}, temperature
            break
    if isinstance(first, Refused):
        tokens, zero = {}, {}
    repeats = await _repeats(send, {**ask, **tokens, **zero}, first) if zero else None
    probabilities = await send({**ask, **tokens, **zero, "logprobs": True, "top_logprobs": 2})
    obeyed = await send({**ask, **tokens, **zero, "response_format": _SCHEMA})
    return Abilities(tokens_name, bool(zero), repeats, _has_logprobs(probabilities), _follows(obeyed))


_TRIES: tuple[tuple[TokensName, dict[str, object]], ...] = (
    ("max_tokens", {"temperature": 0.0}),
    ("max_completion_tokens", {"temperature": 0.0}),
    ("max_completion_tokens", {}),
    ("max_tokens", {}),
)
_SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "number",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"n": {"type": "integer"}},
            "required": ["n"],
            "additionalProperties": False,
        },
    },
}


async def _repeats(send: Send, body: Mapping[str, object], first: dict[str, Any] | Refused) -> bool:
    return len({_text(reply) for reply in (first, *await asyncio.gather(send(body), send(body)))}) == 1


def _text(reply: dict[str, Any] | Refused) -> str:
    return "" if isinstance(reply, Refused) else reply["choices"][0]["message"].get("content") or ""


def _has_logprobs(reply: dict[str, Any] | Refused) -> bool:
    if isinstance(reply, Refused):
        return False
    found = reply["choices"][0].get("logprobs")
    return isinstance(found, dict) and bool(found.get("content"))


def _follows(reply: dict[str, Any] | Refused) -> bool:
    try:
        found = json.loads(_text(reply))
    except ValueError:
        return False
    return isinstance(found, dict) and set(found) == {"n"} and isinstance(found["n"], int)
