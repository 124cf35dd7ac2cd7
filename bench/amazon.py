"""Writes a file of power-law ratings in the columns and the order of the Amazon reviews of 2018: JSON lines, gzipped.

    python bench/amazon.py reviews.json.gz 30000000 [words of a text]

Twenty users for every three hundred rows and seven items, as in Books: degrees of users follow a power law from 5 on, items one
with a flat head, and rows stand item by item, so that a user's rows are spread over the whole file. Nothing of it is real.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_BLOCK = 100_000
_DAY = 86_400
_FIRST, _DAYS = 10_000, 7_800
"""Days since 1970 of the first review, and how many days follow."""


def draw(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """User, item, rating and day of n rows, item by item."""
    random = np.random.default_rng(seed)
    users, items = n // 15, n * 7 // 300
    degrees = np.minimum(5 * random.random(users) ** (-1 / 1.6), 3_000)
    bounds = np.cumsum(degrees)
    user = np.searchsorted(bounds, random.random(n) * bounds[-1]).astype(np.int32)
    weights = 1 / (np.arange(items) + 40.0) ** 0.85
    popularity = np.cumsum(weights)
    rank = np.searchsorted(popularity, random.random(n) * popularity[-1])
    item = np.sort(random.permutation(items).astype(np.int32)[rank])
    rating = random.choice(np.arange(1, 6, dtype=np.int8), n, p=(0.05, 0.05, 0.1, 0.2, 0.6))
    day = (_FIRST + _DAYS * random.random(n) ** 0.4).astype(np.int32)
    return user, item, rating, day


def lines(n: int, words: int = 0, seed: int = 1) -> Iterator[bytes]:
    """The rows in blocks of many lines. `words`: mean length of a text."""
    columns = draw(n, seed)
    texts = _texts(words)
    random = np.random.default_rng(seed + 1)
    dates = [np.datetime64(day, "D").item().strftime("%m %-d, %Y") for day in range(_FIRST, _FIRST + _DAYS + 1)]
    for start in range(0, n, _BLOCK):
        user, item, rating, day = (column[start : start + _BLOCK].tolist() for column in columns)
        chosen = random.integers(len(texts), size=len(user)).tolist()
        yield "".join(
            f'{{"overall": {r}.0, "verified": true, "reviewTime": "{dates[d - _FIRST]}", "reviewerID": "A{u * 7919 + 10**12}", '
            f'"asin": "{i:010d}", "reviewerName": "Reader {u % 5000}", "reviewText": "{texts[t]}", '
            f'"summary": "{r} stars for this one", "unixReviewTime": {d * _DAY}}}\n'
            for u, i, r, d, t in zip(user, item, rating, day, chosen, strict=True)
        ).encode()


def _texts(words: int) -> list[str]:
    """Some texts whose lengths spread as those of reviews do; one in six letters of the words is not the usual one."""
    if not words:
        return ["Fine."]
    random = np.random.default_rng(3)
    lexicon = ["".join(map(chr, random.choice(range(97, 123), random.integers(2, 10)))) for _ in range(3_000)]
    lengths = np.maximum(1, random.exponential(words, 2_000)).astype(int)
    return [
        " ".join(lexicon[at] for at in np.minimum(random.zipf(1.2, n), 3_000) - 1) + r". \"Really\"." for n in lengths.tolist()
    ]


def write(path: Path, n: int, words: int = 0) -> int:
    """Write the file; returns the bytes before compression."""
    packer, size = zlib.compressobj(1, zlib.DEFLATED, 31), 0
    with path.open("wb") as file:
        for block in lines(n, words):
            size += len(block)
            file.write(packer.compress(block))
        file.write(packer.flush())
    return size


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(print(__doc__))
    found = write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    print(
        f"{sys.argv[1]}: {int(sys.argv[2]):,} rows, {found / 1e9:.2f} GB, gzipped {Path(sys.argv[1]).stat().st_size / 1e9:.2f} GB"
    )
