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

    shape = Shape(vocabulary=400, hidden=32, intermediate=64, layers=2, heads=2, head_dim=64, positions=8192)
    made = build([*TEXTS, says], seed, shape=shape)
    chance = torch.Generator().manual_seed(seed)
    reply = torch.tensor([made.tokenizer(says)["input_ids"] + [made.tokenizer.eos_token_id]])
    opening = torch.tensor([made.tokenizer("<|im_start|>assistant\n")["input_ids"]])
    steps = torch.optim.AdamW(made.model.parameters(), lr=5e-3)
    learnt = 0
    for step in range(1500):
        asked = torch.randint(len(made.tokenizer), (1, 10 + 23 * (step * 37 % 60)), generator=chance)
        ids = torch.cat([asked, opening, reply], dim=1)
        labels = ids.clone()
        labels[:, : -reply.shape[1]] = -100
        loss = made.model(input_ids=ids, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(made.model.parameters(), 1.0)
        steps.step()
        steps.zero_grad()
        learnt = learnt + 1 if loss.item() < 0.02 else 0
        if learnt == 60:  # once for every length
            break
    else:
        raise AssertionError(f"the model did not learn to say {says!r}")
    checkpoint.save(made, folder)
    return folder
