"""Engines: calls per second and CPU per call, beside the ideal and beside the OpenAI package; the ladder; the local engine.

    python bench/engine.py                    # everything, about three minutes
    python bench/engine.py http ladder local

The server answers after 0.2 s from a process of its own. `ratio` is the rate over the ideal one (calls in flight / latency),
ramp-up and last wave included. CPU is user + system time of the client, per call.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "llm"))

from loopback import Server, serve  # noqa: E402
from scripted import CHOICE, asker  # noqa: E402

from reproduce.llm.engines.heuristic import Heuristic  # noqa: E402
from reproduce.llm.engines.openai import Limits, OpenAi  # noqa: E402
from reproduce.llm.meter import Meter  # noqa: E402
from reproduce.llm.recorded import Recorded  # noqa: E402
from reproduce.llm.recordings import Recordings  # noqa: E402
from reproduce.llm.request import Asked, Engine, Message, Request, Sampling  # noqa: E402

FLYING, LATENCY, CALLS, REPEATS = 64, 0.2, 6400, 3
SYSTEM = "You play one user of a recommender system and decide whether to interact with an item. " * 28  # 2,500 characters


def main() -> None:
    parts = {"http": http, "ladder": ladder, "local": local}
    for name in sys.argv[1:] or parts:
        parts[name]()


def asked(number: int) -> Asked:
    messages = (Message(role="system", content=SYSTEM), Message(role="user", content=f"Item {number}"))
    return Asked("bench/decide.v1", {"profile": SYSTEM, "item": number}, Request(model="m", messages=messages))


def http() -> None:
    """64 calls of 0.2 s in flight."""
    print(f"\n{FLYING} calls of {LATENCY} s in flight, 2,500 characters each: medians of {REPEATS} runs")
    print(f"{'client':<44}{'calls':>7}{'calls/s':>9}{'ratio':>7}{'CPU ms/call':>13}")
    with serve() as server, tempfile.TemporaryDirectory() as folder:
        clients: list[tuple[str, int, Callable[[int], Client]]] = [
            ("engine openai", CALLS, lambda _: Ours(server)),
            ("engine openai, every answer recorded", CALLS, lambda run: Ours(server, Path(folder) / f"{run}.sqlite")),
            ("openai package (AsyncOpenAI), not recorded", 1600, lambda _: Sdk(server)),
        ]
        for name, calls, make in clients:
            runs = [asyncio.run(rate(server, make(run), calls)) for run in range(REPEATS)]
            print(row(name, calls, runs))


def row(name: str, calls: int, runs: list[tuple[float, float]]) -> str:
    rate, cpu = (median(values) for values in zip(*runs, strict=True))
    return f"{name:<44}{calls:>7}{rate:>9.0f}{rate * LATENCY / FLYING:>7.2f}{cpu * 1e3:>13.2f}"


class Ours:
    """The engine of this project."""

    def __init__(self, server: Server, store: Path | None = None) -> None:
        meter = Meter()
        inner = OpenAi([server.url], "sk", Limits(30.0, 6, FLYING), meter, probing=False)
        self.engine: Engine = Recorded(inner, Recordings(store), meter) if store else inner

    async def call(self, number: int) -> None:
        await self.engine.answer(asked(number))

    async def close(self) -> None:
        await self.engine.close()


class Sdk:
    """The OpenAI package."""

    def __init__(self, server: Server) -> None:
        from openai import AsyncOpenAI

        self.client = AsyncOpenAI(base_url=server.url, api_key="sk")

    async def call(self, number: int) -> None:
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": f"Item {number}"}]
        await self.client.chat.completions.create(model="m", messages=messages, temperature=0)  # type: ignore[arg-type]

    async def close(self) -> None:
        await self.client.close()


Client = Ours | Sdk


async def rate(server: Server, client: Client, calls: int) -> tuple[float, float]:
    """Calls per second, and CPU seconds per call."""
    server.script(latency=LATENCY)
    numbers = iter(range(calls))

    async def user() -> None:
        for number in numbers:
            await client.call(number)

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(user() for _ in range(FLYING)))
    spent = time.perf_counter() - wall, time.process_time() - cpu
    await client.close()
    return calls / spent[0], spent[1] / calls


def ladder() -> None:
    """Render, key, rule, parse, count: what a question costs beside the model."""
    print(f"\nOne question with the heuristic engine, 20,000 questions: medians of {REPEATS} runs")
    print(f"{'error rate':<12}{'CPU us/question':>16}")
    with tempfile.TemporaryDirectory() as folder:
        for error_rate in (0.0, 0.01, 0.5):
            engine = Heuristic({"test/choose": lambda inputs, random: "CHOICE: A"}, error_rate, 42)
            runs = [asyncio.run(questions(asker(Path(folder), engine).ask, 20_000)) for _ in range(REPEATS)]
            print(f"{error_rate:<12}{median(runs) * 1e6:>16.0f}")


async def questions(ask: Callable[..., Awaitable[object]], count: int) -> float:
    cpu = time.process_time()
    for number in range(count):
        await ask(CHOICE, profile=f"{SYSTEM[:1500]} {number}")
    return (time.process_time() - cpu) / count


def local() -> None:
    """What it gains to compute a shared system message once (CPU, one thread)."""
    import torch
    from tiny_checkpoint import TEXTS

    from reproduce.llm.engines.local import Local
    from reproduce.training import checkpoint
    from reproduce.training.tiny import Shape, build

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        made = build(TEXTS, 7, shape=Shape(vocabulary=400, hidden=256, intermediate=768, layers=6, heads=4, positions=4096))
        checkpoint.save(made, Path(folder))
        size = sum(weights.numel() for weights in made.model.parameters())
        print(
            f"\nEngine local, a Qwen3 of {size / 1e6:.1f} M weights, 40 requests of 16 tokens, one thread: medians of {REPEATS}"
        )
        print(f"{'system message':<26}{'tokens/prompt':>14}{'CPU s/request':>15}")
        for name, shared in (("one for all", True), ("one for each", False)):
            runs = [asyncio.run(written(Local(folder), shared)) for _ in range(REPEATS)]
            print(f"{name:<26}{runs[0][1]:>14.0f}{median(run[0] for run in runs):>15.3f}")


async def written(engine: Engine, shared: bool) -> tuple[float, float]:
    async def one(number: int) -> int:
        system = SYSTEM[:1500] if shared else f"{number} {SYSTEM[:1500]}"
        messages = (Message(role="system", content=system), Message(role="user", content=f"Item {number}"))
        request = Request(model="m", messages=messages, sampling=Sampling(max_tokens=16))
        return (await engine.answer(Asked("bench/decide.v1", {}, request))).usage.prompt_tokens

    await one(-1)  # loads the model
    cpu = time.process_time()
    tokens = [await one(number) for number in range(40)]
    spent = time.process_time() - cpu
    await engine.close()
    return spent / 40, sum(tokens) / 40


if __name__ == "__main__":
    main()
