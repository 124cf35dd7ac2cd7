"""How well simulators predict real held-out labels (runs of kind `prediction`): AUC, calibration, faults, voters (ensemble.md 2).

One interaction per user, so that users are resampled and simulators are compared on the same users.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from reproduce.metrics import calibration
from reproduce.metrics.ranking import auc
from reproduce.metrics.stats import Draws, Floats, Resamples
from reproduce.paper import Cell
from reproduce.results.cells import Filled, result_row
from reproduce.results.document import ResultRow
from reproduce.results.naming import AS_PRINTED, OWN, SIMULATORS, faults_called, simulator_called, simulator_of
from reproduce.results.resampling import resamples_of_many
from reproduce.results.runs import Run
from reproduce.spec import REFERENCE, Fault

SCOPE = "held-out interaction"
TABLE, FAULTS = "prediction", "faults"
Key = tuple[str, tuple[Fault, ...]]
"""Kind of a simulator, and its faults."""
LIKED_FROM = 0.5
"""A score above says liked; at it, the simulator would toss a coin."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """What one simulator says of every user's held-out interaction; users ascending."""

    users: tuple[int, ...]
    labels: Floats
    scores: Floats
    """In [0, 1]: what AUC is measured on."""
    votes: Floats | None
    """(n, 3): f_mat, f_sim, f_sta as 0 or 1; only of simulators that vote."""
    coins: Floats | None
    """(n, 2): 1 where f_mat, f_sim was a coin."""
    trained: Floats | None
    """(n,): the statistical model's probability before its threshold."""

    @cached_property
    def said(self) -> Floats:
        """The share of yes in what it would say: 1, 0, or a half at the threshold."""
        return np.asarray(np.heaviside(np.round(self.scores - LIKED_FROM, 9), 0.5), dtype=np.float64)


@lru_cache(maxsize=16)
def predicted(run: Run) -> dict[Key, Predicted]:
    """Every simulator of a run, in the order of the file. Raises ValueError on a user told twice or a score that is none."""
    lines: dict[Key, dict[int, dict[str, Any]]] = {}
    for line in run.each("predictions"):
        faults = line["faults"]
        mine = lines.setdefault((line["simulator"], tuple(fault for fault in REFERENCE if fault in faults)), {})
        if line["user"] in mine:
            raise ValueError(f"{run.key}: {line['simulator']} tells user {line['user']} twice")
        if line["p"] is None or not 0 <= line["p"] <= 1:
            raise ValueError(f"{run.key}: {line['simulator']} gives user {line['user']} the score {line['p']}, not one of 0 to 1")
        mine[line["user"]] = line
    return {key: _predicted([mine[user] for user in sorted(mine)]) for key, mine in lines.items()}


def _predicted(lines: list[dict[str, Any]]) -> Predicted:
    def array(name: str) -> Floats | None:
        found = [line.get(name) for line in lines]
        return None if any(each is None for each in found) else np.array(found, dtype=np.float64)

    scores, labels = array("p"), array("label")
    assert scores is not None
    assert labels is not None
    has = [(line.get("scores") or [None])[-1] for line in lines]
    trained = None if any(each is None for each in has) else np.array(has, dtype=np.float64)
    return Predicted(tuple(line["user"] for line in lines), labels, scores, array("votes"), array("coins"), trained)


def resampled(run: Run, each: Predicted, seed: int) -> Resamples:
    """The resamples that all simulators on the same users share."""
    return resamples_of_many(seed, run.about["dataset"], len(each.users))


def asked(cell: Cell, beside: list[Cell], runs: Mapping[str, Run]) -> Key | None:
    """Which simulator a line of a table is about: the one behind the run that fills its other cells.

    Where there is no such run, as in a part of a paper, the line's heading says it.
    """
    for other in beside:
        run = runs.get(other.run or "")
        if run is not None and run.about["kind"] == "reinforcement":
            return simulator_of(run)
    kind = {OWN: "ensemble", **{name: kind for kind, name in SIMULATORS.items()}}.get(cell.row)
    return (kind, ()) if kind else None


def fill(cell: Cell, run: Run, key: Key | None, seed: int) -> Filled | None:
    """The AUC of one simulator; None where the run does not have it, or all labels are alike (LG-D13)."""
    each = predicted(run).get(key) if key else None
    if each is None or cell.metric != "auc":
        return None
    resamples = resampled(run, each, seed)
    draws = auc(each.scores, each.labels, resamples)
    return None if draws is None else Filled(cell, run, SCOPE, None, draws, resamples, each.users, None, len(each.users))


def remarks(run: Run) -> Iterator[str]:
    """What keeps a number from being there."""
    for labels in {tuple(each.labels) for each in predicted(run).values() if len(set(each.labels)) < 2}:
        said = "liked" if labels[0] else "disliked"
        yield f"no AUC on {run.about['dataset']}: all {len(labels)} held-out interactions are {said} (LG-D13)"


def measures(each: Predicted, resamples: Resamples) -> dict[str, Draws]:
    """Every quantity of one simulator, on the sample and its resamples."""
    found = {
        "auc": auc(each.scores, each.labels, resamples),
        "brier": calibration.brier(each.scores, each.labels, resamples),
        "calibration_error": calibration.expected_error(each.scores, each.labels, resamples),
        "said_liked": resamples.mean(each.said),
        "liked": resamples.mean(each.labels),
    }
    if each.coins is not None:
        found["coin_mat"], found["coin_sim"] = (resamples.mean(each.coins[:, place]) for place in range(2))
    return {name: draws for name, draws in found.items() if draws is not None}


def rows(run: Run, seed: int) -> Iterator[ResultRow]:
    """Our own tables: every simulator, and what each fault of the released code changes, paired over users."""
    base: dict[str, tuple[Predicted, dict[str, Draws]]] = {}
    for (kind, faults), each in predicted(run).items():
        resamples = resampled(run, each, seed)
        found = measures(each, resamples)
        name = simulator_called(kind, faults)
        for metric, draws in found.items():
            estimate = resamples.estimate(draws)
            yield result_row(
                run, table=TABLE, row=name, column=metric, method=name, metric=metric, scope=SCOPE, estimate=estimate
            )
        if not faults:
            base[kind] = each, found
    for (kind, faults), each in predicted(run).items():
        if faults and kind in base and base[kind][0].users == each.users:
            yield from _changes(run, kind, faults, each, base[kind][1], seed)


def _changes(
    run: Run, kind: str, faults: tuple[Fault, ...], each: Predicted, base: Mapping[str, Draws], seed: int
) -> Iterator[ResultRow]:
    resamples = resampled(run, each, seed)
    for metric, draws in measures(each, resamples).items():
        if metric in base and metric != "liked":
            yield result_row(
                run,
                table=FAULTS,
                row=faults_called(faults),
                column="difference",
                method=simulator_called(kind, faults),
                metric=metric,
                scope="held-out labels",
                estimate=resamples.estimate(draws - base[metric]),
                against=AS_PRINTED,
            )
