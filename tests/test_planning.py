"""`reproduce plan`: the merged spec, and calls, tokens and money before a run."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from reproduce.data import embedded
from reproduce.errors import MissingInput, SpecError
from reproduce.estimating import estimate
from reproduce.planning import plans_of, show_plan
from reproduce.project import Project
from reproduce.spec import Finetuning, Pretraining, Tuning
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
    for dataset in ("ml-1m", "books", "movies-tv"):
        preprocess.run(Project.here(root), dataset)
    return root


@pytest.fixture
def project(town, tmp_path) -> Project:
    """A copy, to be changed."""
    for name in ("specs", "build"):
        shutil.copytree(town / name, tmp_path / "copy" / name)
    (tmp_path / "copy" / "prompts").symlink_to(town / "prompts")
    shutil.copy(town / "params.yaml", tmp_path / "copy")
    return Project.here(tmp_path / "copy")


def edited(project: Project, good: str, bad: str) -> Project:
    path = project.root / "params.yaml"
    text = path.read_text()
    assert good in text
    path.write_text(text.replace(good, bad, 1))
    return Project.here(project.root)


def paid(project: Project) -> Project:
    """The rehearsal with the paper's model."""
    project = edited(project, "engine: heuristic ", "engine: openai ")
    return edited(project, "model: heuristic-1", "model: gpt-4o-mini-2024-07-18")


def calls(project: Project, key: str = RUN) -> dict[str, float]:
    return {each.prompt: each.calls for each in estimate(project, key).calls}


def said(project: Project, key: str = RUN, table: str = "") -> str:
    console = Console(file=io.StringIO(), width=150)
    show_plan(project, key, table, console)
    return console.file.getvalue()


def test_the_plan_shows_the_spec_with_the_knobs_that_it_reads(project):
    text = said(project)
    assert "diagnoser: dgdpo/ml-1m-diagnoser" in text
    assert "n1: 4" in text
    assert "source: town" in text
    assert "n1: 4" not in said(project, "dgdpo/ml-1m-agent4rec")


def test_a_knob_changes_the_plan(project):
    project = paid(project)
    before = calls(project)
    after = calls(edited(project, "rounds: 10", "rounds: 5"))
    assert before["dgdpo/round"] == 2 * after["dgdpo/round"]
    assert before["dgdpo/decide"] == after["dgdpo/decide"]


def test_the_rounds_are_users_times_recommenders_times_strategies(project):
    project = paid(project)
    spec = project.document(RUN).value
    wanted = project.params.here.users * project.params.interaction.rounds * len(spec.recommenders) * len(spec.strategies)
    assert calls(project)["dgdpo/round"] == wanted


def test_money_is_calls_times_tokens_times_price(project):
    project = paid(project)
    found = estimate(project, RUN)
    wanted = sum(each.calls * (0.15 * each.prompt_tokens + 0.6 * each.completion_tokens) / 1e6 for each in found.calls)
    total = next(line for line in said(project).splitlines() if line.startswith("all "))
    assert total.split()[-1] == f"{wanted:,.2f}"
    assert "planning values" in said(project)


def test_an_engine_that_costs_nothing_shows_no_money(project):
    text = said(project)
    assert next(line for line in text.splitlines() if line.startswith("all ")).split()[-1] == "-"
    assert "Engine heuristic costs nothing" in text


def test_a_training_asks_nobody(project):
    for key in project.spec_keys():
        if isinstance(project.document(key).value, Pretraining | Finetuning | Tuning) or "kuaisim" in key:
            assert estimate(project, key).calls == ()
    assert said(project, "dgdpo/ml-1m-diagnoser").endswith("asks no model\n")


def test_every_spec_can_be_planned_without_a_call(project):
    project = paid(project)
    assert [plan.key for plan in plans_of(project, "dgdpo")] == [key for key in project.spec_keys() if key.startswith("dgdpo/")]
    for key in ("corpus", "diagnosis", "diagnoser", "tuning", "kuaisim", "rah", "audit-rah", "sensitivity-dgdpo"):
        assert said(project, f"dgdpo/ml-1m-{key}")


def test_an_audit_asks_every_page_twice_and_sensitivity_once_per_seed_and_wording(project):
    project = paid(project)
    pages = project.params.here.users * project.params.interaction.rounds
    assert calls(project, "dgdpo/ml-1m-audit-dgdpo") == {"dgdpo/round": 2 * pages}
    first, second = estimate(project, "dgdpo/ml-1m-sensitivity-dgdpo").calls
    assert first.calls == second.calls == 3 * pages
    assert first.prompt_tokens != second.prompt_tokens, "two wordings"


def test_a_table_is_all_runs_that_fill_it_and_the_corpora_on_which_they_rest(project):
    project = paid(project)
    keys = [plan.key for plan in plans_of(project, "dgdpo", "T2")]
    rows = [f"dgdpo/{d}-{m}" for d in ("ml-1m", "books", "movies-tv") for m in METHODS]
    assert keys == [*(f"dgdpo/{d}-corpus" for d in ("ml-1m", "books", "movies-tv")), *rows]


METHODS = ("kuaisim", "agent4rec", "llm-us", "rah", "agentcf", "dgdpo")


def test_a_table_is_told_with_money_for_every_model_that_has_a_price(project):
    dearer = "\nprices:\n  another-model: {input: 1.5, cached_input: 0.75, output: 6.0}\n  #"
    project = edited(paid(project), "\nprices: ", dearer)
    text, plans = said(project, "dgdpo", "T2"), plans_of(project, "dgdpo", "T2")
    every = next(line for line in text.splitlines() if line.startswith("all ")).split()
    assert every[1:] == [f"{sum(f):,.0f}" for f in zip(*((p.made, p.sent, p.received) for p in plans), strict=True)]
    assert "ask no model: dgdpo/ml-1m-kuaisim, dgdpo/books-kuaisim, dgdpo/movies-tv-kuaisim" in " ".join(text.split())
    lines = [line.split() for line in text.splitlines() if line.startswith(("another-model", "gpt"))]
    money = {model: float(dollars.replace(",", "")) for model, dollars, _ in lines}
    assert money["another-model"] == pytest.approx(10 * money["gpt-4o-mini-2024-07-18"], rel=0.001)


def test_what_cannot_be_planned_is_said_in_one_line(project):
    with pytest.raises(SpecError, match=r"no table `T22` that runs fill.*did you mean `T2`"):
        show_plan(project, "dgdpo", "T22")
    with pytest.raises(SpecError, match="no paper `dgdpo/ml-1m-dgdpo`"):
        show_plan(project, RUN, "T2")
    shutil.rmtree(project.build)
    with pytest.raises(MissingInput, match=r"data/ml-1m/dataset\.json: is not there; `dvc repro` builds it"):
        estimate(project, RUN)
