"""`nox -s repro` rebuilds every table, `nox -s tests` checks everything. One environment per Python, shared by all sessions.

The environments are made with virtualenv and filled with pip, which honour pip's configuration (mirrors, local wheels).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
VERSIONS = ("3.11", "3.10")
"""What the project runs on, the preferred one first (RecBole 1.2.1 requires a ray that has no wheel for 3.12)."""

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["tests"]


def interpreter(version: str) -> str | None:
    """The Python of this version on PATH, or the one that runs nox. One that does not start counts as absent (pyenv's shims)."""
    for candidate in (shutil.which(f"python{version}"), shutil.which("python3"), shutil.which("python"), sys.executable):
        if candidate is not None and _version(candidate) == version:
            return candidate
    return None


def _version(python: str) -> str:
    asked = subprocess.run(
        [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()


PYTHONS = {version: python for version in VERSIONS if (python := interpreter(version))}
if not PYTHONS:
    sys.exit(
        "no Python 3.10 or 3.11 on PATH, and newer ones cannot run RecBole: get one (`uv python install 3.11`, "
        "`pyenv install 3.11` or your system's package `python3.11`), put it on PATH and run nox again"
    )
BEST = next(iter(PYTHONS))


class Environment:
    """The environment of one Python with some extras of pyproject.toml; made and filled only when something changed."""

    def __init__(self, session: nox.Session, extras: str, version: str = BEST) -> None:
        self.session = session
        self.folder = ROOT / ".nox" / f"python-{version}"
        self.bin = self.folder / ("Scripts" if sys.platform == "win32" else "bin")
        if not self.bin.exists() or _version(str(self.bin / "python")) != version:
            session.run(sys.executable, "-m", "virtualenv", "-q", "-p", PYTHONS[version], str(self.folder), external=True)
        wanted = "".join((ROOT / name).read_text() for name in ("pyproject.toml", "constraints.txt"))
        stamp = self.folder / f"installed-{extras}.txt"
        if not stamp.exists() or stamp.read_text() != wanted:
            self.run("python", "-m", "pip", "install", "--constraint", "constraints.txt", "--editable", f".[{extras}]")
            stamp.write_text(wanted)

    def run(self, *command: str, **env: str) -> None:
        """Run a command of this environment at the root of the checkout; the session ends when it fails."""
        path = os.pathsep.join((str(self.bin), os.environ.get("PATH", "")))
        program, *arguments = command  # in full, since nox looks names up on its own PATH, which is the one of another Python
        self.session.run(
            str(self.bin / program), *arguments, env={"PATH": path, "VIRTUAL_ENV": str(self.folder), **env}, external=True
        )


@nox.session(venv_backend="none")
def repro(session: nox.Session) -> None:
    """Embedded data and each paper's headline; `-- all`: every table and figure. Other arguments go to `dvc repro`."""
    here = Environment(session, "run")
    if not (ROOT / ".git").exists():  # unpacked from an archive; not tracked, so a checkout never sees it
        (ROOT / ".dvc" / "config.local").write_text("[core]\n    no_scm = true\n")
    here.run("reproduce", "data")
    everything = session.posargs == ["all"]
    here.run("dvc", "repro", *([] if everything else session.posargs or ["headline"]))
    if everything or not session.posargs:
        here.run("reproduce", "show", *([] if everything else ["--headline"]))


@nox.session(venv_backend="none")
@nox.parametrize("version", [nox.param(version, id=version) for version in VERSIONS])
def tests(session: nox.Session, version: str) -> None:
    """Lint and types (once), then the tests on every Python. Arguments after `--` go to pytest."""
    if version not in PYTHONS:
        session.skip(f"NOT TESTED on Python {version}: no `python{version}` on PATH")
    here = Environment(session, "all", version)
    if version == BEST and not session.posargs:
        check_style(here)
        here.run("mypy")
    here.run("pytest", *(session.posargs or ["--numprocesses", "auto", "--dist", "loadgroup"]), OMP_NUM_THREADS="1")


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """Style, spelling, the arrows between packages, and generated files that are out of date."""
    check_style(Environment(session, "all"))


@nox.session(venv_backend="none")
def types(session: nox.Session) -> None:
    """Mypy, strict."""
    Environment(session, "all").run("mypy")


@nox.session(venv_backend="none")
def real(session: nox.Session) -> None:
    """Tests on real data, and each paper's line on real ratings. REPRODUCE_DATASETS names the folder with the raw files."""
    if not os.environ.get("REPRODUCE_DATASETS"):
        session.error("set REPRODUCE_DATASETS to the folder that holds ml-100k/ and ml-1m/ (`reproduce data fetch` gets them)")
    Environment(session, "all").run("pytest", "-m", "real or line", "-s", *session.posargs)


@nox.session(venv_backend="none")
def bench(session: nox.Session) -> None:
    """Every benchmark, or those named after `--`; each prints a table of medians."""
    here = Environment(session, "all")
    for name in session.posargs or sorted(path.stem for path in (ROOT / "bench").glob("[!_]*.py")):
        here.run("python", f"bench/{name}.py")


def check_style(here: Environment) -> None:
    """Ruff, codespell, import-linter, and whether schemas and index are fresh."""
    here.run("ruff", "check", ".")
    here.run("ruff", "format", "--check", ".")
    here.run("codespell")
    here.run("lint-imports")
    here.run("reproduce", "sync", "--check")
