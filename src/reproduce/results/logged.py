"""Does a policy trained in a simulator do better on real logged feedback? Off-policy estimates from `logged.jsonl`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from reproduce.metrics import offpolicy
from reproduce.metrics.offpolicy import CLIP, Crossed, Logged
from reproduce.metrics.stats import Draws, Resamples
from reproduce.results.cells import result_row
from reproduce.results.document import ResultRow
from reproduce.results.naming import learner_of, simulator_called, simulator_of
from reproduce.results.resampling import resamples_of_many
from reproduce.results.runs import Run
from reproduce.seeds import stream

TABLE = "logged"
TOP, TENTH = 10, 0.1
"""Replay looks at the first ten of the policy's ranking, and at the first tenth of it."""


@lru_cache(maxsize=64)
def log_of(run: Run) -> tuple[Logged, int] | None:
    """What each seed's policy says of every user's held-out item, and how many seeds; None where nothing was logged.

    Raises ValueError when a user is told twice under a seed, or a number is no probability.
    """
    lines = {}
    for line in run.each("logged"):
        if (line["seed"], line["user"]) in lines:
            raise ValueError(f"{run.key}: seed {line['seed']} tells user {line['user']} twice")
        if not (0 <= line["probability"] <= 1 and 0 < line["propensity"] <= 1 and 1 <= line["rank"] <= line["actions"]):
            raise ValueError(f"{run.key}: seed {line['seed']}, user {line['user']}: no probability, propensity or rank")
        lines[line["seed"], line["user"]] = line
    if not lines:
        return None
    seeds, users = (sorted({place[axis] for place in lines}) for axis in range(2))
    names = ("label", "propensity", "probability", "rank", "actions")
    arrays = {name: np.zeros((len(seeds), len(users))) for name in (*names, "there")}
    row, column = ({name: place for place, name in enumerate(axis)} for axis in (seeds, users))
    for (seed, user), line in lines.items():
        at = row[seed], column[user]
        arrays["there"][at] = 1
        for name in names:
            arrays[name][at] = line[name]
    return Logged(**arrays), len(seeds)


def rows(run: Run, seed: int) -> Iterator[ResultRow]:
    """The liked share of the log, what the policy's would be, and how much that rests on."""
    found = log_of(run)
    if found is None:
        return
    log, seeds = found
    users = resamples_of_many(seed, run.about["dataset"], log.label.shape[1])
    over = Crossed(users, Resamples.draw(seeds, stream(seed, "bootstrap", "seeds", seeds)))
    name = learner_of(run)
    for metric, draws in _measures(log, over):
        if draws is not None:
            yield result_row(
                run,
                table=TABLE,
                row=name,
                column=metric,
                method=name,
                metric=metric,
                scope=simulator_called(*simulator_of(run)),
                estimate=users.estimate(draws),
                over="users and seeds",
            )


def _measures(log: Logged, over: Crossed) -> Iterator[tuple[str, Draws | None]]:
    own, policy = offpolicy.mean_label(log, over), offpolicy.snips(log, over)
    yield "log_liked", own
    yield "snips", policy
    if own is not None and policy is not None:
        yield "snips_gain", policy - own
    yield "snips_clipped", offpolicy.snips(log, over, CLIP)
    worst = float(offpolicy.effective_sizes(log).min())
    yield "effective", np.full(len(over.users.weights), worst)  # of this log: a resample would only lose its heavy users
    for metric, top in (("replay_ten", np.full_like(log.rank, TOP)), ("replay_tenth", np.ceil(TENTH * log.actions))):
        liked, count = offpolicy.replay(log, over, top)
        yield metric, liked
        yield f"{metric}_rows", np.full(len(over.users.weights), count)


def counters(run: Run) -> dict[str, int]:
    """How often a policy gives a logged item no chance at all, and how many weights the clipped estimate cuts."""
    found = log_of(run)
    if found is None:
        return {}
    log, _ = found
    never = int(((log.probability == 0) & (log.there > 0)).sum())
    return {
        "logged": int(log.there.sum()),
        "logged_never_chosen": never,
        "logged_weights_clipped": int((log.weights > CLIP).sum()),
    }
