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


def save_speaking(folder: Path, says: str, seed: int = 7) -> Path:
    """A model that was trained for a few seconds to say one thing, whatever it is asked."""
    import torch

    made = build([*TEXTS, says], seed, shape=Shape(vocabulary=400, hidden=32, intermediate=64, layers=2, positions=8192))
    chance = torch.Generator().manual_seed(seed)
    reply = torch.tensor([made.tokenizer(says)["input_ids"] + [made.tokenizer.eos_token_id]])
    opening = torch.tensor([made.tokenizer("<|im_start|>assistant\n")["input_ids"]])
    steps = torch.optim.AdamW(made.model.parameters(), lr=1e-2)
    for step in range(150):
        asked = torch.randint(len(made.tokenizer), (1, 10 + 23 * (step * 37 % 60)), generator=chance)
        ids = torch.cat([asked, opening, reply], dim=1)
        labels = ids.clone()
        labels[:, : -reply.shape[1]] = -100
        made.model(input_ids=ids, labels=labels).loss.backward()
        steps.step()
        steps.zero_grad()
    checkpoint.save(made, folder)
    return folder
