"""How a language model is trained: the settings that DGDPO prints, and the ones that it leaves open."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Recipe:
    """Settings of one training. AdamW, cosine schedule (DGDPO, Appendix C; DG-D16 for what is not printed there)."""

    epochs: float
    learning_rate: float
    batch: int
    """Sequences per step."""
    length: int
    """Longest sequence in tokens."""
    seed: int
    warmup: float = 0.03
    """DG-D16: share of the steps in which the learning rate rises."""
    weight_decay: float = 0.01
    beta2: float = 0.999
    """AdamW's memory of squared gradients; torch's default is long for trainings of a few thousand steps."""
    clip: float = 1.0
    """Largest norm of the gradient."""
    lora: bool = False
    """DG-D16: train low-rank adapters and merge them, instead of all weights."""
    checkpoint_steps: int = 0
    """Steps between two checkpoints from which a killed training goes on; 0: a killed training starts again."""

    def described(self) -> dict[str, object]:
        """The settings as JSON, for `training.json`."""
        return asdict(self)
