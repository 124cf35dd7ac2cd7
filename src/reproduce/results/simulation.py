"""Table 2 and its like, and the curves over rounds, from the verdicts of simulation runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from reproduce.errors import Problem, SpecError
from reproduce.metrics.stats import Draws, Resamples
from reproduce.metrics.verdicts import AGGREGATIONS, METRICS, Aggregation, Confusion, curves, per_user, summarise, yes_per_round
from reproduce.paper import Cell, Figure, Paper
from reproduce.results.cells import Filled, result_row
from reproduce.results.document import Curve, ResultRow, rounded
from reproduce.results.runs import Run
from reproduce.seeds import stream

HEADLINE: Aggregation = "user_macro"
"""DG-D14: means over users of per-user ratios."""
MEAN = "mean"
"""DG-D15: Table 2 is the mean over the recommenders."""


@lru_cache(maxsize=8)
def resamples_of(seed: int, dataset: str, units: int) -> Resamples:
    """The resamples that all runs on one data set share, so that their differences are paired."""
    return Resamples.draw(units, stream(seed, "bootstrap", dataset))


def fill(cells: list[Cell], run: Run, seed: int, place: str) -> list[Filled]:
    """The cells of one line of a table as a run fills them: mean over its recommenders, headline aggregation.

    Raises SpecError when the run was not made under the table's strategy of profile update.
    """
    strategy = cells[0].strategy or "none"
    tables = run.cells(strategy)
    if not tables:
        raise SpecError(
            Problem(place, f"table `{cells[0].table}` needs strategy `{strategy}`, which run `{run.key}` does not have")
        )
    users = tables[0].users
    resamples = resamples_of(seed, cells[0].dataset, len(users))
    draws, alone = summarise(tables, HEADLINE, resamples), per_user(tables)
    return [
        Filled(cell, run, HEADLINE, MEAN, draws[metric], resamples, users, alone[metric], len(users))
        for cell in cells
        for metric in METRICS
        if metric == cell.metric
    ]


def beside(cell: Cell, run: Run, seed: int, crossed: bool) -> Iterator[ResultRow]:
    """What the paper does not print of one line: every recommender, every aggregation, F1 both ways, yes verdicts per page.

    Single recommenders have other aggregations, too, where `crossed` is asked for.
    """
    strategy = cell.strategy or "none"
    tables = {recommender: [confusion] for (recommender, of), confusion in run.verdicts.items() if of == strategy}
    resamples = resamples_of(seed, cell.dataset, len(run.cells(strategy)[0].users))
    for recommender, group in {MEAN: run.cells(strategy), **tables}.items():
        for aggregation in AGGREGATIONS if crossed or recommender == MEAN else (HEADLINE,):
            for metric, draws in summarise(group, aggregation, resamples).items():
                if (recommender, aggregation) != (MEAN, HEADLINE) or metric == "f1_mean":
                    yield _row(cell, run, recommender, aggregation, metric, draws, resamples)
        yield _row(cell, run, recommender, "micro", "yes_per_round", yes_per_round(group, resamples), resamples)


def _row(cell: Cell, run: Run, recommender: str, scope: str, metric: str, draws: Draws, resamples: Resamples) -> ResultRow:
    return result_row(
        run,
        table=cell.table,
        row=cell.row,
        column=metric,
        method=cell.method,
        recommender=recommender,
        strategy=cell.strategy or "none",
        metric=metric,
        scope=scope,
        estimate=resamples.estimate(draws),
    )


def draw_figure(figure: Figure, runs: Mapping[str, Run], seed: int) -> Iterator[Curve]:
    """All curves of a figure over rounds that runs draw: per line, strategy and recommender, and their mean."""
    for line in figure.lines:
        if line.run is None or runs[line.run].about["kind"] != "simulation":
            continue
        run = runs[line.run]
        for strategy in (each for each in figure.strategies if each in run.strategies):
            groups = {recommender: [run.verdicts[recommender, strategy]] for recommender in run.recommenders}
            for recommender, group in {MEAN: run.cells(strategy), **groups}.items():
                yield from _curves(figure, line.row, run, strategy, recommender, group, seed)


def _curves(
    figure: Figure, row: str, run: Run, strategy: str, recommender: str, group: list[Confusion], seed: int
) -> Iterator[Curve]:
    resamples = resamples_of(seed, run.about["dataset"], len(group[0].users))
    points = curves(group, resamples)
    for metric in METRICS[:4]:
        estimates = [resamples.estimate(point[metric]) for point in points]
        yield Curve(
            figure=figure.id,
            row=row,
            dataset=run.about["dataset"],
            method=row,
            recommender=recommender,
            strategy=strategy,
            metric=metric,
            values=tuple(rounded(each.value) for each in estimates),
            low=tuple(rounded(each.low) for each in estimates),
            high=tuple(rounded(each.high) for each in estimates),
            n=resamples.units,
            run=run.key,
        )


def lines(paper: Paper, kind: str, runs: Mapping[str, Run]) -> Iterator[list[Cell]]:
    """The lines of all tables that runs of one kind fill: the cells of a line that one run fills together."""
    grouped: dict[tuple[str, str, str, str], list[Cell]] = {}
    for cell in paper.cells():
        if cell.run is not None and runs[cell.run].about["kind"] == kind:
            grouped.setdefault((cell.table, cell.dataset, cell.row, cell.run), []).append(cell)
    yield from grouped.values()
