"""Relations between curves over rounds (Figures 3 and 4): how one runs, and which lies above which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np

from reproduce.claims import Above, Trend
from reproduce.metrics.stats import Draws, Estimate, Resamples
from reproduce.metrics.verdicts import METRICS, Confusion, curves
from reproduce.paper import Figure, Paper
from reproduce.results.document import Answer, Comparison, rounded
from reproduce.results.runs import Run
from reproduce.results.simulation import resamples_of

Side = tuple[str, Confusion, Run]
"""Name of a curve, and what draws it."""


def sign(difference: Estimate) -> Answer:
    """Whether a difference is above 0, below it, or cannot be told from it."""
    return "holds" if difference.low > 0 else "does not hold" if difference.high < 0 else "cannot say"


def compared(
    of: str,
    better: str,
    than: str,
    difference: Estimate,
    answer: Answer,
    t_p: float | None = None,
    wilcoxon_p: float | None = None,
) -> Comparison:
    """A comparison that could be made."""
    return Comparison(
        of=of,
        better=better,
        than=than,
        difference=rounded(difference.value),
        low=rounded(difference.low),
        high=rounded(difference.high),
        pairs=difference.n,
        t_p=t_p,
        wilcoxon_p=wilcoxon_p,
        answer=answer,
    )


def of_trend(paper: Paper, claim: Trend, runs: Mapping[str, Run], seed: int) -> Iterator[Comparison]:
    """The change of a fitted line from the first round to the last, with every recommender and metric of the figure."""
    figure = _figure(paper, claim.figure)
    run = _run_of(figure, claim.row, runs)
    for recommender in claim.recommenders:
        for metric in figure.metrics:
            of = f"{paper.metric(metric).label} with {recommender}"
            confusion = run.verdicts.get((recommender, claim.strategy)) if run else None
            if run is None or confusion is None:
                yield Comparison(of=of, better="last round", than="first round", answer="cannot say")
                continue
            points, resamples = _drawn(confusion, metric, run, seed)
            change = resamples.estimate(slope(points) * (len(points) - 1))
            margin = paper.near * float(points[:, 0].mean())
            yield compared(of, "last round", "first round", change, _runs(claim, change, margin))


def _runs(claim: Trend, change: Estimate, margin: float) -> Answer:
    """`flat` holds when the whole interval lies within the margin of 0 (an equivalence test)."""
    if claim.trend == "flat":
        inside, outside = -margin < change.low and change.high < margin, change.low > margin or change.high < -margin
        return "holds" if inside else "does not hold" if outside else "cannot say"
    falls = Estimate(-change.value, -change.high, -change.low, change.n)
    return sign(change if claim.trend == "rises" else falls)


def slope(points: Draws) -> Draws:
    """Least-squares slope over rounds of curves of shape (rounds, draws)."""
    rounds = np.arange(len(points)) - (len(points) - 1) / 2
    return np.asarray(rounds @ points / max(float(rounds @ rounds), 1e-9), dtype=np.float64)


def of_curves(paper: Paper, claim: Above, runs: Mapping[str, Run], seed: int) -> Iterator[Comparison]:
    """The lowest difference of two curves over all rounds, with every recommender that both have."""
    figure = _figure(paper, claim.figure)
    by_row = len(claim.rows) > 1
    names = claim.rows if by_row else claim.strategies
    for better, than in pairwise(names):
        first, second = (
            _curves_of(figure, name if by_row else claim.rows[0], claim.strategies[0] if by_row else name, runs)
            for name in (better, than)
        )
        shared = sorted(first.keys() & second.keys())
        if not shared:
            yield Comparison(of=figure.title, better=better, than=than, answer="cannot say")
        for recommender in shared:
            for metric in claim.metrics:
                of = f"{paper.metric(metric).label} with {recommender}, lowest of all rounds"
                yield _over_rounds(of, (better, *first[recommender]), (than, *second[recommender]), metric, seed)


def _over_rounds(of: str, one: Side, other: Side, metric: str, seed: int) -> Comparison:
    if one[1].users != other[1].users:
        return Comparison(of=of, better=one[0], than=other[0], answer="cannot say")
    first, resamples = _drawn(one[1], metric, one[2], seed)
    second, _ = _drawn(other[1], metric, other[2], seed)
    each = [resamples.estimate(difference) for difference in first - second]
    answers = {sign(difference) for difference in each}
    answer: Answer = "does not hold" if "does not hold" in answers else "holds" if answers == {"holds"} else "cannot say"
    return compared(of, one[0], other[0], min(each, key=lambda difference: difference.value), answer)


def _drawn(confusion: Confusion, metric: str, run: Run, seed: int) -> tuple[Draws, Resamples]:
    """One metric over rounds, shape (rounds, draws)."""
    resamples = resamples_of(seed, run.about["dataset"], len(confusion.users))
    (name,) = (each for each in METRICS if each == metric)
    return np.stack([point[name] for point in curves([confusion], resamples)]), resamples


def _figure(paper: Paper, id: str) -> Figure:
    return next(figure for figure in paper.figures if figure.id == id)


def _run_of(figure: Figure, row: str, runs: Mapping[str, Run]) -> Run | None:
    key = next((line.run for line in figure.lines if line.row == row), None)
    return runs.get(key) if key else None


def _curves_of(figure: Figure, row: str, strategy: str, runs: Mapping[str, Run]) -> dict[str, tuple[Confusion, Run]]:
    """What draws one line under one strategy, by recommender; empty where no run does."""
    run = _run_of(figure, row, runs)
    if run is None:
        return {}
    return {recommender: (confusion, run) for (recommender, of), confusion in run.verdicts.items() if of == strategy}
