"""What is known of every item before an episode begins: categories, keywords of either side and their embeddings (ensemble.md 1).

Folder layout: `items.jsonl` (item, categories, pos, neg; sorted by item), `pos.npy` and `neg.npy` (float32, items x d: the mean
of the keywords' vectors, not normalised, zero where a side is empty), `about.json` (encoder, dimensions, counts of what was odd).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reproduce.errors import DataError, MissingInput
from reproduce.files import each_row, read_json, write_json, write_jsonl
from reproduce.methods.ensemble.keywords import normalise
from reproduce.wording import shown

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Descriptions:
    """Item descriptions as arrays: sets are rows of indices, sorted, from `ptr[i]` to `ptr[i + 1]`."""

    categories: tuple[str, ...]
    category_ptr: IntArray = field(repr=False)
    category_idx: IntArray = field(repr=False)
    keywords: tuple[str, ...] = field(repr=False)
    """Of both sides, sorted."""
    pos_ptr: IntArray = field(repr=False)
    pos_idx: IntArray = field(repr=False)
    neg_ptr: IntArray = field(repr=False)
    neg_idx: IntArray = field(repr=False)
    pos_embedding: FloatArray = field(repr=False)
    neg_embedding: FloatArray = field(repr=False)
    about: Mapping[str, Any] = field(default_factory=dict, repr=False)  # what `about.json` holds

    @classmethod
    def of(
        cls,
        categories: Sequence[Sequence[str]],
        pos: Sequence[Sequence[str]],
        neg: Sequence[Sequence[str]],
        pos_embedding: FloatArray,
        neg_embedding: FloatArray,
        about: Mapping[str, Any] | None = None,  # as above
    ) -> Descriptions:
        """From the sets of every item, in the order of items."""
        named = tuple(sorted({name for names in categories for name in names}))
        keywords = tuple(sorted({keyword for side in (pos, neg) for each in side for keyword in each}))
        at = {keyword: k for k, keyword in enumerate(keywords)}
        return cls(
            named,
            *_rows(categories, {name: k for k, name in enumerate(named)}),
            keywords,
            *_rows(pos, at),
            *_rows(neg, at),
            pos_embedding,
            neg_embedding,
            about or {},
        )

    def __len__(self) -> int:
        return len(self.category_ptr) - 1

    def categories_of(self, item: int) -> tuple[str, ...]:
        """The categories of one item."""
        return tuple(self.categories[k] for k in self.category_idx[self.category_ptr[item] : self.category_ptr[item + 1]])

    def pros_of(self, item: int) -> tuple[str, ...]:
        """D_pos of one item."""
        return tuple(self.keywords[k] for k in self.pos_idx[self.pos_ptr[item] : self.pos_ptr[item + 1]])

    def cons_of(self, item: int) -> tuple[str, ...]:
        """D_neg of one item."""
        return tuple(self.keywords[k] for k in self.neg_idx[self.neg_ptr[item] : self.neg_ptr[item + 1]])

    def save(self, folder: Path) -> None:
        """Write the four files. Raises StorageError."""
        rows = (
            {"item": i, "categories": self.categories_of(i), "pos": self.pros_of(i), "neg": self.cons_of(i)}
            for i in range(len(self))
        )
        write_jsonl(folder / "items.jsonl", rows)
        np.save(folder / "pos.npy", self.pos_embedding)
        np.save(folder / "neg.npy", self.neg_embedding)
        write_json(folder / "about.json", self.about)

    @classmethod
    def load(cls, folder: Path) -> Descriptions:
        """Read what `save` wrote. Raises MissingInput where a file is not there, DataError where one is not what it should be."""
        sets: dict[str, list[tuple[str, ...]]] = {"categories": [], "pos": [], "neg": []}
        for number, row in enumerate(each_row(folder / "items.jsonl")):
            if fact := _wrong(row, number):
                raise DataError(f"{shown(folder / 'items.jsonl')}:{number + 1}: {fact}; `dvc repro` builds it anew")
            for name, rows in sets.items():
                rows.append(tuple(row[name]))
        embeddings = [_embedding(folder / f"{side}.npy", len(sets["pos"])) for side in ("pos", "neg")]
        if embeddings[0].shape != embeddings[1].shape:
            raise DataError(
                f"{shown(folder)}: `pos.npy` has {embeddings[0].shape[1]} dimensions and `neg.npy` {embeddings[1].shape[1]};"
                " `dvc repro` builds them anew"
            )
        about = read_json(folder / "about.json")
        return cls.of(sets["categories"], sets["pos"], sets["neg"], embeddings[0], embeddings[1], about)


def _rows(sets: Sequence[Sequence[str]], at: Mapping[str, int]) -> tuple[IntArray, IntArray]:
    ptr = np.zeros(len(sets) + 1, dtype=np.int32)
    np.cumsum([len(set(names)) for names in sets], out=ptr[1:])
    idx = np.fromiter((k for names in sets for k in sorted({at[name] for name in names})), dtype=np.int32, count=int(ptr[-1]))
    return ptr, idx


def _wrong(row: Any, number: int) -> str:  # a row of JSON
    """What is wrong with a row, or nothing."""
    if not isinstance(row, dict) or row.keys() != {"item", "categories", "pos", "neg"}:
        return "should hold `item`, `categories`, `pos` and `neg`"
    if row["item"] != number:
        return f"`item` should be {number}, got {row['item']!r} (one row per item, in order)"
    for name in ("categories", "pos", "neg"):
        if not isinstance(row[name], list) or not all(isinstance(each, str) and each for each in row[name]):
            return f"`{name}` should be a list of texts"
        if len(set(row[name])) != len(row[name]):
            return f"`{name}` holds a text twice"
    if not row["categories"]:
        return "`categories` should hold one at least"
    for name in ("pos", "neg"):
        if odd := next((each for each in row[name] if not _is_keyword(each)), None):
            return f"`{name}` holds `{odd}`, which is no keyword"
    return ""


@lru_cache(maxsize=1 << 20)
def _is_keyword(text: str) -> bool:
    return normalise(text, len(text)) is not None


def _embedding(path: Path, items: int) -> FloatArray:
    try:
        found: FloatArray = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise MissingInput(f"{shown(path)}: is not there; `dvc repro` builds it") from None
    except (ValueError, EOFError) as error:
        raise DataError(f"{shown(path)}: is no array of numpy ({error}); `dvc repro` builds it anew") from None
    if found.dtype != np.float32 or found.ndim != 2 or len(found) != items:
        fact = f"should be float32 of {items} items x dimensions, got {found.dtype} of shape {found.shape}"
        raise DataError(f"{shown(path)}: {fact}; `dvc repro` builds it anew")
    if not np.isfinite(found).all():
        item = int(np.argwhere(~np.isfinite(found))[0][0])
        raise DataError(f"{shown(path)}: the vector of item {item} is not finite; `dvc repro` builds it anew")
    return found
