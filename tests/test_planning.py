"""`reproduce plan`: the merged spec, and calls, tokens and money before a run."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from reproduce.data import embedded
from reproduce.errors import MissingInput
from reproduce.files import write_json
from reproduce.planning import planned, show_plan
from reproduce.project import Project
from reproduce.stages import preprocess

ROOT = Path(__file__).parents[1]
RUN = "dgdpo/ml-1m-dgdpo"


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Path:
    """The specs, knobs and prompts of this checkout, and the embedded data prepared; not to be changed."""
    root = tmp_path_factory.mktemp("town")
    for name in ("specs", "prompts"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "params.yaml", root)
    embedded.write(root)
    preprocess.run(Project.here(root), "ml-1m")
    return root


@pytest.fixture
def project(town, tmp_path) -> Project:
    shutil.copytree(town, tmp_path / "copy")
    return Project.here(tmp_path / "copy")


def edited(project: Project, good: str, bad: str) -> Project:
    path = project.root / "params.yaml"
    text = path.read_text()
    assert good in text
    path.write_text(text.replace(good, bad, 1))
    return Project.here(project.root)


def said(project: Project, key: str = RUN) -> str:
    console = Console(file=io.StringIO(), width=120)
    show_plan(project, key, console)
    return console.file.getvalue()


def test_the_plan_shows_the_spec_with_the_knobs_that_it_reads(project):
    text = said(project)
    assert "diagnoser: dgdpo/ml-1m-diagnoser" in text
    assert "n1: 4" in text
    assert "source: town" in text
    assert "n1: 4" not in said(project, "dgdpo/ml-1m-agent4rec")


def test_a_knob_changes_the_plan(project):
    before = {each.prompt: each.calls for each in planned(project, RUN)}
    after = {each.prompt: each.calls for each in planned(edited(project, "rounds: 10", "rounds: 5"), RUN)}
    assert before["dgdpo/round"] == 2 * after["dgdpo/round"]
    assert before["dgdpo/decide"] == after["dgdpo/decide"]


def test_the_rounds_are_users_times_recommenders_times_strategies(project):
    calls = {each.prompt: each.calls for each in planned(project, RUN)}
    spec = project.document(RUN).value
    wanted = project.params.here.users * project.params.interaction.rounds * len(spec.recommenders) * len(spec.strategies)
    assert calls["dgdpo/round"] == wanted


def test_money_is_calls_times_tokens_times_price(project):
    project = edited(project, "engine: heuristic ", "engine: openai ")
    project = edited(project, "model: heuristic-1", "model: gpt-4o-mini-2024-07-18")
    wanted = sum(each.calls * (0.15 * each.prompt_tokens + 0.6 * each.completion_tokens) / 1e6 for each in planned(project, RUN))
    total = next(line for line in said(project).splitlines() if line.startswith("all "))
    assert total.split()[-1] == f"{wanted:,.2f}"


def test_an_engine_that_costs_nothing_shows_no_money(project):
    text = said(project)
    assert next(line for line in text.splitlines() if line.startswith("all ")).split()[-1] == "-"
    assert "Engine heuristic costs nothing" in text


def test_tokens_of_earlier_runs_replace_planning_values(project):
    counted = {"calls": 10, "prompt_tokens": 7770, "completion_tokens": 50}
    write_json(project.build / "runs/dgdpo/another/replies.json", {"prompts": {"dgdpo/round.v1": counted}})
    found = {each.prompt: each for each in planned(project, RUN)}["dgdpo/round"]
    assert (found.prompt_tokens, found.completion_tokens) == (777, 5)
    assert "tokens are means of earlier runs" in said(project)


def test_a_training_asks_nobody(project):
    assert planned(project, "dgdpo/ml-1m-diagnoser") == []
    assert said(project, "dgdpo/ml-1m-diagnoser").endswith("asks no model\n")


def test_every_spec_can_be_planned(project):
    for key in project.spec_keys():
        assert said(project, key)


def test_before_preprocess_the_plan_names_what_is_missing(project):
    shutil.rmtree(project.build)
    with pytest.raises(MissingInput, match=r"data/ml-1m/dataset\.json: is not there; `dvc repro` builds it"):
        planned(project, RUN)
