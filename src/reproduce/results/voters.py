"""The three voters of an ensemble, one by one: do their votes mean what they say, and do they say the same?

A logical vote that was a coin says nothing of the user: it counts as a half in calibration, as in the score (LG-D13), and the
agreement of voters is told both with coins and without.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from reproduce.metrics import calibration
from reproduce.metrics.calibration import Bin
from reproduce.metrics.ranking import auc
from reproduce.metrics.stats import Draws, Floats, Resamples
from reproduce.metrics.votes import agreement, kappa
from reproduce.results.cells import result_row
from reproduce.results.document import Curve, ResultRow, rounded
from reproduce.results.naming import VOTERS, simulator_called
from reproduce.results.prediction import Predicted, predicted, resampled
from reproduce.results.runs import Run
from reproduce.spec import REFERENCE

CALIBRATION, VOTES = "calibration", "votes"
SCORE, TRAINED = "score", "p of f_sta"
SAID = {0.0: "liked_if_no", 0.5: "liked_if_coin", 1.0: "liked_if_yes"}
"""What a vote said, and the metric that tells how many of these were liked."""


def rows(run: Run, seed: int) -> Iterator[ResultRow]:
    """Calibration of every score and vote, and agreement of every pair of voters, for every simulator with and without faults."""
    for (kind, faults), each in predicted(run).items():
        resamples, name = resampled(run, each, seed), simulator_called(kind, faults)
        for table, scope, metric, draws in (*_calibrated(each, resamples), *_agreed(each, resamples)):
            estimate = resamples.estimate(draws)
            yield result_row(
                run, table=table, row=name, column=metric, method=name, metric=metric, scope=scope, estimate=estimate
            )


def sources(each: Predicted) -> dict[str, Floats]:
    """What can be calibrated: the score of any simulator; each vote, and the probability behind f_sta, of one that votes."""
    found = {SCORE: each.scores}
    for place, voter in enumerate(VOTERS):
        if each.votes is not None:
            votes = each.votes[:, place]
            tossed = each.coins[:, place] if each.coins is not None and place < 2 else np.zeros_like(votes)
            found[voter] = np.where(tossed > 0, 0.5, votes)
    if each.trained is not None:
        found[TRAINED] = each.trained
    return found


def _calibrated(each: Predicted, resamples: Resamples) -> Iterator[tuple[str, str, str, Draws]]:
    for source, values in sources(each).items():
        alone = auc(values, each.labels, resamples)
        if alone is not None:
            yield CALIBRATION, source, "auc", alone
        yield CALIBRATION, source, "brier", calibration.brier(values, each.labels, resamples)
        yield CALIBRATION, source, "calibration_error", calibration.expected_error(values, each.labels, resamples)
        if source in VOTERS:
            for said, metric in SAID.items():
                inside = (values == said).astype(np.float64)
                if inside.any():
                    size = resamples.weights @ inside
                    liked = resamples.weights @ (inside * each.labels)
                    yield CALIBRATION, source, metric, np.divide(liked, size, out=np.full(len(size), np.nan), where=size > 0)


def _agreed(each: Predicted, resamples: Resamples) -> Iterator[tuple[str, str, str, Draws]]:
    if each.votes is None:
        return
    tossed = np.zeros_like(each.votes)
    if each.coins is not None:
        tossed[:, :2] = each.coins
    for first, second in combinations(range(3), 2):
        pair = f"{VOTERS[first]} and {VOTERS[second]}"
        decided = ((tossed[:, first] == 0) & (tossed[:, second] == 0)).astype(np.float64)
        for suffix, counted in (("", np.ones_like(decided)), ("_decided", decided)):
            for metric, of in (("agreement", agreement), ("kappa", kappa)):
                draws = of(each.votes[:, first], each.votes[:, second], counted, resamples)
                if draws is not None:
                    yield VOTES, pair, metric + suffix, draws


def curves(run: Run, seed: int) -> Iterator[Curve]:
    """Reliability of every score and vote: mean score of a bin, and the share of it that was liked.

    Of simulators as printed, and with all faults.
    """
    whole = (key for key in predicted(run) if key[1] in ((), REFERENCE))
    for kind, faults in whole:
        each = predicted(run)[kind, faults]
        resamples = resampled(run, each, seed)
        for source, values in sources(each).items():
            bins = calibration.reliability(values, each.labels, resamples)
            yield _curve(run, simulator_called(kind, faults), source, bins, resamples)


def _curve(run: Run, name: str, source: str, bins: tuple[Bin, ...], resamples: Resamples) -> Curve:
    observed = [resamples.estimate(each.observed) for each in bins]
    return Curve(
        figure=CALIBRATION,
        over="score",
        scope=source,
        row=name,
        dataset=run.about["dataset"],
        method=name,
        metric="observed",
        places=tuple(rounded(float(each.predicted[0])) for each in bins),
        values=tuple(rounded(each.value) for each in observed),
        low=tuple(rounded(each.low) for each in observed),
        high=tuple(rounded(each.high) for each in observed),
        n=resamples.units,
        run=run.key,
    )
