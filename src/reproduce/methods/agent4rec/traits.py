"""Social traits of users from training interactions (Agent4Rec; baselines.md 1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd

from reproduce.data.prepared import Dataset

if TYPE_CHECKING:
    import numpy.typing as npt


class Traits(TypedDict):
    """Levels 1 to 3; what they mean in words stands in the prompts."""

    activity: int
    """1 low, 3 high."""
    conformity: int
    """1 follower, 2 balanced, 3 maverick."""
    diversity: int
    """1 few genres, 3 many."""


def traits(dataset: Dataset, single_genre_diversity: int) -> dict[int, Traits]:
    """The levels of every user; percentiles are over all users of the data set, not over the simulated ones.

    Activity counts what was cut off by the longest sequence, too: else everybody who reaches it would be equally active.
    `single_genre_diversity` is the level of users whose first genre alone exceeds 80 %: the released code loses them in a join.
    """
    users = [int(user) for user in dataset.users.index]
    rows = dataset.interactions[dataset.interactions["part"] == "train"]
    by_user = rows.assign(square=(rows["rating"] - rows["item"].map(dataset.items["train_mean"])) ** 2).groupby("user")
    rated = dataset.interactions[dataset.interactions["part"].isin(["older", "train"])].groupby("user").size()
    activity = _levels(rated.reindex(users, fill_value=0).to_numpy(dtype=float), 60, 90)
    conformity = _levels(by_user["square"].mean().reindex(users, fill_value=0.0).to_numpy(dtype=float), 25, 80)
    counts = _genre_counts(rows["user"], rows["item"].map(dataset.items["genres"]))
    genres = [main_genres(counts.get(user, ())) for user in users]
    diversity = _levels(np.array(genres, dtype=float), 33, 66)
    return {
        user: Traits(
            activity=activity[at], conformity=conformity[at], diversity=diversity[at] if genres[at] else single_genre_diversity
        )
        for at, user in enumerate(users)
    }


def main_genres(counts: Sequence[int]) -> int:
    """How many genres, the most frequent first, stay within 80 % of all counts; 0 when the first one alone is beyond."""
    total, within, reached = sum(counts), 0, 0
    for count in sorted(counts, reverse=True):
        reached += count
        if 10 * reached > 8 * total:
            break
        within += 1
    return within


def _genre_counts(users: pd.Series[int], genres: pd.Series[list[str]]) -> dict[int, list[int]]:
    """How often each user met each genre: every genre of every rated item counts once."""
    met = pd.DataFrame({"user": users, "genre": genres}).explode("genre").dropna()
    counted = met.groupby(["user", "genre"]).size()
    return {int(user): found.tolist() for user, found in counted.groupby(level="user")}


def _levels(values: npt.NDArray[np.float64], low: float, high: float) -> list[int]:
    """1 up to the lower percentile, 2 up to the upper one, 3 above; rounded, so that the last bit decides nothing."""
    values = values.round(9)
    cuts = np.percentile(values, [low, high]).round(9)
    levels: list[int] = (1 + (values > cuts[0]).astype(int) + (values > cuts[1]).astype(int)).tolist()
    return levels
