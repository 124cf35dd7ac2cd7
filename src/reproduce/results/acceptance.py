"""Over-acceptance (dgdpo.md 5.14): Algorithm 1 treats declined items only, so nothing in it ever lowers what is accepted.

How often real later choices are accepted before and after optimisation; how often true items and negatives of the pages are,
beside the same pages with profiles that were not optimised; and what it changes to mix unseen items into the traversal
(`opt_negatives`). Ours.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reproduce.metrics import bias
from reproduce.metrics.pages import Pages
from reproduce.metrics.stats import Draws, Floats, Resamples
from reproduce.metrics.verdicts import summarise
from reproduce.results.cells import result_row
from reproduce.results.document import Comparison, Relation, ResultRow
from reproduce.results.relations import concluded
from reproduce.results.runs import Run
from reproduce.results.shapes import compared, sign
from reproduce.results.simulation import HEADLINE, resamples_of

TABLE = "acceptance"
STRATEGY = "none"
Measured = dict[tuple[str, str], Draws]
"""By metric and scope."""


def of_optimisation(run: Run, method: str, seed: int) -> Iterator[ResultRow]:
    """Share of D_opt accepted with the first and with the last profile; nothing where it was not asked."""
    for (metric, scope), draws in _of_optimisation(run, _resamples(run, seed)).items():
        yield _row(run, method, metric, scope, draws, _resamples(run, seed))


def of_pages(run: Run, method: str, seed: int) -> Iterator[ResultRow]:
    """Acceptance and headline metrics on the pages of the rounds, without update."""
    for (metric, scope), draws in _of_pages(run, _resamples(run, seed)).items():
        yield _row(run, method, metric, scope, draws, _resamples(run, seed))


def differences(without: Run, having: Run, names: tuple[str, str], seed: int) -> Iterator[ResultRow]:
    """What `having` changes, minus `without`, on the same users and pages; nothing where the users differ."""
    if not _same_users(without, having):
        return
    resamples = _resamples(having, seed)
    before, after = ({**_of_optimisation(run, resamples), **_of_pages(run, resamples)} for run in (without, having))
    for metric, scope in (key for key in after if key in before):
        draws = after[metric, scope] - before[metric, scope]
        row = _row(having, names[1], metric, scope, draws, resamples)
        yield row.model_copy(update={"column": "difference", "against": names[0]})


def expectation(without: Run, having: Run, names: tuple[str, str], seed: int) -> Relation:
    """Unseen items among D_opt make the simulator accept fewer negatives of the pages."""
    said = "unseen items in the optimisation lower how many negatives are accepted"
    if not _same_users(without, having):
        return concluded(said, TABLE, [Comparison(of="negatives", better=names[1], than=names[0], answer="cannot say")])
    resamples = _resamples(having, seed)
    before, after = (_of_pages(run, resamples)["yes_rate", "negatives"] for run in (without, having))
    fewer = resamples.estimate(before - after)
    return concluded(said, TABLE, [compared("negatives declined", names[1], names[0], fewer, sign(fewer))])


def _same_users(one: Run, other: Run) -> bool:
    sides = [run.cells(STRATEGY) for run in (one, other)]
    return all(sides) and sides[0][0].users == sides[1][0].users


def _resamples(run: Run, seed: int) -> Resamples:
    return resamples_of(seed, run.about["dataset"], len(next(iter(run.verdicts.values())).users))


def _of_optimisation(run: Run, resamples: Resamples) -> Measured:
    rows = sorted(run.rows("profiles"), key=lambda row: int(row["user"]))
    known = np.array([row.get("yes_rate_before") is not None for row in rows], dtype=np.float64)
    if not known.any() or len(rows) != resamples.units:
        return {}
    before, after = (_values(rows, f"yes_rate_{when}") for when in ("before", "after"))
    return {
        ("yes_rate_before", "D_opt"): resamples.ratio(before, known),
        ("yes_rate_after", "D_opt"): resamples.ratio(after, known),
        ("yes_rate_change", "D_opt"): resamples.ratio(after - before, known),
    }


def _values(rows: list[dict[str, float | None]], name: str) -> Floats:
    return np.array([row.get(name) or 0.0 for row in rows], dtype=np.float64)


def _of_pages(run: Run, resamples: Resamples) -> Measured:
    parts = [pages for (_, strategy), pages in run.pages.items() if strategy == STRATEGY]
    if not parts:
        return {}
    pages = Pages.joined(parts)
    found: Measured = {
        ("yes_rate", "true item"): bias.share(pages.yes, pages.seen & pages.truth, resamples),
        ("yes_rate", "negatives"): bias.share(pages.yes, pages.seen & ~pages.truth, resamples),
    }
    headline = summarise(run.cells(STRATEGY), HEADLINE, resamples)
    return found | {(metric, "pages"): draws for metric, draws in headline.items() if metric != "f1_mean"}


def _row(run: Run, method: str, metric: str, scope: str, draws: Draws, resamples: Resamples) -> ResultRow:
    return result_row(
        run, table=TABLE, row=method, column=metric, method=method, metric=metric, scope=scope, estimate=resamples.estimate(draws)
    )
