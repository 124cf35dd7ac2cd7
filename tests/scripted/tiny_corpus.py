"""A corpus folder that a tiny model learns in seconds: what a colour is said to be, by rote."""

from __future__ import annotations

from pathlib import Path

from reproduce.files import write_json, write_jsonl
from reproduce.params import DiagnoserKnobs

COLOURS = ("red", "green", "blue", "grey")
LABELS = ("Inaccurate", "Incomplete", "Inaccurate & Incomplete")
OPTIONS = [f"Defect Type: {label}" for label in LABELS]


def write(folder: Path, samples: int = 96) -> Path:
    """Red is inaccurate, green incomplete, all others are both."""
    seen = [COLOURS[n % 4] for n in range(samples)]
    texts = [{"text": f"Once the wall was {colour} and the door was {colour}.", "phase": 0} for colour in seen]
    rows = []
    for number in range(samples + 24):
        at = min(number % 4, 2)
        row = {
            "form": "literal",
            "split": "train" if number < samples else "valid",
            "input": f"Wall {number % 5}:" + f" {COLOURS[number % 4]}" * 4,
            "output": [OPTIONS[at]],
        }
        rows.append(row | ({"steps": [OPTIONS], "answer": at} if row["split"] == "valid" else {}))
    write_jsonl(folder / "pretrain.jsonl", texts)
    write_jsonl(folder / "defects.jsonl", rows)
    task = {
        "prompt": "dgdpo/diag.v1",
        "sha256": "0" * 64,
        "system": "You judge walls.",
        "instruction": "Judge.\n",
        "form": "literal",
    }
    write_json(folder / "task.json", task | {"output": "label", "constant": ["You judge walls.", "Judge.\nWall"]})
    return folder


def knobs(**changes: object) -> DiagnoserKnobs:
    """Sizes for seconds."""
    small: dict[str, object] = {
        "checkpoint": "tiny",
        "large_checkpoint": "tiny-large",
        "form": "literal",
        "rationale": "reason",
        "output": "label",
        "corpus_users": 1,
        "pretrain_samples": 96,
        "finetune_samples": 96,
        "pretrain_epochs": 1,
        "finetune_epochs": 16,
        "pretrain_lr": 5e-3,
        "finetune_lr": 1e-2,
        "pretrain_batch": 8,
        "finetune_batch": 8,
        "pretrain_length": 64,
        "finetune_length": 64,
        "adam_beta2": 0.95,
    }
    return DiagnoserKnobs.model_validate(small | changes)
