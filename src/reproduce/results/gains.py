"""How far the paper's own method is ahead: gains over the best of the others, and tests against it (Table 2 and its text)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reproduce.claims import Better
from reproduce.metrics.agreement import DIGITS
from reproduce.metrics.stats import PairedTest, average, bonferroni, divide, holm, paired_test
from reproduce.paper import Block, Cell, Paper, Table
from reproduce.results.cells import Filled
from reproduce.results.document import rounded
from reproduce.results.findings import Significance

Cells = Mapping[tuple[str, str, str, str], Filled]


def fill(paper: Paper, filled: Iterable[Filled]) -> Iterator[Filled]:
    """The cells of tables that hold gains of another table, as far as that one is filled."""
    cells = {each.place: each for each in filled}
    for table in paper.tables:
        if table.gains_of is not None:
            of = paper.table(table.gains_of)
            for cell in paper.cells(table.id):
                block = next(block for block in of.blocks if block.dataset == cell.dataset)
                gain = _gain_of(cell, of, block, cells)
                if gain is not None:
                    yield gain


def _gain_of(cell: Cell, of: Table, block: Block, cells: Cells) -> Filled | None:
    metrics = of.metrics if cell.metric == "mean_gain" else (cell.metric.removesuffix("_gain"),)
    found = [_gain(cell, of, block, metric, cells) for metric in metrics]
    parts = [part for part in found if part is not None]
    if len(parts) < len(metrics):
        return None
    if len(parts) == 1:
        return parts[0]
    complete = all(part.complete for part in parts)
    return replace(parts[0], draws=average([part.draws for part in parts]), against=None, complete=complete)


def _gain(cell: Cell, of: Table, block: Block, metric: str, cells: Cells) -> Filled | None:
    """The gain in one metric. The best of the others is taken anew in every resample, as it was in the sample.

    None where the own line or all others are empty, or the best is 0.
    """
    own = cells.get((of.id, block.dataset, cell.method, metric))
    rest = [row.row for row in block.rows if row.row != cell.method]
    others = [other for row in rest if (other := cells.get((of.id, block.dataset, row, metric))) and own and _paired(own, other)]
    if own is None or not others:
        return None
    best = np.max(np.stack([other.draws for other in others]), axis=0)
    if best[0] <= 0:
        return None
    return replace(
        own,
        cell=replace(cell, strategy=own.cell.strategy),
        draws=100 * (divide(own.draws, best) - 1) * (best > 0),
        per_unit=None,
        complete=len(others) == len(rest),
        against=runner_up(others).cell.row,
    )


def runner_up(others: Sequence[Filled]) -> Filled:
    """The best on the sample; the first line of equal ones, whatever the last bits of their sums say."""
    return max(others, key=lambda other: round(float(other.draws[0]), DIGITS))


def _paired(one: Filled, other: Filled) -> bool:
    return one.units == other.units


@dataclass(frozen=True)
class _Tested:
    own: Filled
    other: Filled
    tests: PairedTest
    low: float
    high: float


def significance(paper: Paper, filled: Iterable[Filled]) -> Iterator[Significance]:
    """Every claim of a significant lead: the line against the best of the others, all tests of one claim adjusted together."""
    cells = {each.place: each for each in filled}
    for claim in paper.relations:
        if isinstance(claim, Better) and claim.p_below is not None:
            yield from _adjusted(list(_tests(paper, claim, cells)))


def _tests(paper: Paper, claim: Better, cells: Cells) -> Iterator[_Tested]:
    table = paper.table(claim.table)
    for block in table.blocks:
        for metric in claim.metrics or table.metrics:
            own = cells.get((table.id, block.dataset, claim.better, metric))
            found = (cells.get((table.id, block.dataset, row, metric)) for row in claim.than)
            others = [other for other in found if own and other and _paired(own, other) and other.per_unit is not None]
            if own is not None and own.per_unit is not None and others:
                yield _test(own, runner_up(others))


def _test(own: Filled, other: Filled) -> _Tested:
    assert own.per_unit is not None
    assert other.per_unit is not None
    mean = own.resamples.estimate(own.resamples.mean(own.per_unit - other.per_unit))
    return _Tested(own, other, paired_test(own.per_unit, other.per_unit), mean.low, mean.high)


def _adjusted(tested: Sequence[_Tested]) -> Iterator[Significance]:
    raw = {"t": [each.tests.t_p for each in tested], "wilcoxon": [each.tests.wilcoxon_p for each in tested]}
    adjusted = {
        f"{name}_{how.__name__}": [significant(p) for p in how(values)]
        for name, values in raw.items()
        for how in (holm, bonferroni)
    }
    for place, each in enumerate(tested):
        cell = each.own.cell
        yield Significance(
            table=cell.table,
            dataset=cell.dataset,
            metric=cell.metric,
            method=cell.row,
            runner_up=each.other.cell.row,
            difference=rounded(each.tests.difference),
            low=rounded(each.low),
            high=rounded(each.high),
            pairs=each.tests.pairs,
            differing=each.tests.differing,
            t_p=significant(each.tests.t_p),
            wilcoxon_p=significant(each.tests.wilcoxon_p),
            family=len(tested),
            **{name: values[place] for name, values in adjusted.items()},
        )


def significant(value: float | None) -> float | None:
    """Six significant digits: what a p-value is good for."""
    return None if value is None else float(f"{value:.6g}")
