"""Finished trials on disk, one line each, outside of any stage output: DVC empties those before a stage starts again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from reproduce.errors import StorageError
from reproduce.files import dumps
from reproduce.wording import shown

Params = dict[str, float]
"""A hyper-parameter's printed name -> its value."""


@dataclass(frozen=True)
class Outcome:
    """What the training of one setting reached."""

    value: float | None
    """The objective on the validation items, the larger the better; None: training diverged."""
    epochs: int
    best_epoch: int


@dataclass(frozen=True)
class Trained:
    """A setting and what it reached."""

    params: Params
    outcome: Outcome


class Journal:
    """Settings that were trained already. A line counts once it is whole, so a process can be killed at any moment."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> list[Trained]:
        """All whole lines, oldest first."""
        return list(self._lines()) if self._path.exists() else []

    def add(self, trained: Trained) -> None:
        """Append one line; returns when it is on the disk. Raises StorageError."""
        line = dumps(asdict(trained)).encode() + b"\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab+") as file:
                if file.tell() and not self._ends_well():
                    line = b"\n" + line  # what a killed process left is a line of its own, and is passed over
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            reason = f"cannot be written ({error.strerror}); free space or permit writing, then run again"
            raise StorageError(f"{shown(self._path)}: {reason}") from error

    def _ends_well(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() == b"\n"

    def _lines(self) -> Iterator[Trained]:
        for line in self._path.read_bytes().split(b"\n"):
            try:
                row = json.loads(line)
            except ValueError:  # empty, or cut by a kill
                continue
            yield Trained(row["params"], Outcome(**row["outcome"]))
