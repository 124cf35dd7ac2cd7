"""DVC for real: what reruns, what does not, and what a clone gets. Every test works on a copy of one smallest rehearsal."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from workspaces import Workspace, stages_run

pytestmark = pytest.mark.xdist_group("e2e")  # one worker, so that the rehearsal is built once

DOWNSTREAM = {"headline@dgdpo"}
HEADLINE = ("repro", "headline@dgdpo")


def test_every_stage_leaves_what_dvc_yaml_says(built):
    assert built.dvc("status", "--with-deps", "headline@dgdpo").strip() == "Data and pipelines are up to date."


def test_a_second_repro_runs_nothing(built):
    assert stages_run(built.dvc(*HEADLINE)) == set()


def test_a_repro_leaves_the_pin_of_the_data_alone(built):
    built.git("diff", "--exit-code", "HEAD~1", "--", "data.dvc")


def test_an_experiment_with_another_n1_reruns_dgdpo_and_nothing_else(workspace):
    output = workspace.dvc("exp", "run", "--name", "eight", "--set-param", "dgdpo.n1=8", "headline@dgdpo")
    assert stages_run(output) - DOWNSTREAM == {"simulate@dgdpo/ml-1m-dgdpo"}
    assert "eight" in workspace.dvc("exp", "list", "--name-only")


def test_an_edited_alpha_reruns_what_reads_the_first_part_of_a_history(workspace):
    workspace.edit({"data": {"alpha": 0.5}})
    assert stages_run(workspace.dvc(*HEADLINE)) - DOWNSTREAM == {
        "annotate@dgdpo/ml-1m-corpus",
        "pretrain@dgdpo/ml-1m-pretrained",
        "finetune@dgdpo/ml-1m-diagnoser",
        "finetune@dgdpo/ml-1m-diagnoser-without-pretraining",
        "simulate@dgdpo/ml-1m-dgdpo",
        "simulate@dgdpo/ml-1m-diagnosis",
    }


def test_a_comment_in_a_spec_reruns_nothing(workspace):
    spec = workspace.root / "specs/dgdpo/ml-1m-dgdpo.yaml"
    spec.write_text("# a comment\n" + spec.read_text())
    assert stages_run(workspace.dvc(*HEADLINE)) == set()


def test_a_new_run_reruns_itself_and_what_shows_it(workspace):
    specs = workspace.root / "specs"
    shutil.copy(specs / "dgdpo/ml-1m-agent4rec.yaml", specs / "dgdpo/ml-1m-mine.yaml")
    paper = (specs / "dgdpo/paper.yaml").read_text()
    (specs / "dgdpo/paper.yaml").write_text(paper.replace("run: dgdpo/ml-1m-agent4rec}", "run: dgdpo/ml-1m-mine}", 1))
    workspace.run(sys.executable, "-m", "reproduce", "sync")
    assert stages_run(workspace.dvc(*HEADLINE)) == {"simulate@dgdpo/ml-1m-mine", "headline@dgdpo"}


def test_a_clone_that_pulls_has_equal_bytes_and_nothing_to_run(built, workspace, tmp_path):
    workspace.dvc("remote", "add", "--default", "--local", "shared", str(tmp_path / "shared"))
    workspace.dvc("push", "--with-deps", "headline@dgdpo")
    clone = cloned(workspace, tmp_path / "clone")
    clone.dvc("remote", "add", "--default", "--local", "shared", str(tmp_path / "shared"))
    clone.dvc("pull", "--with-deps", "headline@dgdpo")
    assert stages_run(clone.dvc(*HEADLINE)) == set()
    assert clone.artifacts() == built.artifacts()
    assert clone.git("status", "--porcelain") == ""


def test_a_clone_gets_the_pinned_data_without_credentials(built, tmp_path):
    clone = cloned(built, tmp_path / "clone")
    clone.dvc("pull", "data.dvc")
    assert {path.name for path in (clone.root / "data").iterdir()} == {path.name for path in (built.root / "data").iterdir()}


def test_a_push_without_a_remote_of_ones_own_is_refused(workspace):
    before = sorted((workspace.root / "pinned").rglob("*"))
    assert "no remote specified" in workspace.dvc("push", fails=True)
    assert sorted((workspace.root / "pinned").rglob("*")) == before


def test_an_archive_without_git_runs_as_well(built, tmp_path):
    shutil.copytree(built.root, tmp_path / "archive", ignore=shutil.ignore_patterns(".git", "config.local", "tmp"))
    (tmp_path / "archive/.dvc/config.local").write_text("[core]\n    no_scm = true\n")
    assert stages_run(Workspace(tmp_path / "archive").dvc(*HEADLINE)) == set()


def cloned(workspace: Workspace, root: Path) -> Workspace:
    """A fresh clone of a workspace's last commit."""
    workspace.git("clone", "--quiet", str(workspace.root), str(root))
    return Workspace(root)
