"""The interaction log: what every raw format becomes, whatever it looked like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from reproduce.data.catalog import Repeated
from reproduce.data.filters import k_core
from reproduce.data.spool import Picked

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
class Counts:
    """Size of a log at one point of its preparation."""

    users: int
    items: int
    interactions: int


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
    whole: Counts | None = None
    """Sizes of the source where these are not all of its rows."""

    def within(self, core: int, repeated: Repeated) -> Rows:
        """The rows that a `core`-core may keep: of the largest corpora, the others need not be sorted and known.

        Repeated pairs are still counted here, so these are at least the rows that stay.
        """
        dropped = 0
        if repeated != "keep":
            pairs = self.user.astype(np.int64)
            pairs *= int(self.item.max(initial=0)) + 1
            pairs += self.item
            pairs.sort()
            dropped = int((pairs[1:] == pairs[:-1]).sum())
        whole = Counts(_distinct(self.user), _distinct(self.item), len(self.user) - dropped)
        stays = k_core(self.user, self.item, core, "fixed_point")
        return replace(
            self,
            user=self.user[stays],
            item=self.item[stays],
            rating=self.rating[stays],
            timestamp=self.timestamp[stays],
            reviews=None if self.reviews is None else Picked(self.reviews, np.flatnonzero(stays)),
            counts={"rows": len(self.user), **self.counts},
            whole=whole,
        )


@dataclass(frozen=True)
class InteractionLog:
    """Users, items and interactions as three tables.

    Ids are integers from 0 in the order of the raw ids; the arrays of `interactions` are read-only.
    """

    users: pd.DataFrame
    """Index user; `raw_id` and the source's demographics, all text."""
    items: pd.DataFrame
    """Index item; `raw_id`, `title`, `year` (Int64), `genres` (tuple), `description`, `known` (whether there are metadata)."""
    interactions: pd.DataFrame
    """user, item, rating, timestamp; sorted by (user, timestamp, row of the file)."""
    reviews: Sequence[str] | None
    """The text of each interaction, aligned with `interactions`."""
    counts: Mapping[str, int]
    """Rows read, and everything that was merged or dropped."""
    whole: Counts
    """Sizes of the source; larger than the log where only rows were kept that may stay."""

    @classmethod
    def build(
        cls,
        rows: Rows,
        items: Mapping[int | str, About],
        users: Mapping[int | str, Mapping[str, str]],
        repeated: Repeated = "first",
    ) -> InteractionLog:
        """Number, sort and freeze. Items and users without an interaction are left out; those without metadata stay, counted.

        Where `rows` are only those that may stay, `repeated_pairs_dropped` and `items_without_metadata` are still of all.
        """
        user_ids, user = _numbered_ids(rows.user, rows.user_names)
        item_ids, item = _numbered_ids(rows.item, rows.item_names)
        order = np.lexsort((rows.timestamp, user))  # stable: ties keep the order of the file
        dropped = 0
        if repeated != "keep":
            pairs = pd.Series(user[order].astype(np.int64) * len(item_ids) + item[order])
            again = pairs.duplicated(keep=repeated).to_numpy()
            order, dropped = order[~again], int(again.sum())
        whole = rows.whole or Counts(len(user_ids), len(item_ids), len(order))
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
            reviews=None if rows.reviews is None else Picked(rows.reviews, order),
            counts={
                "rows": len(rows.user),
                **rows.counts,
                "repeated_pairs_dropped": dropped if rows.whole is None else rows.counts["rows"] - whole.interactions,
                "items_without_metadata": sum(id not in items for id in (rows.item_names or item_ids)),
                "users_without_metadata": sum(id not in users for id in user_ids) if users else 0,
            },
            whole=whole,
        )


def frozen(array: Array) -> Array:
    """The same array, read-only."""
    array.flags.writeable = False
    return array


def numbered(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The same rows under the ids 0, 1, 2, ... of the given name."""
    numbered: pd.DataFrame = table.set_axis(pd.RangeIndex(len(table), name=name), axis="index")
    return numbered


def _distinct(ids: Array) -> int:
    return len(compact(ids)[0])


def _numbered_ids(raw: Array, names: Sequence[str] | None) -> tuple[Sequence[int | str], Array]:
    """The raw ids that occur, ascending, and for each row the place of its id among them."""
    found, place = compact(raw)
    return found.tolist() if names is None else [names[id] for id in found.tolist()], place


def compact(ids: Array) -> tuple[Array, Array]:
    """The ids that occur, ascending, and for each row the place of its id among them; without sorting where ids are small."""
    if not len(ids) or ids.dtype.kind != "i" or ids.min() < 0 or ids.max() > 4 * len(ids) + 1_000_000:
        found, inverse = np.unique(ids, return_inverse=True)
        return found, inverse
    occurs = np.zeros(int(ids.max()) + 1, bool)
    occurs[ids] = True
    place = np.cumsum(occurs, dtype=np.int32) - 1
    return np.flatnonzero(occurs), place[ids]


def _users(ids: Sequence[int | str], known: Mapping[int | str, Mapping[str, str]]) -> pd.DataFrame:
    columns = list(dict.fromkeys(column for about in known.values() for column in about))
    table = {"raw_id": list(map(str, ids)), **{column: [known.get(id, {}).get(column, "") for id in ids] for column in columns}}
    return numbered(pd.DataFrame(table), "user")


def _items(ids: Sequence[int | str], known: Mapping[int | str, About]) -> pd.DataFrame:
    cards = [known.get(id) or About(title=f"item {id}") for id in ids]
    table = {
        "raw_id": [str(id) for id in ids],
        "title": [card.title for card in cards],
        "year": pd.array([card.year for card in cards], dtype="Int64"),
        "genres": [card.genres for card in cards],
        "description": [card.description for card in cards],
        "known": [id in known for id in ids],
    }
    return numbered(pd.DataFrame(table), "item")
