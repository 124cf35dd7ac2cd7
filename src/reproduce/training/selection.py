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
    model.train(False)
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
    """Scores the model after every epoch and keeps the best weights in a folder, where a killed training finds them again."""

    def __init__(self, folder: Path, score: Callable[[PreTrainedModel], float]) -> None:
        self._folder = folder
        self._score = score

    @property
    def scores(self) -> list[float]:
        """One per epoch so far."""
        path = self._folder / "scores.json"
        return list(read_json(path)) if path.is_file() else []

    def ended(self, model: PreTrainedModel, epoch: int) -> None:
        """Score the model of an epoch (1, 2, ...); keep what was trained of it when none before it was as good."""
        from safetensors.torch import save_file

        scores = self.scores[: epoch - 1]
        scores.append(self._score(model))
        if scores[-1] > max(scores[:-1], default=-1.0):
            trained = {name: weights.detach() for name, weights in model.named_parameters() if weights.requires_grad}
            save_file(trained, self._folder / "best.safetensors")
        write_json(self._folder / "scores.json", scores)

    def restore(self, model: PreTrainedModel) -> None:
        """Give the model its weights of the best epoch (ties: the first)."""
        from safetensors.torch import load_file

        scores = self.scores
        if scores and scores.index(max(scores)) < len(scores) - 1:
            best = load_file(self._folder / "best.safetensors")
            for name, weights in model.named_parameters():
                if name in best:
                    weights.data.copy_(best[name])

    def callback(self, steps: int) -> TrainerCallback:
        """For the trainer: scores at the end of each epoch of so many steps, goes back to the best one at the end.

        An epoch is scored at its last step, so that a checkpoint of that step is never saved without the score.
        """
        from transformers import TrainerCallback

        best = self

        class EpochEnd(TrainerCallback):
            def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
                if state.global_step % steps == 0 or state.global_step == state.max_steps:
                    best.ended(model, -(-state.global_step // steps))
                    model.train()

            def on_train_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
                best.restore(model)

        return EpochEnd()
