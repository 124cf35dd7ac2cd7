"""What a run will ask, before it asks (dgdpo.md 7)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from village import village, write

from reproduce.methods.dgdpo.plan import Calls, algorithm_1, planned
from reproduce.params import DgdpoKnobs
from reproduce.project import Project
from reproduce.spec import Corpus, Simulation

ROOT = Path(__file__).parents[3]


@pytest.fixture
def project(tmp_path) -> Project:
    """A checkout with the village for MovieLens 1M."""
    for name in ("specs", "prompts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "params.yaml", tmp_path / "params.yaml")
    found = Project.here(tmp_path)
    write(village(), found.build / "data" / "ml-1m")
    return found


def test_the_planning_numbers_of_ml_1m():
    """T = 76, q = 0.38, N1 = 4: 28.88 cases, seven batches."""
    assert algorithm_1(76, DgdpoKnobs(yes_rates=False)) == Calls(decide=76, infer=28, genopt=7, refine=7)


def test_acceptance_before_and_after_costs_the_items_that_the_two_profiles_have_not_seen():
    """T = 20, all declined: the first profile misses 16 items, the last one 20 of 20."""
    assert algorithm_1(20, DgdpoKnobs(), q=1.0).decide == 20 + 16 + 20
    assert algorithm_1(3, DgdpoKnobs(), q=1.0) == Calls(decide=3, infer=0, genopt=0, refine=0)


def counts(project: Project, spec) -> dict[str, float]:
    return {each.prompt: each.calls for each in planned(project, spec)}


def test_a_run_of_agent4rec_is_a_profile_and_its_pages(project):
    spec = Simulation.model_validate({"kind": "simulation", "dataset": "ml-1m", "method": {"kind": "agent4rec"}})
    assert counts(project, spec) == {"dgdpo/init": 4, "dgdpo/round": 4 * 4 * 10}


def test_a_run_of_dgdpo_adds_the_construction_and_the_updates(project):
    method = {"kind": "dgdpo", "diagnoser": "dgdpo/ml-1m-diagnoser"}
    strategies = ["none", "without_gt", "with_gt"]
    spec = Simulation.model_validate(
        {"kind": "simulation", "dataset": "ml-1m", "method": method, "strategies": strategies, "recommenders": ["sasrec"]}
    )
    found = counts(project, spec)
    assert (found["dgdpo/round"], found["dgdpo/update"]) == (4 * 3 * 10, 4 * 2 * 10)
    assert found["dgdpo/infer"] == 4 * found["dgdpo/genopt"] == 4 * found["dgdpo/refine"]
    spec = Simulation.model_validate({"kind": "simulation", "dataset": "ml-1m", "method": method})
    assert "dgdpo/update" not in counts(project, spec)


def test_a_corpus_is_at_most_so_many_items_per_user(project):
    spec = Corpus.model_validate({"kind": "corpus", "dataset": "ml-1m", "method": "dgdpo"})
    found = counts(project, spec)
    assert found["dgdpo/init"] == 4
    assert found["dgdpo/decide"] == 7 + 12 + 9 + 15  # D_ini of 12, 20, 15 and 25 interactions


def test_tokens_are_those_of_the_prompts_on_these_data(project):
    spec = Simulation.model_validate({"kind": "simulation", "dataset": "ml-1m", "method": {"kind": "agent4rec"}})
    init, pages = planned(project, spec)
    assert 300 < init.prompt_tokens < 900
    assert 700 < pages.prompt_tokens < 1500
    assert (init.completion_tokens, pages.completion_tokens) == (60, 650)
