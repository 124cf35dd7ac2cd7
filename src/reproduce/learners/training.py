"""One training of one learner: played, evaluated and kept on the way."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback

from reproduce import seeds
from reproduce.learners import algorithms, checkpoints
from reproduce.learners.evaluation import Tally, evaluate, tally
from reproduce.learners.playing import Core, Ints
from reproduce.learners.policy import Act, Policy, chance
from reproduce.learners.settings import DqnSettings, LearnerName, Settings
from reproduce.recommenders.seeding import reproducible

_NEVER = sys.maxsize


class Panel(NamedTuple):
    """How a training is evaluated."""

    core: Core
    """Of an evaluation: episode e plays with user e of the panel."""
    items: Ints
    """The catalogue's ids by action."""
    every: int
    """Steps between evaluations."""
    episodes: int = 10
    """Episodes of each, the first ones of the panel."""
    first: int = 10
    """Recommendations of an episode that Liking% counts."""
    act: Act = "mode"


class Learnt(NamedTuple):
    """What a training leaves."""

    policy: Policy
    curve: list[Tally]


def learn(
    name: LearnerName,
    chosen: Settings | None,
    core: Core,
    panel: Panel,
    *,
    steps: int,
    seed: int,
    number: int,
    mask: bool = True,
    folder: Path | None = None,
    checkpoint_every: int = 0,
    of: str = "",
) -> Learnt:
    """Train `name` for at least `steps` steps in `core` (on-policy learners finish the rollout they are in).

    `seed` is the seed of this training, `number` its place among the seeds, which stands in the curve. Evaluations and
    checkpoints wait for the end of a rollout. In `folder`, which must lie in no stage output, stands the checkpoint from which
    a killed training goes on; it is removed at the end. `of` names
    the world: a checkpoint of another world, or of other settings, is passed over. The global generators are left as they were.
    Raises Diverged, StorageError.
    """
    if chosen is None:
        policy = chance(core.n_users, core.n_actions, mask)
        played = evaluate(policy, panel.core, panel.episodes, panel.items, seed, number, panel.act)
        return Learnt(policy, [tally(played, 0, panel.first)])
    with reproducible(seeds.number(seed, "learner", name)):
        model = algorithms.build(chosen, core, mask, seed)
        kept = None
        if folder is not None and checkpoint_every:
            shown = {"of": of, "every": panel.every, "episodes": panel.episodes, "first": panel.first, "act": panel.act}
            kept = checkpoints.Checkpoint(folder, checkpoints.identity(chosen, core, mask, seed, steps) | shown)
        epsilon = chosen.exploration_final_eps if isinstance(chosen, DqnSettings) else 0.0
        watch = _Watch(name, core, panel, kept, checkpoint_every, seed, number, epsilon)
        extra = kept.resume(model, core) if kept else None
        if extra is not None:
            watch.curve, watch.done = extra["curve"], model.num_timesteps
        watch.start(steps)
        try:
            if model.num_timesteps < steps:
                model.learn(steps - model.num_timesteps, callback=watch, log_interval=_NEVER, reset_num_timesteps=extra is None)
        except ValueError:  # torch draws from no distribution with NaN
            watch.policy(model)  # raises Diverged if this is why
            raise
        finally:
            watch.stop()
        if not watch.curve or watch.curve[-1]["steps"] != model.num_timesteps:
            watch.evaluate(model)
        policy = watch.policy(model)
    if kept:
        kept.remove()
    return Learnt(policy, watch.curve)


class _Watch(BaseCallback):
    """Between two rollouts, where nothing is half done: evaluations, then checkpoints."""

    def __init__(
        self,
        name: LearnerName,
        core: Core,
        panel: Panel,
        kept: checkpoints.Checkpoint | None,
        checkpoint_every: int,
        seed: int,
        number: int,
        epsilon: float,
    ) -> None:
        super().__init__()
        self.name, self.core, self.panel, self.kept, self.checkpoint_every = name, core, panel, kept, checkpoint_every
        self.seed, self.number, self.epsilon = seed, number, epsilon
        self.curve: list[Tally] = []
        self.done = -1
        """Steps at the last look; -1: before the first."""

    def _on_rollout_start(self) -> None:
        before, now = self.done, self.model.num_timesteps
        self.done = now
        if before == now:  # just resumed
            return
        if before < 0 or before // self.panel.every < now // self.panel.every:
            self.evaluate(self.model)
        if self.kept and before >= 0 and before // self.checkpoint_every < now // self.checkpoint_every:
            self.kept.write(self.model, self.core, {"curve": self.curve})

    def _on_step(self) -> bool:
        self.bar.update(self.task, completed=self.model.num_timesteps)
        return True

    def evaluate(self, model: BaseAlgorithm) -> None:
        """Another point of the curve."""
        panel = self.panel
        played = evaluate(self.policy(model), panel.core, panel.episodes, panel.items, self.seed, self.number, panel.act)
        self.curve.append(tally(played, model.num_timesteps, panel.first))
        self.bar.update(self.task, shown=f"return {self.curve[-1]['return_mean']:.2f}")

    def policy(self, model: BaseAlgorithm) -> Policy:
        """What has been learnt so far."""
        return Policy.of(self.name, algorithms.network_of(model), self.epsilon)

    def start(self, steps: int) -> None:
        """Show a bar on stderr, on a terminal only."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(file=sys.stderr)
        words = TextColumn("{task.description}"), TextColumn("{task.fields[shown]}")
        self.bar = Progress(
            words[0],
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            words[1],
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.task = self.bar.add_task(f"{self.name}, seed {self.number}", total=steps, shown="")
        self.bar.start()

    def stop(self) -> None:
        """Take the bar away."""
        self.bar.stop()
