"""From an interaction log to what every later stage reads: filter, split, describe, write (dgdpo.md 1.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from reproduce.data.catalog import Protocol
from reproduce.data.filters import k_core
from reproduce.data.log import Counts, InteractionLog, compact, numbered
from reproduce.data.splits import FEWEST, PARTS, TEST, TRAIN, parts
from reproduce.data.spool import Picked, Said
from reproduce.errors import DataError
from reproduce.files import replacing, write_jsonl
from reproduce.params import Data
from reproduce.seeds import stream

_BLOCK = 100_000


@dataclass(frozen=True)
class Preparation:
    """A filtered and split log: rows of `InteractionLog` that stay, with new ids from 0 in the old order."""

    users: pd.DataFrame
    items: pd.DataFrame
    """With `train_count` and `train_mean`."""
    user: np.ndarray
    item: np.ndarray
    rating: np.ndarray
    timestamp: np.ndarray
    part: np.ndarray
    """Index in PARTS."""
    eligible: np.ndarray
    """Which users have all three parts; the others are trained on only (ensemble.md 1.7)."""
    reviews: Mapping[int, str] | None
    """Texts by row, as far as they are read and not empty; None where the source has none."""
    counts: Mapping[str, Counts]
    """`source`, `core` (the paper's Table 1), `kept` (after users with a short history were left out)."""


def prepare(log: InteractionLog, protocol: Protocol, knobs: Data) -> Preparation:
    """Filter to the k-core, split by time, leave out users with |D_u| < 2 (or keep their rows to train on). Raises DataError
    when nothing is left.
    """
    table = log.interactions
    user, item = table["user"].to_numpy(), table["item"].to_numpy()
    core = k_core(user, item, protocol.core, knobs.core)
    rows = np.flatnonzero(core)
    part = parts(user[rows], protocol.test, protocol.longest, knobs.truncate, protocol.short)
    if protocol.short == "train":
        long = np.bincount(user[rows][part == TEST], minlength=len(log.users)) > 0
        stays = np.ones(len(rows), dtype=bool)
    else:
        long = np.bincount(user[rows][part == TRAIN], minlength=len(log.users)) >= FEWEST
        stays = long[user[rows]]
    rows, part = rows[stays], part[stays]
    if not long[user[rows]].any():
        raise DataError(
            f"no user is left: after the {protocol.core}-core nobody has {enough(protocol)} interactions; "
            "lower `core` or `test` of the data set in specs/datasets.yaml"
        )
    user_ids, new_user = compact(user[rows])
    item_ids, new_item = compact(item[rows])
    rating = table["rating"].to_numpy()[rows]
    counted = part == TRAIN if knobs.statistics == "train" else np.ones(len(part), dtype=bool)
    return Preparation(
        users=numbered(log.users.iloc[user_ids], "user"),
        items=_with_statistics(numbered(log.items.iloc[item_ids], "item"), new_item[counted], rating[counted]),
        user=new_user,
        item=new_item,
        rating=rating,
        timestamp=table["timestamp"].to_numpy()[rows],
        part=part,
        eligible=long[user_ids],
        reviews=None if log.reviews is None else Said(Picked(log.reviews, rows)),
        counts={
            "source": log.whole,
            "core": Counts(len(compact(user[core])[0]), len(compact(item[core])[0]), int(core.sum())),
            "kept": Counts(len(user_ids), len(item_ids), len(rows)),
        },
    )


def enough(protocol: Protocol) -> int:
    """Fewest interactions of a user who can be simulated."""
    return protocol.test + 1 + (1 if protocol.short == "train" else FEWEST)


def _with_statistics(items: pd.DataFrame, item: np.ndarray, rating: np.ndarray) -> pd.DataFrame:
    """Number and mean of the counted ratings of every item; no mean where there are none."""
    count = np.bincount(item, minlength=len(items))
    total = np.bincount(item, weights=rating, minlength=len(items))
    mean = np.full(len(items), np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    described: pd.DataFrame = items.assign(train_count=count, train_mean=np.round(mean, 6))
    return described


def order(eligible: np.ndarray, seed: int) -> list[int]:
    """All eligible users in seeded random order; the first n are simulated (DGDPO, Implementation Details)."""
    words = stream(seed, "users").bit_generator.random_raw(len(eligible))  # raw words: the same in every NumPy version
    users = np.argsort(words, kind="stable")
    chosen: list[int] = users[eligible[users]].tolist()
    return chosen


def write(prepared: Preparation, folder: Path, seed: int) -> None:
    """Write the tables of the layout in `prepared.py`."""
    with replacing(folder / "users.csv") as file:
        prepared.users.to_csv(file, lineterminator="\n")
    write_jsonl(folder / "items.jsonl", _items(prepared.items))
    with replacing(folder / "interactions.csv") as file:
        file.write("user,item,rating,timestamp,part\n")
        file.writelines(_interactions(prepared))
    with replacing(folder / "order.csv") as file:
        file.write("user\n" + "".join(f"{user}\n" for user in order(prepared.eligible, seed)))
    if prepared.reviews is not None:
        write_jsonl(folder / "reviews.jsonl", _reviews(prepared, prepared.reviews))


def _items(items: pd.DataFrame) -> Iterator[dict[str, object]]:
    columns = ("raw_id", "title", "year", "genres", "description", "train_count", "train_mean")
    for item, row in enumerate(zip(*(items[column].tolist() for column in columns), strict=True)):
        raw_id, title, year, genres, description, count, mean = row
        yield {
            "item": item,
            "raw_id": raw_id,
            "title": title,
            "year": None if pd.isna(year) else int(year),
            "genres": list(genres),
            "description": description,
            "train_count": count,
            "train_mean": None if pd.isna(mean) else mean,
        }


def _reviews(prepared: Preparation, texts: Mapping[int, str]) -> Iterator[dict[str, object]]:
    for row, text in texts.items():
        yield {"user": int(prepared.user[row]), "item": int(prepared.item[row]), "text": text}


def _interactions(prepared: Preparation) -> Iterator[str]:
    """One line each, block by block; formatting Python numbers is faster than `to_csv`."""
    columns = (prepared.user, prepared.item, prepared.rating, prepared.timestamp, prepared.part)
    shown = _Shown()
    for start in range(0, len(prepared.user), _BLOCK):
        block = (column[start : start + _BLOCK].tolist() for column in columns)
        for user, item, rating, timestamp, part in zip(*block, strict=True):
            yield f"{user},{item},{shown[rating]},{timestamp},{PARTS[part]}\n"


class _Shown(dict[float, str]):
    """Ratings as text; there are few, and formatting a float takes as long as the rest of a line."""

    def __missing__(self, rating: float) -> str:
        self[rating] = str(rating)
        return self[rating]
