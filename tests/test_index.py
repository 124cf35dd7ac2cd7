"""Generated files: they are fresh, the same bytes each time, and say what the specs say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from reproduce import index
from reproduce.errors import SpecError
from reproduce.project import Project
from reproduce.spec import Simulation

ROOT = Path(__file__).parents[1]
PROJECT = Project.here(ROOT)


@pytest.fixture
def copy(tmp_path, monkeypatch) -> Project:
    """A project with the specs and knobs of this one, in the working directory."""
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return Project.here()


def test_the_generated_files_of_this_checkout_are_fresh():
    index.check(PROJECT)


def test_a_second_sync_writes_nothing(copy):
    assert index.sync(copy) == []


def test_deleted_files_come_back_with_the_same_bytes(copy):
    before = {path.name: path.read_bytes() for path in (copy.root / "specs").glob("*.*")}
    for path in (copy.root / "specs").glob("*.schema.json"):
        path.unlink()
    (copy.root / "specs" / "index.yaml").unlink()
    assert len(index.sync(copy)) == 5
    assert {path.name: path.read_bytes() for path in (copy.root / "specs").glob("*.*")} == before


def test_a_comment_in_a_spec_changes_nothing(copy):
    spec = copy.root / "specs" / "dgdpo" / "ml-1m-dgdpo.yaml"
    spec.write_text("# a comment\n" + spec.read_text())
    index.check(copy)


def test_a_new_spec_makes_the_index_stale_and_sync_mends_it(copy):
    (copy.root / "specs" / "dgdpo" / "extra.yaml").write_text("kind: corpus\ndataset: ml-1m\nmethod: dgdpo\n")
    for check in (index.check, index.check_index):
        with pytest.raises(SpecError, match=r"^specs/index\.yaml: is not what the specs say now; run `reproduce sync`$"):
            check(copy)
    assert index.sync(copy) == [copy.root / "specs" / "index.yaml"]
    extra = index.index(copy)["corpora"]["dgdpo/extra"]
    assert (extra["dataset"], extra["method"], extra["sizes"]) == ("ml-1m", "dgdpo", "diagnoser")


def test_an_archived_spec_is_left_out(copy):
    spec = copy.root / "specs" / "dgdpo" / "ml-1m-diagnosis.yaml"
    spec.write_text(spec.read_text() + "archived: true\n")
    assert "dgdpo/ml-1m-diagnosis" not in index.index(copy)["runs"]


def test_every_spec_is_in_the_index_and_the_reverse():
    document = index.index(PROJECT)
    entries = [
        key for section in ("tunings", "corpora", "pretrainings", "finetunings", "runs", "learnings") for key in document[section]
    ]
    assert sorted(entries) == list(PROJECT.spec_keys())
    assert list(document["papers"]) == list(PROJECT.papers())
    assert document["papers"]["dgdpo"] == {"searches": "tunings/dgdpo"}
    assert document["papers"]["ensemble"] == {"searches": "runs/ensemble"}  # nothing is searched


def test_a_run_behind_the_environment_needs_what_its_simulators_need():
    learnings, trained = (index.index(PROJECT)[section] for section in ("learnings", "trained"))
    needs = [learnings["ensemble/yelp-prediction"][name] for name in ("needs", "needs2", "needs3", "needs4")]
    assert needs == ["corpora/ensemble/yelp-descriptions", "responses/yelp/clicks", "responses/yelp/kuaisim-labels", "data/yelp"]
    assert learnings["ensemble/yelp-kuaisim-dqn"]["needs"] == "responses/yelp/kuaisim-labels"
    suber = learnings["ensemble/yelp-suber-dqn"]
    assert (suber["needs"], suber["prompts"], suber["knobs2"], suber["sizes"]) == ("data/yelp", "suber", "suber", "llm")
    assert trained["yelp/clicks"]["sizes"] == "clicks"


def test_a_run_needs_what_its_spec_names():
    run = index.index(PROJECT)["runs"]["dgdpo/ml-1m-dgdpo"]
    spec = PROJECT.spec("dgdpo/ml-1m-dgdpo", Simulation)
    assert run["needs"] == f"recommenders/{spec.dataset}"
    assert run["needs2"] == f"models/{spec.method.diagnoser}"
    assert {run[f"knobs{slot}"] for slot in ("", "2", "3", "4", "5")} == {
        "agent4rec",
        "interaction",
        "dgdpo",
        "data.alpha",
        "seed",
    }


def test_the_simulator_without_optimisation_does_not_depend_on_its_knobs():
    run = index.index(PROJECT)["runs"]["dgdpo/ml-1m-agent4rec"]
    assert {run[f"knobs{slot}"] for slot in ("", "2", "3", "4", "5")} == {"agent4rec", "interaction", "seed"}


def test_a_model_that_was_not_fine_tuned_is_looked_for_where_pre_training_leaves_it():
    runs = index.index(PROJECT)["runs"]
    assert runs["dgdpo/books-dgdpo-without-fine-tuning"]["needs2"] == "pretrained/dgdpo/books-pretrained"
    assert runs["dgdpo/books-dgdpo-without-specialized"]["needs2"] == "data/books"


def test_a_headline_rests_on_its_own_runs_only():
    parts = index.index(PROJECT)["headlines"]["dgdpo"].values()
    assert {"runs/dgdpo/ml-1m-dgdpo", "runs/dgdpo/ml-1m-diagnosis", "corpora/dgdpo/ml-1m-corpus", "data/ml-1m"} <= set(parts)
    assert not [part for part in parts if "books" in part or "movies" in part]


def test_more_artifacts_than_slots_are_refused(copy, monkeypatch):
    monkeypatch.setitem(index._SLOTS, "part", 2)
    with pytest.raises(SpecError, match=r"^dvc\.yaml: has 2 slots `part`, 9 are needed"):
        index.index(copy)


def test_the_stages_are_those_of_dvc_yaml():
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    assert list(stages) == list(index.STAGES)
    for name, section in index.STAGES.items():
        assert stages[name].get("foreach") == (f"${{{section}}}" if section else None)


def test_a_key_that_no_stage_knows_is_refused():
    with pytest.raises(SpecError, match=r"^stage train: nothing is run for `ml-1m/sasreq`, did you mean `ml-1m/sasrec`\?"):
        index.check_key(PROJECT, "train", "ml-1m/sasreq")
    with pytest.raises(SpecError, match=r"^stage report: nothing is run for `dgdpo`"):
        index.check_key(PROJECT, "report", "dgdpo")


def test_schemas_are_closed_and_carry_the_docstrings():
    schema = json.loads(index.schemas()["params.schema.json"])
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["DgdpoKnobs"]["properties"]["n1"]["description"].startswith("Discrepancy cases per treatment")


@pytest.mark.parametrize("path", [ROOT / "params.yaml", *sorted((ROOT / "specs").rglob("*.yaml"))], ids=lambda path: path.name)
def test_every_yaml_file_names_its_schema(path):
    if path.name == "index.yaml":
        return
    first = path.read_text().splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (path.parent / first.rpartition("=")[2]).is_file()
