"""Raw files: found, checked against their pinned checksums, opened whether they are plain, gzipped or inside a zip."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from reproduce.data.catalog import Archive, RawFile, Role, Source
from reproduce.errors import DataError

_CHUNK = 1 << 20


def cache_folder() -> Path:
    """Where downloads are kept, shared by all checkouts of a user: $XDG_CACHE_HOME/reproduce/datasets (or the system's equivalent)."""
    if "XDG_CACHE_HOME" in os.environ:
        base = Path(os.environ["XDG_CACHE_HOME"])
    elif os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        base = Path.home() / ".cache"
    return base / "reproduce" / "datasets"


def folders(root: Path, source: Source) -> list[Path]:
    """Where the files of a source may lie, in the order in which they are looked for."""
    if source.embedded:
        return [root / "data" / source.folder]
    own = os.environ.get("REPRODUCE_DATASETS")
    return [*([Path(own) / source.folder] if own else []), cache_folder() / source.folder]


@dataclass
class RawFiles:
    """The raw files of one source. Every file is checked before its first byte is used."""

    name: str
    """The source's name in the catalog."""
    source: Source
    root: Path
    """The checkout."""
    checksums: dict[str, str] = field(default_factory=dict)
    """SHA-256 of every file that was read so far, as it is stored, by its path in the catalog."""

    def has(self, role: Role) -> bool:
        """Whether an optional file is listed and there."""
        return role in self.source.files and self._place(self.source.files[role]) is not None

    def read(self, role: Role) -> tuple[str, bytes]:
        """Where a file is and all its bytes, decompressed. Raises DataError."""
        place, content = self._stored(self.source.files[role])
        if place.endswith(".gz"):
            with _complaining(place):
                content = gzip.decompress(content)
        if not content.strip():
            raise DataError(f"{place}: is empty; {self._remedy()}")
        return place, content

    def lines(self, role: Role) -> Iterator[tuple[str, bytes]]:
        """Every line of a large file with its `file:line`, without holding the file in memory. Raises DataError."""
        place = self._checked(self.source.files[role])
        number, line = 0, b"\n"
        with _complaining(str(place)), place.open("rb") as stored:
            opened: IO[bytes] = gzip.open(stored) if place.suffix == ".gz" else stored  # type: ignore[assignment]  # a GzipFile is one
            for number, line in enumerate(opened, start=1):
                if line.strip():
                    yield f"{place}:{number}", line
        if number == 0:
            raise DataError(f"{place}: is empty; {self._remedy()}")

    @property
    def sha256(self) -> str:
        """One checksum of all files that were read: what the prepared data depend on."""
        listing = "".join(f"{path} {checksum}\n" for path, checksum in sorted(self.checksums.items()))
        return hashlib.sha256(listing.encode()).hexdigest()

    def tastes(self) -> tuple[str, bytes] | None:
        """The planted tastes of an embedded source."""
        return self._stored(self.source.tastes) if self.source.tastes else None

    def _place(self, file: RawFile) -> Path | tuple[Path, Archive] | None:
        for folder in folders(self.root, self.source):
            if file.sha256 and (folder / file.path).is_file():
                return folder / file.path
            archive = self.source.archive
            if archive and (folder / archive.path).is_file():
                return folder / archive.path, archive
        return None

    def _found(self, file: RawFile) -> Path | tuple[Path, Archive]:
        place = self._place(file)
        if place is None:
            looked = " and ".join(str(folder) for folder in folders(self.root, self.source))
            raise DataError(f"{file.path}: is not in {looked}; {self._remedy()}")
        return place

    def _stored(self, file: RawFile) -> tuple[str, bytes]:
        """A small file as it is stored, checked."""
        place = self._found(file)
        if isinstance(place, tuple):
            zipped, archive = place
            if file.sha256 is None:
                self._compare(str(zipped), archive.sha256, checksum(zipped))
            with _complaining(str(zipped)), zipfile.ZipFile(zipped) as opened:
                member = f"{archive.inside}/{file.path}"
                if member not in opened.namelist():
                    raise DataError(f"{zipped}: holds no `{member}`; {self._remedy()}")
                content = opened.read(member)
            shown = f"{zipped}/{member}"
        else:
            with _complaining(str(place)):
                content = place.read_bytes()
            shown = str(place)
        self._check(file, shown, hashlib.sha256(content).hexdigest())
        return shown, content

    def _checked(self, file: RawFile) -> Path:
        """A large file that is not in an archive, checked by reading it once."""
        place = self._found(file)
        if isinstance(place, tuple):
            raise DataError(f"{place[0]}: `{file.path}` is read as a stream, not from an archive; unpack it beside the archive")
        with _complaining(str(place)):
            self._check(file, str(place), checksum(place))
        return place

    def _check(self, file: RawFile, place: str, found: str) -> None:
        self.checksums[file.path] = found
        if file.sha256 is not None:
            self._compare(place, file.sha256, found)

    def _compare(self, place: str, pinned: str, found: str) -> None:
        if pinned == "unknown":
            raise DataError(
                f"{place}: no checksum is pinned for it; if you trust this copy, write `sha256: {found}` in specs/datasets.yaml "
                f"(source `{self.name}`)"
            )
        if pinned != found:
            raise DataError(
                f"{place}: is not the file that specs/datasets.yaml pins (SHA-256 {found[:12]}, not {pinned[:12]}); {self._remedy()}"
            )

    def _remedy(self) -> str:
        if self.source.embedded:
            return "`reproduce data` writes it"
        return f"`reproduce data fetch {self.name}` downloads it"


def checksum(path: Path) -> str:
    """SHA-256 of a file of any size."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def _complaining(place: str) -> Iterator[None]:
    """Turn what a broken file raises into one line."""
    try:
        yield
    except (EOFError, zlib.error) as error:
        raise DataError(f"{place}: ends too early or is damaged ({error}); fetch it again") from error
    except (gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise DataError(f"{place}: is not what its name says ({error}); fetch it again") from error
    except (OSError, io.UnsupportedOperation) as error:
        raise DataError(f"{place}: cannot be read ({error.strerror or error}); check the path and its permissions") from error
