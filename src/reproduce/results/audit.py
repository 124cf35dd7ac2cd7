"""Bias of the simulated users, method by method: how liberal they are, whether popularity sways them, whether profiles leak.

Ours; the paper has nothing of it. All is of the pages without update, all recommenders together. `orders.py` has the same pages
in other orders: only there does the place not go with the item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from reproduce.metrics import bias
from reproduce.metrics.pages import Ints, Pages
from reproduce.metrics.stats import Draws, Estimate, Floats, Resamples
from reproduce.results.catalogue import Catalogue
from reproduce.results.cells import result_row
from reproduce.results.document import Curve, Over, ResultRow, rounded
from reproduce.results.runs import Run
from reproduce.results.simulation import MEAN, resamples_of

TABLE = "audit"
STRATEGY = "none"
RANKED = "as ranked"
NamesTitle = Callable[[str, Iterable[str]], str | None]
"""The first of the titles that a text names."""


@dataclass(frozen=True)
class Audited:
    """One method on one data set."""

    run: Run
    method: str
    pages: Pages
    """Without update, all recommenders."""
    popularity: Floats
    """In the shape of the pages."""
    fifths: Ints
    resamples: Resamples

    @classmethod
    def of(cls, run: Run, method: str, catalogue: Catalogue, seed: int) -> Audited | None:
        """None where the run has no pages without update."""
        parts = [pages for (_, strategy), pages in run.pages.items() if strategy == STRATEGY]
        if not parts:
            return None
        pages = Pages.joined(parts)
        resamples = resamples_of(seed, run.about["dataset"], len(pages.users))
        return cls(run, method, pages, catalogue.popularity(pages.shown), catalogue.fifth(pages.shown), resamples)

    def row(self, metric: str, scope: str, draws: Draws, n: int | None = None) -> ResultRow:
        """A row of the audit."""
        return row_of(self.run, self.method, metric, scope, self.resamples.estimate(draws), n, MEAN)

    def curve(self, metric: str, scope: str, over: Over, points: Iterable[Draws]) -> Curve:
        """A curve of the audit."""
        return curve_of(self.run, self.method, metric, scope, over, [self.resamples.estimate(draws) for draws in points], MEAN)


def rows(each: Audited) -> Iterator[ResultRow]:
    """What the pages of the run itself show."""
    pages, resamples = each.pages, each.resamples
    seen, true = pages.seen, pages.seen & pages.truth
    negative = seen & ~pages.truth
    played = pages.played.sum(axis=1).astype(float)
    yield each.row("yes_per_page", "all", resamples.ratio(bias.per_user(pages.yes), played))
    for scope, kept in (("all", seen), ("true item", true), ("negatives", negative)):
        yield each.row("yes_rate", scope, bias.share(pages.yes, kept, resamples))
    yield each.row("selected", "all", resamples.ratio(bias.per_user(pages.selected), played))
    yield each.row("position_effect", RANKED, bias.effect_as_ranked(pages, pages.yes, resamples))
    draws, known = bias.correlation(pages.yes, negative, each.popularity, resamples)
    if known:
        yield each.row("popularity_correlation", "negatives", draws, known)
    for scope, chosen, of in (("selected", pages.selected, seen), ("negatives", pages.yes, negative)):
        if (chosen & of).any():
            yield each.row("popularity_lift", scope, bias.lift(chosen, of, each.popularity, resamples))


def curves(each: Audited) -> Iterator[Curve]:
    """Yes to negatives, and selections, by place and by popularity."""
    pages, resamples = each.pages, each.resamples
    negative = pages.seen & ~pages.truth
    for metric, said, kept, scope in (
        ("yes_rate", pages.yes, negative, "negatives"),
        ("selection_rate", pages.selected, pages.seen, "all"),
    ):
        yield each.curve(metric, scope, "position", bias.by_place(said, kept, resamples))
        fifths = [bias.share(said, kept & (each.fifths == fifth), resamples) for fifth in range(5)]
        yield each.curve(metric, scope, "popularity", fifths)


# ---------------------------------------------------------------- titles in profiles


def leaks(run: Run, method: str, catalogue: Catalogue, names: NamesTitle, seed: int) -> Iterator[ResultRow]:
    """Share of the users whose profile names a title that they interacted with, in the past or in the test period."""
    texts = {scope: {row["user"]: row[scope] for row in run.rows("profiles")} for scope in ("initial", "final")}
    if not any(texts["final"].values()):
        return
    test = _test_items(run)
    users = sorted(run.histories)
    resamples = resamples_of(seed, run.about["dataset"], len(users))
    for metric, items in (("names_history", run.histories), ("names_test", test)):
        titles = {user: [catalogue.titles[item] for item in items[user]] for user in users}
        for scope, text in texts.items():
            if scope == "final" or text != texts["final"]:
                named = np.array([names(text[user], titles[user]) is not None for user in users], dtype=np.float64)
                yield row_of(run, method, metric, scope, resamples.estimate(resamples.mean(named)))
        for strategy, last in run.updated.items():
            named = _mean_of_users(users, [(user, names(text, titles[user]) is not None) for user, text in last])
            yield row_of(run, method, metric, strategy, resamples.estimate(resamples.mean(named)))


def _test_items(run: Run) -> dict[int, tuple[int, ...]]:
    pages = next(iter(run.pages.values()))
    return {user: tuple(pages.shown[place][pages.truth[place]].tolist()) for place, user in enumerate(pages.users)}


def _mean_of_users(users: list[int], found: list[tuple[int, bool]]) -> Floats:
    """The share per user over several recommenders."""
    each: dict[int, list[bool]] = {user: [] for user in users}
    for user, value in found:
        each[user].append(value)
    return np.array([sum(values) / len(values) for values in each.values()], dtype=np.float64)


# ---------------------------------------------------------------- rows and curves


def row_of(
    run: Run, method: str, metric: str, scope: str, estimate: Estimate, n: int | None = None, recommender: str | None = None
) -> ResultRow:
    """A row of the audit's table."""
    return result_row(
        run,
        table=TABLE,
        row=method,
        column=metric,
        method=method,
        recommender=recommender,
        strategy=STRATEGY,
        metric=metric,
        scope=scope,
        estimate=estimate,
        n=n,
    )


def curve_of(
    run: Run, method: str, metric: str, scope: str, over: Over, points: list[Estimate], recommender: str = "audited"
) -> Curve:
    """A curve of the audit; `audited` stands for the one recommender whose pages were asked again."""
    return Curve(
        figure=TABLE,
        over=over,
        scope=scope,
        row=method,
        dataset=run.about["dataset"],
        method=method,
        recommender=recommender,
        strategy=STRATEGY,
        metric=metric,
        values=tuple(rounded(point.value) for point in points),
        low=tuple(rounded(point.low) for point in points),
        high=tuple(rounded(point.high) for point in points),
        n=points[0].n,
        run=run.key,
    )
