"""The categories by which histories are filtered (ensemble.md 1.2)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

OTHER = "other"
"""The category of an item of which none is left."""
_NOTHING = re.compile(
    r"(?:[^\w]|\\n|none|null|nan|n/?a|unknown|other|uncategori[sz]ed|[([]?no (?:genres?|category|categories)(?: listed)?[)\]]?)*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Categories:
    """The categories of every item, sorted; and what was odd."""

    of_items: tuple[tuple[str, ...], ...]
    counters: dict[str, int]


def categorised(
    genres: Iterable[Sequence[str]], rare: int = 5, common: float = 0.5, keep: Literal["single", "multi"] = "single"
) -> Categories:
    """LG-D2: without the categories of fewer than `rare` items and of more than the share `common` of them.

    `single` keeps the rarest one that remains (of equally rare ones the first of the alphabet), `multi` all; `other` if none.
    """
    told = [cleaned(each) for each in genres]
    count = Counter(name for names in told for name in names)
    usual = {name for name, n in count.items() if rare <= n <= common * len(told)}
    found = [tuple(name for name in names if name in usual) for names in told]
    kept = found if keep == "multi" else [tuple(sorted(names, key=lambda name: (count[name], name))[:1]) for names in found]
    counters = {
        "categories": len(usual),
        "categories_too_common": sum(1 for n in count.values() if n > common * len(told)),
        "categories_too_rare": sum(1 for n in count.values() if n < rare and n <= common * len(told)),
        "items_without_category_in_data": sum(1 for names in told if not names),
        "items_of_other_category": sum(1 for names in kept if not names),
    }
    return Categories(tuple(names or (OTHER,) for names in kept), counters)


def cleaned(genres: Iterable[str]) -> tuple[str, ...]:
    """The categories of one item, each once and sorted, without what says that there is none: `(no genres listed)`."""
    plain = (" ".join(str(genre).split()) for genre in genres)
    return tuple(sorted({genre for genre in plain if not _NOTHING.fullmatch(genre)}))
