"""Checkouts in temporary folders: how the tests make them and drive them from outside."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smallest import edit

ROOT = Path(__file__).parents[2]
SOURCES = (
    *("params.yaml", "dvc.yaml", "data.dvc", "specs", "prompts", "src", "pinned", "bench/inference.yaml"),
    *(".gitignore", ".dvcignore", ".dvc/config", ".dvc/.gitignore"),
)
"""What a run reads of a checkout. The working tree is copied, not its last commit, so that what is edited is what is tested."""


@dataclass
class Workspace:
    """A checkout in a temporary folder, driven from outside by `dvc`, `git` and `reproduce`, without identity or network."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)

    def dvc(self, *arguments: str, fails: bool = False, **env: str) -> str:
        """What `dvc` prints. Fails the test unless it ends as expected."""
        return self.run(sys.executable, "-m", "dvc", *arguments, fails=fails, **env)

    def git(self, *arguments: str) -> str:
        """What `git` prints, with an identity for this one command."""
        return self.run("git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments)

    def run(self, *command: str, fails: bool = False, **env: str) -> str:
        """What a command prints, both streams. Fails the test unless it ends as expected."""
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment(**env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) == fails, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def environment(self, **env: str) -> dict[str, str]:
        """The environment of a command: `python` is this Python, `reproduce` is this workspace's."""
        inherited = {
            key: value for key, value in os.environ.items() if not key.startswith(("REPRODUCE_", "OPENAI_", "DVC_", "PYTEST_"))
        }
        return {
            **inherited,
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
            "PYTHONPATH": str(self.root / "src"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "DVC_SITE_CACHE_DIR": str(self.root.parent / "site"),
            "OMP_NUM_THREADS": "1",
            **env,
        }

    def edit(self, changes: Mapping[str, Any]) -> None:
        """Turn knobs of `params.yaml`."""
        edit(self.root / "params.yaml", changes)

    def artifacts(self) -> dict[str, bytes]:
        """Everything that the stages wrote, by path."""
        files = (path for top in ("build", "results") for path in sorted((self.root / top).rglob("*")))
        return {
            str(path.relative_to(self.root)): path.read_bytes() for path in files if path.is_file() and path.name != ".gitignore"
        }


def stages_run(output: str) -> set[str]:
    """The stages whose command DVC ran, from what it printed."""
    return set(re.findall(r"^Running stage '([^']+)':", output, flags=re.MULTILINE))


def checkout(root: Path, knobs: Mapping[str, Any]) -> Workspace:
    """A new git repository in `root` with the sources of this checkout and these knobs; nothing has run."""
    for name in SOURCES:
        source, target = ROOT / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(source, target)
    workspace = Workspace(root)
    workspace.edit(knobs)
    workspace.git("init", "--quiet")
    workspace.git("add", ".")
    workspace.git("commit", "--quiet", "-m", "Start")
    return workspace
