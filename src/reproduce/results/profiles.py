"""What no table of the paper shows of profiles: how they changed, and how much of a planted taste they hold (embedded data)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from reproduce.metrics.stats import Draws, Resamples
from reproduce.metrics.taste import Taste, recovery
from reproduce.results.cells import result_row
from reproduce.results.document import ResultRow
from reproduce.results.runs import Run
from reproduce.results.simulation import resamples_of

Reader = Callable[[str], Taste]
"""Reads the liked and disliked genres from the text of a profile."""


def changes(run: Run, method: str, seed: int) -> Iterator[ResultRow]:
    """Means over users of what the optimisation did: treatments, cases left over, acceptance of D_opt before and after."""
    rows = run.rows("profiles")
    if not any(row.get("batches") for row in rows):
        return
    resamples = resamples_of(seed, run.about["dataset"], len(rows))
    for metric in ("batches", "cases_unused", "yes_rate_before", "yes_rate_after"):
        known = np.array([row.get(metric) is not None for row in rows], dtype=np.float64)
        if known.any():
            values = np.array([row.get(metric) or 0.0 for row in rows], dtype=np.float64)
            yield _row(run, "profiles", method, metric, "optimisation", resamples, resamples.ratio(values, known))
    unchanged = np.array([row["initial"] == row["final"] for row in rows], dtype=np.float64)
    yield _row(run, "profiles", method, "unchanged", "optimisation", resamples, resamples.mean(unchanged))


def tastes(run: Run, method: str, planted: Mapping[int, Taste], read: Reader, seed: int) -> Iterator[ResultRow]:
    """Taste recovery of the first and of the last profile. Users whose taste was not planted are left out."""
    rows = [row for row in run.rows("profiles") if row["user"] in planted]
    if not rows:
        return
    resamples = resamples_of(seed, run.about["dataset"], len(rows))
    truth = [planted[row["user"]] for row in rows]
    for scope in ("initial", "final") if any(row["initial"] != row["final"] for row in rows) else ("final",):
        found = recovery(truth, [read(row[scope]) for row in rows], resamples)
        for metric, draws in found.items():
            yield _row(run, "taste", method, metric, scope, resamples, draws)


def _row(run: Run, table: str, method: str, metric: str, scope: str, resamples: Resamples, draws: Draws) -> ResultRow:
    return result_row(
        run, table=table, row=method, column=metric, method=method, metric=metric, scope=scope, estimate=resamples.estimate(draws)
    )


def planted_tastes(lines: Sequence[Mapping[str, Any]]) -> dict[int, Taste]:
    """The lines of `planted.jsonl` by user."""
    return {line["user"]: Taste(frozenset(line["likes"]), frozenset(line["dislikes"])) for line in lines}
