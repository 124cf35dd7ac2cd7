"""Sealed segments: `recordings/<namespace>/<name>.jsonl.zst`, the form in which answers are shared and tracked by DVC.

A segment is immutable, sorted by key and named by the SHA-256 of its uncompressed rows (compressed bytes may change with the
library's version, names do not). Merging two collections is the union of their files. The namespace is the model's name.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reproduce.errors import DataError, MissingExtra, StorageError
from reproduce.llm.recordings import Recording, Recordings
from reproduce.llm.request import Answer
from reproduce.wording import shown

MOST_ROWS = 50_000
"""Rows of one segment."""
_SUFFIX = ".jsonl.zst"


def seal(store: Recordings, folder: Path, most_rows: int = MOST_ROWS) -> list[Path]:
    """Write all answers that are not in a segment yet into new segments below `folder`; their paths. Raises StorageError."""
    written: list[Path] = []
    local = list(store.rows())
    for model, rows in groupby(local, key=lambda row: row.model):
        while part := list(islice(rows, most_rows)):
            text = "".join(map(_line, part)).encode()
            path = folder / namespace(model) / f"{sha256(text).hexdigest()[:24]}{_SUFFIX}"
            _write(path, _zstd().ZstdCompressor(level=3, write_checksum=True).compress(text))
            store.sealed(part, _name(path))
            written.append(path)
    return written


def load_segments(store: Recordings, folder: Path) -> int:
    """Take all segments below `folder` that the store does not know into it; how many. Raises DataError for a damaged one."""
    known = store.segments()
    new = [path for path in _files(folder) if _name(path) not in known]
    for path in new:
        store.add(read_segment(path), _name(path))
    return len(new)


def read_segment(path: Path) -> list[Recording]:
    """The rows of one segment. Raises DataError when they are not those that its name promises."""
    zstd = _zstd()
    try:
        text = zstd.ZstdDecompressor().decompress(path.read_bytes())
    except OSError as error:
        raise DataError(f"{shown(path)}: cannot be read ({error.strerror})") from None
    except zstd.ZstdError as error:
        raise DataError(f"{shown(path)}: is damaged ({error}); fetch it again (`dvc pull recordings.dvc`)") from None
    if sha256(text).hexdigest()[:24] != _name(path):
        raise DataError(f"{shown(path)}: does not hold what its name says; fetch it again (`dvc pull recordings.dvc`)")
    return [_recording(path, number, line) for number, line in enumerate(text.decode().splitlines(), 1)]


@dataclass(frozen=True)
class Agreement:
    """How far segments agree where they answer the same request."""

    segments: int
    answers: int
    """Requests that are answered."""
    repeated: int
    """Requests that are answered by more than one segment."""
    disagreeing: int
    """Requests with different texts in different segments; the segment that comes first by name wins."""

    @property
    def rate(self) -> float:
        """Share of the repeated requests whose texts differ: how deterministic the model was."""
        return self.disagreeing / self.repeated if self.repeated else 0.0


def verify(folder: Path) -> Agreement:
    """Read every segment below `folder` and compare them. Raises DataError for a damaged one."""
    texts: defaultdict[bytes, list[str]] = defaultdict(list)
    files = _files(folder)
    for path in files:
        for row in read_segment(path):
            answer = Answer.model_validate_json(row.reply)
            texts[row.key].append(sha256(f"{answer.finish} {answer.text}".encode()).hexdigest())
    repeated = [found for found in texts.values() if len(found) > 1]
    return Agreement(len(files), len(texts), len(repeated), sum(len(set(found)) > 1 for found in repeated))


def namespace(model: str) -> str:
    """The folder of a model's segments: its name without what file names cannot hold."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", model).strip("._") or "model"


def _files(folder: Path) -> Sequence[Path]:
    """By name: the first one wins, in whatever namespace it lies."""
    return sorted(folder.glob(f"*/*{_SUFFIX}"), key=lambda path: path.name)


def _name(path: Path) -> str:
    return path.name.removesuffix(_SUFFIX)


def _line(row: Recording) -> str:
    found = {"key": row.key.hex(), "model": row.model, "prompt": row.prompt, "fields": json.loads(row.fields), "day": row.day}
    return json.dumps({**found, "reply": json.loads(row.reply)}, ensure_ascii=False, sort_keys=True) + "\n"


def _recording(path: Path, number: int, line: str) -> Recording:
    try:
        row: Any = json.loads(line)
        reply = Answer.model_validate(row["reply"]).model_dump_json()
        fields = json.dumps(row["fields"], sort_keys=True)
        return Recording(bytes.fromhex(row["key"]), _name(path), row["model"], row["prompt"], fields, reply, row["day"])
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise DataError(f"{shown(path)}:{number}: is no recording ({type(error).__name__}); take the file away") from None


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise StorageError(
            f"{shown(path)}: cannot be written ({error.strerror}); nothing is lost, free space and seal again"
        ) from error


def _zstd() -> Any:  # an optional package
    try:
        import zstandard
    except ImportError:
        raise MissingExtra("sealed recordings need `zstandard`: pip install 'reproduce[llm]'") from None
    return zstandard
