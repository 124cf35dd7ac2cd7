"""Fetches the raw files of a source into the user cache, which all checkouts share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from reproduce.data.catalog import Source
from reproduce.data.download import Patience, Progress, Wanted, download
from reproduce.data.raw import cache_folder, checksum
from reproduce.errors import DataError

_PATIENCE = Patience()


class Fetched(NamedTuple):
    """One file that is in the cache now."""

    path: Path
    sha256: str
    pinned: bool
    """Whether the catalog knew the checksum; if not, it must be written down there before the file is read."""
    downloaded: bool
    """False when the right file was there already."""


def fetch(name: str, source: Source, progress: Progress = lambda *_: None, patience: Patience = _PATIENCE) -> list[Fetched]:
    """Download the files of a source as far as they are not there. Raises DataError and StorageError, see `download`."""
    return [_fetch(wanted, progress, patience) for wanted in _wanted(name, source)]


def _fetch(wanted: Wanted, progress: Progress, patience: Patience) -> Fetched:
    pinned = wanted.sha256 != "unknown"
    if wanted.target.is_file():
        found = checksum(wanted.target)
        if not pinned or found == wanted.sha256:
            return Fetched(wanted.target, found, pinned, downloaded=False)
    return Fetched(wanted.target, download(wanted, progress, patience), pinned, downloaded=True)


def _wanted(name: str, source: Source) -> Iterator[Wanted]:
    if source.embedded:
        raise DataError(f"{name}: is embedded and not downloaded; `reproduce data` writes it")
    folder = cache_folder() / source.folder
    copy = f"put a copy into the folder {source.folder} of REPRODUCE_DATASETS"
    if source.archive:
        yield Wanted(source.archive.url, folder / source.archive.path, source.archive.sha256, f"or {copy}")
        return
    without = [file.path for file in source.files.values() if file.url is None]
    if without:
        official = f"has to be fetched by hand from {source.page}" if source.page else "has no official address"
        raise DataError(f"{name}: `{without[0]}` {official}; {copy}")
    for file in source.files.values():
        if file.url:
            yield Wanted(file.url, folder / file.path, file.sha256 or "unknown", f"or {copy}")
