"""Delimited text with a fixed number of fields: fast when it is sound, precise about the line when it is not."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from reproduce.errors import DataError

_KINDS = {"user": np.int64, "item": np.int64, "rating": np.float32, "timestamp": np.int64, "rank": np.float32}
"""What a column holds; only a rank may be missing."""


def numbers(
    place: str, content: bytes, columns: Sequence[str], separator: str, header: str | None = None
) -> dict[str, np.ndarray]:
    """The columns of a table of numbers. Raises DataError with the first line that is wrong.

    Line ends may be those of Windows. A last line without a line end is refused: such a file was cut.
    """
    whole_lines(place, content)
    skip = 0
    if header is not None:
        first, _, content = content.partition(b"\n")
        skip = 1
        if first.decode("latin-1").strip() != header:
            raise DataError(f"{place}:1: the columns must be `{header}`, not `{first.decode('latin-1').strip()[:80]}`")
    wide = len(separator) * (len(columns) - 1) + 1  # `::` is read as `:` with an empty column between any two
    try:
        table = _parse(content, columns, separator[0], wide, len(separator))
    except (ValueError, OverflowError, pd.errors.ParserError) as error:
        _blame(place, content, columns, separator, skip)
        raise DataError(f"{place}: cannot be read as `{separator.join(columns)}` ({str(error).splitlines()[0]})") from error
    if content.count(separator[0].encode()) != (wide - 1) * len(table):
        _blame(place, content, columns, separator, skip)
    found = {column: table[at * len(separator)].to_numpy() for at, column in enumerate(columns)}
    _check_range(place, found, skip)
    return found


def _parse(content: bytes, columns: Sequence[str], separator: str, wide: int, step: int) -> pd.DataFrame:
    return pd.read_csv(
        io.BytesIO(content),
        sep=separator,
        header=None,
        names=list(range(wide)),
        usecols=list(range(0, wide, step)),
        dtype={at * step: _KINDS[column] for at, column in enumerate(columns)},
        engine="c",
        quoting=3,
        skip_blank_lines=False,
        keep_default_na=False,
        na_values=[""],
        encoding="latin-1",
    )


def records(place: str, content: bytes, fields: int, separator: str, encoding: str) -> Iterator[tuple[str, list[str]]]:
    """The fields of every line with its `file:line`. Raises DataError at a line with another number of fields."""
    whole_lines(place, content)
    for number, line in enumerate(decoded(place, content, encoding).split("\n")[:-1], start=1):
        found = line.removesuffix("\r").split(separator)
        if len(found) != fields:
            raise DataError(
                f"{place}:{number}: has {len(found)} fields between `{separator}`, not {fields}; fetch the file again"
            )
        yield f"{place}:{number}", found


def whole_lines(place: str, content: bytes) -> None:
    """Refuse a file whose last line was cut."""
    if not content.endswith(b"\n"):
        number = content.count(b"\n") + 1
        raise DataError(f"{place}:{number}: the last line has no line end, so the file was cut; fetch the file again")


def decoded(place: str, content: bytes, encoding: str) -> str:
    """The text, without a byte order mark. Raises DataError with the line that is in another encoding."""
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{place}:{number}: is not {encoding}; fetch the file again, or convert it") from error


def integer(where: str, text: str, what: str) -> int:
    """A whole number. Raises DataError."""
    try:
        return int(text)
    except ValueError:
        raise DataError(f"{where}: {what} must be a whole number, not `{text[:40]}`; fetch the file again") from None


def _check_range(place: str, columns: dict[str, np.ndarray], skip: int) -> None:
    rating = columns["rating"]
    wrong = ~((rating >= 0.5) & (rating <= 5) & (rating * 2 == np.floor(rating * 2)))
    if wrong.any():
        row = int(np.argmax(wrong))
        given = "missing" if np.isnan(rating[row]) else f"{rating[row]:g}"
        raise DataError(f"{place}:{row + 1 + skip}: the rating must be 0.5 to 5 in half stars, not {given}")


def _blame(place: str, content: bytes, columns: Sequence[str], separator: str, skip: int) -> None:
    """Raise DataError for the first line that is wrong, if there is one."""
    for number, line in enumerate(content.decode("latin-1").split("\n")[:-1], start=1 + skip):
        found = line.removesuffix("\r").split(separator)
        if len(found) != len(columns):
            fact = f"has {len(found)} fields, not {len(columns)} (`{separator.join(columns)}`)" if line.strip() else "is blank"
            raise DataError(f"{place}:{number}: {fact}; fetch the file again")
        for column, text in zip(columns, found, strict=True):
            try:
                _KINDS[column](text if text or column != "rank" else "nan")
            except (ValueError, OverflowError):
                raise DataError(f"{place}:{number}: {column} must be a number, not `{text[:40]}`; fetch the file again") from None
