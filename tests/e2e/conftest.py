"""A workspace in which the smallest rehearsal has run: made once, copied for every test that changes it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from smallest import SMALLEST
from workspaces import Workspace, checkout


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """DGDPO's headline of the smallest rehearsal, run and committed. Not to be changed: take `workspace` for that."""
    workspace = checkout(tmp_path_factory.mktemp("built") / "checkout", SMALLEST)
    workspace.run(sys.executable, "-m", "reproduce", "data")
    workspace.dvc("repro", "headline@dgdpo")
    workspace.git("add", ".")
    workspace.git("commit", "--quiet", "-m", "Run the smallest rehearsal")
    return workspace


@pytest.fixture
def workspace(built: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the smallest rehearsal, results and DVC's cache included."""
    shutil.copytree(built.root, tmp_path / "checkout", symlinks=True)
    return Workspace(tmp_path / "checkout")
