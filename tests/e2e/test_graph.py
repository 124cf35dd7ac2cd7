"""dvc.yaml against the rest of the checkout: stages, knobs, and the code that each stage imports."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import grimp
import pytest
import yaml
from dvc.dependency import ParamsDependency
from dvc.repo import Repo
from dvc.stage import PipelineStage
from workspaces import checkout

ROOT = Path(__file__).parents[2]
SHARED = ("claims", "errors", "files", "params", "paper", "paper_consistency", "project", "spec", "wording", "yaml_files")
"""Modules on which no stage depends: they read specs and knobs, whose values are parameters, and say what is wrong."""


@pytest.fixture(scope="module", params=["rehearsal", "paper"])
def graph(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[PipelineStage]:
    """All stages of one mode, as DVC resolves them."""
    workspace = checkout(tmp_path_factory.mktemp("graph") / "checkout", {"mode": request.param})
    return [stage for stage in Repo(str(workspace.root)).index.stages if isinstance(stage, PipelineStage)]


def test_the_stages_are_the_modules_of_stages():
    modules = {path.stem for path in (ROOT / "src/reproduce/stages").glob("*.py") if "\ndef run(" in path.read_text()}
    assert set(yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]) == modules


def test_every_knob_of_a_stage_is_in_its_file(graph):
    for stage in graph:
        for dependency in stage.deps:
            if isinstance(dependency, ParamsDependency):
                missing = set(dependency.params) - set(dependency.read_params())
                assert not missing, f"{stage.addressing}: {dependency.def_path} has no {missing}"


def test_every_stage_depends_on_the_code_that_it_imports(graph):
    imports = grimp.build_graph("reproduce")
    upstream = cache(imports.find_upstream_modules)  # the same for all runs of a stage
    for stage in graph:
        watched = [Path(dep.def_path) for dep in stage.deps if dep.def_path.startswith("src/")]
        entry = f"reproduce.stages.{stage.name.partition('@')[0]}"
        needed = {code(module) for module in upstream(entry) | {entry}}
        blind = {str(file) for file in needed if not watches(file, watched, stage.name)}
        assert not blind, f"{stage.name} runs this code, dvc.yaml does not say so"


def watches(file: Path, watched: list[Path], stage: str) -> bool:
    """Whether an edit of `file` reruns the stage, or need not."""
    if file.parts[2].removesuffix(".py") in SHARED or file.name == "__init__.py":
        return True
    if stage.startswith(("simulate@", "annotate@")) and file.parts[2] == "methods" and file.parts[3] not in methods(stage):
        return True
    return any(file.is_relative_to(folder) for folder in watched)


@cache
def entries() -> dict[str, dict[str, str]]:
    """The runs and corpora of the index."""
    index = yaml.safe_load((ROOT / "specs" / "index.yaml").read_text())
    return {**index["runs"], **index["corpora"]}


def methods(stage: str) -> set[str]:
    """The methods that a run or corpus uses; all runs build on Agent4Rec."""
    return {"agent4rec", entries()[stage.partition("@")[2]]["method"]}


def code(module: str) -> Path:
    """The file of a module of ours, relative to the root."""
    file = Path("src", *module.split("."))
    return file / "__init__.py" if (ROOT / file).is_dir() else file.with_suffix(".py")
