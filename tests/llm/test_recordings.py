"""The working store: nothing acknowledged is lost, whatever happens to the process or the disk."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from scripted import asked, reply

from reproduce.errors import StorageError
from reproduce.llm.recordings import LOCAL, Recording, Recordings, fields

WRITER = """
import asyncio, sys
sys.path.insert(0, {here!r})
from pathlib import Path
from scripted import asked, reply
from reproduce.errors import StorageError
from reproduce.llm.recordings import Recordings

async def one(store, at):
    question = asked(f"{{sys.argv[2]}} {{at}}")
    await store.put(question, question.request.key, reply("x" * {size}))
    print(at, flush=True)  # acknowledged

async def main():
    {before}
    store = Recordings(Path(sys.argv[1]))
    for first in range(0, {most}, 8):
        await asyncio.gather(*(one(store, at) for at in range(first, first + 8)))

try:
    asyncio.run(main())
except StorageError as error:
    print(error, file=sys.stderr)
"""


def writer(store: Path, name: str, most: int = 10**9, size: int = 500, before: str = "pass") -> subprocess.Popen[str]:
    """A process that records answers and says of each that it is acknowledged."""
    code = WRITER.format(here=str(Path(__file__).parent), most=most, size=size, before=before)
    command = [sys.executable, "-c", code, str(store), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def answered(store: Recordings, name: str, at: object) -> bool:
    return store.get(asked(f"{name} {at}").request.key) is not None


def test_what_was_put_is_got(tmp_path: Path) -> None:
    question = asked("a")

    async def record() -> None:
        store = Recordings(tmp_path / "deep" / "answers.sqlite")
        assert store.get(question.request.key) is None
        assert await store.put(question, question.request.key, reply("CHOICE: A")) == reply("CHOICE: A")
        store.close()

    asyncio.run(record())
    again = Recordings(tmp_path / "deep" / "answers.sqlite")
    assert again.get(question.request.key) == reply("CHOICE: A")
    assert again.count() == 1


def test_no_prompt_text_is_kept(tmp_path: Path) -> None:
    secret = "a licensed review"
    question = asked(secret, item={"title": secret})
    store = Recordings(tmp_path / "answers.sqlite")
    asyncio.run(store.put(question, question.request.key, reply("CHOICE: A")))
    (row,) = store.rows()
    assert secret not in "".join(map(str, row))
    assert json.loads(row.fields).keys() == {"model", "sampling.temperature", "draw", "input text", "input item", "turns"}


def test_fields_tell_requests_apart_without_their_words() -> None:
    one, other = fields(asked("a", item={"title": "Alien"})), fields(asked("a", item={"title": "Aliens"}))
    assert {name for name in one if one[name] != other[name]} == {"input item"}


def test_an_answer_is_seen_by_others_when_put_returns(tmp_path: Path) -> None:
    async def record() -> None:
        store = Recordings(tmp_path / "answers.sqlite")
        for at in range(20):
            question = asked(f"{at}")
            await store.put(question, question.request.key, reply("x"))
            with sqlite3.connect(tmp_path / "answers.sqlite") as other:
                assert other.execute("SELECT COUNT(*) FROM answers").fetchone() == (at + 1,)

    asyncio.run(record())


def test_the_first_answer_stays(tmp_path: Path) -> None:
    question = asked("a")

    async def record() -> None:
        one, other = Recordings(tmp_path / "answers.sqlite"), Recordings(tmp_path / "answers.sqlite")
        await one.put(question, question.request.key, reply("first"))
        assert await other.put(question, question.request.key, reply("second")) == reply("first")

    asyncio.run(record())


def test_a_sealed_answer_wins_over_a_local_one_and_the_first_segment_over_the_others(tmp_path: Path) -> None:
    store, question = Recordings(tmp_path / "answers.sqlite"), asked("a")

    def row(segment: str, text: str) -> Recording:
        key = bytes.fromhex(question.request.key)
        return Recording(key, segment, "m", "test/choose.v1", "{}", reply(text).model_dump_json(), "2026-01-01")

    seen = []
    for segment, text in ((LOCAL, "local"), ("b0", "later"), ("a9", "first")):
        store.add([row(segment, text)], segment)
        found = store.get(question.request.key)
        seen.append(found.text if found else None)
    assert seen == ["local", "later", "first"]


def test_kill_9_loses_no_acknowledged_answer(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    process = writer(path, "killed")
    assert process.stdout is not None
    acknowledged = [process.stdout.readline() for _ in range(400)]
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += process.stdout.readlines()
    process.communicate()
    whole = [line for line in acknowledged if line.endswith("\n")]
    store = Recordings(path)
    lost = [line for line in whole if not answered(store, "killed", line.strip())]
    assert len(whole) >= 400
    assert lost == []
    assert store.count() - len(whole) <= 16  # at most the commits on their way


def test_two_processes_record_at_once(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    writers = [writer(path, name, most=800) for name in ("one", "two")]
    for process in writers:
        assert process.communicate(timeout=120)[1] == ""
    assert Recordings(path).count() == 1600


def test_a_full_disk_is_told_in_one_line_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    Recordings(path).close()
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))"
    out, told = writer(path, "full", size=5000, before=limit).communicate(timeout=120)
    acknowledged = out.split()
    assert told.count("\n") == 1, told
    assert told.startswith(f"{path}: answers cannot be kept (")
    store = Recordings(path)
    assert len(acknowledged) >= 16
    assert all(answered(store, "full", at) for at in acknowledged)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="answers cannot be kept"):
        Recordings(tmp_path / "file" / "answers.sqlite")


@pytest.mark.parametrize("content", [b"long enough to be looked at " * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_another_file_is_no_store(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "answers.sqlite").write_bytes(content)
    with pytest.raises(StorageError, match=r"is no store of answers \(.*\); move it away"):
        Recordings(tmp_path / "answers.sqlite")


def test_a_store_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "answers.sqlite") as later:
        later.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageError, match="was written by another version"):
        Recordings(tmp_path / "answers.sqlite")
