"""Bias of the simulated users, method by method: how liberal they are, whether places and popularity sway them, whether profiles
leak titles. Ours; the paper has nothing of it.

What a run itself shows is of its pages without update, all recommenders together. A run of kind `audit` shows the same pages in
other orders: only there does the place not go with the item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from reproduce.metrics import bias
from reproduce.metrics.pages import Flags, Ints, Pages
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
        return _row(self.run, self.method, metric, scope, self.resamples.estimate(draws), n, MEAN)

    def curve(self, metric: str, scope: str, over: Over, points: Iterable[Draws]) -> Curve:
        """A curve of the audit."""
        return _curve(self.run, self.method, metric, scope, over, [self.resamples.estimate(draws) for draws in points], MEAN)


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
                yield _row(run, method, metric, scope, resamples.estimate(resamples.mean(named)))
        for strategy, last in run.updated.items():
            named = _mean_of_users(users, [(user, names(text, titles[user]) is not None) for user, text in last])
            yield _row(run, method, metric, strategy, resamples.estimate(resamples.mean(named)))


def _test_items(run: Run) -> dict[int, tuple[int, ...]]:
    pages = next(iter(run.pages.values()))
    return {user: tuple(pages.shown[place][pages.truth[place]].tolist()) for place, user in enumerate(pages.users)}


def _mean_of_users(users: list[int], found: list[tuple[int, bool]]) -> Floats:
    """The share per user over several recommenders."""
    each: dict[int, list[bool]] = {user: [] for user in users}
    for user, value in found:
        each[user].append(value)
    return np.array([sum(values) / len(values) for values in each.values()], dtype=np.float64)


# ---------------------------------------------------------------- the same pages in other orders


@dataclass(frozen=True)
class Orders:
    """The pages of an audit run in several orders; items are indexed by their place on the ranked page."""

    users: tuple[int, ...]
    places: Mapping[str, Ints]
    """Where each item stands, by order; shape (users, rounds, items)."""
    yes: Mapping[str, Flags]
    selected: Mapping[str, Flags]
    played: Flags

    @classmethod
    def of(cls, run: Run) -> Orders:
        """Read from `orders.jsonl`. Raises ValueError unless every page has every order."""
        lines = run.rows("orders")
        at = {(line["order"], line["user"], line["round"]): line for line in lines}
        names = dict.fromkeys(line["order"] for line in lines)
        pages = sorted({(line["user"], line["round"]) for line in lines})
        if not lines or len(at) != len(lines) or len(lines) != len(names) * len(pages):
            raise ValueError(f"{run.key}: {len(lines)} lines for {len(pages)} pages in {len(names)} orders")
        users = tuple(sorted({user for user, _ in pages}))
        shape = (len(users), max(number for _, number in pages), len(lines[0]["positions"]))
        row = {user: place for place, user in enumerate(users)}
        places = {name: np.zeros(shape, dtype=np.int64) for name in names}
        yes, selected = ({name: np.zeros(shape, dtype=np.bool_) for name in names} for _ in range(2))
        played = np.zeros(shape[:2], dtype=np.bool_)
        for (name, user, number), line in at.items():
            here = row[user], number - 1
            places[name][here], yes[name][here] = line["positions"], line["verdicts"]
            played[here] = True
            if line["selected"] is not None:
                selected[name][here][line["selected"]] = True
        return cls(users, places, yes, selected, played)


BEFORE = "ranked"
ORDERS = {BEFORE: RANKED, "reversed": "reversed", "shuffled": "shuffled"}


def reordered(run: Run, method: str, seed: int) -> tuple[list[ResultRow], list[Curve]]:
    """What an audit run shows: which verdicts and selections change with the order, and how far the place alone sways them."""
    orders = Orders.of(run)
    resamples = resamples_of(seed, run.about["dataset"], len(orders.users))
    found = [(metric, scope, resamples.estimate(draws)) for metric, scope, draws in _of_orders(orders, resamples)]
    curves = [
        _curve(run, method, metric, scope, "position", [resamples.estimate(draws) for draws in points])
        for metric, scope, points in _along(orders, resamples)
    ]
    return [_row(run, method, metric, scope, estimate) for metric, scope, estimate in found], curves


def _of_orders(orders: Orders, resamples: Resamples) -> Iterator[tuple[str, str, Draws]]:
    seen = np.broadcast_to(orders.played[:, :, None], orders.yes[BEFORE].shape)
    for metric, said in (("position_effect", orders.yes), ("selection_effect", orders.selected)):
        places = list(orders.places.values())
        yield metric, "same item", bias.effect_of_place(places, list(said.values()), orders.played, resamples)
    for name, words in ORDERS.items():
        yield "yes_rate_in_order", words, bias.share(orders.yes[name], seen, resamples)
        yield "first_half_selected", words, bias.first_half(_placed(orders.selected[name], orders.places[name]), resamples)
        if name != BEFORE:
            yield "flip_rate", words, bias.changed(orders.yes[BEFORE], orders.yes[name], seen, resamples)
            selected = orders.selected[BEFORE], orders.selected[name]
            yield "selection_change", words, bias.selection_changed(*selected, resamples)


def _along(orders: Orders, resamples: Resamples) -> Iterator[tuple[str, str, list[Draws]]]:
    seen = np.broadcast_to(orders.played[:, :, None], orders.yes[BEFORE].shape)
    for name, words in ORDERS.items():
        for metric, said in (("yes_rate", orders.yes), ("selection_rate", orders.selected)):
            yield metric, words, bias.by_place(_placed(said[name], orders.places[name]), seen, resamples)


def _placed(said: Flags, places: Ints) -> Flags:
    """By place in the order shown rather than by item."""
    found = np.zeros_like(said)
    np.put_along_axis(found, places, said, axis=2)
    return found


# ---------------------------------------------------------------- rows and curves


def _row(
    run: Run, method: str, metric: str, scope: str, estimate: Estimate, n: int | None = None, recommender: str | None = None
) -> ResultRow:
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


def _curve(
    run: Run, method: str, metric: str, scope: str, over: Over, points: list[Estimate], recommender: str = "audited"
) -> Curve:
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
