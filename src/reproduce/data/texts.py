"""Review texts of the users that are simulated, where those of all do not fit into memory: a second pass over the raw file."""

from __future__ import annotations

import numpy as np

from reproduce.data.catalog import Repeated
from reproduce.data.prepare import Preparation, order
from reproduce.data.raw import RawFiles
from reproduce.data.sources import amazon
from reproduce.errors import DataError


def of_first(n: int, raw: RawFiles, prepared: Preparation, repeated: Repeated, seed: int) -> dict[int, str]:
    """What the first n users in seeded order have written, by row of `prepared`. Raises DataError.

    Memory grows with n alone. Of the rows of one pair at one time, those that `InteractionLog.build` kept count: the first, the
    last or all.
    """
    rows = np.flatnonzero(np.isin(prepared.user, order(prepared.eligible, seed)[:n]))
    reviewers = prepared.users["raw_id"].to_numpy()[prepared.user[rows]].tolist()
    items = prepared.items["raw_id"].to_numpy()[prepared.item[rows]].tolist()
    wanted: dict[amazon.Written, list[int]] = {}
    for row, about in zip(rows.tolist(), zip(reviewers, items, prepared.timestamp[rows].tolist(), strict=True), strict=True):
        wanted.setdefault(amazon.Written(*about), []).append(row)
    found: dict[amazon.Written, list[str]] = {written: [] for written in wanted}
    for written, text in amazon.texts(raw, frozenset(reviewers)):
        if written in found:
            found[written].append(text)
    texts: dict[int, str] = {}
    for written, places in wanted.items():
        said = found[written]
        if len(said) < len(places):
            raise DataError(
                f"{raw.source.files['reviews'].path}: no longer holds what `{written.reviewer}` wrote of `{written.asin}`; "
                "it changed while it was read: run the stage again"
            )
        kept = said[-len(places) :] if repeated == "last" else said[: len(places)]
        texts.update(zip(places, kept, strict=True))
    return {row: texts[row] for row in rows.tolist() if texts[row]}
