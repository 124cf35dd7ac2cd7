"""Supervised fine-tuning with loss on the Output tokens only (DGDPO, Eq. 2), the end token among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reproduce.training.checkpoint import chat_ids, piece_ids
from reproduce.training.trainer import HIDDEN, Tokenised

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Example:
    """One instruction sample."""

    messages: tuple[tuple[str, str], ...]
    """(role, content) of what the model is shown."""
    output: tuple[str, ...]
    """What it has to write, in pieces that are tokenised one by one."""


def tokenise(tokenizer: PreTrainedTokenizerBase, examples: Sequence[Example], length: int) -> tuple[list[Tokenised], int]:
    """Prompt without loss, Output and end token with it; and how many prompts were cut at their start to fit `length`.

    The Output is never cut: TRL's own truncation would drop it silently from long samples. Raises ValueError when it alone is too
    long.
    """
    end = int(tokenizer.eos_token_id)
    found: list[Tokenised] = []
    cut = 0
    for example in examples:
        prompt, output = chat_ids(tokenizer, example.messages), [*piece_ids(tokenizer, example.output), end]
        room = length - len(output)
        if room <= 0:
            raise ValueError(f"the output alone has {len(output)} tokens; {length} are allowed for the whole sample")
        cut += len(prompt) > room
        prompt = prompt[-room:]
        found.append(Tokenised([*prompt, *output], [*[HIDDEN] * len(prompt), *output]))
    return found, cut
