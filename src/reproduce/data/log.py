"""The interaction log: what every raw format becomes, whatever it looked like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from reproduce.data.catalog import Repeated

Array = np.ndarray


@dataclass(frozen=True)
class About:
    """What a source says of one item."""

    title: str
    """Without the year."""
    year: int | None = None
    genres: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Rows:
    """Interactions as a source read them, in the order of the file: one array element each."""

    user: Array
    """Raw ids as integers, or places in `user_names`."""
    item: Array
    rating: Array
    timestamp: Array
    """Seconds, or whatever orders the interactions of one user."""
    reviews: Sequence[str] | None = None
    """One text each (empty where there is none), or None where the source has no texts."""
    user_names: Sequence[str] | None = None
    """Raw ids that are no integers, in ascending order."""
    item_names: Sequence[str] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    """What the source merged or dropped while reading; `rows` where the file had more rows than these."""


@dataclass(frozen=True)
class InteractionLog:
    """Users, items and interactions as three tables.

    Ids are integers from 0 in the order of the raw ids; the arrays of `interactions` are read-only.
    """

    users: pd.DataFrame
    """Index user; `raw_id` and the source's demographics, all text."""
    items: pd.DataFrame
    """Index item; `raw_id`, `title`, `year` (Int64), `genres` (tuple), `description`."""
    interactions: pd.DataFrame
    """user, item, rating, timestamp; sorted by (user, timestamp, row of the file)."""
    reviews: tuple[str, ...] | None
    """The text of each interaction, aligned with `interactions`."""
    counts: Mapping[str, int]
    """Rows read, and everything that was merged or dropped."""

    @classmethod
    def build(
        cls,
        rows: Rows,
        items: Mapping[int | str, About],
        users: Mapping[int | str, Mapping[str, str]],
        repeated: Repeated = "first",
    ) -> InteractionLog:
        """Number, sort and freeze. Items and users without an interaction are left out; those without metadata stay, counted."""
        user_ids, user = _numbered_ids(rows.user, rows.user_names)
        item_ids, item = _numbered_ids(rows.item, rows.item_names)
        order = np.lexsort((rows.timestamp, user))  # stable: ties keep the order of the file
        dropped = 0
        if repeated != "keep":
            pairs = pd.Series(user[order].astype(np.int64) * len(item_ids) + item[order])
            again = pairs.duplicated(keep=repeated).to_numpy()
            order, dropped = order[~again], int(again.sum())
        table = pd.DataFrame(
            {
                "user": frozen(user[order].astype(np.int32)),
                "item": frozen(item[order].astype(np.int32)),
                "rating": frozen(rows.rating[order].astype(np.float32)),
                "timestamp": frozen(rows.timestamp[order].astype(np.int64)),
            },
            copy=False,
        )
        return cls(
            users=_users(user_ids, users),
            items=_items(item_ids, items),
            interactions=table,
            reviews=None if rows.reviews is None else tuple(rows.reviews[row] for row in order.tolist()),
            counts={
                "rows": len(rows.user),
                **rows.counts,
                "repeated_pairs_dropped": dropped,
                "items_without_metadata": sum(id not in items for id in item_ids),
                "users_without_metadata": sum(id not in users for id in user_ids) if users else 0,
            },
        )


def frozen(array: Array) -> Array:
    """The same array, read-only."""
    array.flags.writeable = False
    return array


def numbered(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The same rows under the ids 0, 1, 2, ... of the given name."""
    numbered: pd.DataFrame = table.set_axis(pd.RangeIndex(len(table), name=name), axis="index")
    return numbered


def _numbered_ids(raw: Array, names: Sequence[str] | None) -> tuple[Sequence[int | str], Array]:
    """The raw ids that occur, ascending, and for each row the place of its id among them."""
    found, place = np.unique(raw, return_inverse=True)
    return found.tolist() if names is None else [names[id] for id in found.tolist()], place


def _users(ids: Sequence[int | str], known: Mapping[int | str, Mapping[str, str]]) -> pd.DataFrame:
    columns = list(dict.fromkeys(column for about in known.values() for column in about))
    rows = [{"raw_id": str(id), **{column: known.get(id, {}).get(column, "") for column in columns}} for id in ids]
    return numbered(pd.DataFrame(rows, columns=["raw_id", *columns]), "user")


def _items(ids: Sequence[int | str], known: Mapping[int | str, About]) -> pd.DataFrame:
    cards = [known.get(id) or About(title=f"item {id}") for id in ids]
    table = {
        "raw_id": [str(id) for id in ids],
        "title": [card.title for card in cards],
        "year": pd.array([card.year for card in cards], dtype="Int64"),
        "genres": [card.genres for card in cards],
        "description": [card.description for card in cards],
    }
    return numbered(pd.DataFrame(table), "item")
