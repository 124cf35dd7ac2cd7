"""What a run with SUBER behind the environment will ask: one call per step (baselines.md 4c)."""

from __future__ import annotations

from reproduce.llm.plan import Planned
from reproduce.methods.agent4rec.plan import Ruler
from reproduce.methods.suber.questions import seen
from reproduce.methods.suber.simulator import sides
from reproduce.params import SuberKnobs

DESCRIBE_REPLY, RATE_REPLY = 60, 4
"""Tokens of a reply."""
DESCRIPTION = (
    "I enjoy crime dramas with a strong plot, historical settings and slow films. I do not care for horror and slapstick."
)
"""Stands for a description, which is not there before the run."""


def plan(measure: Ruler, users: int, steps: float, knobs: SuberKnobs) -> list[Planned]:
    """A description per user and a rating per step. It is the most that is paid: a question that comes again is asked once."""
    dataset = measure.dataset
    histories = [dataset.train(user) for user in measure.users]
    described, rated = [], []
    for history in histories:
        likes, dislikes = ([seen(dataset.item(row.item)) for row in side] for side in sides(history, dataset.liked_from))
        described.append({"likes": likes[: knobs.likes], "dislikes": dislikes[: knobs.dislikes]})
        remembered = [
            {**seen(dataset.item(row.item)), "rating": None, "liked": row.rating >= dataset.liked_from}
            for row in history[len(history) - min(len(history), knobs.remembered) :]
        ]
        item = dataset.item(history[-1].item)
        shown = {**seen(item), "mean": 5.6}
        rated.append({"description": DESCRIPTION, "item": shown, "remembered": remembered})
    return [
        Planned("suber/describe", users, measure.tokens("suber/describe", described), DESCRIBE_REPLY),
        Planned("suber/rate", steps, measure.tokens("suber/rate", rated), RATE_REPLY),
    ]
