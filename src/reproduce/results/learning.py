"""Learning curves: what a learner reaches while it trains (runs of kind `reinforcement`).

The mean over seeds, in a band from the lowest seed to the highest: a t interval of three seeds would leave the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reproduce.paper import Paper
from reproduce.results.document import Curve, rounded
from reproduce.results.naming import learner_of, simulator_called, simulator_of
from reproduce.results.runs import Run

METRICS = {"return_mean": "avg_reward", "liking": "liking_ratio"}
"""Fields of `curve.jsonl`, and the metrics that they are on the evaluation episodes during training."""
FIGURE = "learning"
"""Ours, where no figure of the paper names the run."""


def curves(paper: Paper, runs: Mapping[str, Run]) -> Iterator[Curve]:
    """The curves of every run, below the paper's figure where one names it."""
    figures = {line.run: figure.id for figure in paper.figures if figure.over == "steps" for line in figure.lines}
    for run in runs.values():
        for field, metric in METRICS.items():
            yield from _curve(figures.get(run.key, FIGURE), run, field, metric)


def _curve(figure: str, run: Run, field: str, metric: str) -> Iterator[Curve]:
    """Steps that every seed evaluated; nothing where none is."""
    seeds: dict[int, dict[int, float]] = {}
    for line in run.each("curve"):
        if line[field] is not None:
            seeds.setdefault(line["seed"], {})[line["steps"]] = line[field]
    steps = sorted(set.intersection(*(set(points) for points in seeds.values()))) if seeds else []
    if not steps:
        return
    reached = [[points[step] for points in seeds.values()] for step in steps]
    yield Curve(
        figure=figure,
        over="steps",
        row=learner_of(run),
        dataset=run.about["dataset"],
        method=simulator_called(*simulator_of(run)),
        metric=metric,
        places=tuple(float(step) for step in steps),
        values=tuple(rounded(sum(each) / len(each)) for each in reached),
        low=tuple(rounded(min(each)) for each in reached),
        high=tuple(rounded(max(each)) for each in reached),
        n=len(seeds),
        run=run.key,
    )
