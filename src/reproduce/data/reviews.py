"""Review texts of a prepared data set, read one user at a time: those of a whole shop would not fit into memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path


class Reviews:
    """The rows of `reviews.jsonl`, which stand together per user. Without the file nobody has written anything."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def of(self, user: int) -> dict[int, str]:
        """What one user has written, by item."""
        if self._path is None or user not in self._places:
            return {}
        start, end = self._places[user]
        with self._path.open("rb") as file:
            file.seek(start)
            rows = map(json.loads, file.read(end - start).splitlines())
            return {row["item"]: row["text"] for row in rows}

    def all(self) -> Iterator[tuple[int, int, str]]:
        """(user, item, text) of everybody, in the order of the file, one at a time."""
        if self._path is None or not self._path.is_file():
            return
        with self._path.open("rb") as file:
            for row in map(json.loads, file):
                yield row["user"], row["item"], row["text"]

    @cached_property
    def _places(self) -> dict[int, tuple[int, int]]:
        """First and last byte of each user's rows."""
        places: dict[int, tuple[int, int]] = {}
        if self._path is None or not self._path.is_file():
            return places
        at = 0
        with self._path.open("rb") as file:
            for line in file:
                user, end = json.loads(line)["user"], at + len(line)
                places[user] = (places[user][0] if user in places else at, end)
                at = end
        return places
