"""Thirty million ratings through preprocessing, beside established ways on the same file: `python bench/scale.py [rows] [file]`.

Without a file one is written first (`amazon.py`; a minute and a half and 1 GB for 30 million rows). Every line of the table is a
process of its own, CPU seconds are user + system of all its threads. RecBole reads a tenth of the rows, from its own format.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import amazon
import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent.parent
ROWS = 30_000_000
SHARE = 10
"""RecBole reads one row in so many."""

STAGE = """
import time, json
from reproduce.data import log, prepare, raw, sources, texts
from reproduce.data.sources import amazon
from reproduce.project import Project
from reproduce.stages import preprocess
spent = {}
def timed(owner, name, what):
    inner = getattr(owner, name)
    def outer(*given, **named):
        start = time.process_time()
        try:
            return inner(*given, **named)
        finally:
            spent[what] = spent.get(what, 0) + time.process_time() - start
    setattr(owner, name, staticmethod(outer) if name == "build" else outer)
timed(raw, "checksum", "checksum")
timed(amazon, "reviews", "read (unpack, parse, number)")
timed(log.Rows, "within", "core of all rows, repeated pairs")
timed(amazon, "metadata", "metadata")
timed(log.InteractionLog, "build", "sort what is left")
timed(prepare, "prepare", "core, splits, statistics")
timed(texts, "of_first", "texts of the first users, in a second pass with its checksum")
timed(prepare, "write", "write")
preprocess.run(Project.here(), "books")
print(json.dumps(spent))
"""
PARSE = """
import gzip, json, sys
names, rows = ("reviewerID", "asin", "overall", "unixReviewTime"), []
with gzip.open(sys.argv[1]) as file:
    for at, line in enumerate(file):
        if at == int(sys.argv[2]):
            break
        row = json.loads(line)
        rows.append([row[name] for name in names])
"""
PANDAS = """
import numpy as np, pandas as pd, sys
given = np.load(sys.argv[1])
table = pd.DataFrame({name: given[name] for name in ("user", "item", "rating", "time")})
table = table.drop_duplicates(["user", "item"])
while True:
    before = len(table)
    table = table.groupby("user").filter(lambda rows: len(rows) >= 20) if sys.argv[2] == "filter" else table[
        table.groupby("user")["item"].transform("size") >= 20
    ]
    table = table.groupby("item").filter(lambda rows: len(rows) >= 20) if sys.argv[2] == "filter" else table[
        table.groupby("item")["user"].transform("size") >= 20
    ]
    if len(table) == before:
        break
table = table.sort_values(["user", "time"], kind="stable")
place = table.groupby("user").cumcount(ascending=False)
train = table[(place > 10) & (place < 50)]
train.groupby("item")["rating"].agg(["count", "mean"])
print(len(table))
"""
RECBOLE = """
import sys, warnings
warnings.simplefilter("ignore")
from reproduce.recommenders import compat
from recbole.config import Config
from recbole.data import create_dataset
options = {
    "data_path": sys.argv[1], "state": "ERROR", "load_col": {"inter": ["user_id", "item_id", "rating", "timestamp"]},
    "user_inter_num_interval": "[20,inf)", "item_inter_num_interval": "[20,inf)", "rm_dup_inter": "first", "use_gpu": False,
    "checkpoint_dir": sys.argv[1],
}
data = create_dataset(Config(model="Pop", dataset="tenth", config_dict=options))
print(data.inter_num)
"""
USAGE = (
    "\nimport resource, sys; used = resource.getrusage(resource.RUSAGE_SELF); "
    "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)"
)


def measured(code: str, *arguments: str, cwd: Path = HERE, **environment: str) -> tuple[float, float, list[str]]:
    """CPU seconds, peak MB and lines of output of a fresh interpreter that runs `code`."""
    command = [sys.executable, "-c", code + USAGE, *arguments]
    threads = {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(HERE / "src")}
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **threads, **environment}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    seconds, megabytes = done.stderr.split()[-2:]
    return float(seconds), float(megabytes), done.stdout.splitlines()


def checkout(folder: Path, file: Path) -> Path:
    """A folder with the project's specs and knobs, where `books` is read from the file."""
    from reproduce.data.raw import checksum

    root, raw = folder / "checkout", folder / "raw" / "amazon-2018-books"
    raw.mkdir(parents=True)
    (raw / "Books_5.json.gz").symlink_to(file.resolve())
    shutil.copytree(HERE / "specs", root / "specs")
    knobs = yaml.safe_load((HERE / "params.yaml").read_text())
    knobs["mode"], knobs["rehearsal"]["sources"] = "rehearsal", {"books": "amazon-books-2018"}
    (root / "params.yaml").write_text(yaml.safe_dump(knobs))
    catalog = yaml.safe_load((HERE / "specs" / "datasets.yaml").read_text())
    files = catalog["sources"]["amazon-books-2018"]["files"]
    files["reviews"]["sha256"] = checksum(file)
    del files["meta"]
    (root / "specs" / "datasets.yaml").write_text(yaml.safe_dump(catalog))
    return root


def atomic(folder: Path, user: np.ndarray, item: np.ndarray, rating: np.ndarray, time: np.ndarray) -> Path:
    """RecBole's own format: a table with typed columns."""
    (folder / "tenth").mkdir()
    rows = np.column_stack((user, item, rating, time))
    header = "user_id:token\titem_id:token\trating:float\ttimestamp:float"
    np.savetxt(folder / "tenth" / "tenth.inter", rows, fmt="%d", delimiter="\t", header=header, comments="")
    return folder


def ways(folder: Path, file: Path, n: int) -> Iterator[tuple[str, float, float, str]]:
    """What is measured: name, CPU seconds, peak MB, what is left."""
    root = checkout(folder, file)
    seconds, megabytes, said = measured(STAGE, cwd=root, REPRODUCE_DATASETS=str(folder / "raw"))
    spent = json.loads(said[-1])
    left = json.loads((root / "build" / "rehearsal" / "data" / "books" / "report.json").read_text())["counts"]["core"]
    yield f"stage preprocess, {n:,} rows, from the gzipped JSON lines", seconds, megabytes, f"{left['interactions']:,}"
    for what, part in spent.items():
        yield f"  {what}", part, 0, ""
    few = n // SHARE
    seconds, megabytes, _ = measured(PARSE, str(file), str(few))
    yield f"gzip and json.loads row by row, {few:,} rows, four columns", seconds, megabytes, ""
    columns = dict(zip(("user", "item", "rating", "time"), amazon.draw(n), strict=True))
    np.savez(folder / "all.npz", **columns)
    seconds, megabytes, said = measured(PANDAS, str(folder / "all.npz"), "transform")
    yield f"pandas, groupby.transform, {n:,} rows, integer columns in memory", seconds, megabytes, f"{int(said[-1]):,}"
    tenth = amazon.draw(few)
    np.savez(folder / "tenth.npz", **dict(zip(columns, tenth, strict=True)))
    seconds, megabytes, said = measured(PANDAS, str(folder / "tenth.npz"), "filter")
    yield f"pandas, groupby.filter, {few:,} rows, integer columns in memory", seconds, megabytes, f"{int(said[-1]):,}"
    seconds, megabytes, said = measured(RECBOLE, str(atomic(folder, *tenth)))
    yield f"RecBole's loader with the same core, {few:,} rows, its own format", seconds, megabytes, f"{int(said[-1]):,}"


def main() -> None:
    """Print one line for each way."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    table = Table("what", "CPU s", "peak MB", "rows left", box=None)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        file = Path(sys.argv[2]) if len(sys.argv) > 2 else folder / "reviews.json.gz"
        if not file.is_file():
            amazon.write(file, n)
        for name, seconds, megabytes, left in ways(folder, file, n):
            table.add_row(name, f"{seconds:.1f}", f"{megabytes:,.0f}" if megabytes else "", left)
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
