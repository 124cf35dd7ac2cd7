"""What this machine has and lacks: one line per thing, with the remedy where something is missing."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Literal

from reproduce.errors import EngineError, MissingExtra
from reproduce.project import Project

if TYPE_CHECKING:
    from rich.console import Console

    from reproduce.llm.engines.abilities import Abilities

State = Literal["ok", "note", "missing"]
COLOURS: dict[State, str] = {"ok": "green", "note": "yellow", "missing": "red"}

LEARNERS = ("gymnasium", "numba", "stable-baselines3", "sb3-contrib")
EXTRAS = {
    "dvc": ("dvc",),
    "llm": ("aiohttp", "openai", "zstandard"),
    "report": ("matplotlib",),
    "train": ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "recbole", "scikit-learn", *LEARNERS),
}
"""Packages by the extra of pyproject.toml that installs them."""
_DISK = 5
"""Gigabytes: the environment takes two, models and recordings of the paper mode the rest."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: State
    said: str


def remedy(module: str) -> str | None:
    """One line about a module that cannot be imported, when an extra installs it."""
    names = {"sklearn": "scikit-learn", "stable_baselines3": "stable-baselines3", "sb3_contrib": "sb3-contrib"}
    package = names.get(module.split(".")[0], module.split(".")[0])
    extra = next((extra for extra, names in EXTRAS.items() if package in names), None)
    return f"{package}: is not installed; {_install(extra)}" if extra else None


def _install(extra: str) -> str:
    return f"pip install -c constraints.txt -e '.[{extra}]'"


def examine(project: Project, probe: bool = False, console: Console | None = None) -> None:
    """Print every finding. Raises MissingExtra when `dvc repro` cannot run here, after all are printed."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    found = [*findings(project), *([endpoint(project)] if probe else [])]
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in found:
        table.add_row(finding.what, f"[{COLOURS[finding.state]}]{finding.state}", escape(finding.said))
    (console or Console()).print(table)
    if missing := [finding for finding in found if finding.state == "missing"]:
        raise MissingExtra(f"{missing[0].what}: {missing[0].said}")


def findings(project: Project) -> Iterator[Finding]:
    """Everything that can be looked at without asking a server."""
    yield _python()
    for extra, names in EXTRAS.items():
        yield _packages(extra, names)
    yield _threads()
    free = shutil.disk_usage(project.root).free / 1e9
    yield Finding(
        "disk", "ok" if free >= _DISK else "note", f"{free:.0f} GB free" + (f", {_DISK} are advised" if free < _DISK else "")
    )
    yield from _dvc(project)
    yield _browser()
    yield _specs(project)
    yield _llm(project)


def _python() -> Finding:
    good = (3, 10) <= sys.version_info[:2] < (3, 12)
    said = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding("Python", "ok" if good else "missing", said if good else f"{said}; 3.10 or 3.11 is needed (RecBole)")


def _packages(extra: str, names: tuple[str, ...]) -> Finding:
    found, absent = [], []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            absent.append(name)
    if absent:
        return Finding(f"extra {extra}", "missing", f"no {', '.join(absent)}: {_install(extra)}")
    return Finding(f"extra {extra}", "ok", ", ".join(found))


def _threads() -> Finding:
    wanted, cores = os.environ.get("OMP_NUM_THREADS"), os.cpu_count()
    return Finding(
        "threads", "ok", f"{wanted or 'all'} of {cores} cores for training" + ("" if wanted else " (OMP_NUM_THREADS limits them)")
    )


def _dvc(project: Project) -> Iterator[Finding]:
    if not (project.root / ".dvc").is_dir():
        yield Finding("DVC", "missing", "no `.dvc` folder: clone the repository, an archive of it will not do")
        return
    try:
        remotes = subprocess.run(
            [sys.executable, "-m", "dvc", "remote", "list"], cwd=project.root, capture_output=True, text=True, check=False
        )
    except OSError as error:
        yield Finding("DVC", "missing", f"cannot be run ({error.strerror})")
        return
    names = [line.split()[0] for line in remotes.stdout.splitlines() if line.strip()]
    said = f"remotes: {', '.join(names)}" if names else "no remote; `dvc remote add -d --local shared <url>` to share artifacts"
    yield Finding("DVC", "ok" if names else "note", said)


def _browser() -> Finding:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    return Finding("browser", "ok" if found else "note", found or "no Chromium; only the tests of the report need one")


def _specs(project: Project) -> Finding:
    from reproduce import validation

    problems = validation.problems(project.root)
    return Finding("specs", "note" if problems else "ok", str(problems[0]) if problems else "valid (`reproduce validate`)")


def _llm(project: Project) -> Finding:
    llm = project.params.here.llm
    said = f"engine {llm.engine}, model {llm.model}"
    if llm.engine != "openai":
        return Finding("LLM", "ok", said)
    live = (
        "calls go out" if os.environ.get("REPRODUCE_LIVE") == "1" else "recorded answers only (REPRODUCE_LIVE=1 to ask the model)"
    )
    key = "" if os.environ.get("OPENAI_API_KEY") or llm.base_url else "; no OPENAI_API_KEY"
    return Finding("LLM", "note" if key else "ok", f"{said}, {live}{key}")


def endpoint(project: Project) -> Finding:
    """Asks the endpoint a handful of very short questions."""
    llm = project.params.here.llm
    if llm.engine != "openai":
        return Finding("endpoint", "note", f"engine {llm.engine} of mode {project.params.mode} asks none")
    try:
        seen = asyncio.run(_abilities(project))
    except EngineError as error:
        return Finding("endpoint", "missing", str(error))
    able = {
        "takes temperature 0": seen.temperature_zero,
        "repeats itself": seen.repeats,
        "gives log-probabilities": seen.logprobs,
        "obeys a schema": seen.schema,
    }
    said = ", ".join(f"{what}: {'cannot tell' if can is None else 'yes' if can else 'no'}" for what, can in able.items())
    return Finding("endpoint", "ok" if seen.temperature_zero else "note", said)


async def _abilities(project: Project) -> Abilities:
    from reproduce.llm.meter import Meter
    from reproduce.stages.llm import endpoint as open_endpoint

    engine = open_endpoint(project, Meter())
    try:
        return await engine.examine(project.params.here.llm.model)
    finally:
        await engine.close()
