from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from reproduce.data import embedded
from reproduce.errors import MissingInput, SpecError
from reproduce.files import read_json
from reproduce.project import Project
from reproduce.recommenders.ranker import load, rank
from reproduce.stages import preprocess, train

ROOT = Path(__file__).parents[2]


def prepared(root: Path, source: str) -> Project:
    """A checkout whose `ml-1m` is prepared from `source`, with three epochs of training."""
    (root / "specs").symlink_to(ROOT / "specs")
    shutil.copy(ROOT / "params.yaml", root)
    embedded.write(root)
    params = Project.here(ROOT).params
    knobs = params.rehearsal.recommenders.model_copy(update={"epochs": 3, "tuned": False})
    mode = params.rehearsal.model_copy(update={"recommenders": knobs, "sources": {"ml-1m": source}})
    project = Project(root, params.model_copy(update={"mode": "rehearsal", "rehearsal": mode}))
    preprocess.run(project, "ml-1m")
    return project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The embedded town."""
    return prepared(tmp_path_factory.mktemp("checkout"), "town")


def test_a_recommender_is_trained_on_the_town_and_can_be_scored(project):
    train.run(project, "ml-1m/lrurec")
    folder = project.build / "recommenders" / "ml-1m" / "lrurec"
    assert {path.name for path in folder.iterdir()} == {"model.pt", "config.json", "metrics.json"}
    about, metrics = read_json(folder / "config.json"), read_json(folder / "metrics.json")
    assert (about["dataset"], about["source"], about["model"]) == ("ml-1m", "town", "LRURec")
    assert metrics["ndcg@10"] > 2 * metrics["references"]["popularity"]["ndcg@10"]
    assert metrics["ndcg@10"] > 6 * metrics["references"]["random"]["ndcg@10"]
    candidates = [[3, 1, 2], [7, 5, 6]]
    order = rank(load(folder).score([0, 1], [[10, 11], [12]], candidates), candidates)
    assert [sorted(shown) for shown in order] == [[1, 2, 3], [5, 6, 7]]


def test_an_unknown_recommender_is_one_line(project):
    with pytest.raises(
        SpecError,
        match=r"ml-1m/bert4rec: is no `<dataset>/<model>` \(known: kuaisim, fpmc, narm, sasrec, lrurec, clicks, kuaisim-labels\)",
    ):
        train.run(project, "ml-1m/bert4rec")


def test_a_data_set_that_is_not_prepared_names_the_remedy(project):
    with pytest.raises(MissingInput, match=r"books/dataset\.json: is not there; `dvc repro` builds it"):
        train.run(project, "books/fpmc")


def test_paper_mode_takes_the_printed_optimum(project):
    paper = Project(project.root, project.params.model_copy(update={"mode": "paper"}))
    wanted = train.settings(paper, "ml-1m", 200, "narm")
    assert (wanted.length, wanted.batch_size, wanted.learning_rate, wanted.epochs) == (200, 256, 0.001, 100)
    assert (wanted.shape["embedding_size"], wanted.shape["hidden_size"], wanted.shape["n_layers"]) == (64, 50, 2)


def test_a_data_set_without_printed_hyper_parameters_names_the_remedy(project):
    paper = Project(project.root, project.params.model_copy(update={"mode": "paper"}))
    with pytest.raises(
        SpecError, match=r"prints no hyper-parameters of `FPMC` on `steam`; set `paper.recommenders.tuned: false`"
    ):
        train.settings(paper, "steam", 50, "fpmc")


def test_the_response_model_has_a_folder_of_its_own_and_learns_the_town(project):
    train.run(project, "ml-1m/kuaisim")
    folder = project.build / "responses" / "ml-1m" / "kuaisim"
    assert {path.name for path in folder.iterdir()} == {"model.pt", "config.json", "metrics.json"}
    about, metrics = read_json(folder / "config.json"), read_json(folder / "metrics.json")
    assert (about["source"], about["model"], about["training"]["negatives"]) == ("town", "KuaiSim", 4)
    assert metrics["f1"] > 2 * metrics["references"]["always_yes"]["f1"]
    assert metrics["f1"] > 1.15 * metrics["references"]["popularity"]["f1"]
    assert metrics["auc"] > metrics["references"]["popularity"]["auc"] + 0.05


def test_paper_mode_takes_the_printed_optimum_of_kuaisim(project):
    paper = Project(project.root, project.params.model_copy(update={"mode": "paper"}))
    wanted = train.response_settings(paper, "books", 50)
    assert (wanted.length, wanted.embedding_size, wanted.learning_rate, wanted.batch_size) == (50, 64, 0.001, 128)
    assert (wanted.epochs, wanted.patience, wanted.negatives, wanted.batch_of) == (100, 10, 4, "original")
    with pytest.raises(SpecError, match=r"prints no hyper-parameters of `KuaiSim` on `steam`"):
        train.response_settings(paper, "steam", 50)


@pytest.mark.real
@pytest.mark.skipif("REPRODUCE_DATASETS" not in os.environ, reason="REPRODUCE_DATASETS is not set")
def test_real_ratings_teach_more_than_popularity(tmp_path):
    project = prepared(tmp_path, "ml-100k")
    train.run(project, "ml-1m/lrurec")
    metrics = read_json(project.build / "recommenders" / "ml-1m" / "lrurec" / "metrics.json")
    assert metrics["ndcg@10"] > 2 * metrics["references"]["popularity"]["ndcg@10"]
