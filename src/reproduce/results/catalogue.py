"""What evaluation must know of the items of a data set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from reproduce.metrics.bias import fifths
from reproduce.metrics.pages import Ints
from reproduce.metrics.stats import Floats


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The items of one data set by id; all statistics are those of training rows."""

    titles: Mapping[int, str]
    counts: Mapping[int, int]
    """Training interactions."""
    means: Mapping[int, float | None]
    """Mean training rating."""
    genres: tuple[str, ...]
    """All genres, in alphabetical order."""

    @classmethod
    def read(cls, lines: Iterable[Mapping[str, Any]]) -> Catalogue:
        """From the lines of `items.jsonl`."""
        titles, counts, means, genres = dict[int, str](), dict[int, int](), dict[int, float | None](), set[str]()
        for line in lines:  # of which descriptions are the most by far
            item = line["item"]
            titles[item], counts[item], means[item] = line["title"], line["train_count"], line["train_mean"]
            genres.update(line["genres"])
        return cls(titles, counts, means, tuple(sorted(genres)))

    def popularity(self, items: Ints) -> Floats:
        """Training interactions of every item of an array."""
        return self._popularity[items]

    def fifth(self, items: Ints) -> Ints:
        """The fifth of the catalogue in which every item of an array lies, 0 the least popular."""
        return self._fifth[items]

    @cached_property
    def _popularity(self) -> Floats:
        return _table(self.counts).astype(np.float64)

    @cached_property
    def _fifth(self) -> Ints:
        return _table(fifths(self.counts))


def _table(values: Mapping[int, int]) -> Ints:
    """Value by item id; ids without one hold 0 and are never asked for."""
    found = np.zeros(max(values) + 1, dtype=np.int64)
    for item, value in values.items():
        found[item] = value
    return found
