"""Raw formats: one module each, all of which give an `InteractionLog`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from typing_extensions import assert_never

from reproduce.data.catalog import Repeated

if TYPE_CHECKING:
    from reproduce.data.log import About, InteractionLog, Rows
    from reproduce.data.raw import RawFiles


def load(raw: RawFiles, repeated: Repeated = "first", core: int = 1) -> InteractionLog:
    """The log of one source. Raises DataError with `file:line`, the fact and the remedy.

    `core`: rows that no `core`-core keeps may be left out, as those of the largest corpora are.
    """
    from reproduce.data.log import InteractionLog
    from reproduce.data.sources import amazon, anime, movielens, yelp

    rows: Rows
    items: Mapping[int | str, About]
    users: Mapping[int | str, Mapping[str, str]] = {}
    match raw.source.layout:
        case "ml-100k":
            rows, items, users = movielens.read_100k(raw)
        case "ml-1m":
            rows, items, users = movielens.read_1m(raw)
        case "ml-1m-ranks":
            rows, items, users = movielens.read_1m_ranks(raw)
        case "ml-latest":
            rows, items, users = movielens.read_latest(raw)
        case "amazon":
            rows = amazon.reviews(raw)
            rows = rows.within(core, repeated) if core > 1 else rows
            items = amazon.metadata(raw, rows)
        case "yelp":
            rows, items = yelp.read(raw)
        case "anime":
            rows, items = anime.read(raw)
        case _:
            assert_never(raw.source.layout)
    return InteractionLog.build(rows, items, users, repeated)
