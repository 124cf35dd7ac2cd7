"""Amazon reviews of 2018 (Ni et al. 2019) and 2014 (McAuley et al. 2015): JSON lines, plain or gzipped, with item metadata."""

from __future__ import annotations

import ast
import html
import json
import re
from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np

from reproduce.data.log import About, Rows
from reproduce.data.raw import RawFiles
from reproduce.errors import DataError

_NEEDED: dict[str, type | tuple[type, ...]] = {"reviewerID": str, "asin": str, "overall": (int, float), "unixReviewTime": int}
_TAG = re.compile(r"<[a-zA-Z/!][^>]*>?")
_SCRIPT = "getTime()"
"""Some scraped titles of 2018 are a page's JavaScript."""
_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")
_SPACE = re.compile(r"\s+")
_TOP = {"Movies & TV", "Books", "CDs & Vinyl", "Gift Cards", "All Beauty", "AMAZON FASHION"}
"""Names of whole shops, which say nothing of an item."""


def read(raw: RawFiles) -> tuple[Rows, dict[int | str, About], dict[int | str, dict[str, str]]]:
    """Reviews as ratings with texts; times are days, so that ties are the rule and the order of the file decides."""
    users, items = _Ids(), _Ids()
    user, item, rating, time = array("i"), array("i"), array("f"), array("q")
    texts: list[str] | None = [] if raw.source.texts else None
    for where, line in raw.lines("reviews"):
        review = _object(where, line)
        for key, kind in _NEEDED.items():
            if not isinstance(review.get(key), kind):
                raise DataError(f"{where}: `{key}` is missing or of the wrong type; a review has {', '.join(_NEEDED)}")
        if review["overall"] not in (1, 2, 3, 4, 5):
            raise DataError(f"{where}: `overall` must be 1 to 5, not {review['overall']}")
        user.append(users.number(review["reviewerID"]))
        item.append(items.number(review["asin"]))
        rating.append(review["overall"])
        time.append(review["unixReviewTime"])
        if texts is not None:
            texts.append(str(review.get("reviewText") or ""))
    rows = Rows(
        user=users.ascending(user),
        item=items.ascending(item),
        rating=np.frombuffer(rating, np.float32),
        timestamp=np.frombuffer(time, np.int64),
        reviews=texts,
        user_names=sorted(users),
        item_names=sorted(items),
    )
    return rows, _metadata(raw, items) if raw.has("meta") else {}, {}


class _Ids(dict[str, int]):
    """Numbers for names, in the order of first sight."""

    def number(self, name: str) -> int:
        return self.setdefault(name, len(self))

    def ascending(self, numbers: array[int]) -> np.ndarray:
        """The same numbers, counted in the order of the names."""
        place = np.empty(len(self), np.int32)
        place[np.argsort(np.array(list(self)), kind="stable")] = np.arange(len(self), dtype=np.int32)
        return place[np.frombuffer(numbers, np.int32)]


def _metadata(raw: RawFiles, wanted: Mapping[str, int]) -> dict[int | str, About]:
    """What the metadata say of the reviewed items; of repeated rows the first counts."""
    found: dict[int | str, About] = {}
    for where, line in raw.lines("meta"):
        row = _object(where, line)
        asin = row.get("asin")
        if not isinstance(asin, str):
            raise DataError(f"{where}: `asin` is missing; a row of item metadata has asin, title, category, description")
        if asin in wanted and asin not in found:
            found[asin] = _about(asin, row)
    return found


def _about(asin: str, row: Mapping[str, Any]) -> About:
    """2018: `category` and `description` are lists; 2014: `categories` is a list of paths and `description` a text."""
    path = row.get("category") or [name for names in row.get("categories") or [] for name in names]
    genres = tuple(dict.fromkeys(_clean(name) for name in path if _clean(name)))
    description = row.get("description") or ""
    text = _clean(" ".join(description) if isinstance(description, list) else str(description))
    year = _YEAR.search(str(row.get("date") or ""))
    title = _clean(str(row.get("title") or ""))
    return About(
        title=title if title and _SCRIPT not in title else f"item {asin}",
        year=int(year[1]) if year else None,
        genres=tuple(genre for genre in genres if genre not in _TOP)[:5],
        description=text,
    )


def _clean(text: str) -> str:
    """Without HTML, which the scraped fields hold here and there."""
    return _SPACE.sub(" ", _TAG.sub(" ", html.unescape(text))).strip()


def _object(where: str, line: bytes) -> dict[str, Any]:
    """One row: JSON, or the Python literal that the metadata of 2014 are written in."""
    try:
        row = json.loads(line)
    except ValueError:
        row = _literal(line)
    if not isinstance(row, dict):
        raise DataError(f"{where}: is no JSON object (the line may be cut); fetch the file again")
    return row


def _literal(line: bytes) -> object:
    try:
        return ast.literal_eval(line.decode("utf-8"))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
