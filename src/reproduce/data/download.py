"""Downloads one file: checksum, resume, retries, progress, bounded time.

The file appears whole or not at all; what a broken download left is kept as `<name>.part` for the next one.
"""

from __future__ import annotations

import errno
import http.client
import json
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from reproduce.data.raw import checksum
from reproduce.errors import DataError, StorageError

_BLOCK = 1 << 16
_PASSING = {408, 425, 429, 500, 502, 503, 504}
"""Answers that may be another a moment later."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

Progress = Callable[[str, int, "int | None"], None]
"""Told the file's name, the bytes that are there, and the bytes in all where the server says so."""


class Patience(NamedTuple):
    """How long a download may take, and when it has stalled."""

    attempts: int = 6
    """Tries in a row without a single new byte."""
    pause: float = 1.0
    """Seconds before the second try; doubled each time, at most a minute. `Retry-After` counts where a server sends it."""
    silence: float = 30.0
    """Seconds without a byte, after which a connection is given up."""
    slowest: int = 1024
    """Bytes a second, averaged over `silence`, below which a connection is given up."""
    total: float = 6 * 3600.0
    """Seconds for one file."""


@dataclass(frozen=True)
class Wanted:
    """One file to download."""

    url: str
    target: Path
    sha256: str
    """Its checksum, or `unknown`."""
    otherwise: str
    """What to do when it cannot be downloaded, such as `or put a copy into ...`."""


class _Passing(Exception):
    """This try failed; another may not."""

    def __init__(self, what: str, wait: float = 0.0) -> None:
        super().__init__(what)
        self.wait = wait


def download(wanted: Wanted, progress: Progress, patience: Patience) -> str:
    """Put the file at its target and return its SHA-256.

    Raises DataError (wrong address, wrong checksum, server down, another process at it) and StorageError (disk full). What was
    loaded so far is kept for the next call, except after a wrong checksum.
    """
    target = wanted.target
    part = target.with_name(f"{target.name}.part")
    with _storing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target):
            _load(wanted, part, progress, patience)
            found = checksum(part)
            if wanted.sha256 not in (found, "unknown"):
                _forget(part)
                fact = f"what {wanted.url} serves has SHA-256 {found[:12]}, specs/datasets.yaml pins {wanted.sha256[:12]}"
                raise DataError(f"{target.name}: {fact}; try again, {wanted.otherwise}")
            part.replace(target)
            _forget(part)
    return found


def _load(wanted: Wanted, part: Path, progress: Progress, patience: Patience) -> None:
    """Try until the whole file is in `part`; a try that brought new bytes does not count against the attempts."""
    deadline = time.monotonic() + patience.total
    failed = 0
    while True:
        before = _size(part)
        try:
            return _Try(wanted, part, progress, patience, deadline).run()
        except _Passing as error:
            failed = 1 if _size(part) > before else failed + 1
            wait = min(60.0, error.wait or patience.pause * 2 ** (failed - 1))
            if failed >= patience.attempts or time.monotonic() + wait > deadline:
                kept = f"{_size(part)} bytes are kept" if _size(part) and _version(wanted, part) else "nothing is kept"
                raise DataError(f"{wanted.url}: {error}; {kept}, run it again later, {wanted.otherwise}") from error
            time.sleep(wait)


@dataclass(frozen=True)
class _Try:
    """One request."""

    wanted: Wanted
    part: Path
    progress: Progress
    patience: Patience
    deadline: float

    def run(self) -> None:
        """Ask for what is missing and append it. Raises _Passing when another try may do better."""
        url, version = self.wanted.url, _version(self.wanted, self.part)
        start = _size(self.part) if version else 0
        headers = {"User-Agent": "reproduce", "Accept-Encoding": "identity"}
        if start and version:
            headers |= {"Range": f"bytes={start}-", "If-Range": version}
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=self.patience.silence) as response:
                self._receive(response, start)
        except urllib.error.HTTPError as error:
            self._refused(error)
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            raise _Passing(f"cannot be loaded ({str(reason) or type(reason).__name__})") from error

    def _refused(self, error: urllib.error.HTTPError) -> None:
        if error.code == 416:  # the part is as long as the file, or longer: begin again
            _forget(self.part)
            raise _Passing("cannot be resumed") from error
        if error.code in _PASSING:
            raise _Passing(f"answers {error.code} {error.reason}", _seconds(error.headers.get("Retry-After"))) from error
        fact = f"answers {error.code} {error.reason}"
        raise DataError(f"{self.wanted.url}: {fact}; correct the address, {self.wanted.otherwise}") from error

    def _receive(self, response: http.client.HTTPResponse, start: int) -> None:
        """Append to the part, or begin it again when the server sends the whole file."""
        if response.status != 206:
            start = 0
        elif not (response.headers.get("Content-Range") or "").startswith(f"bytes {start}-"):
            raise _Passing("sends another range than was asked for")
        length = response.headers.get("Content-Length")
        total = start + int(length) if length and length.isdigit() else None
        _remember(self.part, self.wanted.url, response.headers.get("ETag") or response.headers.get("Last-Modified"))
        with self.part.open("r+b" if start else "wb") as file:
            file.seek(start)
            here = self._copy(response, file.write, start, total)
            file.truncate()
        if total is not None and here != total:
            raise _Passing(f"ends after {here} of {total} bytes")

    def _copy(self, response: http.client.HTTPResponse, write: Callable[[bytes], int], start: int, total: int | None) -> int:
        """Copy block by block; returns the bytes that are there. Gives a connection up that is too slow."""
        here, then, clock = start, start, time.monotonic()
        while block := response.read1(_BLOCK):
            write(block)
            here += len(block)
            self.progress(self.wanted.target.name, here, total)
            now = time.monotonic()
            if now > self.deadline:
                raise DataError(f"{self.wanted.url}: takes over {self.patience.total:g} s; {here} bytes are kept, run it again")
            if now - clock > self.patience.silence:
                if here - then < self.patience.slowest * (now - clock):
                    raise _Passing(f"sends less than {self.patience.slowest} bytes a second")
                clock, then = now, here
        return here


def _version(wanted: Wanted, part: Path) -> str | None:
    """Which version of the file the part is of; None when it cannot be resumed."""
    try:
        mark = json.loads(_mark(part).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return str(mark["version"]) if isinstance(mark, dict) and mark.get("url") == wanted.url and mark.get("version") else None


def _remember(part: Path, url: str, version: str | None) -> None:
    if version and not version.startswith("W/"):  # a weak tag does not promise the same bytes
        _mark(part).write_text(json.dumps({"url": url, "version": version}), encoding="utf-8")
    else:
        _mark(part).unlink(missing_ok=True)


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _mark(part).unlink(missing_ok=True)


def _mark(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _seconds(retry_after: str | None) -> float:
    return float(retry_after) if retry_after and retry_after.isdigit() else 0.0


@contextmanager
def _storing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kept = " (what was loaded is kept)" if error.errno in _FULL else ""
        raise StorageError(f"{target}: cannot be written ({error.strerror}){kept}; free space or set XDG_CACHE_HOME") from error


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Only one process at a time loads a file; the lock goes with the process."""
    if os.name == "nt":
        yield
        return
    import fcntl

    with target.with_name(f"{target.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(f"{target}: another process is loading it; wait for it") from None
        yield
