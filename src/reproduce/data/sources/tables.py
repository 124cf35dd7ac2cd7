"""Delimited text with a fixed number of fields: fast when it is sound, precise about the line when it is not."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from reproduce.errors import DataError

_NUMBERS = {"user": np.int64, "item": np.int64, "rating": np.float32, "timestamp": np.int64, "rank": np.float32}


def numbers(
    place: str, content: bytes, columns: Sequence[str], separator: str, header: str | None = None
) -> dict[str, np.ndarray]:
    """The columns of a table of numbers. Raises DataError with the first line that is wrong.

    Line ends may be those of Windows. A last line without a line end is refused: such a file was cut.
    """
    whole_lines(place, content)
    if header is not None:
        first, _, content = content.partition(b"\n")
        if first.decode("latin-1").strip() != header:
            raise DataError(f"{place}:1: the columns must be `{header}`, not `{first.decode('latin-1').strip()[:80]}`")
    skip = int(header is not None)
    narrow = separator[0]  # `::` gives an empty column between any two
    wide = len(separator) * (len(columns) - 1) + 1
    try:
        table = pd.read_csv(
            io.BytesIO(content),
            sep=narrow,
            header=None,
            names=list(range(wide)),
            usecols=list(range(0, wide, len(separator))),
            dtype={place * len(separator): _NUMBERS[column] for place, column in enumerate(columns)},
            engine="c",
            quoting=3,
            skip_blank_lines=False,
            keep_default_na=False,
            na_values=[""],
            encoding="latin-1",
        )
    except (ValueError, OverflowError, pd.errors.ParserError) as error:
        _blame(place, content, columns, separator, skip)
        raise DataError(f"{place}: cannot be read as `{separator.join(columns)}` ({str(error).splitlines()[0]})") from error
    if content.count(narrow.encode()) != (wide - 1) * len(table):
        _blame(place, content, columns, separator, skip)
    found = {column: table[place * len(separator)].to_numpy() for place, column in enumerate(columns)}
    _in_range(place, found, skip)
    return found


def records(place: str, content: bytes, fields: int, separator: str, encoding: str) -> Iterator[tuple[str, list[str]]]:
    """The fields of every line with its `file:line`. Raises DataError at a line with another number of fields."""
    whole_lines(place, content)
    for number, line in enumerate(content.decode(encoding).split("\n")[:-1], start=1):
        found = line.removesuffix("\r").split(separator)
        if len(found) != fields:
            raise DataError(
                f"{place}:{number}: has {len(found)} fields, not {fields} (separator `{separator}`); fetch the file again"
            )
        yield f"{place}:{number}", found


def whole_lines(place: str, content: bytes) -> None:
    """Refuse a file whose last line was cut."""
    if not content.endswith(b"\n"):
        number = content.count(b"\n") + 1
        raise DataError(f"{place}:{number}: the last line has no line end, so the file was cut; fetch it again")


def integer(where: str, text: str, what: str) -> int:
    """A whole number. Raises DataError."""
    try:
        return int(text)
    except ValueError:
        raise DataError(f"{where}: {what} must be a whole number, not `{text[:40]}`") from None


def _in_range(place: str, columns: dict[str, np.ndarray], skip: int) -> None:
    rating = columns["rating"]
    wrong = ~((rating >= 0.5) & (rating <= 5) & (rating * 2 == np.floor(rating * 2)))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(f"{place}:{row + 1 + skip}: the rating must be 0.5 to 5 in half stars, not {rating[row]:g}")


def _blame(place: str, content: bytes, columns: Sequence[str], separator: str, skip: int) -> None:
    """Raise DataError for the first line that is wrong, if there is one."""
    for number, line in enumerate(content.decode("latin-1").split("\n")[:-1], start=1 + skip):
        found = line.removesuffix("\r").split(separator)
        if len(found) != len(columns):
            fact = (
                "is blank" if not line.strip() else f"has {len(found)} fields, not {len(columns)} (`{separator.join(columns)}`)"
            )
            raise DataError(f"{place}:{number}: {fact}; fetch the file again")
        for column, text in zip(columns, found, strict=True):
            try:
                _NUMBERS[column](text if text or column != "rank" else "nan")
            except (ValueError, OverflowError):
                raise DataError(f"{place}:{number}: {column} must be a number, not `{text[:40]}`; fetch the file again") from None
