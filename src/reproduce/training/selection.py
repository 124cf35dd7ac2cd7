"""Choosing the best epoch by validation accuracy (DG-D16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reproduce.files import read_json, write_json
from reproduce.training.checkpoint import Checkpoint, chat_ids, piece_ids
from reproduce.training.constrained import choose
from reproduce.training.sft import Example

if TYPE_CHECKING:
    from transformers import PreTrainedModel, TrainerCallback

BATCH = 32


def accuracy(checkpoint: Checkpoint, samples: Sequence[tuple[Example, Mapping[str, Any]]]) -> float:
    """Share of samples whose label has the highest log-probability, in percent.

    A sample comes with `steps` (the texts allowed at each step) and `answer` (the place of the true label in the last one).
    """
    model, tokenizer = checkpoint
    end = [int(tokenizer.eos_token_id)]
    model.eval()
    right = 0
    for start in range(0, len(samples), BATCH):
        batch = samples[start : start + BATCH]
        prompts = [chat_ids(tokenizer, example.messages) for example, _ in batch]
        steps = [
            [[piece_ids(tokenizer, [text]) + (end if step is row["steps"][-1] else []) for text in step] for step in row["steps"]]
            for _, row in batch
        ]
        chosen = choose(model, prompts, steps)
        right += sum(places[-1] == row["answer"] for places, (_, row) in zip(chosen, batch, strict=True))
    return round(100 * right / len(samples), 2)


class BestEpoch:
    """Scores the model after every epoch and keeps the best weights in a folder, where a training that was killed finds them again."""

    def __init__(self, folder: Path, score: Callable[[PreTrainedModel], float]) -> None:
        self._folder = folder
        self._score = score

    @property
    def scores(self) -> list[float]:
        """One per epoch so far."""
        path = self._folder / "scores.json"
        return list(read_json(path)) if path.is_file() else []

    def model(self, last: PreTrainedModel) -> PreTrainedModel:
        """The best epoch's model; `last` when that is the last one, or when adapters were merged into it."""
        from transformers import AutoModelForCausalLM

        scores = self.scores
        if not scores or scores.index(max(scores)) == len(scores) - 1:
            return last
        return AutoModelForCausalLM.from_pretrained(self._folder / "best", dtype=last.dtype)

    def ended(self, model: PreTrainedModel, epoch: int) -> None:
        """Score the model of an epoch (1, 2, ...); keep it when none before it was as good."""
        scores = self.scores[: epoch - 1]
        scores.append(self._score(model))
        if scores[-1] > max(scores[:-1], default=-1.0):
            model.save_pretrained(self._folder / "best")
        write_json(self._folder / "scores.json", scores)

    def callback(self) -> TrainerCallback:
        """For the trainer: scores at the end of each whole epoch and of the training."""
        from transformers import TrainerCallback

        ended = self.ended

        class EpochEnd(TrainerCallback):  # type: ignore[misc]  # transformers' callback is untyped
            def on_epoch_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
                ended(model, max(1, round(state.epoch)))
                model.train()

        return EpochEnd()
