"""Amazon reviews of 2018 (Ni et al. 2019) and 2014 (McAuley et al. 2015): JSON lines, plain or gzipped, with item metadata."""

from __future__ import annotations

import ast
import html
import json
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence, Set
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np

from reproduce.data.log import About, Rows
from reproduce.data.raw import Block, RawFiles
from reproduce.data.sources.names import Names
from reproduce.data.spool import Spool
from reproduce.errors import DataError

_NEEDED: dict[str, type | tuple[type, ...]] = {"reviewerID": str, "asin": str, "overall": (int, float), "unixReviewTime": int}
_STARS = (1, 2, 3, 4, 5)
_TAG = re.compile(r"<[a-zA-Z/!][^>]*>?")
_SCRIPT = "getTime()"
"""Some scraped titles of 2018 are a page's JavaScript."""
_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")
_SPACE = re.compile(r"\s+")
_TOP = {"Movies & TV", "Books", "CDs & Vinyl", "Digital Music", "Video Games", "Gift Cards", "All Beauty", "AMAZON FASHION"}
"""Names of whole shops, which say nothing of an item."""


def reviews(raw: RawFiles) -> Rows:
    """Reviews as ratings with texts; times are days, so that ties are the rule and the order of the file decides."""
    users, items = Names(), Names()
    rating, time = array("f"), array("q")
    texts = Spool() if raw.source.texts is True else None
    for block in raw.blocks("reviews"):
        read = _reviews(block, texts is not None)
        users.add(list(map(_REVIEWER, read)))
        items.add(list(map(_ASIN, read)))
        rating.extend(map(_OVERALL, read))
        time.extend(map(_TIME, read))
        if texts is not None:
            texts.extend(review.reviewText or "" for review in read if isinstance(review, _ReviewWithText))
    user_names, user = users.numbered()
    item_names, item = items.numbered()
    return Rows(
        user=user,
        item=item,
        rating=np.frombuffer(rating, np.float32),
        timestamp=np.frombuffer(time, np.int64),
        reviews=texts,
        counts={} if texts is None else {"rows": len(texts), "rows_with_text": int(texts.filled.sum())},
        user_names=user_names,
        item_names=item_names,
    )


class Written(NamedTuple):
    """Who wrote of what, and when; rows of a repeated pair may agree in all three."""

    reviewer: str
    asin: str
    time: int


def texts(raw: RawFiles, reviewers: Set[str]) -> Iterator[tuple[Written, str]]:
    """All that some reviewers wrote, in the order of the file and without holding more than a block; empty texts, too."""
    for block in raw.blocks("reviews"):
        for review in _reviews(block, True):
            if review.reviewerID in reviewers and isinstance(review, _ReviewWithText):
                yield Written(review.reviewerID, review.asin, review.unixReviewTime), review.reviewText or ""


class _Review(msgspec.Struct, gc=False):
    """What is read of a row without its text; strings that are not asked for are not even unescaped."""

    reviewerID: str
    asin: str
    overall: float
    unixReviewTime: int


class _ReviewWithText(_Review, gc=False):
    reviewText: str | None = None


_REVIEWER, _ASIN, _OVERALL, _TIME = map(attrgetter, ("reviewerID", "asin", "overall", "unixReviewTime"))
_DECODERS: dict[bool, msgspec.json.Decoder[Any]] = {
    False: msgspec.json.Decoder(_Review),
    True: msgspec.json.Decoder(_ReviewWithText),
}


def _reviews(block: Block, texts: bool) -> Sequence[_Review]:
    """All rows of a block at once, or one by one where not all are sound JSON of the usual types."""
    try:
        reviews: Sequence[_Review] = _DECODERS[texts].decode_lines(block.content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return [_review(where, line, texts) for where, line in block.lines()]
    given = np.fromiter(map(_OVERALL, reviews), np.float32, len(reviews))
    if not np.isin(given, _STARS).all():
        return [_review(where, line, texts) for where, line in block.lines()]
    return reviews


def _review(where: str, line: bytes, texts: bool) -> _Review:
    """One row, whatever its flaws that do no harm; half a character becomes a question mark. Raises DataError."""
    row = _object(where, line)
    for key, kind in _NEEDED.items():
        if not isinstance(row.get(key), kind):
            raise DataError(f"{where}: `{key}` is missing or of the wrong type; a review has {', '.join(_NEEDED)}")
    if row["overall"] not in _STARS:
        raise DataError(f"{where}: `overall` must be 1 to 5, not {row['overall']}")
    needed = (row["reviewerID"], row["asin"], float(row["overall"]), row["unixReviewTime"])
    if not texts:
        return _Review(*needed)
    return _ReviewWithText(*needed, str(row.get("reviewText") or "").encode("utf-8", "replace").decode())


def metadata(raw: RawFiles, rows: Rows) -> dict[int | str, About]:
    """What the metadata say of the reviewed items; of repeated rows the first counts. Items without a row here keep no text."""
    if not raw.has("meta"):
        return {}
    names = rows.item_names or ()
    stays = np.zeros(len(names), bool)
    stays[rows.item] = True
    wanted = dict(zip(names, stays.tolist(), strict=True))
    found: dict[int | str, About] = {}
    for block in raw.blocks("meta"):
        for where, line in block.lines():
            asin = _asin(where, line)
            if asin in wanted and asin not in found:
                found[asin] = _about(asin, _object(where, line)) if wanted[asin] else _GOES
    return found


class _Named(msgspec.Struct, gc=False):
    asin: str


_NAMED = msgspec.json.Decoder(_Named)
_GOES = About(title="")


def _asin(where: str, line: bytes) -> str:
    """Which item a row is about; most rows are about none that is wanted, and are not read further."""
    try:
        return _NAMED.decode(line).asin
    except (msgspec.MsgspecError, UnicodeDecodeError):
        asin = _object(where, line).get("asin")
    if not isinstance(asin, str):
        raise DataError(f"{where}: `asin` is missing; a row of item metadata has asin, title, category, description")
    return asin


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
