"""Choosing among given continuations by their log-probability: constrained decoding with one shared prefix.

A continuation is scored whole, its end token included where it ends the answer: `Inaccurate` is a prefix of `Inaccurate & Incomplete`,
so any score that stops earlier cannot tell them apart (DGDPO notes, DG-D8).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

Tokens = Sequence[int]
Step = Sequence[Tokens]
"""The options of one step, each a non-empty sequence of tokens."""


class _Prefix:
    """What a batch has read so far: keys and values, mask, next positions, and log-probabilities of the next token."""

    def __init__(self, model: PreTrainedModel, prompts: Sequence[Tokens]) -> None:
        import torch

        self.model = model
        longest = max(map(len, prompts))
        ids = torch.zeros((len(prompts), longest), dtype=torch.long, device=model.device)
        self.mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, longest - len(prompt) :] = torch.tensor(list(prompt))
            self.mask[row, longest - len(prompt) :] = 1
        positions = (self.mask.cumsum(1) - 1).clamp(min=0)
        read = model(input_ids=ids, attention_mask=self.mask, position_ids=positions, use_cache=True, logits_to_keep=1)
        self.cache = read.past_key_values
        self.next = self.mask.sum(1)
        self.last = read.logits[:, -1].float().log_softmax(-1)

    def advance(self, steps: Sequence[Step]) -> torch.Tensor:
        """Log-probabilities [rows, options] of one step; the prefix then goes on with each row's best option (ties: the first)."""
        import torch

        rows, width = len(steps), max(map(len, steps))
        longest = max(len(option) for step in steps for option in step)
        ids = torch.zeros((rows, width, longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, step in enumerate(steps):
            for place, option in enumerate(step):
                ids[row, place, : len(option)] = torch.tensor(list(option))
                mask[row, place, : len(option)] = 1
        ids, mask = ids.to(self.mask.device).flatten(0, 1), mask.to(self.mask.device).flatten(0, 1)
        positions = self.next.repeat_interleave(width)[:, None] + torch.arange(longest, device=ids.device)
        self.cache.batch_repeat_interleave(width)
        read = self.model(
            input_ids=ids,
            attention_mask=torch.cat([self.mask.repeat_interleave(width, 0), mask], 1),
            position_ids=positions,
            past_key_values=self.cache,
            use_cache=True,
        )
        log_p = read.logits.float().log_softmax(-1)
        before = torch.cat([self.last.repeat_interleave(width, 0)[:, None], log_p[:, :-1]], 1)
        scores = (before.gather(2, ids[:, :, None])[:, :, 0] * mask).sum(1)
        scores = scores.masked_fill(mask.sum(1) == 0, -torch.inf).view(rows, width)
        best = scores.argmax(1) + torch.arange(rows, device=ids.device) * width
        self.cache.batch_select_indices(best)
        length = mask[best].sum(1)
        self.mask, self.next = torch.cat([self.mask, mask[best]], 1), self.next + length
        self.last = log_p[best, (length - 1).clamp(min=0)]
        return scores


def score(model: PreTrainedModel, prompts: Sequence[Tokens], steps: Sequence[Sequence[Step]]) -> list[list[list[float]]]:
    """Log-probabilities [row][step][option]; each step is scored after the best option of the step before it.

    `steps[row]` are that row's steps; rows may have different numbers of them.
    """
    import torch

    if any(len(option) == 0 for row in steps for step in row for option in step):
        raise ValueError("an option without tokens has no probability")
    found: list[list[list[float]]] = [[] for _ in prompts]
    with torch.inference_mode():
        prefix = _Prefix(model, prompts)
        for number in range(max(map(len, steps))):
            todo = [row[number] if number < len(row) else () for row in steps]
            scores = prefix.advance(todo).tolist()
            for row, step in enumerate(todo):
                if step:
                    found[row].append(scores[row][: len(step)])
    return found


def choose(model: PreTrainedModel, prompts: Sequence[Tokens], steps: Sequence[Sequence[Step]]) -> list[list[int]]:
    """The place of the best option [row][step] (ties: the first)."""
    return [[max(range(len(step)), key=step.__getitem__) for step in row] for row in score(model, prompts, steps)]


def generate(model: PreTrainedModel, prompts: Sequence[Tokens], end: int, pad: int, longest: int) -> list[list[int]]:
    """Greedy continuations up to the end token (not included), at most `longest` tokens each."""
    import torch

    width = max(map(len, prompts))
    ids = torch.tensor([[pad] * (width - len(prompt)) + list(prompt) for prompt in prompts], device=model.device)
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=model.device)
    with torch.inference_mode():
        written = model.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=longest, do_sample=False, eos_token_id=end, pad_token_id=pad
        )
    rows: list[list[int]] = written[:, width:].tolist()
    return [row[: row.index(end)] if end in row else row for row in rows]
