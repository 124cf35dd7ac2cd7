"""A cell of the paper as a run of ours fills it, and what that says about the printed number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reproduce.metrics.repeats import Spread, over_seeds
from reproduce.metrics.stats import Draws, Estimate, Floats, Resamples
from reproduce.paper import Cell
from reproduce.results.document import ResultRow, Units, VerdictOnPaper, numbers, rounded
from reproduce.results.runs import Run


@dataclass(frozen=True)
class Filled:
    """A printed cell with our number and all that a paired comparison needs."""

    cell: Cell
    run: Run
    scope: str
    recommender: str | None
    draws: Draws
    """In the unit of the cell."""
    resamples: Resamples
    units: tuple[object, ...]
    """What is resampled, in order: two cells are paired when these are equal."""
    per_unit: Floats | None
    """One value per unit for paired tests."""
    n: int
    complete: bool = True
    """False for a mean or a gain over cells of which some are not filled: no verdict then."""
    against: str | None = None
    """The line over which a gain is."""

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Table, data set, method line and metric: how relations find the cell."""
        return self.cell.table, self.cell.dataset, self.cell.row, self.cell.metric

    @property
    def estimate(self) -> Estimate:
        """Our number with its interval."""
        return self.resamples.estimate(self.draws)

    def row(self) -> ResultRow:
        """The result row, with the printed value and the verdict; none on a value that cannot be right."""
        cell, estimate = self.cell, self.estimate
        return result_row(
            self.run,
            table=cell.table,
            row=cell.row,
            column=cell.column,
            dataset=cell.dataset,
            method=cell.method,
            recommender=self.recommender,
            strategy=cell.strategy,
            metric=cell.metric,
            scope=self.scope,
            estimate=estimate,
            n=self.n,
            against=self.against,
            printed=cell.printed,
            verdict=verdict(self.run, estimate, cell.printed if self.complete and not cell.erratum else None, cell.near),
        )


@dataclass(frozen=True)
class Seeded:
    """A printed cell with our number under every seed: there are too few seeds to resample, and no pairs among them."""

    cell: Cell
    run: Run
    scope: str
    values: tuple[float, ...]
    """One per seed, in the unit of the cell."""

    @property
    def place(self) -> tuple[str, str, str, str]:
        """As of a filled cell."""
        return self.cell.table, self.cell.dataset, self.cell.row, self.cell.metric

    @property
    def spread(self) -> Spread:
        """The mean with its t interval and deviation."""
        return over_seeds(self.values)

    def row(self) -> ResultRow:
        """As of a filled cell; one seed alone has no interval, so that no verdict can be given."""
        cell, spread = self.cell, self.spread
        printed = cell.printed if spread.sd is not None and not cell.erratum else None
        return seeded_row(
            self.run,
            self.values,
            table=cell.table,
            row=cell.row,
            column=cell.column,
            dataset=cell.dataset,
            method=cell.method,
            metric=cell.metric,
            scope=self.scope,
            printed=cell.printed,
            verdict=verdict(self.run, spread.estimate, printed, cell.near),
        )


Answered = Filled | Seeded
"""A printed cell that runs of ours fill."""


def seeded_row(run: Run, values: Sequence[float], **about: Any) -> ResultRow:  # the other fields of `result_row`
    """A row with one value per seed."""
    spread = over_seeds(values)
    row = result_row(run, estimate=spread.estimate, **about)
    return row.model_copy(update={"over": "seeds", "sd": None if spread.sd is None else rounded(spread.sd)})


def result_row(
    run: Run,
    *,
    table: str,
    row: str,
    column: str,
    method: str,
    metric: str,
    scope: str,
    estimate: Estimate,
    dataset: str | None = None,
    recommender: str | None = None,
    strategy: str | None = None,
    n: int | None = None,
    against: str | None = None,
    printed: float | None = None,
    verdict: VerdictOnPaper | None = None,
    over: Units | None = None,
) -> ResultRow:
    """A row of `run`; without a printed value it stands beside the paper's table."""
    about = run.about
    return ResultRow(
        table=table,
        row=row,
        column=column,
        dataset=dataset or about["dataset"],
        source=about["source"],
        method=method,
        recommender=recommender,
        strategy=strategy,
        metric=metric,
        scope=scope,
        over=over,
        against=against,
        printed=printed,
        verdict=verdict if verdict or speaks_of_the_paper(run) else "rehearsal",
        engine=about["engine"],
        model=about["model"],
        run=run.key,
        **numbers(estimate, n),
    )


def speaks_of_the_paper(run: Run) -> bool:
    """Whether a run's numbers may be compared with printed ones: paper mode, the paper's own data, a model that answers."""
    about = run.about
    return bool(about["mode"] == "paper" and about["source"] == about["dataset"] and about["engine"] != "heuristic")


def verdict(run: Run, estimate: Estimate, printed: float | None, near: float) -> VerdictOnPaper | None:
    """What our number says about the printed one; None where nothing is printed."""
    if not speaks_of_the_paper(run):
        return "rehearsal"
    if printed is None:
        return None
    if estimate.low <= printed <= estimate.high:
        return "agrees"
    return "near" if abs(estimate.value - printed) <= near * abs(printed) else "differs"
