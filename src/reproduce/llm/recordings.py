"""The working store of answers: one sqlite file that every answer is committed to before a method sees it.

A recording holds the request's key, the reply, usage, the model's own name and the day, never the prompt, so that nothing
licensed is shared with it. Hashes of the request's fields stand beside it: they tell why another request is not answered. The
file is local (ignored by git and DVC); what is shared are sealed segments (`segments.py`). Their answers win over local ones, and
the segment that comes first by name wins, so that all who have the same segments read the same answers.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from reproduce.errors import StorageError
from reproduce.llm.request import Answer, Asked

LOCAL = "~"
"""Segment of an answer that is not sealed; sorts behind the names of all segments."""
_VERSION = 1
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS answers (
    key BLOB NOT NULL, segment TEXT NOT NULL, model TEXT NOT NULL, prompt TEXT NOT NULL, fields TEXT NOT NULL,
    reply TEXT NOT NULL, day TEXT NOT NULL, UNIQUE (key, segment)
);
CREATE TABLE IF NOT EXISTS segments (name TEXT PRIMARY KEY);
PRAGMA user_version = {_VERSION};
"""
_PATIENCE = 60_000
"""Milliseconds to wait for another process that is writing."""
_GATHER = 0.002
"""Seconds in which answers are gathered for one commit."""


class Recording(NamedTuple):
    """One row of the store."""

    key: bytes
    segment: str
    model: str
    prompt: str
    """Id with version."""
    fields: str
    """JSON, see `fields`."""
    reply: str
    """JSON of an `Answer`."""
    day: str
    """ISO date of the call."""


class Recordings:
    """The answers of one checkout. Raises StorageError when the file cannot be used. Not for several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=_PATIENCE / 1000, isolation_level=None, cached_statements=32)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")  # a killed process loses nothing; a power cut may lose the last calls
            self._check_version()
            self._db.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error
        self._waiting: list[Recording] = []
        self._committed: asyncio.Future[bool] | None = None

    def get(self, key: str) -> Answer | None:
        """The answer that is recorded under a request's key: of the first segment that has one, else a local one."""
        sql = "SELECT reply FROM answers WHERE key = ? ORDER BY segment LIMIT 1"
        try:
            found = self._db.execute(sql, (bytes.fromhex(key),)).fetchone()
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        return Answer.model_validate_json(found[0]) if found else None

    async def put(self, asked: Asked, key: str, answer: Answer) -> Answer:
        """Record an answer; returns when it is committed, with what is now recorded under the key. Raises StorageError.

        Answers that arrive within two milliseconds share one commit. Where another process was first, its answer is returned, so
        that a later replay reads the same.
        """
        row = Recording(
            bytes.fromhex(key),
            LOCAL,
            asked.request.model,
            asked.prompt,
            json.dumps(fields(asked), sort_keys=True),
            answer.model_dump_json(),
            date.today().isoformat(),
        )
        self._waiting.append(row)
        if self._committed is None:
            loop = asyncio.get_running_loop()
            self._committed = loop.create_future()
            loop.call_later(_GATHER, self._commit)
        return answer if await asyncio.shield(self._committed) else self.get(key) or answer

    def add(self, rows: Iterable[Recording], segment: str | None = None) -> int:
        """Insert rows that are not there yet, and note that a segment is in; all or nothing. How many were new.

        Raises StorageError.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            new = self._db.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", rows).rowcount
            if segment:
                self._db.execute("INSERT OR IGNORE INTO segments VALUES (?)", (segment,))
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise self._unusable(error) from error
        return new

    def rows(self, segment: str = LOCAL) -> Iterator[Recording]:
        """The answers of one segment (default: those not sealed), sorted by model and key."""
        sql = "SELECT * FROM answers WHERE segment = ? ORDER BY model, key"
        return map(Recording._make, self._db.execute(sql, (segment,)))

    def recorded_for(self, prompt: str) -> Iterator[tuple[bytes, str, Mapping[str, object]]]:
        """Key, prompt id and fields of every request that was made with any version of a prompt."""
        sql = "SELECT DISTINCT key, prompt, fields FROM answers WHERE prompt LIKE ? || '.v%' ORDER BY key"
        for key, prompt_id, found in self._db.execute(sql, (prompt,)):
            yield key, prompt_id, json.loads(found)

    def mean_reply_tokens(self, prompt: str) -> float | None:
        """The mean length of the recorded replies to a prompt (id with version); None when there is none."""
        sql = "SELECT AVG(json_extract(reply, '$.usage.completion_tokens')) FROM answers WHERE prompt = ?"
        mean = self._db.execute(sql, (prompt,)).fetchone()[0]
        return None if mean is None else float(mean)

    def segments(self) -> frozenset[str]:
        """The names of all segments that were imported."""
        return frozenset(name for (name,) in self._db.execute("SELECT name FROM segments"))

    def sealed(self, rows: Iterable[Recording], segment: str) -> None:
        """Note that local answers now lie in a segment. Raises StorageError."""
        keys = [(row.key,) for row in rows]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                f"INSERT OR IGNORE INTO answers SELECT key, '{segment}', model, prompt, fields, reply, day"
                f" FROM answers WHERE key = ? AND segment = '{LOCAL}'",
                keys,
            )
            self._db.executemany(f"DELETE FROM answers WHERE key = ? AND segment = '{LOCAL}'", keys)
            self._db.execute("INSERT OR IGNORE INTO segments VALUES (?)", (segment,))
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise self._unusable(error) from error

    def count(self) -> int:
        """Number of requests that are answered."""
        return int(self._db.execute("SELECT COUNT(DISTINCT key) FROM answers").fetchone()[0])

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def _commit(self) -> None:
        rows, self._waiting = self._waiting, []
        done, self._committed = self._committed, None
        assert done is not None
        try:
            done.set_result(self.add(rows) == len(rows))
        except StorageError as error:
            done.set_exception(error)

    def _check_version(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise StorageError(f"{self.path}: was written by another version (format {version}, known: {_VERSION}); move it away")

    def _unusable(self, error: sqlite3.Error | OSError) -> StorageError:
        fact = str(error)
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            return StorageError(f"{self.path}: is no store of answers ({fact}); move it away, sealed answers are read again")
        return StorageError(
            f"{self.path}: answers cannot be kept ({fact}); free space or permit writing, then run again: "
            "what was answered so far is kept"
        )


def fields(asked: Asked) -> dict[str, object]:
    """What can make a request differ, by name: numbers and the model as they are, inputs as short hashes.

    Two requests that differ in none of these differ in the words of the prompt.
    """
    request = asked.request
    sampling = {f"sampling.{name}": value for name, value in request.sampling.model_dump(exclude_none=True).items()}
    inputs = {f"input {name}": _digest(value) for name, value in asked.inputs.items()}
    return {"model": request.model, **sampling, "draw": request.draw, **inputs, "turns": len(request.messages)}


def _digest(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return blake2b(text.encode(), digest_size=6).hexdigest()
