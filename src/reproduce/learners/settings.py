"""Hyper-parameters of each learner under the names of Stable-Baselines3, with the defaults of its 2.0.0 (ensemble.md 1.9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from typing_extensions import assert_never

from reproduce.params import Learning

LearnerName = Literal["dqn", "ppo", "a2c", "trpo", "random"]


@dataclass(frozen=True)
class DqnSettings:
    """[user embedding, item vector] -> 64 -> 64 -> items."""

    learning_rate: float = 1e-4
    buffer_size: int = 250_000
    """Printed."""
    learning_starts: int = 50_000
    batch_size: int = 32
    tau: float = 1.0
    gamma: float = 0.975
    """Printed: the horizon is the 40 steps of a mean episode."""
    train_freq: int = 4
    """Steps, all environments together, for each `gradient_steps` updates, see `algorithms.rhythm`."""
    gradient_steps: int = 1
    target_update_interval: int = 10_000
    exploration_fraction: float = 0.1
    exploration_initial_eps: float = 1.0
    exploration_final_eps: float = 0.05
    max_grad_norm: float = 10.0
    embedding: int = 32
    hidden: tuple[int, ...] = (64, 64)


@dataclass(frozen=True)
class PpoSettings:
    """User embedding -> item logits; [user embedding, item vector] -> 128 -> 64 -> value."""

    learning_rate: float = 3e-4
    n_steps: int = 2048
    """Steps between two updates, all environments together."""
    batch_size: int = 64
    n_epochs: int = 10
    gamma: float = 0.975
    gae_lambda: float = 0.95
    clip_range: float = 0.2
    normalize_advantage: bool = True
    ent_coef: float = 0.0
    vf_coef: float = 0.5
    max_grad_norm: float = 0.5
    embedding: int = 32
    critic: tuple[int, ...] = (128, 64)


@dataclass(frozen=True)
class A2cSettings:
    """The networks of PPO."""

    learning_rate: float = 7e-4
    n_steps: int = 5
    """Steps between two updates in every environment, which is how far a return looks ahead."""
    gamma: float = 0.975
    gae_lambda: float = 1.0
    ent_coef: float = 0.0
    vf_coef: float = 0.5
    max_grad_norm: float = 0.5
    rms_prop_eps: float = 1e-5
    use_rms_prop: bool = True
    normalize_advantage: bool = False
    embedding: int = 32
    critic: tuple[int, ...] = (128, 64)


@dataclass(frozen=True)
class TrpoSettings:
    """The networks of PPO."""

    learning_rate: float = 1e-3
    n_steps: int = 2048
    """Steps between two updates, all environments together."""
    batch_size: int = 128
    gamma: float = 0.975
    cg_max_steps: int = 15
    cg_damping: float = 0.1
    line_search_shrinking_factor: float = 0.8
    line_search_max_iter: int = 10
    n_critic_updates: int = 10
    gae_lambda: float = 0.95
    normalize_advantage: bool = True
    target_kl: float = 0.01
    sub_sampling_factor: int = 1
    embedding: int = 32
    critic: tuple[int, ...] = (128, 64)


Settings: TypeAlias = "DqnSettings | PpoSettings | A2cSettings | TrpoSettings"


def of_knobs(name: LearnerName, knobs: Learning) -> Settings | None:
    """The settings of a learner in a mode; None for `random`, which learns nothing."""
    match name:
        case "random":
            return None
        case "dqn":
            dqn = knobs.dqn
            return DqnSettings(
                learning_rate=dqn.learning_rate,
                buffer_size=dqn.buffer,
                learning_starts=dqn.learning_starts,
                target_update_interval=dqn.target_update,
            )
        case "ppo":
            return PpoSettings(n_steps=knobs.ppo.rollout, learning_rate=knobs.ppo.learning_rate)
        case "trpo":
            return TrpoSettings(n_steps=knobs.trpo.rollout, learning_rate=knobs.trpo.learning_rate)
        case "a2c":
            return A2cSettings(n_steps=knobs.a2c.rollout, learning_rate=knobs.a2c.learning_rate)
        case _:
            assert_never(name)
