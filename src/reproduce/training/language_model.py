"""Domain-adaptive pre-training: next-token loss on whole texts (DGDPO, Eq. 1)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reproduce.training.checkpoint import Checkpoint
from reproduce.training.recipe import Recipe
from reproduce.training.trainer import Tokenised, Trained, train

if TYPE_CHECKING:
    from transformers import TrainerCallback


def tokenise(base: Checkpoint, texts: Sequence[str], length: int) -> tuple[list[Tokenised], int]:
    """Every text with its end token, all tokens learnt, and how many texts were cut at `length` (their end is lost)."""
    end = int(base.tokenizer.eos_token_id)
    whole = [[*base.tokenizer(text, add_special_tokens=False)["input_ids"], end] for text in texts]
    return [Tokenised(ids[:length], ids[:length]) for ids in whole], sum(len(ids) > length for ids in whole)


def pretrain(
    base: Checkpoint, texts: Sequence[str], recipe: Recipe, scratch: Path, callbacks: Sequence[TrainerCallback] = ()
) -> Trained:
    """The model after pre-training on the texts."""
    samples, _ = tokenise(base, texts, recipe.length)
    return train(base, samples, recipe, scratch, callbacks)
