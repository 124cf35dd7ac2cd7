"""What `annotate` left for training: texts, labelled samples, and the checkpoint that training starts from.

A corpus folder holds `task.json` (the constant parts of every sample, what evidence is asked for), `pretrain.jsonl` (`text`,
`phase`) and `defects.jsonl` (`split`, `form`, `input`, `output`; in `valid` also `steps` and `answer` for constrained scoring).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reproduce.errors import DataError
from reproduce.files import read_json, read_jsonl
from reproduce.training import tiny
from reproduce.training.checkpoint import Checkpoint, load
from reproduce.training.language_model import Text
from reproduce.training.sft import Example


@dataclass(frozen=True)
class Material:
    """A corpus folder."""

    folder: Path
    task: Mapping[str, Any]  # JSON

    @classmethod
    def read(cls, folder: Path) -> Material:
        """Raises MissingInput when `annotate` has not run."""
        return cls(folder, read_json(folder / "task.json"))

    def texts(self) -> list[Text]:
        """The pre-training texts. Raises DataError when there is none."""
        texts = [Text(row["text"], row["phase"]) for row in read_jsonl(self.folder / "pretrain.jsonl")]
        if not texts:
            raise DataError(
                f"{self.folder / 'pretrain.jsonl'}: holds no text; the simulator agreed with no user, look at `replies.json`"
            )
        return texts

    def samples(self, split: str) -> list[dict[str, Any]]:  # JSON
        """The samples of one split, in the form that is trained on. Raises DataError when there is none to train on."""
        rows = read_jsonl(self.folder / "defects.jsonl")
        found = [row for row in rows if row["split"] == split and row["form"] == self.task["form"]]
        if not found and split == "train":
            raise DataError(f"{self.folder / 'defects.jsonl'}: holds no training sample; take more `diagnoser.corpus_users`")
        return found

    def example(self, row: Mapping[str, Any]) -> Example:
        """A row in the four parts of Figure 8: system, instruction and input, output."""
        return Example((("system", self.task["system"]), ("user", self.task["instruction"] + row["input"])), tuple(row["output"]))

    def base(self, checkpoint: str, seed: int) -> Checkpoint:
        """The untrained tiny model of that name, or the model of that name as it was published."""
        if shape := tiny.SHAPES.get(checkpoint):
            return tiny.build(self._all(), seed, self.task["constant"], shape)
        return load(checkpoint)

    def _all(self) -> Iterator[str]:
        yield from (text.text for text in self.texts())
        for row in self.samples("train"):
            example = self.example(row)
            yield from (content for _, content in example.messages)
            yield "".join(example.output)
