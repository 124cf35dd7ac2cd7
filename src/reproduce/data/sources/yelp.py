"""Yelp Open Dataset: `business` and `review`, JSON lines, plain or gzipped; of some businesses only (`keep: {state: MO}`)."""

from __future__ import annotations

import ast
import html
import json
import re
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from reproduce.data.log import About, Rows
from reproduce.data.raw import Block, RawFiles
from reproduce.data.sources.names import Names
from reproduce.data.spool import Spool
from reproduce.errors import DataError

_NEEDED: dict[str, type | tuple[type, ...]] = {"user_id": str, "business_id": str, "stars": (int, float), "date": str}
_STARS = (1, 2, 3, 4, 5)
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]{2,}(?![a-z])|[A-Z][a-z]+|[a-z]+")
_OWNERS = ("Business", "Restaurants")
"""With what names of attributes begin although all are about the business."""
_NAMES = {"WiFi": "WiFi", "BYOB": "BYOB", "BYOBCorkage": "BYOB corkage"}
_PRICES = "RestaurantsPriceRange2"


def read(raw: RawFiles) -> tuple[Rows, dict[int | str, About]]:
    """Reviews as ratings with texts, and the businesses. Where `keep` chooses among them, all other rows are counted only."""
    businesses = _businesses(raw)
    users, items, dropped = Names(), Names(), Counter[str]()
    rating, time = array("f"), array("q")
    texts = Spool()
    for block in raw.blocks("reviews"):
        reviews, times = _reviews(block)
        if raw.source.keep:
            wanted = [at for at, review in enumerate(reviews) if review.business_id in businesses.kept]
            dropped["elsewhere"] += sum(review.business_id in businesses.others for review in reviews)
            dropped["all"] += len(reviews) - len(wanted)
            reviews, times = [reviews[at] for at in wanted], times[wanted]
        users.add([review.user_id for review in reviews])
        items.add([review.business_id for review in reviews])
        rating.extend(review.stars for review in reviews)
        time.frombytes(times.tobytes())
        texts.extend(review.text or "" for review in reviews)
    if not len(texts):
        raise DataError(f"{raw.source.files['reviews'].path}: no review is of a business that `keep` leaves; {raw.remedy}")
    user_names, user = users.numbered()
    item_names, item = items.numbered()
    cards = [businesses.kept[name] for name in item_names if name in businesses.kept]
    counts = {
        "rows": len(texts) + dropped["all"],
        "rows_with_text": int(texts.filled.sum()),
        "items_without_categories": sum(not card.genres for card in cards),
        "items_without_attributes": sum(not card.description for card in cards),
    }
    if raw.source.keep:
        counts["rows_elsewhere_dropped"] = dropped["elsewhere"]
        counts["rows_without_business_dropped"] = dropped["all"] - dropped["elsewhere"]
    rows = Rows(
        user=user,
        item=item,
        rating=np.frombuffer(rating, np.float32),
        timestamp=np.frombuffer(time, np.int64),
        reviews=texts,
        counts=counts,
        user_names=user_names,
        item_names=item_names,
    )
    return rows, businesses.kept


@dataclass(frozen=True)
class _Businesses:
    kept: dict[int | str, About]
    others: frozenset[str]


def _businesses(raw: RawFiles) -> _Businesses:
    """Those that `keep` leaves, and the ids of the others. Raises DataError where none is left."""
    keep = raw.source.keep
    kept: dict[int | str, About] = {}
    others: set[str] = set()
    values: dict[str, Counter[str]] = {field: Counter() for field in keep}
    for block in raw.blocks("business"):
        for where, line in block.lines():
            row = _object(where, line)
            id = row.get("business_id")
            if not isinstance(id, str):
                raise DataError(
                    f"{where}: `business_id` is missing; a business has business_id, name, state, attributes, categories"
                )
            for field in keep:
                values[field][str(row.get(field) or "")] += 1
            if any(str(row.get(field) or "") != value for field, value in keep.items()):
                others.add(id)
            elif id not in kept:
                kept[id] = _about(where, id, row)
    for field, value in keep.items():
        if value not in values[field]:
            known = ", ".join(name for name, _ in values[field].most_common(8) if name)
            raise DataError(
                f"{raw.source.files['business'].path}: no business has {field} `{value}` (most have {known}); "
                f"correct `keep` of source `{raw.name}` in specs/datasets.yaml"
            )
    return _Businesses(kept, frozenset(others))


def _about(where: str, id: str, row: Mapping[str, Any]) -> About:
    categories, attributes = row.get("categories"), row.get("attributes")
    if isinstance(categories, str):  # a list up to the release of 2017
        categories = categories.split(", ")
    if not isinstance(categories, list | None):
        raise DataError(f"{where}: `categories` must be a text, such as `Pubs, Food`, or null")
    if not isinstance(attributes, dict | None):
        raise DataError(f"{where}: `attributes` must be an object or null")
    genres = (_clean(str(name)) for name in categories or ())
    return About(
        title=_clean(str(row.get("name") or "")) or f"item {id}",
        genres=tuple(dict.fromkeys(name for name in genres if name)),
        description=flat(attributes or {}),
    )


def flat(attributes: Mapping[str, Any]) -> str:
    """`{"WiFi": "u'free'", "BusinessParking": "{'lot': True}"}` as `WiFi: free; Parking: lot`, in the order of the file.

    Values are texts that hold Python literals, some of them dictionaries; None and dictionaries without any value say nothing.
    """
    told = ((name, _value(name, _literal(value))) for name, value in attributes.items())
    return "; ".join(f"{_name(name)}: {value}" for name, value in told if value)


def _value(name: str, value: object) -> str:
    if isinstance(value, dict):
        known = {key: inner for key, inner in value.items() if inner is not None}
        yes = [_name(str(key)).lower() for key, inner in known.items() if inner is True]
        named = [f"{_name(str(key)).lower()} {_value('', inner)}" for key, inner in known.items() if not isinstance(inner, bool)]
        return ", ".join(yes + named) or ("none" if known else "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    text = _clean(str(value).replace("_", " "))
    return f"{text} of 4" if name == _PRICES and text.isdigit() else text


def _name(name: str) -> str:
    """`BusinessAcceptsCreditCards` as `Accepts credit cards`."""
    if name in _NAMES:
        return _NAMES[name]
    words = _WORD.findall(name)
    if len(words) > 1 and words[0] in _OWNERS:
        words = words[1:]
    if not words:
        return _clean(name)
    lower = (word if word.isupper() else word.lower() for word in words[1:])
    return " ".join((words[0][0].upper() + words[0][1:], *lower))


def _literal(value: object) -> object:
    """What a text of Python stands for; any other text is itself."""
    if not isinstance(value, str):
        return value
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return value


class _Review(msgspec.Struct, gc=False):
    user_id: str
    business_id: str
    stars: float
    date: str
    text: str | None = None


_DECODER = msgspec.json.Decoder(_Review)


def _reviews(block: Block) -> tuple[Sequence[_Review], np.ndarray]:
    """All rows of a block with their times at once, or one by one where not all are sound JSON of the usual types."""
    try:
        reviews: Sequence[_Review] = _DECODER.decode_lines(block.content)
        times = np.array([review.date for review in reviews], dtype="datetime64[s]")
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        return _one_by_one(block)
    given = np.fromiter((review.stars for review in reviews), np.float32, len(reviews))
    short = any(len(review.date) < len("2022-01-19") for review in reviews)
    if short or not np.isin(given, _STARS).all():
        return _one_by_one(block)
    return reviews, times.astype(np.int64)


def _one_by_one(block: Block) -> tuple[Sequence[_Review], np.ndarray]:
    read = [_review(where, line) for where, line in block.lines()]
    return [review for review, _ in read], np.array([time for _, time in read], np.int64)


def _review(where: str, line: bytes) -> tuple[_Review, int]:
    """One row and its time, whatever its flaws that do no harm; half a character becomes a question mark. Raises DataError."""
    row = _object(where, line)
    for key, kind in _NEEDED.items():
        if not isinstance(row.get(key), kind):
            raise DataError(f"{where}: `{key}` is missing or of the wrong type; a review has {', '.join(_NEEDED)}")
    if row["stars"] not in _STARS:
        raise DataError(f"{where}: `stars` must be 1 to 5, not {row['stars']}")
    try:
        time = int(np.datetime64(datetime.fromisoformat(row["date"]), "s").astype(np.int64))
    except ValueError:
        raise DataError(
            f"{where}: `date` must be like `2022-01-19 19:48:45`, not `{row['date'][:40]}`; fetch the file again"
        ) from None
    text = str(row.get("text") or "").encode("utf-8", "replace").decode()
    return _Review(row["user_id"], row["business_id"], float(row["stars"]), row["date"], text), time


def _clean(text: str) -> str:
    return _SPACE.sub(" ", html.unescape(text)).strip()


def _object(where: str, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise DataError(f"{where}: is no JSON object (the line may be cut); fetch the file again")
    return row
