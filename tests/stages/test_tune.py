from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from village import village, write

from reproduce.errors import MissingInput, SpecError
from reproduce.files import read_json, read_jsonl, write_json
from reproduce.project import Project
from reproduce.stages import tune

ROOT = Path(__file__).parents[2]
KEY = "dgdpo/village-tuning"


def checkout(root: Path, tuning: Mapping[str, int], methods: str = "[kuaisim, fpmc]") -> Project:
    """A checkout whose `ml-1m` is the village."""
    (root / "specs/dgdpo").mkdir(parents=True)
    shutil.copy(ROOT / "params.yaml", root)
    shutil.copy(ROOT / "specs/dgdpo/paper.yaml", root / "specs/dgdpo")
    (root / f"specs/{KEY}.yaml").write_text(f"kind: tuning\ndataset: ml-1m\nmethods: {methods}\n")
    params = Project.here(ROOT).params
    knobs = params.rehearsal.tuning.model_copy(update={"users": None, **tuning})
    mode = params.rehearsal.model_copy(update={"tuning": knobs})
    project = Project(root, params.model_copy(update={"mode": "rehearsal", "rehearsal": mode}))
    folder = project.build / "data" / "ml-1m"
    write(replace(village(), name="ml-1m"), folder)
    write_json(folder / "dataset.json", {**read_json(folder / "dataset.json"), "protocol": {"longest": 50}})
    return project


def outputs(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (project.build / "tunings" / KEY).iterdir()}


def test_all_trials_and_the_best_of_each_method_are_written(tmp_path):
    project = checkout(tmp_path, {"trials": 4, "epochs": 1})
    tune.run(project, KEY)
    rows, found = (
        read(project.build / "tunings" / KEY / name) for read, name in ((read_jsonl, "trials.jsonl"), (read_json, "best.json"))
    )
    assert [(row["method"], row["trial"]) for row in rows] == [(name, n) for name in ("KuaiSim", "FPMC") for n in range(4)]
    assert {row["method"]: row["objective"] for row in rows} == {"KuaiSim": "f1", "FPMC": "ndcg@10"}
    assert (found["dataset"], found["source"], found["seed"]) == ("ml-1m", "village", 42)
    for name, won in found["methods"].items():
        own = [row for row in rows if row["method"] == name]
        assert won["value"] == max(row["value"] for row in own)
        assert won["params"] == own[won["trial"]]["params"]
        assert set(won["params"]) == set(won["space"]) == set(won["printed"]) == {"batch_size", "embedding_size", "learning_rate"}
        assert (won["trials"], won["diverged"]) == (4, 0)
        assert won["settings"] == sum(row["repeats"] is None for row in own)


def test_a_stage_that_dvc_emptied_trains_nothing_again_and_writes_the_same_bytes(tmp_path):
    project = checkout(tmp_path, {"trials": 3, "epochs": 1})
    tune.run(project, KEY)
    before, journals = outputs(project), sorted((tmp_path / ".reproduce/studies").iterdir())
    assert len(journals) == 2
    content = [journal.read_bytes() for journal in journals]
    shutil.rmtree(project.build / "tunings")
    tune.run(project, KEY)
    assert outputs(project) == before
    assert [journal.read_bytes() for journal in journals] == content  # what is trained is journalled
    for journal in journals:  # as if the process had been killed after its first trial
        journal.write_bytes(journal.read_bytes().split(b"\n")[0] + b'\n{"outc')
    shutil.rmtree(project.build / "tunings")
    tune.run(project, KEY)
    assert outputs(project) == before


def test_fewer_users_are_the_first_of_the_seeded_order(tmp_path):
    project = checkout(tmp_path, {"trials": 1, "epochs": 1, "users": 2})
    bench = tune._bench(project, "ml-1m")
    assert set(bench.dataset.interactions["user"]) == {2, 3}  # the village's order is reversed
    assert bench.dataset.test(0) == ()
    assert len(bench.dataset.users) == 4
    tune.run(project, KEY)


def test_a_method_without_printed_space_is_one_line(tmp_path):
    project = checkout(tmp_path, {"trials": 1, "epochs": 1})
    paper = tmp_path / "specs/dgdpo/paper.yaml"
    before, _, after = paper.read_text().partition("    FPMC:\n")
    paper.write_text(before + after[after.index("    NARM:") :])
    with pytest.raises(SpecError, match=r"specs/dgdpo/paper.yaml: `tuning` prints no search space of `FPMC`"):
        tune.run(project, KEY)


def test_a_data_set_that_is_not_prepared_names_the_remedy(tmp_path):
    project = checkout(tmp_path, {"trials": 1, "epochs": 1})
    shutil.rmtree(project.build / "data")
    with pytest.raises(MissingInput, match=r"ml-1m/dataset\.json: is not there; `dvc repro` builds it"):
        tune.run(project, KEY)
