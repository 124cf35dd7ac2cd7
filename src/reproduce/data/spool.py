"""Review texts while a source is read and prepared: on disk, as those of the largest corpora do not fit into memory."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import overload

import numpy as np

from reproduce.errors import StorageError

_IN_MEMORY = 1 << 26
"""Bytes of texts that need no file."""


class Spool(Sequence[str]):
    """Texts by their number, appended at the end; eight bytes of memory each. The file goes when the last reader does."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed when it is forgotten)
        self._ends = array("q", [0])

    def extend(self, texts: Iterable[str]) -> None:
        """Append some texts. Raises StorageError where the disk is full."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
        try:
            self._file.seek(0, 2)
            self._file.write(b"".join(encoded))
        except OSError as error:
            fact = f"{tempfile.gettempdir()}: review texts cannot be kept there while they are read ({error.strerror})"
            raise StorageError(f"{fact}; free space, or set TMPDIR to another folder") from error
        self._ends.frombytes((self._ends[-1] + np.cumsum(lengths)).tobytes())

    @property
    def filled(self) -> np.ndarray:
        """Which texts are not empty."""
        return np.diff(np.frombuffer(self._ends, np.int64)) > 0

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return [self[each] for each in range(len(self))[at]]
        at = range(len(self))[at]
        start, end = self._ends[at], self._ends[at + 1]
        if start == end:
            return ""
        self._file.seek(start)
        return self._file.read(end - start).decode("utf-8", "surrogatepass")


class Picked(Sequence[str]):
    """Some texts of a longer sequence, in another order, of which none is read before it is asked for."""

    def __init__(self, texts: Sequence[str], rows: np.ndarray) -> None:
        self._texts: Sequence[str] = texts
        self._rows: np.ndarray = rows
        if isinstance(texts, Picked):
            self._texts, self._rows = texts._texts, texts._rows[rows]

    @property
    def filled(self) -> np.ndarray:
        """Which texts are not empty."""
        if isinstance(self._texts, Spool):
            filled: np.ndarray = self._texts.filled[self._rows]
            return filled
        return np.fromiter(map(bool, self), bool, len(self))

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return Picked(self._texts, self._rows[at])
        return self._texts[int(self._rows[at])]


class Said(Mapping[int, str]):
    """Those texts of a sequence that are not empty, by their place in it, ascending."""

    def __init__(self, texts: Picked) -> None:
        self._texts = texts
        self._filled = texts.filled

    def __getitem__(self, row: int) -> str:
        if not 0 <= row < len(self._filled) or not self._filled[row]:
            raise KeyError(row)
        return self._texts[row]

    def __iter__(self) -> Iterator[int]:
        return iter(np.flatnonzero(self._filled).tolist())

    def __len__(self) -> int:
        return int(self._filled.sum())
