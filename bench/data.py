"""CPU seconds and peak memory of what prepares data, each measured as a whole process: `python bench/data.py [repeats]`.

ML-1M needs REPRODUCE_DATASETS with the copy that has ranks for times (`ml-1m-ranks`); from it a file in the official layout is
made in a temporary folder and read, too (`ml-1m layout`).
"""

from __future__ import annotations

import gzip
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent.parent
STAGE = "from reproduce.project import Project; from reproduce.stages.preprocess import run; run(Project.here(), 'ml-1m')"
TOWN = "from pathlib import Path; from reproduce.data.embedded import write; write(Path('.'))"
LOAD = (
    "from pathlib import Path; from reproduce.data.prepared import Dataset; "
    "Dataset.load(Path('build/rehearsal/data/ml-1m')).item(0)"
)
USAGE = (
    "import resource; used = resource.getrusage(resource.RUSAGE_SELF); "
    "import sys; print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)"
)


def measured(code: str, cwd: Path, environment: dict[str, str]) -> tuple[float, float]:
    """CPU seconds and peak MB of a fresh interpreter that runs `code`."""
    command = [sys.executable, "-c", f"{code}\n{USAGE}"]
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, check=True, capture_output=True, text=True)
    seconds, megabytes = done.stderr.split()[-2:]
    return float(seconds), float(megabytes)


def checkout(folder: Path, source: str) -> Path:
    """A folder with the project's specs and knobs, where `ml-1m` is read from `source`."""
    root = folder / source
    root.mkdir()
    shutil.copytree(HERE / "specs", root / "specs")
    knobs = yaml.safe_load((HERE / "params.yaml").read_text())
    knobs["mode"], knobs["rehearsal"]["sources"] = "rehearsal", {"ml-1m": source}
    (root / "params.yaml").write_text(yaml.safe_dump(knobs))
    return root


def official_layout(folder: Path, root: Path) -> dict[str, str]:
    """Write a `ratings.dat` with ranks for times and pin it in the checkout; returns the environment that finds it."""
    from reproduce.data.raw import checksum

    given, made = Path(os.environ["REPRODUCE_DATASETS"]) / "ml-1m", folder / "raw" / "ml-1m"
    made.mkdir(parents=True)
    for name in ("movies.dat", "users.dat"):
        shutil.copy(given / name, made)
    with gzip.open(given / "ratings_all_no_timestamp.csv.gz", "rt") as rows, (made / "ratings.dat").open("w") as out:
        next(rows)
        for row in rows:
            user, item, rating, rank = row.rstrip().split(",")
            out.write(f"{user}::{item}::{rating}::{956703932 + int(rank or 0)}\n")
    catalog = yaml.safe_load((root / "specs" / "datasets.yaml").read_text())
    catalog["sources"]["ml-1m"]["files"]["ratings"]["sha256"] = checksum(made / "ratings.dat")
    (root / "specs" / "datasets.yaml").write_text(yaml.safe_dump(catalog))
    return {"REPRODUCE_DATASETS": str(folder / "raw")}


def tasks(folder: Path) -> Iterator[tuple[str, str, Path, dict[str, str]]]:
    """What is measured: name, code, working directory, environment."""
    town = checkout(folder, "town")
    yield "generate and write the town", TOWN, town, {}
    yield "preprocess the town", STAGE, town, {}
    if "REPRODUCE_DATASETS" in os.environ:
        ranks, official = checkout(folder, "ml-1m-ranks"), checkout(folder, "ml-1m")
        yield "preprocess ML-1M (ml-1m-ranks, gzip)", STAGE, ranks, {}
        yield "preprocess ML-1M (ml-1m layout)", STAGE, official, official_layout(folder, official)
        yield "load prepared ML-1M", LOAD, official, {}


def main() -> None:
    """Print medians."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    table = Table("what", "CPU s", "peak MB", box=None)
    with tempfile.TemporaryDirectory() as temporary:
        for name, code, cwd, environment in tasks(Path(temporary)):
            runs = []
            for _ in range(repeats):
                if code == TOWN:
                    shutil.rmtree(cwd / "data", ignore_errors=True)
                runs.append(measured(code, cwd, environment))
            seconds, megabytes = (statistics.median(column) for column in zip(*runs, strict=True))
            table.add_row(name, f"{seconds:.2f}", f"{megabytes:.0f}")
    console = Console()
    console.print(f"python bench/data.py {repeats} (medians of {repeats})")
    console.print(table)


if __name__ == "__main__":
    main()
