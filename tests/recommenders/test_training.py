from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from reproduce.errors import MissingInput, StorageError
from reproduce.paper import Paper
from reproduce.recommenders.compat import undisturbed
from reproduce.recommenders.fitting import _loaders, recbole_config, references
from reproduce.recommenders.ranker import load
from reproduce.recommenders.settings import PRINTED, TITLES, small, tuned
from reproduce.recommenders.trained import Trained
from reproduce.recommenders.windows import WindowDataset
from reproduce.yaml_files import read

ROOT = Path(__file__).parents[2]


def test_a_planted_order_is_learnt(trained):
    loss, random = trained.metrics["curve"]["loss"], trained.metrics["references"]["random"]["ndcg@10"]
    assert loss[-1] < 0.9 * loss[0]
    assert trained.metrics["ndcg@10"] > 3 * random
    assert trained.metrics["ndcg@10"] > 3 * trained.metrics["references"]["popularity"]["ndcg@10"]


def test_the_best_epoch_is_kept(trained, walks):
    curve = trained.metrics["curve"]["ndcg@10"]
    assert trained.metrics["ndcg@10"] == max(curve) == curve[trained.metrics["best_epoch"] - 1]
    users = list(range(len(walks.users)))
    histories = [[step.item for step in walks.train(user)] for user in users]
    scores = trained.score(users, histories, [list(range(40))] * len(users))
    truth = np.array([walks.valid(user)[0].item for user in users])
    ranks = (scores > scores[users, truth][:, None]).sum(1)
    ndcg = np.where(ranks < 10, 1 / np.log2(ranks + 2), 0).mean()
    assert ndcg == pytest.approx(trained.metrics["ndcg@10"], abs=2e-3)  # RecBole ranks in single precision


@pytest.mark.parametrize("name", ["fpmc", "narm", "sasrec", "lrurec"])
def test_two_trainings_write_the_same_bytes(tmp_path, walks, make_settings, name):
    for run in ("one", "two"):
        torch.rand(3), np.random.random()  # whatever was drawn before
        Trained.fit(walks, name, make_settings(name, epochs=2), seed=2**100 + 1).save(tmp_path / run)
    for file in ("model.pt", "config.json", "metrics.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_another_seed_trains_another_model(walks, make_settings):
    one, two = (Trained.fit(walks, "fpmc", make_settings("fpmc", epochs=1), seed) for seed in (1, 2))
    assert not torch.equal(one.parameters["IL_emb.weight"], two.parameters["IL_emb.weight"])


def test_training_gives_back_what_it_borrowed(monkeypatch, tmp_path, walks, make_settings):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["reproduce", "--learning_rate=7", "stage", "train"])
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    np.random.seed(11)
    torch.manual_seed(11)
    threads, expected = torch.get_num_threads(), (np.random.RandomState(11).random(), torch.Generator().manual_seed(11))
    fitted = Trained.fit(walks, "sasrec", make_settings("sasrec", epochs=1), seed=1)
    assert fitted.about["training"]["learning_rate"] == 0.01
    assert sys.argv[1] == "--learning_rate=7"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ""
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()
    assert not torch.is_anomaly_enabled()
    assert np.random.random() == expected[0]
    assert torch.equal(torch.rand(2), torch.rand(2, generator=expected[1]))
    assert list(tmp_path.iterdir()) == []


def test_training_stops_when_patience_is_spent(walks, make_settings):
    settings = replace(make_settings("fpmc", epochs=30), learning_rate=0.0, patience=3)
    metrics = Trained.fit(walks, "fpmc", settings, seed=1).metrics
    assert metrics["epochs"] == 30  # an equal score counts as no worse, as in RecBole
    settings = replace(make_settings("fpmc", epochs=60), learning_rate=0.05, patience=3)
    metrics = Trained.fit(walks, "fpmc", settings, seed=1).metrics
    assert metrics["stopped_early"]
    assert metrics["epochs"] == metrics["best_epoch"] + 3


def test_what_is_loaded_scores_as_what_was_saved(tmp_path, trained, walks):
    trained.save(tmp_path)
    again = load(tmp_path)
    users = list(range(20))
    histories = [[step.item for step in walks.train(user)] for user in users]
    candidates = [list(range(40))] * 20
    assert np.array_equal(trained.score(users, histories, candidates), again.score(users, histories, candidates))
    assert {path.name for path in tmp_path.iterdir()} == {"model.pt", "config.json", "metrics.json"}
    assert set(torch.load(tmp_path / "model.pt", weights_only=True)) == set(trained.parameters)
    again.save(tmp_path / "again")
    for file in ("model.pt", "config.json", "metrics.json"):
        assert (tmp_path / file).read_bytes() == (tmp_path / "again" / file).read_bytes()


def test_a_missing_model_names_the_remedy(tmp_path, trained):
    with pytest.raises(MissingInput, match="dvc repro"):
        load(tmp_path)
    trained.save(tmp_path)
    (tmp_path / "model.pt").unlink()
    with pytest.raises(MissingInput, match="dvc repro"):
        load(tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path, trained):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        trained.save(tmp_path / "file" / "model")


def test_references_by_hand(make_walks):
    dataset = make_walks(1, 12, 5, 5)
    rows = dataset.interactions.assign(item=[4, 4, 2, 9, 2], part=["train"] * 4 + ["valid"])
    found = references(replace(dataset, interactions=rows))
    assert found["popularity"] == {"ndcg@10": round(1 / np.log2(3), 6), "hit@10": 1.0}  # item 2 is second: once, as is 9
    assert found["random"]["hit@10"] == round(10 / 12, 6)


@pytest.mark.parametrize("dataset", ["ml-1m", "books", "movies-tv"])
@pytest.mark.parametrize("name", list(TITLES))
def test_every_printed_hyper_parameter_of_table_6_is_used(name, dataset):
    tuning = read(ROOT / "specs/dgdpo/paper.yaml", Paper).tuning
    best = tuning.best(TITLES[name], dataset)
    assert set(best) == {"learning_rate", "batch_size", *PRINTED[name]}
    settings = tuned(name, best, length=200, epochs=100, patience=10)
    assert settings.batch_size == best["batch_size"]
    assert settings.learning_rate == best["learning_rate"]
    assert {printed: settings.shape[recbole] for printed, recbole in PRINTED[name].items()} == {
        printed: best[printed] for printed in PRINTED[name]
    }


def test_tuned_settings_of_ml_1m_as_printed():
    best = read(ROOT / "specs/dgdpo/paper.yaml", Paper).tuning.best("SASRec", "ml-1m")
    settings = tuned("sasrec", best, length=200, epochs=100, patience=10)
    assert (settings.length, settings.batch_size, settings.learning_rate) == (200, 64, 0.01)
    assert (settings.shape["hidden_size"], settings.shape["n_heads"], settings.shape["n_layers"]) == (64, 2, 1)


def test_batches_count_what_the_original_codes_count_unless_told_otherwise():
    tuning = read(ROOT / "specs/dgdpo/paper.yaml", Paper).tuning

    def counts(batch):
        return [tuned(name, tuning.best(TITLES[name], "ml-1m"), 200, 100, 10, batch).batch_of for name in TITLES]

    assert counts("original") == ["pairs", "pairs", "windows", "windows"]
    assert counts("pairs") == ["pairs"] * 4


@pytest.mark.parametrize(("batch_of", "size", "steps"), [("windows", 4, 3), ("pairs", 40, 3), ("pairs", 1, 10)])
def test_a_batch_of_pairs_takes_as_many_windows_as_hold_them(make_walks, make_settings, batch_of, size, steps):
    dataset = make_walks(10, 20, 12, 12)  # ten windows of ten pairs each, one item being validated
    wanted = replace(make_settings("sasrec"), batch_size=size, batch_of=batch_of)
    with undisturbed() as folder:
        config = recbole_config("sasrec", wanted, 1, folder)
        train, _ = _loaders(config, WindowDataset(config, dataset), wanted)
    assert len(train) == steps


def test_the_rehearsal_is_smaller_than_the_paper():
    for name in TITLES:
        assert small(name, 3, 2).epochs == 3
        assert small(name, 3, 2).length <= 50
