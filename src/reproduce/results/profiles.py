"""What no table of the paper shows of profiles: how they changed, and how much of a planted taste they hold (embedded data)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reproduce.metrics.stats import Draws, Resamples
from reproduce.metrics.taste import Taste, recovery
from reproduce.results.cells import result_row
from reproduce.results.document import Comparison, Relation, ResultRow
from reproduce.results.relations import concluded
from reproduce.results.runs import Run
from reproduce.results.shapes import compared, sign
from reproduce.results.simulation import resamples_of

Reader = Callable[[str], Taste]
"""Reads the liked and disliked genres from the text of a profile."""
EXPECTED = ("taste_recall", "taste_f1")
"""In what optimised profiles should be better. F1 beside recall, because who states every genre recalls all of them."""


def changes(run: Run, method: str, seed: int) -> Iterator[ResultRow]:
    """Means over users of what the optimisation did: treatments, cases left over, profiles that stayed as they were."""
    rows = _rows(run)
    if not any(row.get("batches") for row in rows):
        return
    resamples = resamples_of(seed, run.about["dataset"], len(rows))
    for metric in ("batches", "cases_unused"):
        values = np.array([row.get(metric) or 0.0 for row in rows], dtype=np.float64)
        yield _row(run, "profiles", method, metric, "optimisation", resamples, resamples.mean(values))
    unchanged = np.array([row["initial"] == row["final"] for row in rows], dtype=np.float64)
    yield _row(run, "profiles", method, "unchanged", "optimisation", resamples, resamples.mean(unchanged))


def _rows(run: Run) -> list[dict[str, Any]]:
    """`profiles.jsonl` by ascending user, so that users are resampled alike in all runs."""
    return sorted(run.rows("profiles"), key=lambda row: int(row["user"]))


# ---------------------------------------------------------------- planted tastes


@dataclass(frozen=True)
class Recovered:
    """What the profiles of one run hold of the planted tastes, by state of the profile and metric."""

    run: Run
    method: str
    users: tuple[int, ...]
    found: Mapping[str, Mapping[str, Draws]]
    resamples: Resamples

    @property
    def optimised(self) -> bool:
        """Whether the last profiles differ from the first ones."""
        return "initial" in self.found


def recovered(run: Run, method: str, planted: Mapping[int, Taste], read: Reader, seed: int) -> Recovered | None:
    """Taste recovery of the first and of the last profiles. Users whose taste was not planted are left out.

    None where there are no such users, or no profile has any text.
    """
    rows = [row for row in _rows(run) if row["user"] in planted]
    if not any(row["final"] for row in rows):
        return None
    resamples = resamples_of(seed, run.about["dataset"], len(rows))
    truth = [planted[row["user"]] for row in rows]
    scopes = ("initial", "final") if any(row["initial"] != row["final"] for row in rows) else ("final",)
    found = {scope: recovery(truth, [read(row[scope]) for row in rows], resamples) for scope in scopes}
    return Recovered(run, method, tuple(row["user"] for row in rows), found, resamples)


def tastes(each: Recovered) -> Iterator[ResultRow]:
    """Every metric of the first and of the last profiles."""
    for scope, found in each.found.items():
        for metric, draws in found.items():
            yield _row(each.run, "taste", each.method, metric, scope, each.resamples, draws)


def taste_differences(own: Recovered, others: Sequence[Recovered]) -> Iterator[ResultRow]:
    """The last profiles of `own` minus its first ones, and minus the last ones of every other run on the same users."""
    sides = [(f"{own.method}, first profile", own.found["initial"])] if own.optimised else []
    sides += [(other.method, other.found["final"]) for other in others if other.users == own.users]
    for against, found in sides:
        for metric, draws in own.found["final"].items():
            if metric in found:
                row = _row(own.run, "taste", own.method, metric, "final", own.resamples, draws - found[metric])
                yield row.model_copy(update={"column": "difference", "against": against})


def expectations(label: str, own: Recovered, base: Recovered | None, ablations: Sequence[Recovered]) -> Iterator[Relation]:
    """What should be so where tastes were planted: optimised profiles hold more of them than single-step ones.

    Ablations fall between. `base` is the method without optimisation.
    """
    if base is None:
        return
    says = f"optimised profiles recover more of the planted taste than single-step ones ({label})"
    sides: list[tuple[Recovered, str, Recovered, str]] = [(own, "final", base, "final")]
    sides += [(own, "final", own, "initial")] if own.optimised else []
    yield concluded(says, "taste", [_compared(*side, metric) for side in sides for metric in EXPECTED])
    if ablations:
        sides = [side for each in ablations for side in ((own, "final", each, "final"), (each, "final", base, "final"))]
        says = f"ablations recover less of the planted taste than the whole, and more than single-step profiles ({label})"
        yield concluded(says, "taste", [_compared(*side, metric) for side in sides for metric in EXPECTED])


def _compared(better: Recovered, first: str, than: Recovered, second: str, metric: str) -> Comparison:
    names = better.method, than.method if second == "final" else f"{than.method}, first profile"
    one, other = better.found[first].get(metric), than.found[second].get(metric)
    if better.users != than.users or one is None or other is None:
        return Comparison(of=metric, better=names[0], than=names[1], answer="cannot say")
    difference = better.resamples.estimate(one - other)
    return compared(metric, *names, difference, sign(difference))


def _row(run: Run, table: str, method: str, metric: str, scope: str, resamples: Resamples, draws: Draws) -> ResultRow:
    return result_row(
        run, table=table, row=method, column=metric, method=method, metric=metric, scope=scope, estimate=resamples.estimate(draws)
    )


def planted_tastes(lines: Sequence[Mapping[str, Any]]) -> dict[int, Taste]:
    """The lines of `planted.jsonl` by user."""
    return {line["user"]: Taste(frozenset(line["likes"]), frozenset(line["dislikes"])) for line in lines}
