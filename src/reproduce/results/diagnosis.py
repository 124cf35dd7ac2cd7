"""Figure 1: how often each predictor names the defect, on the paper's random split and on harder ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from reproduce.metrics.classification import Predictions, scores
from reproduce.metrics.stats import Draws, Resamples
from reproduce.metrics.stats import average as mean
from reproduce.paper import Cell
from reproduce.results.cells import Filled, result_row
from reproduce.results.document import Matrix, ResultRow
from reproduce.results.runs import Run
from reproduce.seeds import stream

CLASSES = ("inaccurate", "incomplete", "inaccurate_incomplete")
HEADLINE = "random"
"""The paper's split (Appendix D); DG-D13 asks for unseen users beside it."""


@lru_cache(maxsize=8)
def predictions(run: Run) -> dict[tuple[str, str], Predictions]:
    """Predictions by (split, predictor), in the order of the file.

    Samples of one user are resampled together where users are known.
    """
    grouped: dict[tuple[str, str], list[tuple[str, str | None, object]]] = {}
    for line in run.rows("predictions"):
        entry = (line["truth"], line["predicted"], line.get("user", line["sample"]))
        grouped.setdefault((line["split"], line["predictor"]), []).append(entry)
    return {key: Predictions(CLASSES, *(tuple(part) for part in zip(*entries, strict=True))) for key, entries in grouped.items()}


def fill(cell: Cell, run: Run, seed: int) -> Filled | None:
    """The accuracy of one predictor on the paper's split, in percent; None where the run has no such predictor."""
    found = predictions(run).get((HEADLINE, cell.predictor or ""))
    if found is None:
        return None
    resamples, drawn = _scores(found, seed, cell.dataset, HEADLINE)
    units = tuple(dict.fromkeys(found.unit))
    return Filled(cell, run, HEADLINE, None, 100 * drawn["accuracy"], resamples, units, None, len(found.truth))


def average(cell: Cell, filled: Sequence[Filled]) -> Filled | None:
    """The mean of a line over data sets, as far as runs fill them; None where none is filled."""
    same = (cell.table, cell.row, cell.metric)
    parts = [
        each
        for each in filled
        if (each.cell.table, each.cell.row, each.cell.metric) == same and each.cell.dataset in cell.mean_of
    ]
    if not parts:
        return None
    return replace(
        parts[0],
        cell=cell,
        draws=mean([part.draws for part in parts]),
        units=tuple((part.cell.dataset, unit) for part in parts for unit in part.units),
        n=sum(part.n for part in parts),
        complete=len(parts) == len(cell.mean_of),
    )


def beside(cell: Cell, run: Run, seed: int, filled: set[str | None]) -> Iterator[ResultRow]:
    """Every predictor on every split: accuracy, macro-F1, accuracy per defect; without what the paper's own cells hold."""
    for (split, predictor), found in predictions(run).items():
        resamples, drawn = _scores(found, seed, cell.dataset, split)
        for metric, draws in drawn.items():
            if split == HEADLINE and metric == "accuracy" and predictor in filled:
                continue
            yield result_row(
                run,
                table=cell.table,
                row=predictor,
                column=metric,
                method=predictor,
                metric="diagnosis_accuracy" if metric == "accuracy" else metric,
                scope=split,
                estimate=resamples.estimate(100 * draws),
                n=len(found.truth),
            )


def matrices(run: Run) -> Iterator[Matrix]:
    """The confusion of every predictor on every split."""
    for (split, predictor), found in predictions(run).items():
        counts = tuple(tuple(int(count) for count in row) for row in found.confusion())
        yield Matrix(run=run.key, predictor=predictor, split=split, labels=CLASSES, counts=counts)


def _scores(found: Predictions, seed: int, dataset: str, split: str) -> tuple[Resamples, dict[str, Draws]]:
    resamples = Resamples.draw(found.units, stream(seed, "bootstrap", dataset, split))
    return resamples, scores(found, resamples)
