"""Raw formats: one module each, all of which give an `InteractionLog`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import assert_never

from reproduce.data.catalog import Repeated

if TYPE_CHECKING:
    from reproduce.data.log import InteractionLog
    from reproduce.data.raw import RawFiles


def load(raw: RawFiles, repeated: Repeated = "first") -> InteractionLog:
    """The log of one source. Raises DataError with `file:line`, the fact and the remedy."""
    from reproduce.data.log import InteractionLog
    from reproduce.data.sources import amazon, movielens

    match raw.source.layout:
        case "ml-100k":
            read = movielens.read_100k(raw)
        case "ml-1m":
            read = movielens.read_1m(raw)
        case "ml-1m-ranks":
            read = movielens.read_1m_ranks(raw)
        case "ml-latest":
            read = movielens.read_latest(raw)
        case "amazon":
            read = amazon.read(raw)
        case _:
            assert_never(raw.source.layout)
    return InteractionLog.build(*read, repeated=repeated)
