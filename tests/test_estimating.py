"""Calls and tokens as they were planned, beside those that a rehearsal of the same shape made."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from reproduce.data import embedded
from reproduce.data.prepared import Dataset
from reproduce.estimating import estimate
from reproduce.files import read_json, write_json
from reproduce.params import Params
from reproduce.plans import Plan
from reproduce.project import Project
from reproduce.recommenders.settings import small
from reproduce.recommenders.trained import Trained
from reproduce.stages import preprocess, simulate

ROOT = Path(__file__).parents[1]
RUNS = {
    "agent4rec": "{kind: agent4rec}",
    "llm-us": "{kind: llm_us}",
    "rah": "{kind: rah}",
    "agentcf": "{kind: agentcf}",
    "dgdpo": "{kind: dgdpo}",
    "without-iteration": "{kind: dgdpo, iterate: false, alpha: 0.5}",
    "with-negatives": "{kind: dgdpo, opt_negatives: 0.5}",
}
"""DGDPO with the prompted diagnosis, so that no model has to be trained."""


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Project:
    """The embedded town, one recommender, and a run of every kind as a rehearsal makes it."""
    root = tmp_path_factory.mktemp("town")
    for name in ("specs", "prompts"):
        shutil.copytree(ROOT / name, root / name)
    knobs = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    knobs["rehearsal"]["recommenders"]["names"] = ["fpmc"]
    (root / "params.yaml").write_text(yaml.safe_dump(knobs), encoding="utf-8")
    embedded.write(root)
    project = Project.here(root)
    preprocess.run(project, "ml-1m")
    dataset = Dataset.load(project.build / "data" / "ml-1m")
    settings = small("fpmc", epochs=1, patience=1)
    Trained.fit(dataset, "fpmc", settings, seed=1).save(project.build / "recommenders" / "ml-1m" / "fpmc")
    for name, method in RUNS.items():
        strategies = "[none, without_gt, with_gt]" if name == "dgdpo" else "[none]"
        text = f"kind: simulation\ndataset: ml-1m\nmethod: {method}\nstrategies: {strategies}\n"
        (root / "specs" / "dgdpo" / f"planned-{name}.yaml").write_text(text, encoding="utf-8")
        simulate.run(project, f"dgdpo/planned-{name}")
    return project


def counted(project: Project, name: str) -> tuple[int, int, int]:
    """Calls, prompt tokens, tokens of replies that a run made."""
    prompts = read_json(project.build / "runs" / "dgdpo" / f"planned-{name}" / "replies.json")["prompts"].values()
    made, sent, received = (sum(each[of] for each in prompts) for of in ("calls", "prompt_tokens", "completion_tokens"))
    return made, sent, received


def three(plan: Plan) -> tuple[float, float, float]:
    return plan.made, plan.sent, plan.received


@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_planned_within_a_tenth_of_what_the_rehearsal_measures(town, name):
    plan = estimate(town, f"dgdpo/planned-{name}")
    assert plan.basis == "a pilot of 20 users"
    for planned, measured in zip(three(plan), counted(town, name), strict=True):
        assert planned == pytest.approx(measured, rel=0.1)


def test_so_are_all_of_them_together(town):
    plans = [three(estimate(town, f"dgdpo/planned-{name}")) for name in RUNS]
    runs = [counted(town, name) for name in RUNS]
    for planned, measured in zip(zip(*plans, strict=True), zip(*runs, strict=True), strict=True):
        assert sum(planned) == pytest.approx(sum(measured), rel=0.05)


def test_the_pilot_is_no_run_and_asks_few(town):
    """20 of 60 users and one recommender: what it learns holds for other sizes."""
    half = town.params.model_dump(mode="json")
    half["rehearsal"]["users"] = 30
    plan = estimate(Project(town.root, Params.model_validate(half)), "dgdpo/planned-dgdpo")
    for planned, measured in zip(three(plan), counted(town, "dgdpo"), strict=True):
        assert planned == pytest.approx(measured / 2, rel=0.12)


def test_planning_values_alone_hold_for_the_sum_of_a_table(town):
    """What a paid model is planned with before anything was asked; the lengths of its replies are not those of the rules."""
    paid = town.params.model_dump(mode="json")
    paid["rehearsal"]["llm"] |= {"engine": "openai", "model": "gpt-4o-mini-2024-07-18"}
    project = Project(town.root, Params.model_validate(paid))
    names = ("agent4rec", "llm-us", "rah", "agentcf", "dgdpo")
    plans = [estimate(project, f"dgdpo/planned-{name}") for name in names]
    assert {plan.basis for plan in plans} == {"planning values"}
    measured = [counted(town, name) for name in names]
    assert sum(plan.made for plan in plans) == pytest.approx(sum(made for made, _, _ in measured), rel=0.1)
    assert sum(plan.sent for plan in plans) == pytest.approx(sum(sent for _, sent, _ in measured), rel=0.1)
    tokens = sum(sent + received for _, sent, received in measured)
    assert sum(plan.sent + plan.received for plan in plans) == pytest.approx(tokens, rel=0.1)


def test_what_a_paid_model_did_in_a_small_run_is_what_it_is_planned_to_do_in_a_large_one(town, tmp_path):
    """As after `paper.users: 20`: the rates and lengths of that run, at the new size."""
    shutil.copytree(town.root, tmp_path / "copy", symlinks=True)
    folder = tmp_path / "copy" / "build" / "rehearsal" / "runs"
    knobs = town.params.model_dump(mode="json")
    knobs["rehearsal"]["users"] = 20
    small_one = Project(tmp_path / "copy", Params.model_validate(knobs))
    shutil.rmtree(folder)
    simulate.run(small_one, "dgdpo/planned-dgdpo")
    about = folder / "dgdpo" / "planned-dgdpo" / "run.json"
    write_json(about, read_json(about) | {"model": "gpt-4o-mini-2024-07-18", "engine": "openai"})
    knobs["rehearsal"]["users"] = 60
    knobs["rehearsal"]["llm"] |= {"engine": "openai", "model": "gpt-4o-mini-2024-07-18"}
    plan = estimate(Project(tmp_path / "copy", Params.model_validate(knobs)), "dgdpo/planned-dgdpo")
    assert plan.basis == "earlier runs"
    for planned, measured in zip(three(plan), counted(town, "dgdpo"), strict=True):
        assert planned == pytest.approx(measured, rel=0.1)
