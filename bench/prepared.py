"""A data set of the size of Amazon Books: CPU seconds and peak memory to prepare, write and load it, and to use it.

    python bench/prepared.py

208,864 users, 241,725 items and 10.9 million power-law ratings, with descriptions of 600 characters; nothing of it is real. Every
step but the first runs in a process of its own, since the memory is that of the whole process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent.parent
MAKE = """
import sys
from pathlib import Path
import numpy as np
from reproduce.data import prepare
from reproduce.data.catalog import Protocol
from reproduce.data.log import About, InteractionLog, Rows
from reproduce.files import write_json
from reproduce.params import Data
users, items, rows, folder = 208_864, 241_725, 10_865_527, Path(sys.argv[1])
random = np.random.default_rng(1)
each = np.minimum(20 + random.pareto(1.5, users) * 16, 2_000).astype(int)
user = np.repeat(np.arange(users, dtype=np.int32), each)[:rows]
user = np.concatenate([user, random.integers(0, users, rows - len(user)).astype(np.int32)])
weights = np.cumsum(1 / (np.arange(items) + 40.0) ** 0.75)
item = np.searchsorted(weights, random.random(rows) * weights[-1]).astype(np.int32)
item[:items] = np.arange(items)
day = random.integers(10_000, 17_800, rows) * 86_400
names = [f"{number:010d}" for number in range(items)]
about = {name: About(f"Book {name}", None, ("Mystery", "Historical"), f"word {name} " * 38) for name in names}
read = Rows(user, item, random.integers(1, 6, rows).astype(np.float32), day, None, [f"A{n:013d}" for n in range(users)], names)
start = spent()
log = InteractionLog.build(read, about, {})
print("sort and number", spent() - start); start = spent()
prepared = prepare.prepare(log, Protocol(core=1, longest=50), Data())
print("core, splits, statistics", spent() - start); start = spent()
prepare.write(prepared, folder, 42)
print("write", spent() - start)
write_json(folder / "dataset.json", {"name": "books", "source": "made", "sha256": "0" * 64})
"""
USE = """
import sys
from pathlib import Path
from reproduce.data.negatives import negatives
from reproduce.data.prepared import Dataset
start = spent()
dataset = Dataset.load(Path(sys.argv[1]))
print("load", spent() - start); start = spent()
users = dataset.simulated(1000)
for user in users:
    dataset.train(user), dataset.valid(user), dataset.test(user)
print("the rows of 1,000 users", spent() - start); start = spent()
dataset.item(0)
print("what prompts show of all items", spent() - start); start = spent()
for user in users:
    for number in range(1, 11):
        negatives(dataset, 42, user, number, 19)
print("19 negatives for 10,000 rounds", spent() - start)
"""
HEAD = """
import resource, time
spent = time.process_time
"""
PEAK = "print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"


def main() -> None:
    """Print one line for each step."""
    table = Table("what", "CPU s", "peak MB of its process", box=None)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(HERE / "src")}
    with tempfile.TemporaryDirectory() as folder:
        for code in (MAKE, USE):
            command = [sys.executable, "-c", HEAD + code + PEAK, folder]
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            if done.returncode:
                sys.exit(done.stderr)
            *steps, peak = done.stdout.splitlines()
            for at, step in enumerate(steps):
                what, _, seconds = step.rpartition(" ")
                table.add_row(what, f"{float(seconds):.1f}", f"{float(peak.split()[1]):,.0f}" if at == len(steps) - 1 else "")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
