"""Whether the three ways to average (DG-D14) put the methods of a table into the same order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from reproduce.metrics.agreement import flips, kendall
from reproduce.metrics.stats import Draws, Estimate, Resamples
from reproduce.metrics.verdicts import AGGREGATIONS, METRICS, Metric, summarise
from reproduce.paper import Paper
from reproduce.results.cells import result_row
from reproduce.results.document import ResultRow, rounded
from reproduce.results.findings import Flip
from reproduce.results.runs import Run
from reproduce.results.simulation import MEAN, resamples_of

COMPARED: tuple[Metric, ...] = METRICS[:4]
FEWEST = 3
"""Methods from which on an order says something."""


@dataclass(frozen=True)
class Compared:
    """The methods of one data set under every aggregation."""

    dataset: str
    strategy: str
    runs: tuple[Run, ...]
    names: tuple[str, ...]
    draws: Mapping[tuple[str, str], tuple[Draws, ...]]
    """By aggregation and metric, one entry per method."""
    resamples: Resamples


def compared(paper: Paper, runs: Mapping[str, Run], seed: int) -> Iterator[Compared]:
    """Every data set of every table whose lines are methods, where runs on the same users fill three of them."""
    for table in paper.tables:
        if table.method is None and table.strategy is not None:
            for block in table.blocks:
                lines = [(row.row, runs[row.run]) for row in block.rows if row.run]
                made = _compared(block.dataset, table.strategy, lines, seed)
                if made is not None:
                    yield made


def _compared(dataset: str, strategy: str, lines: list[tuple[str, Run]], seed: int) -> Compared | None:
    users = {run.cells(strategy)[0].users for _, run in lines}
    if len(lines) < FEWEST or len(users) != 1:
        return None
    resamples = resamples_of(seed, dataset, len(next(iter(users))))
    draws: dict[tuple[str, str], tuple[Draws, ...]] = {}
    for aggregation in AGGREGATIONS:
        found = [summarise(run.cells(strategy), aggregation, resamples) for _, run in lines]
        draws |= {(aggregation, metric): tuple(each[metric] for each in found) for metric in COMPARED}
    return Compared(dataset, strategy, tuple(run for _, run in lines), tuple(name for name, _ in lines), draws, resamples)


def rows(each: Compared) -> Iterator[ResultRow]:
    """Kendall's tau between the orders under two aggregations, for every metric."""
    for first, second in combinations(AGGREGATIONS, 2):
        for metric in COMPARED:
            tau = kendall(each.draws[first, metric], each.draws[second, metric])
            row = result_row(
                each.runs[0],
                table="aggregations",
                row=f"{first} and {second}",
                column="Kendall's tau",
                dataset=each.dataset,
                method="all",
                recommender=MEAN,
                strategy=each.strategy,
                metric=metric,
                scope=f"{first} and {second}",
                estimate=each.resamples.estimate(tau),
            )
            yield row.model_copy(update={"run": "several"})


def flipped(each: Compared) -> Iterator[Flip]:
    """Every pair of methods that changes places between two aggregations."""
    for first, second in combinations(AGGREGATIONS, 2):
        for metric in COMPARED:
            one, other = each.draws[first, metric], each.draws[second, metric]
            for ahead, behind in flips(one, other):
                leads = [each.resamples.estimate(side[ahead] - side[behind]) for side in (one, other)]
                yield _flip(each, metric, (first, second), (each.names[ahead], each.names[behind]), leads)


def _flip(each: Compared, metric: str, scopes: tuple[str, str], names: tuple[str, str], leads: list[Estimate]) -> Flip:
    lead, reverse = leads
    return Flip(
        dataset=each.dataset,
        metric=metric,
        scope=scopes[0],
        other=scopes[1],
        ahead=names[0],
        behind=names[1],
        lead=rounded(lead.value),
        lead_low=rounded(lead.low),
        lead_high=rounded(lead.high),
        other_lead=rounded(reverse.value),
        other_low=rounded(reverse.low),
        other_high=rounded(reverse.high),
    )
