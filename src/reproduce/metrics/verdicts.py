"""Precision, recall, accuracy and F1 of the verdicts on all shown items (DGDPO, "Evaluation Metrics" and Table 2).

A positive is the true item of a round, a positive prediction a "yes": TP = true item judged yes, FP = negative judged yes. The
one item that the simulator *selects* plays no part here: no printed row of the paper is compatible with that reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reproduce.metrics.pages import Pages
from reproduce.metrics.stats import Draws, Floats, Resamples, average, divide, harmonic

Aggregation = Literal["user_macro", "micro", "list_macro"]
AGGREGATIONS: tuple[Aggregation, ...] = ("user_macro", "micro", "list_macro")
"""DG-D14: mean over users of per-user ratios (headline) | all verdicts pooled | mean over the lists of all rounds."""

Metric = Literal["precision", "recall", "accuracy", "f1", "f1_mean"]
METRICS: tuple[Metric, ...] = ("precision", "recall", "accuracy", "f1", "f1_mean")
"""`f1` is the harmonic mean of the aggregated precision and recall (the paper's); `f1_mean` aggregates F1 itself."""

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Confusion:
    """What the verdicts of one (method, recommender, strategy) come to; arrays have shape (users, rounds)."""

    users: tuple[int, ...]
    """Ascending."""
    tp: Counts
    fp: Counts
    fn: Counts
    tn: Counts
    """All four are 0 in a round that was not played (after an exit)."""

    @property
    def played(self) -> Counts:
        """1 for every round that was played."""
        return ((self.tp + self.fp + self.fn + self.tn) > 0).astype(np.int64)

    def of_round(self, round: int) -> Confusion:
        """The verdicts of one round (1 is the first), for the curves of Figures 3 and 4."""
        at = slice(round - 1, round)
        return Confusion(self.users, self.tp[:, at], self.fp[:, at], self.fn[:, at], self.tn[:, at])


def tally(pages: Pages) -> Confusion:
    """Count the verdicts of every user's rounds."""
    played = pages.played.astype(np.int64)
    tp = (pages.yes & pages.truth).sum(axis=2, dtype=np.int64)
    fp = pages.yes.sum(axis=2, dtype=np.int64) - tp
    return Confusion(pages.users, tp, fp, played - tp, (pages.places - 1) * played - fp)


def ratios(confusion: Confusion, aggregation: Aggregation) -> dict[str, tuple[Floats, Floats]]:
    """Numerators and denominators per user whose sums' ratio is each metric: precision, recall, accuracy, f1_mean."""
    tp, fp, fn, tn = (count.astype(np.float64) for count in (confusion.tp, confusion.fp, confusion.fn, confusion.tn))
    if aggregation != "list_macro":
        tp, fp, fn, tn = (count.sum(axis=1, keepdims=True) for count in (tp, fp, fn, tn))
    parts = {
        "precision": (tp, tp + fp),
        "recall": (tp, tp + fn),
        "accuracy": (tp + tn, tp + fp + fn + tn),
        "f1_mean": (2 * tp, 2 * tp + fp + fn),
    }
    if aggregation == "micro":
        return {name: (_sum(above), _sum(below)) for name, (above, below) in parts.items()}
    played = confusion.played if aggregation == "list_macro" else (confusion.played.sum(axis=1, keepdims=True) > 0)
    return {name: (_sum(divide(above, below) * played), _sum(played)) for name, (above, below) in parts.items()}


def _sum(values: NDArray[np.generic]) -> Floats:
    return np.asarray(np.asarray(values, dtype=np.float64).sum(axis=1))


def summarise(cells: Sequence[Confusion], aggregation: Aggregation, resamples: Resamples) -> dict[Metric, Draws]:
    """Every metric, averaged over `cells` (the recommenders of DG-D15; the same users in each), on the sample and its resamples.

    F1 is taken from the averaged precision and recall, as the paper's own tables do (its F1 equals their harmonic mean).
    """
    if len({cell.users for cell in cells}) != 1:
        raise ValueError("the users of the averaged tables differ")
    each = [{name: resamples.ratio(*pair) for name, pair in ratios(cell, aggregation).items()} for cell in cells]
    mean = {name: average([values[name] for values in each]) for name in each[0]}
    return {
        "precision": mean["precision"],
        "recall": mean["recall"],
        "accuracy": mean["accuracy"],
        "f1": harmonic(mean["precision"], mean["recall"]),
        "f1_mean": mean["f1_mean"],
    }


def per_user(cells: Sequence[Confusion]) -> dict[Metric, Floats]:
    """Prec_u, Rec_u, Acc_u and F1_u, averaged over `cells`: what paired tests compare. Shape (users,)."""
    each = [{name: divide(*pair) for name, pair in ratios(cell, "user_macro").items()} for cell in cells]
    mean = {name: average([values[name] for values in each]) for name in each[0]}
    return {"precision": mean["precision"], "recall": mean["recall"], "accuracy": mean["accuracy"], "f1": mean["f1_mean"]}


def curves(cells: Sequence[Confusion], resamples: Resamples) -> list[dict[Metric, Draws]]:
    """Every metric round by round: `list_macro` restricted to one round (Figures 3 and 4)."""
    rounds = max(cell.tp.shape[1] for cell in cells)
    return [summarise([cell.of_round(number) for cell in cells], "list_macro", resamples) for number in range(1, rounds + 1)]


def yes_per_round(cells: Sequence[Confusion], resamples: Resamples) -> Draws:
    """Mean number of yes verdicts on one page: how liberal the simulator is."""
    return average([resamples.ratio(_sum(cell.tp + cell.fp), _sum(cell.played)) for cell in cells])


def zero_divisions(confusion: Confusion) -> dict[str, int]:
    """How many users, and how many lists, have no yes verdict, so that their precision is 0 by convention."""
    said = confusion.tp + confusion.fp
    return {
        "users_without_yes": int(np.count_nonzero((said.sum(axis=1) == 0) & (confusion.played.sum(axis=1) > 0))),
        "lists_without_yes": int(np.count_nonzero((said == 0) & (confusion.played > 0))),
    }


def check_identities(confusion: Confusion, candidates: int) -> None:
    """Raise ValueError unless the counts obey what holds for any simulator.

    Every played round has one positive and `candidates - 1` negatives; pooled, accuracy = (recall + candidates - 1 - FP per
    round) / candidates; and where all users play the same number of rounds, recall and accuracy do not depend on the
    aggregation.
    """
    played = confusion.played
    if np.any((confusion.tp + confusion.fn) != played) or np.any((confusion.fp + confusion.tn) != (candidates - 1) * played):
        raise ValueError(f"a round has not 1 positive and {candidates - 1} negatives")
    rounds = int(played.sum())
    if not rounds:
        raise ValueError("no round was played")
    recall, false = confusion.tp.sum() / rounds, confusion.fp.sum() / rounds
    accuracy = (confusion.tp.sum() + confusion.tn.sum()) / (candidates * rounds)
    if abs(accuracy - (recall + candidates - 1 - false) / candidates) > 1e-12:
        raise ValueError("pooled accuracy contradicts recall and false positives per round")
    if len(set(played.sum(axis=1).tolist())) == 1:
        whole = Resamples(np.ones((1, len(confusion.users))))
        for name in ("recall", "accuracy"):
            values = [whole.ratio(*ratios(confusion, aggregation)[name])[0] for aggregation in AGGREGATIONS]
            if max(values) - min(values) > 1e-9:
                raise ValueError(f"{name} depends on the aggregation: {values}")
