"""Simulation with the heuristic engine: CPU seconds and peak memory by number of users, and where they go.

    python bench/simulate.py [--users 100,1000,10000] [--methods agent4rec,dgdpo] [--profile]

A generated town of as many people as the largest size is prepared and one recommender (SASRec, one epoch) is trained on it. Then
stage `simulate` runs for every method and size in a process of its own: ten rounds, one recommender, no update. The diagnosis
model is left out (`bench/diagnoser.py` times it): DGDPO asks the prompted LLM instead. Writes `simulate.svg` beside this file.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent.parent
RUN = "from reproduce.project import Project; from reproduce.stages import {stage}; {stage}.run(Project.here(), '{key}')"
PROFILE = (
    "import cProfile, pstats; watch = cProfile.Profile(); watch.enable(); {run}; watch.disable(); "
    "pstats.Stats(watch).sort_stats('tottime').print_stats(40)"
)
USAGE = (
    "\nimport resource, sys; used = resource.getrusage(resource.RUSAGE_SELF); "
    "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)"
)
SPEC = "kind: simulation\ndataset: ml-1m\nmethod: {{kind: {method}}}\nrecommenders: [sasrec]\nstrategies: [none]\n"


def measured(code: str, cwd: Path) -> tuple[float, float, str]:
    """CPU seconds, peak MB and output of a fresh interpreter that runs `code`."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(HERE / "src")}
    done = subprocess.run([sys.executable, "-c", code + USAGE], cwd=cwd, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    seconds, megabytes = done.stderr.split()[-2:]
    return float(seconds), float(megabytes), done.stdout


def checkout(root: Path, people: int, methods: list[str]) -> None:
    """The project's prompts and knobs with a town of so many people, prepared, and a recommender."""
    from reproduce.data.embedded import SEED, WORKS, World
    from reproduce.data.town.films import FILMS

    town = World(FILMS, SEED, people, WORKS)
    folder = root / "data" / "town" / "movielens"
    folder.mkdir(parents=True)
    catalog = yaml.safe_load((HERE / "specs" / "datasets.yaml").read_text())
    source = catalog["sources"]["town"]
    del source["tastes"]
    for role, rows in (("ratings", town.ratings()), ("movies", town.movies()), ("users", town.users())):
        content = "".join(rows).encode("latin-1")
        (folder / f"{role}.dat").write_bytes(content)
        source["files"][role]["sha256"] = hashlib.sha256(content).hexdigest()
    shutil.copytree(HERE / "prompts", root / "prompts")
    (root / "specs").mkdir()
    (root / "specs" / "datasets.yaml").write_text(yaml.safe_dump(catalog))
    for method in methods:
        (root / "specs" / "bench").mkdir(exist_ok=True)
        (root / "specs" / "bench" / f"{method}.yaml").write_text(SPEC.format(method=method))
    simulated(root, people)
    measured(RUN.format(stage="preprocess", key="ml-1m"), root)
    measured(RUN.format(stage="train", key="ml-1m/sasrec"), root)


def simulated(root: Path, users: int) -> None:
    """Let the next run simulate so many users."""
    knobs = yaml.safe_load((HERE / "params.yaml").read_text())
    knobs["mode"], knobs["rehearsal"]["users"], knobs["rehearsal"]["sources"] = "rehearsal", users, {"ml-1m": "town"}
    knobs["rehearsal"]["recommenders"]["epochs"] = 1
    (root / "params.yaml").write_text(yaml.safe_dump(knobs))


def figure(found: dict[str, list[tuple[int, float, float]]]) -> str:
    """Seconds by users, both on logarithmic axes, beside a line of slope one."""
    width, height, left, bottom = 560, 340, 60, 300
    lines = [each for rows in found.values() for each in rows]
    low_x, high_x = (math.log10(choose(users for users, _, _ in lines)) for choose in (min, max))
    low_y = math.floor(math.log10(min(seconds for _, seconds, _ in lines)))
    high_y = math.ceil(math.log10(max(seconds for _, seconds, _ in lines)))

    def place(users: float, seconds: float) -> tuple[float, float]:
        x = left + (math.log10(users) - low_x) / (high_x - low_x) * (width - left - 130)
        return round(x, 1), round(bottom - (math.log10(seconds) - low_y) / (high_y - low_y) * (bottom - 30), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{left}" y="16">CPU seconds of a run of 10 rounds, by users (log-log)</text>',
    ]
    for exponent in range(low_y, high_y + 1):
        _, y = place(10**low_x, 10.0**exponent)
        parts.append(f'<path d="M{left} {y}H{width - 130}" stroke="#ddd"/><text x="{left - 8}" y="{y + 4}" text-anchor="end">')
        parts.append(f"{10.0**exponent:g}</text>")
    for users in sorted({users for users, _, _ in lines}):
        x, _ = place(users, 10.0**low_y)
        parts.append(f'<path d="M{x} {bottom}v4" stroke="black"/><text x="{x}" y="{bottom + 18}" text-anchor="middle">')
        parts.append(f"{users:,}</text>")
    for (name, rows), dash in zip(found.items(), ("", "6 3", "2 2", "8 2 2 2", "1 3", "4 4"), strict=False):
        points = [place(users, seconds) for users, seconds, _ in rows]
        parts.append(f'<polyline points="{" ".join(f"{x},{y}" for x, y in points)}" fill="none" stroke="black"')
        parts.append(f' stroke-dasharray="{dash}" stroke-width="1.5"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="3"/>' for x, y in points]
        parts.append(f'<text x="{points[-1][0] + 8}" y="{points[-1][1] + 4}">{name}</text>')
        users, seconds, _ = rows[-1]
        ends = [place(each, seconds * each / users) for each in (rows[0][0], users) if seconds * each / users >= 10.0**low_y]
        if len(ends) == 2:
            parts.append(f'<path d="M{ends[0][0]} {ends[0][1]}L{ends[1][0]} {ends[1][1]}" stroke="#999"/>')
    parts.append(f'<text x="{width - 122}" y="{bottom}" fill="#777">grey: slope one</text></svg>')
    return "\n".join(parts) + "\n"


def main() -> None:
    """Measure, print and draw."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--users", default="100,300,1000,3000,10000")
    reader.add_argument("--methods", default="agent4rec,dgdpo")
    reader.add_argument("--profile", action="store_true", help="print where the time goes instead")
    given = reader.parse_args()
    sizes, methods = [int(users) for users in given.users.split(",")], given.methods.split(",")
    found: dict[str, list[tuple[int, float, float]]] = {method: [] for method in methods}
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        checkout(root, max(*sizes, 600), methods)
        for users in sizes:
            simulated(root, users)
            for method in methods:
                run = RUN.format(stage="simulate", key=f"bench/{method}")
                seconds, megabytes, said = measured(PROFILE.format(run=run) if given.profile else run, root)
                found[method].append((users, seconds, megabytes))
                if given.profile:
                    print(said)
    table = Table("users", *(f"{method}: {what}" for method in methods for what in ("CPU s", "peak MB", "ms a user")), box=None)
    for rows in zip(*found.values(), strict=True):
        cells = (cell for users, s, mb in rows for cell in (f"{s:.1f}", f"{mb:.0f}", f"{1000 * s / users:.1f}"))
        table.add_row(f"{rows[0][0]:,}", *cells)
    Console(width=130).print(table)
    if len(sizes) > 1:
        Path(os.environ.get("FIGURE", HERE / "bench" / "simulate.svg")).write_text(figure(found))


if __name__ == "__main__":
    main()
