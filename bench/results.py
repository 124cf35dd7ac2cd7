"""How long `evaluate` and `report` take, and how large the report is, for a run of the paper's size.

    python bench/results.py             # 1,000 users x 4 recommenders x 3 strategies x 10 rounds, 2 methods
    python bench/results.py 100         # fewer users

CPU seconds (user + system) and peak memory of each stage, in a process of its own, on scripted runs in the format of `simulate`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "scripted"))


def main(users: int) -> None:
    from scripted_runs import scripted_project

    from reproduce.project import Project
    from reproduce.stages import evaluate, report

    with tempfile.TemporaryDirectory() as folder:
        project: Project = scripted_project(Path(folder), users=users, strategies=("none", "without_gt", "with_gt"), samples=1000)
        runs = sum(path.stat().st_size for path in (project.build / "runs").rglob("*") if path.is_file())
        print(f"{users:,} users, {runs / 1e6:.0f} MB of runs")
        print(f"{'stage':<12}{'CPU s':>8}{'peak MB':>10}")
        for name, stage in (("evaluate", lambda: evaluate.run(project, "dgdpo")), ("report", lambda: report.run(project))):
            seconds, memory = apart(stage)
            print(f"{name:<12}{seconds:>8.1f}{memory:>10.0f}")
        written = [path for path in project.results.rglob("*") if path.is_file()]
        page = sum(path.stat().st_size for path in written if "report" in path.parts)
        print(f"results {(project.results / 'dgdpo.json').stat().st_size / 1e6:.1f} MB, report {page / 1e6:.1f} MB")


def apart(stage) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """CPU seconds and peak memory (MB) of a stage in a forked process, its output thrown away."""
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        stage()
        os._exit(0)
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit("the stage failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
