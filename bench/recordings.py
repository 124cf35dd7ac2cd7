"""Recordings: replay, commit, seal and import rates, and `kill -9` in the middle.

    python bench/recordings.py

Answers of 200 characters to requests of 2,500 characters. `replay` is the engine that stages use (key of the request included);
`replay, whole ladder` adds rendering and parsing. The store lies on the disk of the temporary folder (TMPDIR).
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "llm"))

from scripted import CHOICE, asked, asker, reply  # noqa: E402
from test_recordings import writer  # noqa: E402

from reproduce.llm.meter import Meter  # noqa: E402
from reproduce.llm.recorded import Replayed  # noqa: E402
from reproduce.llm.recordings import LOCAL, Recording, Recordings  # noqa: E402
from reproduce.llm.request import Asked  # noqa: E402
from reproduce.llm.segments import load_segments, seal  # noqa: E402

ANSWERS, REPEATS, KILLS = 100_000, 3, 10
SYSTEM = "You play one user of a recommender system and decide whether to interact with an item. " * 28


def main() -> None:
    print(f"{ANSWERS:,} answers: medians of {REPEATS} runs")
    print(f"{'what':<40}{'per second':>12}{'CPU us each':>13}")
    with tempfile.TemporaryDirectory() as folder:
        filled = fill(Path(folder))
        timed("replay", lambda run: asyncio.run(replay(filled)), ANSWERS)
        timed("replay, whole ladder (20,000)", lambda run: asyncio.run(through_the_ladder(Path(folder), run)), 20_000)
        timed("record, 64 at once (20,000)", lambda run: asyncio.run(record(Path(folder) / f"r{run}.sqlite")), 20_000)
        timed("import sealed segments", lambda run: load(Path(folder), run), ANSWERS)
    killed()


def timed(name: str, run: Callable[[int], tuple[float, float]], count: int) -> None:
    wall, cpu = (median(values) for values in zip(*(run(number) for number in range(REPEATS)), strict=True))
    print(f"{name:<40}{count / wall:>12,.0f}{cpu / count * 1e6:>13.1f}")


def question(number: int) -> Asked:
    return asked(f"{SYSTEM} {number}", "test/choose.v1")


def fill(folder: Path) -> Path:
    """A store with all answers, and the segments sealed from it."""
    path = folder / "answers.sqlite"
    store = Recordings(path)
    text = reply("CHOICE: A " + "x" * 190).model_dump_json()
    keys = (question(number).request.key for number in range(ANSWERS))
    store.add(Recording(bytes.fromhex(key), LOCAL, "m", "test/choose.v1", "{}", text, "2026-01-01") for key in keys)
    seal(store, folder / "recordings")
    store.close()
    return path


class Clock:
    """Wall and CPU seconds since it was made."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def spent(self) -> tuple[float, float]:
        return time.perf_counter() - self.wall, time.process_time() - self.cpu


async def replay(path: Path) -> tuple[float, float]:
    questions = [question(number) for number in range(ANSWERS)]
    engine = Replayed("openai", Recordings(path), Meter(), path.with_name("misses.jsonl"), None)
    clock = Clock()
    for each in questions:
        await engine.answer(each)
    return clock.spent()


async def through_the_ladder(folder: Path, run: int) -> tuple[float, float]:
    """Questions recorded once, then asked of the replaying engine through the ladder."""
    store = Recordings(folder / f"l{run}.sqlite")
    llm = asker(folder, Replayed("openai", store, Meter(), folder / "misses.jsonl", None))
    profiles = [f"{SYSTEM} {number}" for number in range(20_000)]
    keys = [llm.request(llm.prompts["test/choose"], {"profile": profile}).key for profile in profiles]
    text = reply("CHOICE: A").model_dump_json()
    store.add(Recording(bytes.fromhex(key), LOCAL, "m", "test/choose.v1", "{}", text, "2026-01-01") for key in keys)
    clock = Clock()
    for profile in profiles:
        await llm.ask(CHOICE, profile=profile)
    return clock.spent()


async def record(path: Path) -> tuple[float, float]:
    store = Recordings(path)
    numbers = iter(range(20_000))

    async def user() -> None:
        for number in numbers:
            each = question(number)
            await store.put(each, each.request.key, reply("CHOICE: A " + "x" * 190))

    clock = Clock()
    await asyncio.gather(*(user() for _ in range(64)))
    return clock.spent()


def load(folder: Path, run: int) -> tuple[float, float]:
    store = Recordings(folder / f"i{run}.sqlite")
    clock = Clock()
    load_segments(store, folder / "recordings")
    return clock.spent()


def killed() -> None:
    """Answers that were acknowledged and are not there after `kill -9`."""
    acknowledged = lost = 0
    with tempfile.TemporaryDirectory() as folder:
        for trial in range(KILLS):
            path = Path(folder) / f"{trial}.sqlite"
            process: subprocess.Popen[str] = writer(path, f"{trial}")
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(200 + 150 * trial)]
            os.kill(process.pid, signal.SIGKILL)
            lines += [line for line in process.stdout.readlines() if line.endswith("\n")]
            process.communicate()
            store = Recordings(path)
            acknowledged += len(lines)
            lost += sum(store.get(asked(f"{trial} {line.strip()}").request.key) is None for line in lines)
    print(f"\nkill -9, {KILLS} times: {acknowledged:,} answers acknowledged, {lost} lost")


if __name__ == "__main__":
    main()
