"""How long `evaluate`, `headline` and `report` take, and how large the report is, on scripted runs in the format of `simulate`.

    python bench/results.py             # all runs of the paper at the size of the rehearsal: 60 users x 10 rounds
    python bench/results.py 1000        # two methods at the paper's size: 1,000 users x 4 recommenders x 3 strategies x 10 rounds

CPU seconds (user + system, start of Python apart) and peak memory of each stage, in a process of its own.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "scripted"))


def main(users: int | None) -> None:
    from scripted_paper import whole_project
    from scripted_runs import few, scripted_project

    from reproduce.project import Project
    from reproduce.stages import evaluate, headline, report

    with tempfile.TemporaryDirectory() as folder:
        stages = {"evaluate": lambda: evaluate.run(project, "dgdpo"), "report": lambda: report.run(project)}
        if users is None:
            project: Project = whole_project(Path(folder), users=60, rounds=10, samples=600)
            stages["headline"] = lambda: headline.run(project, "dgdpo")
        else:
            strategies = ("none", "without_gt", "with_gt")
            project = few(scripted_project(Path(folder), users=users, strategies=strategies, samples=1000))
        runs = [path for path in (project.build / "runs").rglob("*") if path.is_file()]
        size, count = sum(path.stat().st_size for path in runs), sum(path.name == "run.json" for path in runs)
        print(f"{users or 60:,} users, {count} runs of {size / 1e6:.0f} MB")
        print(f"{'stage':<12}{'CPU s':>8}{'peak MB':>10}")
        for name, stage in stages.items():
            seconds, memory = apart(stage)
            print(f"{name:<12}{seconds:>8.1f}{memory:>10.0f}")
        written = [path for path in project.results.rglob("*") if path.is_file()]
        page = sum(path.stat().st_size for path in written if "report" in path.relative_to(project.results).parts)
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
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
