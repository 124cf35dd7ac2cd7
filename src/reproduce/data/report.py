"""The data report: sizes of a prepared data set, and what in a printed table of sizes cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from reproduce.data.catalog import Protocol
from reproduce.data.filters import k_core
from reproduce.data.log import Counts, InteractionLog
from reproduce.data.prepare import Preparation, enough
from reproduce.data.splits import PARTS


def describe(prepared: Preparation, protocol: Protocol) -> dict[str, Any]:
    """Sizes, mean length, sparsity, parts and ratings. Sizes of `core` are what papers print: before sequences are cut.

    Where short users are trained on, also how many users have all parts (LG-D14), and how many rows are liked (LG-D1).
    """
    core = prepared.counts["core"]
    lengths = np.bincount(prepared.user)
    values, counts = np.unique(prepared.rating, return_counts=True)
    found: dict[str, Any] = {
        "counts": {stage: asdict(sizes) for stage, sizes in prepared.counts.items()},
        "sparsity": sparsity(core.users, core.items, core.interactions),
        "mean_length": round(core.interactions / core.users, 2),
        "mean_length_cut": round(float(np.minimum(lengths, protocol.longest).mean()), 2),
        "parts": {name: int((prepared.part == index).sum()) for index, name in enumerate(PARTS)},
        "ratings": {f"{value:g}": int(count) for value, count in zip(values, counts, strict=True)},
        "items_without_metadata": _without(prepared.items["known"]),
        "items_without_genres": _without(prepared.items["genres"]),
    }
    if protocol.short == "train":
        found["users_with_episodes"] = int(prepared.eligible.sum())
        found["users_trained_on_only"] = int((~prepared.eligible).sum())
        found["liked"] = int((prepared.rating >= protocol.liked_from).sum())
        found["disliked"] = int((prepared.rating < protocol.liked_from).sum())
    return found


def survey(log: InteractionLog, protocol: Protocol) -> dict[str, float | None]:
    """What a source holds and what a protocol leaves of it, even where that is nothing; None: not asked for, or of nothing."""
    table = log.interactions
    user, item = table["user"].to_numpy(), table["item"].to_numpy()
    core = k_core(user, item, protocol.core, "fixed_point")
    lengths = np.bincount(user[core])
    described = log.items.loc[np.unique(item[core])]
    left = Counts(int((lengths > 0).sum()), len(described), int(core.sum()))
    fewest = enough(protocol)
    return {
        "rows": log.counts["rows"],
        "rows with a text": log.counts.get("rows_with_text"),
        "repeated pairs dropped": log.counts["repeated_pairs_dropped"],
        **_sizes(log.whole),
        "items without metadata": log.counts["items_without_metadata"],
        **{f"{protocol.core}-core: {name}": value for name, value in _sizes(left).items()},
        f"{protocol.core}-core: items without metadata": _without(described["known"]),
        f"{protocol.core}-core: items without genres": _without(described["genres"]),
        f"{protocol.core}-core: users with {fewest} interactions": int((np.minimum(lengths, protocol.longest) >= fewest).sum()),
    }


def _without(column: pd.Series[Any]) -> int:
    return sum(not value for value in column.tolist())


def _sizes(of: Counts) -> dict[str, float | None]:
    some = of.interactions > 0
    return {
        "users": of.users,
        "items": of.items,
        "interactions": of.interactions,
        "interactions per user": round(of.interactions / of.users, 2) if some else None,
        "sparsity in %": sparsity(of.users, of.items, of.interactions) if some else None,
    }


def sparsity(users: float, items: float, interactions: float) -> float:
    """Share of empty cells of the rating matrix in percent, two decimals; more where two would say that all are empty."""
    share = 100 * (1 - interactions / (users * items))
    return next((shown for decimals in range(2, 14) if (shown := round(share, decimals)) < 100), 100.0)


def contradictions(printed: Mapping[str, float], longest: int) -> dict[str, str]:
    """What is wrong with a printed line of sizes, by its own arithmetic; keys are the wrong cells.

    `printed` holds users, items, interactions and, as far as they are printed, avg_sequence_length and sparsity (percent). These
    two are compared with two decimals.
    """
    users, interactions = printed["users"], printed["interactions"]
    found: dict[str, str] = {}
    length = printed.get("avg_sequence_length")
    mean = interactions / users
    if length is not None and abs(length - mean) >= 0.006:
        found["avg_sequence_length"] = f"{length:g} is not {interactions:,.0f} / {users:,.0f} = {mean:.2f}"
        if mean < length <= longest:
            found["avg_sequence_length"] += f", and cutting to the last {longest} only makes sequences shorter"
    given, empty = printed.get("sparsity"), sparsity(users, printed["items"], interactions)
    if given is not None and abs(given - empty) >= 0.006:
        found["sparsity"] = f"{given:g} % is not {empty:g} %"
    return found
