"""What the faults of the released code do to what a learner earns: the same learner on the same data, with them and without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reproduce.metrics.repeats import difference
from reproduce.results.cells import result_row
from reproduce.results.document import ResultRow
from reproduce.results.episodes import values
from reproduce.results.naming import AS_PRINTED, faults_called, learner_of, simulator_called, simulator_of
from reproduce.results.prediction import FAULTS
from reproduce.results.runs import Run

METRICS = ("avg_reward", "liking_ratio")


def rows(runs: Sequence[Run]) -> Iterator[ResultRow]:
    """Every run with faults against its like without, between seeds; none where either has one seed."""
    sound = {
        (run.about["dataset"], learner_of(run), kind): run for run in runs for kind, wrong in [simulator_of(run)] if not wrong
    }
    for run in runs:
        kind, wrong = simulator_of(run)
        base = sound.get((run.about["dataset"], learner_of(run), kind))
        if wrong and base is not None:
            yield from _changes(run, base)


def _changes(run: Run, base: Run) -> Iterator[ResultRow]:
    kind, wrong = simulator_of(run)
    for metric in METRICS:
        change = difference(values(run, metric), values(base, metric))
        if change is not None:
            row = result_row(
                run,
                table=FAULTS,
                row=faults_called(wrong),
                column="difference",
                method=simulator_called(kind, wrong),
                metric=metric,
                scope=f"{learner_of(run)}'s episodes",
                estimate=change,
                against=AS_PRINTED,
                over="seeds",
            )
            yield row
