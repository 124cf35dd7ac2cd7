"""Raw files: found, checked against their pinned checksums, opened whether they are plain, gzipped or inside a zip."""

from __future__ import annotations

import gzip
import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple, cast

from isal import igzip, igzip_lib

from reproduce.data.catalog import ROLES, Archive, RawFile, Role, Source
from reproduce.errors import DataError

_CHUNK = 1 << 20
_BLOCK = 1 << 22
_GZIP = b"\x1f\x8b"
_unpacked: Callable[[Path], IO[bytes]] = igzip.open
_Damaged = cast("type[Exception]", igzip_lib.IsalError)


def cache_folder() -> Path:
    """Where the downloads of all checkouts are kept: $XDG_CACHE_HOME/reproduce/datasets, or the system's equivalent."""
    if os.environ.get("XDG_CACHE_HOME"):
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


def whereabouts(root: Path, source: Source) -> Path | None:
    """The folder that holds a source's archive, or all files that its layout needs; None where there is no such folder."""
    needed = [source.files[role].path for role in ROLES[source.layout][0]]
    for folder in folders(root, source):
        zipped = source.archive is not None and (folder / source.archive.path).is_file()
        if zipped or all((folder / path).is_file() for path in needed):
            return folder
    return None


class Block(NamedTuple):
    """Some whole lines of a large file."""

    place: str
    first: int
    """Number of the first line, from 1."""
    content: bytes

    def lines(self) -> Iterator[tuple[str, bytes]]:
        """Every line that is not blank with its `file:line`."""
        for number, line in enumerate(self.content.split(b"\n"), start=self.first):
            if line.strip():
                yield f"{self.place}:{number}", line


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
            with complaining(place, self.remedy):
                content = gzip.decompress(content)
        if not content.strip():
            raise DataError(f"{place}: is empty; {self.remedy}")
        return place, content

    def blocks(self, role: Role) -> Iterator[Block]:
        """A large file in blocks of whole lines, without holding it in memory. Raises DataError.

        ISA-L unpacks three times as fast as zlib; the corpora of Amazon are 25 GB and more when they are unpacked.
        """
        file = self.source.files[role]
        place = self._found(file)
        if isinstance(place, tuple):
            raise DataError(f"{place[0]}: `{file.path}` is too large to be read inside an archive; unpack it beside the archive")
        with complaining(str(place), self.remedy):
            self._check(file, str(place), checksum(place))
        number = 0
        with complaining(str(place), self.remedy), _opened(place) as opened:
            for content in _whole_lines(opened):
                yield Block(str(place), number + 1, content)
                number += content.count(b"\n") + 1
        if not number:
            raise DataError(f"{place}: is empty; {self.remedy}")

    def tastes(self) -> tuple[str, bytes]:
        """Where the planted tastes are, and all their bytes; they are no part of the data's checksum. Raises DataError."""
        if self.source.tastes is None:
            raise DataError(f"source `{self.name}` has no planted tastes; only embedded sources have")
        found = self._stored(self.source.tastes)
        del self.checksums[self.source.tastes.path]
        return found

    @property
    def sha256(self) -> str:
        """One checksum of all files that were read: what the prepared data depend on."""
        listing = "".join(f"{path} {checksum}\n" for path, checksum in sorted(self.checksums.items()))
        return hashlib.sha256(listing.encode()).hexdigest()

    @property
    def remedy(self) -> str:
        """How to get the right files."""
        return self.source.remedy(self.name)

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
            raise DataError(f"{file.path}: is not in {looked}; {self.remedy}")
        return place

    def _stored(self, file: RawFile) -> tuple[str, bytes]:
        """A small file as it is stored, checked."""
        place = self._found(file)
        if isinstance(place, tuple):
            shown, content = self._member(file, *place)
        else:
            shown = str(place)
            with complaining(shown, self.remedy):
                content = place.read_bytes()
        self._check(file, shown, hashlib.sha256(content).hexdigest())
        return shown, content

    def _member(self, file: RawFile, zipped: Path, archive: Archive) -> tuple[str, bytes]:
        """A member by its exact name: nothing is ever unpacked, so no name in the archive can lead anywhere."""
        member = f"{archive.inside}/{file.path}"
        with complaining(str(zipped), self.remedy), zipfile.ZipFile(zipped) as opened:
            if file.sha256 is None:
                self._compare(str(zipped), archive.sha256, checksum(zipped))
            if member not in opened.namelist():
                raise DataError(f"{zipped}: holds no `{member}`; {self.remedy}")
            return f"{zipped}/{member}", opened.read(member)

    def _check(self, file: RawFile, place: str, found: str) -> None:
        self.checksums[file.path] = found
        if file.sha256 is not None:
            self._compare(place, file.sha256, found)

    def _compare(self, place: str, pinned: str, found: str) -> None:
        if pinned == "unknown":
            raise DataError(
                f"{place}: no checksum is pinned for it; if you trust this copy, write `sha256: {found}` "
                f"for source `{self.name}` in specs/datasets.yaml"
            )
        if pinned != found:
            fact = f"is not the file that specs/datasets.yaml pins (SHA-256 {found[:12]}, not {pinned[:12]})"
            raise DataError(f"{place}: {fact}; {self.remedy}")


def _opened(place: Path) -> IO[bytes]:
    if place.suffix != ".gz":
        return place.open("rb")
    with place.open("rb") as file:
        start = file.read(2)
    if start and start != _GZIP:
        raise gzip.BadGzipFile(f"Not a gzipped file ({start!r})")
    return _unpacked(place)


def _whole_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The content cut at ends of lines, without the end where it is cut; a last line needs no end."""
    rest: list[bytes] = []
    while block := file.read(_BLOCK):
        lines, end, begun = block.rpartition(b"\n")
        if end:
            yield b"".join((*rest, lines))
            rest = []
        rest.append(begun)
    if last := b"".join(rest):
        yield last


def checksum(path: Path) -> str:
    """SHA-256 of a file of any size."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def complaining(place: str, remedy: str) -> Iterator[None]:
    """Turn what a broken file raises into one line."""
    try:
        yield
    except (gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise DataError(f"{place}: is not what its name says, or damaged ({error}); {remedy}") from error
    except (EOFError, zlib.error, _Damaged) as error:
        raise DataError(f"{place}: ends too early or is damaged ({error}); {remedy}") from error
    except OSError as error:
        raise DataError(f"{place}: cannot be read ({error.strerror or error}); check the path and its permissions") from error
