"""The same pages in other orders (runs of kind `audit`): what changes with the order is no taste."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from reproduce.metrics import bias
from reproduce.metrics.pages import Flags, Ints
from reproduce.metrics.stats import Draws, Resamples
from reproduce.results.audit import RANKED, curve_of, row_of
from reproduce.results.document import Curve, ResultRow
from reproduce.results.runs import Run
from reproduce.results.simulation import resamples_of


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
        curve_of(run, method, metric, scope, "position", [resamples.estimate(draws) for draws in points])
        for metric, scope, points in _along(orders, resamples)
    ]
    return [row_of(run, method, metric, scope, estimate) for metric, scope, estimate in found], curves


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
