"""Tokens and what they cost, where no tokenizer has counted them."""

from __future__ import annotations

from collections.abc import Iterable

from reproduce.llm.request import Message
from reproduce.params import Price

_CHARACTERS = 4
"""Characters per token of English text (algorithms: cost estimator)."""
_TURN = 4
"""Tokens that mark the beginning and end of one message."""


def reply_tokens(text: str) -> int:
    """Estimated tokens of a reply."""
    return -(-len(text) // _CHARACTERS)


def prompt_tokens(messages: Iterable[Message]) -> int:
    """Estimated tokens of a conversation that is sent."""
    return sum(_TURN + reply_tokens(message.content) for message in messages)


def dollars(price: Price, prompt: float, completion: float, cached: float = 0) -> float:
    """US dollars for tokens sent, of which some were cached by the provider, and tokens received."""
    return ((prompt - cached) * price.input + cached * price.cached_input + completion * price.output) / 1e6
