"""Choosing among given continuations by their log-probability: constrained decoding with one shared prefix.

A continuation is scored whole, its end token included where it ends the answer: `Inaccurate` is a prefix of
`Inaccurate & Incomplete`, so any score that stops earlier cannot tell them apart (DG-D8).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

Tokens = Sequence[int]
Step = Sequence[Tokens]
"""The options of one step, each a non-empty sequence of tokens."""


class _Prefix:
    """What a batch has read: keys and values, mask, next positions, log-probabilities [rows, vocabulary] of what is next."""

    def __init__(self, model: PreTrainedModel, prompts: Sequence[Tokens]) -> None:
        self.model = model
        ids, self.mask = _padded(prompts, model.device, left=True)
        positions = (self.mask.cumsum(1) - 1).clamp(min=0)
        read = model(input_ids=ids, attention_mask=self.mask, position_ids=positions, use_cache=True, logits_to_keep=1)
        self.cache: Any = read.past_key_values
        self.next = self.mask.sum(1)
        self.last: torch.Tensor = read.logits[:, -1].float().log_softmax(-1)
        self.pending: list[list[int]] = [[] for _ in prompts]
        """Tokens that are chosen but not read yet."""

    def advance(self, steps: Sequence[Step]) -> list[list[float]]:
        """Log-probabilities [row][option] of one step; the prefix then goes on with each row's best option (ties: the first).

        What a row's options begin with in common is read once, and where they then differ in a single token nothing more is read.
        """
        shared = [_common(step) for step in steps]
        begun = self._read([[*pending, *common] for pending, common in zip(self.pending, shared, strict=True)])
        base = [sum(row[len(pending) :]) for row, pending in zip(begun, self.pending, strict=True)]
        rests = [[list(option)[len(common) :] for option in step] for step, common in zip(steps, shared, strict=True)]
        if all(len(rest) <= 1 for row in rests for rest in row):
            scores = [[float(self.last[at, rest[0]]) if rest else 0.0 for rest in row] for at, row in enumerate(rests)]
            self.pending = [row[_best(found)] if row else [] for row, found in zip(rests, scores, strict=True)]
        else:
            scores = self._branch(rests)
            self.pending = [[] for _ in steps]
        return [[start + score for score in row] for start, row in zip(base, scores, strict=True)]

    def _read(self, tokens: Sequence[Tokens]) -> list[list[float]]:
        """Read tokens of each row; their log-probabilities."""
        if not any(tokens):
            return [[] for _ in tokens]
        log_p = self._forward(tokens)
        return [row[: len(given)] for row, given in zip(log_p.tolist(), tokens, strict=True)]

    def _branch(self, rests: Sequence[Step]) -> list[list[float]]:
        """Log-probabilities of continuations that are read side by side; the cache goes on with the best of each row."""
        import torch

        width = max(map(len, rests))
        self._each(width)
        padded = [[*row, *([[]] * (width - len(row)))] for row in rests]
        log_p = self._forward([rest for row in padded for rest in row])
        sums = log_p.sum(1).view(len(rests), width).tolist()
        scores = [found[: len(row)] for found, row in zip(sums, rests, strict=True)]
        best = torch.tensor(
            [at * width + (_best(found) if found else 0) for at, found in enumerate(scores)], device=self.mask.device
        )
        self.cache.batch_select_indices(best)
        self.mask, self.next, self.last = self.mask[best], self.next[best], self.last[best]
        return scores

    def _each(self, times: int) -> None:
        """Every row so many times."""
        self.cache.batch_repeat_interleave(times)
        self.mask, self.next, self.last = (rows.repeat_interleave(times, 0) for rows in (self.mask, self.next, self.last))

    def _forward(self, tokens: Sequence[Tokens]) -> torch.Tensor:
        """Log-probabilities [rows, longest] of the tokens (0 where a row has none); all of them are read."""
        import torch

        ids, mask = _padded(tokens, self.mask.device)
        self.mask = torch.cat([self.mask, mask], 1)
        positions = self.next[:, None] + torch.arange(ids.shape[1], device=ids.device)
        read = self.model(
            input_ids=ids, attention_mask=self.mask, position_ids=positions, past_key_values=self.cache, use_cache=True
        )
        after = read.logits.float().log_softmax(-1)
        before = torch.cat([self.last[:, None], after[:, :-1]], 1)
        length = mask.sum(1)
        ends = after[torch.arange(len(tokens)), (length - 1).clamp(min=0)]
        self.last = torch.where((length > 0)[:, None], ends, self.last)
        self.next = self.next + length
        return before.gather(2, ids[:, :, None])[:, :, 0] * mask


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
            for row, scores in enumerate(prefix.advance(todo)):
                if scores:
                    found[row].append(scores)
    return found


def choose(model: PreTrainedModel, prompts: Sequence[Tokens], steps: Sequence[Sequence[Step]]) -> list[list[int]]:
    """The place of the best option [row][step] (ties: the first)."""
    return [[_best(step) for step in row] for row in score(model, prompts, steps)]


def generate(model: PreTrainedModel, prompts: Sequence[Tokens], end: int, pad: int, longest: int) -> list[list[int]]:
    """Greedy continuations up to the end token (not included), at most `longest` tokens each."""
    import torch

    ids, mask = _padded(prompts, model.device, left=True)
    with torch.inference_mode():
        write: Any = model.generate  # typed as a module's attribute
        written = write(
            input_ids=ids.masked_fill(mask == 0, pad), attention_mask=mask, max_new_tokens=longest, do_sample=False,
            eos_token_id=end, pad_token_id=pad,
        )  # fmt: skip
    rows: list[list[int]] = written[:, ids.shape[1] :].tolist()
    return [row[: row.index(end)] if end in row else row for row in rows]


def _padded(rows: Sequence[Tokens], device: torch.device, left: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens and mask [rows, longest]."""
    import torch

    longest = max(map(len, rows))
    fill = [[0] * (longest - len(row)) for row in rows]
    ids = [[*gap, *row] if left else [*row, *gap] for row, gap in zip(rows, fill, strict=True)]
    mask = [[*gap, *[1] * len(row)] if left else [*[1] * len(row), *gap] for row, gap in zip(rows, fill, strict=True)]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def _common(step: Step) -> list[int]:
    """The tokens with which all options of a step begin."""
    shortest = min((len(option) for option in step), default=0)
    differ = (at for at in range(shortest) if len({option[at] for option in step}) > 1)
    return list(step[0][: next(differ, shortest)]) if step else []


def _best(scores: Sequence[float]) -> int:
    return max(range(len(scores)), key=scores.__getitem__)
