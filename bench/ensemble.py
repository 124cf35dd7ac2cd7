"""One step of LUS's environment, alone and side by side, beside a plain transcription of its equations; memory; inference.

    python bench/ensemble.py                 # speed, embeddings, memory (a few minutes)
    python bench/ensemble.py speed           # one of them
    python bench/ensemble.py inference       # writes bench/inference.yaml, which the report reads

Histories have 45 real interactions and episodes ten steps, so that a history has 50 items in the middle of an episode; all items
are of one category, so that all 50 are compared: the worst case. Items have 12 keywords a side of 5,000. The click model is that
of the project with random weights, which cost as much as trained ones. The transcription (tests/scripted/plain_ensemble.py) uses
tables of pandas, scikit-learn's cosine and the click model's torch network, and is asked in the same process. Every line is a
process of its own.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "scripted"))

USERS, ITEMS, START, STEPS, SLOTS = 500, 10_000, 45, 10, 64
KEYWORDS, VOCABULARY = 12, 5_000
RUNS = 5
"""Inference is timed so often, each time in other episodes, and the fastest run stands."""


def main() -> None:
    if sys.argv[1:2] == ["alone"]:
        print(json.dumps(PARTS[sys.argv[2]](*map(int, sys.argv[3:]))))
        return
    os.environ |= {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}  # before numba is imported
    for name in sys.argv[1:] or ["speed", "memory"]:
        {"speed": speed, "memory": memory, "inference": inference}[name]()


def alone(part: str, *numbers: int, threads: int = 1) -> dict[str, float]:
    """What a part finds in a process of its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": str(threads)}
    command = [sys.executable, __file__, "alone", part, *map(str, numbers)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


# ---------------------------------------------------------------- what is measured


def made(items: int, dimensions: int):  # a Dataset and its Descriptions
    """Users who like seven of ten items; keywords and embeddings at random."""
    import tastes

    from reproduce.methods.ensemble.descriptions import Descriptions

    random = np.random.default_rng(0)
    histories = [
        [(int(item), int(random.random() < 0.7)) for item in random.choice(items, START + 2, replace=False)] for _ in range(USERS)
    ]
    data = tastes.dataset(histories, items)
    vocabulary = VOCABULARY * items // ITEMS
    sides = []
    for _ in range(2):
        drawn = random.integers(0, vocabulary, (items, KEYWORDS), dtype=np.int32)
        drawn.sort(1)
        kept = np.insert(drawn[:, 1:] > drawn[:, :-1], 0, True, axis=1)  # each once
        sides += [np.concatenate(([0], np.cumsum(kept.sum(1)))).astype(np.int32), drawn[kept]]
    vectors = [random.standard_normal((items, dimensions), dtype=np.float32) for _ in range(2)]
    one = np.arange(items + 1, dtype=np.int32), np.zeros(items, np.int32)
    words = tuple(f"keyword {k:06}" for k in range(vocabulary))
    return data, Descriptions(("all",), *one, words, *sides, *vectors)


def network(items: int):  # a ClickNetwork
    import torch

    from reproduce.responses.click_network import ClickNetwork

    torch.set_num_threads(1)
    torch.manual_seed(0)
    return ClickNetwork(USERS, items, 20)


def world(items: int, dimensions: int):  # a World, its click network, data and descriptions
    from reproduce.interaction.episodes import World
    from reproduce.methods.ensemble.simulator import Ensemble
    from reproduce.params import EnsembleKnobs, EpisodeKnobs
    from reproduce.responses.clicks import ClickModel

    (data, descriptions), clicks = made(items, dimensions), network(items)
    simulator = Ensemble(data, descriptions, ClickModel({}, clicks.state_dict(), {}), EnsembleKnobs())
    return World(data, simulator, EpisodeKnobs()), clicks, data, descriptions


def one_by_one(where, steps: int, clock: Callable[[], float] = time.perf_counter, seed: int = 1) -> list[float]:  # a World
    """Seconds of every step of one environment, without those before it is warm; actions are open ones."""
    from reproduce.interaction.env import EnsembleEnv

    env, random, found = EnsembleEnv(where, max_steps=STEPS), np.random.default_rng(seed), []
    env.reset(seed=seed)
    while len(found) < steps + 100:
        action = int(random.choice(np.flatnonzero(env.action_masks())))
        start = clock()
        _, _, terminated, truncated, _ = env.step(action)
        found.append(clock() - start)
        if terminated or truncated:
            env.reset()
    return found[100:]


def side_by_side(where, steps: int) -> tuple[float, float]:  # a World
    """Wall and CPU seconds of a step of one slot, with observations and new episodes."""
    from reproduce.interaction.episodes import Core

    core = Core(where, SLOTS, 1, max_steps=STEPS)
    actions = np.random.default_rng(2).integers(0, where.n_actions, (steps + 20, SLOTS))
    for number, chosen in enumerate(actions):
        if number == 20:
            wall, cpu = time.perf_counter(), time.process_time()
        core.step(chosen)
        core.observe()
        if core.ended.any():
            core.restart(np.flatnonzero(core.ended))
    return (time.perf_counter() - wall) / (steps * SLOTS), (time.process_time() - cpu) / (steps * SLOTS)


def plainly(where, clicks, data, descriptions, steps: int) -> tuple[list[float], list[float]]:
    """CPU seconds of the transcription, whole and without the click model; its answers must be those of the simulator."""
    import torch
    from plain_ensemble import Plain, log_of, table

    from reproduce.interaction.episodes import Core

    clicks = clicks.double().eval()

    def click(user: int, history, candidate: int) -> float:
        with torch.inference_mode():
            shown = torch.tensor(history["item"].to_numpy()[-20:].astype(np.int64))[None] + 1
            state = clicks.from_the_start(torch.tensor([user]), clicks.encoded(shown), torch.zeros(shown.shape))[:, -1]
            return float(torch.sigmoid(clicks.logits(state, clicks.encoded(torch.tensor([candidate + 1])))))

    import pandas as pd

    items, log = table(descriptions), log_of(data)
    plain, logic = Plain(items, log, click), Plain(items, log, lambda *_: 0.5)
    core, whole, part = Core(where, 1, 3, max_steps=STEPS), [], []
    random = np.random.default_rng(4)
    while len(whole) < steps:
        user, rows = int(core.user[0]), core.histories()
        n = int(rows.length[0])
        history = pd.DataFrame({"item": rows.items[0, :n].copy(), "label": rows.liked[0, :n].copy()})
        action, coins = int(random.choice(np.flatnonzero(core.masks()[0]))), core._coins()[0, :3]
        for model, seconds in ((logic, part), (plain, whole)):
            start = time.process_time()
            wanted = model.respond(user, history, n - START, action, coins)
            seconds.append(time.process_time() - start)
        said = core.step([action]).responses
        assert [said.votes[0].tolist(), said.coins[0].tolist(), int(said.liked[0])] == [
            wanted[name] for name in ("votes", "coins", "liked")
        ]
        assert np.allclose(said.scores[0], wanted["scores"], rtol=0, atol=1e-9)
        if core.ended[0]:
            core.restart([0])
    return whole, part


def steps_of(dimensions: int, seconds: int) -> dict[str, float]:
    """Medians of one size of embeddings."""
    where, clicks, data, descriptions = world(ITEMS, dimensions)
    single, alone_cpu = one_by_one(where, 1000 * seconds), one_by_one(where, 1000 * seconds, time.process_time, 2)
    wall, cpu = zip(*(side_by_side(where, 50) for _ in range(10 * seconds)), strict=True)
    whole, part = plainly(where, clicks, data, descriptions, 40)
    return {
        "single": float(np.median(single)),
        "slow": float(np.percentile(single, 95)),
        "single_cpu": float(np.median(alone_cpu)),
        "wall": float(np.median(wall)),
        "best": min(wall),
        "cpu": float(np.median(cpu)),
        "plain": float(np.median(whole)),
        "logic": float(np.median(part)),
    }


def resident(items: int, dimensions: int) -> dict[str, float]:
    """Peak MB of loading a corpus of that size and playing 64 episodes, without Python and its packages."""
    from reproduce.interaction.env import EnsembleEnv  # noqa: F401  # what is imported anyhow
    from reproduce.methods.ensemble.descriptions import Descriptions
    from reproduce.methods.ensemble.simulator import Ensemble
    from reproduce.params import EnsembleKnobs, EpisodeKnobs
    from reproduce.responses.clicks import ClickModel

    if dimensions < 0:  # written by another process, whose peak is its own
        data, descriptions = made(items, -dimensions)
        descriptions.save(Path(os.environ["BENCH_FOLDER"]))
        return {}
    from reproduce.interaction.episodes import World

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    data, _ = made(items, 1)
    simulator = Ensemble(
        data,
        Descriptions.load(Path(os.environ["BENCH_FOLDER"])),
        ClickModel({}, network(items).state_dict(), {}),
        EnsembleKnobs(),
    )
    where = World(data, simulator, EpisodeKnobs())
    wall, _ = side_by_side(where, 50)
    return {"before": before, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "wall": wall}


PARTS: dict[str, Callable[..., dict[str, float]]] = {"steps": steps_of, "resident": resident}


# ---------------------------------------------------------------- tables


def speed() -> None:
    table = Table(title=f"A step: {ITEMS:,} items, histories of 50, {SLOTS} slots", box=None)
    for name in (
        *("embedding", "threads", "one, us (95 %; CPU)", "side by side, steps/s (best run)", "per CPU s"),
        *("transcription, CPU ms (without clicks)", "ratio: one", "side by side"),
    ):
        table.add_column(name, justify="right")
    for dimensions, threads in ((64, 1), (768, 1), (64, 2), (768, 2)):
        found = alone("steps", dimensions, 2, threads=threads)
        table.add_row(
            *(str(dimensions), str(threads)),
            f"{1e6 * found['single']:.0f} ({1e6 * found['slow']:.0f}; {1e6 * found['single_cpu']:.0f})",
            *(f"{1 / found['wall']:,.0f} ({1 / found['best']:,.0f})", f"{1 / found['cpu']:,.0f}"),
            f"{1e3 * found['plain']:.1f} ({1e3 * found['logic']:.1f})",
            *(f"{found['plain'] / found['single_cpu']:,.0f}", f"{found['plain'] / found['cpu']:,.0f}"),
        )
    Console(width=160).print(table)


def memory() -> None:
    table = Table(title=f"Memory: {KEYWORDS} keywords a side, {SLOTS} slots", box=None)
    for name in ("items", "embedding", "peak MB", "of these before anything is loaded", "bytes per item", "steps/s"):
        table.add_column(name, justify="right")
    for items, dimensions in ((25_000, 768), (50_000, 768), (100_000, 768)):
        with tempfile.TemporaryDirectory(prefix="ensemble-") as folder:
            os.environ["BENCH_FOLDER"] = folder
            alone("resident", items, -dimensions)
            found = alone("resident", items, dimensions)
        grown = (found["peak"] - found["before"]) * 2**20 / items
        table.add_row(
            *(f"{items:,}", str(dimensions), f"{found['peak']:,.0f}", f"{found['before']:,.0f}", f"{grown:,.0f}"),
            f"{1 / found['wall']:,.0f}",
        )
    Console(width=140).print(table)


def inference() -> None:
    """Mean seconds of one step of every simulator behind the same environment (LUS, Table 6)."""
    from reproduce.interaction.episodes import World
    from reproduce.llm.background import Background
    from reproduce.methods.kuaisim.responding import KuaiSimResponding
    from reproduce.methods.suber import rehearsal
    from reproduce.methods.suber.simulator import Suber
    from reproduce.params import EpisodeKnobs, SuberKnobs
    from reproduce.project import Project
    from reproduce.responses.likes import LikeModel
    from reproduce.responses.material import feature_numbers
    from reproduce.responses.network import Network
    from reproduce.responses.settings import SMALL
    from reproduce.stages.llm import open_llm

    steps = 1000
    where, _, data, _ = world(ITEMS, 768)
    features = feature_numbers(data)
    size = SMALL.embedding_size
    likes = LikeModel(
        {"users": USERS, "training": {"longest": 20}, "embedding_size": size},
        Network(USERS, features, 20, size).state_dict(),
        {},
    )
    with Background() as background:
        llm = background.enter(open_llm(Project.here(ROOT), rehearsal.RULES))
        behind = {
            "ensemble": (where, "embeddings of 768 dimensions"),
            "kuaisim": (World(data, KuaiSimResponding(likes), EpisodeKnobs()), ""),
            "suber": (
                World(data, Suber(data, llm, SuberKnobs(), background), EpisodeKnobs()),
                "an embedded rule answers: what the environment and the prompts cost; a language model's time comes on top",
            ),
        }
        rows = {}
        for name, (each, note) in behind.items():
            seconds = min((one_by_one(each, steps, time.process_time, seed) for seed in range(RUNS)), key=sum)
            low, high = np.percentile(seconds, [5, 95])
            rows[name] = {"seconds": float(f"{np.mean(seconds):.3g}"), "low": float(f"{low:.3g}"), "high": float(f"{high:.3g}")}
            rows[name] |= {"note": note} if note else {}
    document = {
        "hardware": hardware(),
        "steps": steps,
        "note": f"{ITEMS:,} items, histories of {START} to {START + STEPS} items of one category; one process, one thread; CPU "
        f"time, which is wall-clock time where nothing else runs; fastest of {RUNS} runs; `python bench/ensemble.py inference`",
        "simulators": rows,
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=130)
    (ROOT / "bench" / "inference.yaml").write_text(text, encoding="utf-8")
    print(text)


def hardware() -> str:
    """The processor as the kernel names it."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    named = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    return f"{named}, {os.cpu_count()} logical cores, no GPU"


if __name__ == "__main__":
    main()
