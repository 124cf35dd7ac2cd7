"""Progress of a training on stderr: a bar on a terminal, a line per tenth elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import TrainerCallback


def progress(name: str) -> TrainerCallback:
    """A callback that says how far the training of `name` is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from transformers import TrainerCallback

    console = Console(file=sys.stderr)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("loss {task.fields[loss]}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )

    class Shown(TrainerCallback):
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            bar.start()
            self.task = bar.add_task(name, total=state.max_steps, completed=state.global_step, loss="-")

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            recent = [float(entry["loss"]) for entry in state.log_history[-20:] if "loss" in entry]
            loss = f"{sum(recent) / len(recent):.3f}" if recent else "-"
            bar.update(self.task, completed=state.global_step, loss=loss)
            tenth = max(1, state.max_steps // 10)
            if not console.is_terminal and state.global_step % tenth == 0:
                console.print(f"{name}: step {state.global_step} of {state.max_steps}, loss {loss}", highlight=False)

        def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            bar.stop()

    return Shown()
