"""Writing and reading artifacts: whole files, byte-deterministic, replaced atomically."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from reproduce.errors import MissingInput, StorageError
from reproduce.wording import shown


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """A text file that takes the place of `path` when the block ends well; raises StorageError when it cannot be written."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        draft.replace(path)
    except OSError as error:
        reason = f"cannot be written ({error.strerror}); free space or permit writing, then run again"
        raise StorageError(f"{shown(path)}: {reason}") from error
    finally:
        with suppress(OSError):  # its folder may not even be one
            draft.unlink(missing_ok=True)


def dumps(value: object) -> str:
    """One line of JSON with sorted keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(", ", ": "), allow_nan=False)


def write_json(path: Path, value: object) -> None:
    """Write one indented JSON document with sorted keys."""
    with replacing(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False) + "\n")


def write_jsonl(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write one JSON object per line, in the order given."""
    with replacing(path) as file:
        file.writelines(dumps(row) + "\n" for row in rows)


def read_json(path: Path) -> Any:  # JSON has no static type
    """The JSON document in `path`; raises MissingInput when an earlier stage has not written it."""
    return json.loads(_text(path))


def read_jsonl(path: Path) -> list[dict[str, Any]]:  # JSON has no static type
    """The rows of a JSON-lines file; raises MissingInput when an earlier stage has not written it."""
    return list(each_row(path))


def each_row(path: Path) -> Iterator[dict[str, Any]]:  # as above
    """The same one after the other, for files of which a part is kept."""
    try:
        with path.open(encoding="utf-8", newline="\n") as file:  # a text may hold U+2028 or U+0085, where `splitlines` cuts
            yield from (json.loads(line) for line in file if line != "\n")
    except FileNotFoundError:
        raise MissingInput(f"{shown(path)}: is not there; `dvc repro` builds it") from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MissingInput(f"{shown(path)}: is not there; `dvc repro` builds it") from None


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
