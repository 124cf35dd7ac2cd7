"""A tiny Qwen3 on disk, made on the spot."""

from __future__ import annotations

from pathlib import Path

from reproduce.training import checkpoint
from reproduce.training.tiny import Shape, build

TEXTS = [
    "You play one user of a recommender system. DECISION: yes or no. REASON: one sentence.",
    "Recommended item: Alien (1979). Genre: Horror, Science Fiction. Do you interact with it?",
    "PROFILE: Drama fan, Comedy enthusiast, Disinterest in War, Action (moderate interest)",
]


def save(folder: Path, seed: int = 7) -> Path:
    """An untrained model with its tokenizer and chat template; what it writes is gibberish that depends on the whole prompt."""
    import torch

    made = build(TEXTS, seed, shape=Shape(vocabulary=400, hidden=32, intermediate=64, layers=2, positions=512))
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weights in made.model.named_parameters():
            if weights.dim() == 2 and "embed" not in name:  # as it is made, it only repeats the last token
                weights.normal_(0.0, 0.5, generator=chance)
    checkpoint.save(made, folder)
    return folder
