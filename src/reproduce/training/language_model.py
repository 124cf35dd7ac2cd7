"""Domain-adaptive pre-training: next-token loss on whole texts (DGDPO, Eq. 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reproduce.training.trainer import Tokenised

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Text:
    """A text of the corpus."""

    text: str
    phase: int = 0
    """Texts of an earlier phase come first: easy ones, where a model starts from nothing."""


def tokenise(tokenizer: PreTrainedTokenizerBase, texts: Sequence[Text], length: int) -> tuple[list[Tokenised], int]:
    """Every text with its end token, all tokens learnt, and how many texts were cut at `length` (their end is lost)."""
    end = int(tokenizer.eos_token_id)
    whole = [([*tokenizer(text.text, add_special_tokens=False)["input_ids"], end], text.phase) for text in texts]
    return [Tokenised(ids[:length], ids[:length], phase) for ids, phase in whole], sum(len(ids) > length for ids, _ in whole)
