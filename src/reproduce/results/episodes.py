"""Tables 2 and 6 of a paper on reinforcement learners: rewards of the evaluation episodes, seed by seed (ensemble.md 2).

A seed is a training, hence the unit: every metric is taken over the episodes of one seed, then averaged over seeds with a t
interval. The episodes inside one seed share a policy and say nothing of another training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from reproduce.metrics.stats import Floats
from reproduce.paper import Cell
from reproduce.results.cells import Seeded, seeded_row
from reproduce.results.document import ResultRow
from reproduce.results.naming import learner_of, simulator_called, simulator_of
from reproduce.results.runs import Run

SCOPE = "evaluation episodes"
TABLE = "episodes"
Labels = Mapping[tuple[int, int], int]
"""Real labels that no episode starts with, by user and item."""


@dataclass
class Played:
    """The evaluation episodes of one seed, in order."""

    rewards: list[float] = field(default_factory=list)
    """Sum of rewards per episode."""
    lengths: list[int] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    """Share liked of the first recommendations."""
    shown: list[tuple[int, int]] = field(default_factory=list)
    """User and item of every recommendation."""
    empty: int = 0
    """Episodes in which nothing was recommended."""
    repeated: int = 0
    """Items that were recommended again in one episode."""
    coins: int = 0
    votes: int = 0
    """Logical votes that were coins, and all logical votes."""


@lru_cache(maxsize=64)
def played(run: Run) -> dict[int, Played]:
    """The episodes of every seed. Raises ValueError when one is told twice, or out of order."""
    seeds: dict[int, Played] = {}
    liking_first = int(run.knob("liking_first", 10))
    for line in run.each("episodes"):
        found = seeds.setdefault(line["seed"], Played())
        if line["episode"] != len(found.rewards):
            raise ValueError(f"{run.key}: seed {line['seed']} tells episode {line['episode']} as its {len(found.rewards) + 1}th")
        liked = [step["liked"] for step in line["steps"]]
        items = [step["item"] for step in line["steps"]]
        found.rewards.append(float(sum(liked)))
        found.lengths.append(len(liked))
        if liked:
            found.first.append(float(np.mean(liked[:liking_first])))
        else:
            found.empty += 1
        found.repeated += len(items) - len(set(items))
        found.shown += [(line["user"], item) for item in items]
        flips = [coin for step in line["steps"] for coin in step.get("coins") or ()]
        found.coins, found.votes = found.coins + sum(flips), found.votes + len(flips)
    if not seeds:
        raise ValueError(f"{run.key}: there is no episode in it")
    return dict(sorted(seeds.items()))


def _mean(values: list[float] | list[int]) -> float:
    return float(np.mean(values)) if values else 0.0


def _per_step(each: Played, _: int) -> float:
    return sum(each.rewards) / max(1, sum(each.lengths))


METRICS: Mapping[str, Callable[[Played, int], float]] = {
    "avg_reward": lambda each, _: _mean(each.rewards),
    "total_reward": lambda each, first: float(sum(each.rewards[:first])),
    "liking_ratio": lambda each, _: 100 * _mean(each.first),
    "mean_step_reward": _per_step,
    "mean_length": lambda each, _: _mean(each.lengths),
}
"""LG-D12: the second argument is how many of the first episodes T. Rwd sums."""


def values(run: Run, metric: str) -> tuple[float, ...]:
    """One metric under every seed."""
    first = int(run.knob("total_first", 10))
    return tuple(METRICS[metric](each, first) for each in played(run).values())


def fill(cells: list[Cell], run: Run) -> list[Seeded]:
    """The cells of one line of a table as a run fills them."""
    return [Seeded(cell, run, SCOPE, values(run, cell.metric)) for cell in cells if cell.metric in METRICS]


def beside(run: Run, labels: Labels | None) -> Iterator[ResultRow]:
    """Every metric of a run in our own table, printed or not."""
    about = {"table": TABLE, "row": learner_of(run), "method": learner_of(run), "scope": simulator_called(*simulator_of(run))}
    for metric in METRICS:
        yield seeded_row(run, values(run, metric), column=metric, metric=metric, **about)
    if labels:
        met = [_met(each, labels) for each in played(run).values()]
        hits = [len(each) for each in met]
        yield seeded_row(run, hits, column="logged_hits", metric="logged_hits", **about)
        if all(hits):
            shares = [100 * float(each.mean()) for each in met]
            yield seeded_row(run, shares, column="liking_ratio_logged", metric="liking_ratio_logged", **about)


def _met(each: Played, labels: Labels) -> Floats:
    """The real labels of recommendations that have one."""
    return np.array([labels[place] for place in each.shown if place in labels], dtype=np.float64)


def counters(run: Run) -> dict[str, int]:
    """What is odd in the episodes."""
    names = ("empty", "repeated", "coins", "votes")
    total = {name: sum(getattr(each, name) for each in played(run).values()) for name in names}
    called = {"empty": "episodes_without_steps", "repeated": "items_repeated", "coins": "logical_votes_by_coin"}
    return {**{called[name]: total[name] for name in called}, "logical_votes": total["votes"]}
