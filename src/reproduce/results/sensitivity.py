"""How much of a result is the user, how much the seed, how much the wording of the prompt: runs of kind `sensitivity`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from reproduce.metrics.anova import Effect, components, shares
from reproduce.metrics.stats import Draws, Resamples
from reproduce.metrics.verdicts import Confusion, Metric, per_user, summarise
from reproduce.results.cells import result_row
from reproduce.results.document import ResultRow
from reproduce.results.runs import Run
from reproduce.results.simulation import HEADLINE, resamples_of

FACTORS = ("user", "seed", "prompt")
MEASURED: tuple[Metric, ...] = ("precision", "recall", "f1")
Design = Mapping[tuple[int, str], Confusion]
"""By seed and wording."""


def rows(run: Run, method: str, seed: int) -> Iterator[ResultRow]:
    """Variance of the per-user values by source, the headline number of every cell of the design, and their range."""
    design = crossed(run)
    users = next(iter(design.values())).users
    resamples = resamples_of(seed, run.about["dataset"], len(users))
    for metric in MEASURED:
        yield from _variances(run, method, design, metric, resamples)
        yield from _headlines(run, method, design, metric, resamples)


def crossed(run: Run) -> Design:
    """The verdicts of every cell. Raises ValueError unless every user was simulated in every cell."""
    lines: dict[tuple[int, str], dict[int, list[dict[str, Any]]]] = {}
    for line in run.rows("verdicts"):
        lines.setdefault((line["seed"], wording(line["prompts"])), {}).setdefault(line["user"], []).append(line)
    seeds, wordings = {place[0] for place in lines}, {place[1] for place in lines}
    if len(lines) != len(seeds) * len(wordings) or len({tuple(sorted(cell)) for cell in lines.values()}) != 1:
        raise ValueError(
            f"{run.key}: the design is not crossed: {len(lines)} cells of {len(seeds)} seeds and {len(wordings)} wordings"
        )
    return {place: _confusion(lines[place]) for place in sorted(lines)}


def wording(prompts: Mapping[str, int]) -> str:
    """The name of a pinning of prompts, such as `dgdpo/round.v2`."""
    return ", ".join(f"{name}.v{version}" for name, version in sorted(prompts.items())) or "newest"


def _confusion(cell: Mapping[int, list[dict[str, Any]]]) -> Confusion:
    """Several lines of one user are pages with several recommenders: more rounds."""
    users = tuple(sorted(cell))
    counts = ([[n for line in cell[user] for n in line[name]] for user in users] for name in ("tp", "fp", "fn", "tn"))
    return Confusion(users, *(_padded(count) for count in counts))


def _padded(rows: list[list[int]]) -> Any:  # an integer matrix
    longest = max(map(len, rows))
    return np.array([row + [0] * (longest - len(row)) for row in rows], dtype=np.int64)


def _variances(run: Run, method: str, design: Design, metric: Metric, resamples: Resamples) -> Iterator[ResultRow]:
    seeds, wordings = sorted({place[0] for place in design}), sorted({place[1] for place in design})
    values = np.stack([np.stack([per_user([design[s, w]])[metric] for w in wordings], axis=1) for s in seeds], axis=1)
    kept = [axis for axis in range(3) if values.shape[axis] > 1]
    if 0 not in kept or len(kept) < 2:
        return
    found = components(values.reshape([values.shape[axis] for axis in kept]), resamples)
    for column, drawn in (("variance", found), ("share", shares(found))):
        for effect, draws in drawn.items():
            yield _row(run, method, column, metric, _source(effect, kept), draws, resamples)


def _source(effect: Effect, kept: list[int]) -> str:
    """`seed`, `user:prompt`; the largest interaction is the residual, too: one value per cell."""
    return "residual" if len(effect) == len(kept) else ":".join(FACTORS[kept[factor]] for factor in effect)


def _headlines(run: Run, method: str, design: Design, metric: Metric, resamples: Resamples) -> Iterator[ResultRow]:
    drawn = {place: summarise([confusion], HEADLINE, resamples)[metric] for place, confusion in design.items()}
    for (number, words), draws in drawn.items():
        yield _row(run, method, "headline", metric, f"seed {number}, {words}", draws, resamples)
    every = np.stack(list(drawn.values()))
    yield _row(run, method, "range", metric, "all cells", every.max(axis=0) - every.min(axis=0), resamples)


def _row(run: Run, method: str, column: str, metric: str, scope: str, draws: Draws, resamples: Resamples) -> ResultRow:
    estimate = resamples.estimate(draws)
    return result_row(
        run, table="sensitivity", row=method, column=column, method=method, metric=metric, scope=scope, estimate=estimate
    )
