"""Tables of ours with a line per simulator, learner, voter or fault and a column per quantity, data set by data set."""

from __future__ import annotations

from dataclasses import dataclass

from reproduce.paper import Paper
from reproduce.results.document import ResultRow, Results

HEADINGS = {
    "avg_reward": "A. Rwd",
    "total_reward": "T. Rwd",
    "liking_ratio": "Liking%",
    "mean_step_reward": "Reward per step",
    "mean_length": "Steps per episode",
    "liking_ratio_logged": "Liking%, real labels",
    "logged_hits": "Real labels met",
    "auc": "AUC",
    "brier": "Brier score",
    "calibration_error": "Calibration error",
    "said_liked": "Said liked",
    "liked": "Really liked",
    "coin_mat": "f_mat by coin",
    "coin_sim": "f_sim by coin",
    "liked_if_yes": "Liked after yes",
    "liked_if_coin": "Liked after coin",
    "liked_if_no": "Liked after no",
    "agreement": "Equal votes",
    "kappa": "Kappa",
    "agreement_decided": "Equal, no coin",
    "kappa_decided": "Kappa, no coin",
    "log_liked": "Log, liked",
    "snips": "Policy, liked (SNIPS)",
    "snips_gain": "Policy minus log",
    "snips_clipped": "SNIPS, clipped at 10",
    "effective": "Effective users",
    "replay_ten": "Replay, first 10",
    "replay_ten_rows": "Rows in it",
    "replay_tenth": "Replay, first tenth",
    "replay_tenth_rows": "Rows in it ",
}
"""Short enough for a column; `measures.MEASURES` says what they mean."""
DIGITS = {"avg_reward": 2, "total_reward": 2, "liking_ratio": 2, "mean_length": 2, "liking_ratio_logged": 2, "logged_hits": 1}
DIGITS |= {"effective": 1, "replay_ten_rows": 1, "replay_tenth_rows": 1}
SCOPED = ("calibration", "votes", "episodes", "logged", "faults")
"""Tables in which what a number is of stands beside the heading of its line."""


@dataclass(frozen=True)
class Line:
    """One line."""

    heading: str
    of: str
    """What it is of; may be empty."""
    cells: tuple[ResultRow | None, ...]


@dataclass(frozen=True)
class Crossed:
    """All numbers of a table of ours on one data set."""

    dataset: str
    source: str
    metrics: tuple[str, ...]
    lines: tuple[Line, ...]
    over: str
    """What the intervals are over."""
    n: tuple[int, ...]
    """Users or seeds behind the lines, ascending."""

    @property
    def headings(self) -> tuple[str, ...]:
        """Of the columns."""
        return tuple(HEADINGS.get(metric, metric) for metric in self.metrics)

    @property
    def digits(self) -> tuple[int, ...]:
        """Of the columns."""
        return tuple(DIGITS.get(metric, 4) for metric in self.metrics)


def crossed(paper: Paper, results: Results, table: str) -> dict[str, list[Crossed]]:
    """A table of ours by data set, in the paper's order; numbers over users apart from those over seeds."""
    rows = [row for row in results.rows if row.table == table]
    found: dict[str, list[Crossed]] = {}
    for named in paper.datasets:
        for over in dict.fromkeys(row.over or "users" for row in rows if row.dataset == named.id):
            found.setdefault(named.id, []).append(_crossed(table, named.id, rows, over))
    return found


def _crossed(table: str, dataset: str, rows: list[ResultRow], over: str) -> Crossed:
    mine = [row for row in rows if row.dataset == dataset and (row.over or "users") == over]
    metrics = tuple(metric for metric in HEADINGS if any(row.metric == metric for row in mine))
    at = {(row.row, row.scope, row.metric): row for row in mine}
    lines = dict.fromkeys((row.row, row.scope) for row in mine)
    return Crossed(
        dataset=dataset,
        source=mine[0].source,
        metrics=metrics,
        lines=tuple(
            Line(row, scope if table in SCOPED else "", tuple(at.get((row, scope, metric)) for metric in metrics))
            for row, scope in lines
        ),
        over=over,
        n=tuple(sorted({row.n for row in mine})),
    )
