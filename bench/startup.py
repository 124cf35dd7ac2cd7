"""How long the commands take that do no work: `reproduce validate`, `reproduce --help`, and `dvc repro` when nothing changed.

    python bench/startup.py             # median of 7 runs; dvc repro is left out where the pipeline has not been run

Wall and CPU seconds (user + system, child processes included). `validate` has to answer within a second, `dvc repro` with nothing
to do within 5 CPU seconds.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
RUNS = 7
COMMANDS = {
    "reproduce validate": ("reproduce", "validate"),
    "reproduce --help": ("reproduce", "--help"),
    "reproduce sync --check": ("reproduce", "sync", "--check"),
    "dvc repro, nothing to do": ("dvc", "repro"),
}


def main() -> None:
    print(f"{'command':<28}{'wall s':>8}{'CPU s':>8}   median of {RUNS}")
    for name, command in COMMANDS.items():
        if command[0] == "dvc" and not up_to_date():
            print(f"{name:<28}{'-':>8}{'-':>8}   run `dvc repro` first")
            continue
        times = [timed(command) for _ in range(RUNS)]
        wall, cpu = (median(values) for values in zip(*times, strict=True))
        print(f"{name:<28}{wall:>8.2f}{cpu:>8.2f}")


def timed(command: tuple[str, ...]) -> tuple[float, float]:
    """Wall and CPU seconds of one run. Raises CalledProcessError when it fails."""
    before, start = used(), time.perf_counter()
    subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True, capture_output=True, env=quiet())
    return time.perf_counter() - start, used() - before


def used() -> float:
    """CPU seconds of all finished child processes so far."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def up_to_date() -> bool:
    """Whether DVC would run nothing."""
    asked = subprocess.run([sys.executable, "-m", "dvc", "status", "-q"], cwd=ROOT, capture_output=True, check=False, env=quiet())
    return asked.returncode == 0


def quiet() -> dict[str, str]:
    """The environment without DVC's telemetry."""
    return {**os.environ, "DVC_NO_ANALYTICS": "1"}


if __name__ == "__main__":
    main()
