"""Fetches the raw files of a source into the user cache, which all checkouts share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reproduce.data.catalog import Catalog, Source
from reproduce.data.download import Patience, Progress, Wanted, download
from reproduce.data.raw import cache_folder, checksum
from reproduce.errors import DataError

if TYPE_CHECKING:
    from rich.console import Console

_PATIENCE = Patience()


class Fetched(NamedTuple):
    """One file that is in the cache now."""

    path: Path
    sha256: str
    pinned: bool
    """Whether the catalog knew the checksum; if not, it must be written down there before the file is read."""
    downloaded: bool
    """False when the right file was there already."""


def fetch_source(name: str, catalog: Catalog) -> None:
    """Download one source, with its terms and a progress bar on the terminal. Raises SpecError, DataError, StorageError."""
    from rich.console import Console

    say = Console(soft_wrap=True, highlight=False)
    source = catalog.source(name)
    say.print(f"{name}: {source.terms}", markup=False)
    with _bar(say) as progress:
        found = fetch(name, source, progress)
    for each in found:
        say.print(f"{'loaded' if each.downloaded else 'was there already'}: {each.path}", markup=False)
        if not each.pinned:
            say.print("  its checksum is not published; before it is read, write this for it in specs/datasets.yaml:")
            say.print(f"  sha256: {each.sha256}")


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
        raise DataError(f"{name}: `{without[0]}` has no official address; {copy}")
    for file in source.files.values():
        if file.url:
            yield Wanted(file.url, folder / file.path, file.sha256 or "unknown", f"or {copy}")


@contextmanager
def _bar(console: Console) -> Iterator[Progress]:
    from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    tasks: dict[str, TaskID] = {}
    with Bars(*columns, console=console) as bars:

        def progress(name: str, here: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=here, total=total)

        yield progress
