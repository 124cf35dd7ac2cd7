from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from reproduce.errors import Diverged, MissingInput, StorageError
from reproduce.paper import Paper
from reproduce.responses.fitting import _Training, references
from reproduce.responses.material import Negatives, training_windows, validation_pages
from reproduce.responses.settings import METHOD, PRINTED, small, tuned
from reproduce.responses.threshold import best
from reproduce.responses.trained import ResponseModel
from reproduce.yaml_files import read

FILES = ("model.pt", "config.json", "metrics.json")


def test_a_planted_taste_is_learnt(model):
    metrics = model.metrics
    assert metrics["curve"]["loss"][-1] < 0.85 * metrics["curve"]["loss"][0]
    assert metrics["f1"] > 3 * metrics["references"]["always_yes"]["f1"]
    assert metrics["f1"] > 1.5 * metrics["references"]["popularity"]["f1"]
    assert metrics["auc"] > 0.75


def test_the_best_epoch_and_its_threshold_are_kept(model, clicks):
    metrics = model.metrics
    curve = metrics["curve"]["f1"]
    assert metrics["best_epoch"] == curve.index(max(curve)) + 1
    pages = validation_pages(clicks, 8, seed=42)
    histories = [[row.item for row in clicks.train(user)] for user in pages.users.tolist()]
    found = best(model.probabilities(pages.users.tolist(), histories, (pages.candidates - 1).tolist()))
    assert (found.tau, found.f1) == (model.tau, metrics["f1"])
    assert metrics["f1"] == pytest.approx(max(curve), abs=0.02)  # epochs are judged in single precision
    assert metrics["at_half"]["tau"] == 0.5


def test_two_trainings_write_the_same_bytes(tmp_path, clicks, settings):
    for run in ("one", "two"):
        torch.rand(3), np.random.random()  # whatever was drawn before
        ResponseModel.fit(clicks, replace(settings, epochs=2), seed=2**100 + 1, pages_seed=42).save(tmp_path / run)
    for file in FILES:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_another_seed_trains_another_model_on_the_same_pages(clicks, settings):
    one, two = (ResponseModel.fit(clicks, replace(settings, epochs=1), seed, pages_seed=42) for seed in (1, 2))
    assert not torch.equal(one.parameters["item_id.weight"], two.parameters["item_id.weight"])
    assert one.metrics["references"] == two.metrics["references"]


def test_training_stops_when_patience_is_spent(clicks, settings):
    wanted = replace(settings, learning_rate=0.0, epochs=30, patience=3)
    metrics = ResponseModel.fit(clicks, wanted, seed=1, pages_seed=42).metrics
    assert (metrics["epochs"], metrics["best_epoch"], metrics["stopped_early"]) == (4, 1, True)


def test_a_training_that_diverges_is_told(clicks, settings):
    with pytest.raises(Diverged, match="KuaiSim on planted: the loss is no number any more"):
        ResponseModel.fit(clicks, replace(settings, learning_rate=1e30, epochs=3), seed=1, pages_seed=42)


@pytest.mark.parametrize(
    ("batch_of", "size", "steps"), [("windows", 4, 3), ("pairs", 40, 3), ("original", 40, 3), ("pairs", 1, 10)]
)
def test_a_batch_of_pairs_takes_as_many_windows_as_hold_them(make_clicks, settings, batch_of, size, steps):
    dataset = make_clicks(users=10, items=64, shortest=14, longest=14)  # ten windows of ten pairs each
    windows = training_windows(dataset, 10)
    assert (len(windows), windows.pairs()) == (10, 100)
    network, device = torch.nn.Linear(1, 1), torch.device("cpu")
    wanted = replace(settings, batch_of=batch_of, batch_size=size)
    training = _Training(network, windows, Negatives(dataset, device, "in training"), wanted, device)
    assert -(-len(windows) // training._windows_per_step) == steps


def test_what_was_saved_is_loaded(tmp_path, model, clicks):
    model.save(tmp_path)
    again = ResponseModel.load(tmp_path)
    histories = [[row.item for row in clicks.train(user)] for user in range(9)]
    asked = list(range(9)), histories, [list(range(48))] * 9
    assert np.array_equal(model.probabilities(*asked), again.probabilities(*asked))
    assert again.tau == model.tau
    again.save(tmp_path / "again")
    for file in FILES:
        assert (tmp_path / file).read_bytes() == (tmp_path / "again" / file).read_bytes()


def test_a_missing_model_names_the_remedy(tmp_path, model):
    with pytest.raises(MissingInput, match="dvc repro"):
        ResponseModel.load(tmp_path)
    model.save(tmp_path)
    (tmp_path / "model.pt").unlink()
    with pytest.raises(MissingInput, match="dvc repro"):
        ResponseModel.load(tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path, model):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        model.save(tmp_path / "file" / "model")


def test_references_by_hand(clicks):
    pages = validation_pages(clicks, 8, seed=42)
    found = references(clicks, pages)
    assert found["always_yes"] == {"f1": round(2 / 21, 6), "auc": 0.5}
    count = clicks.interactions.query("part == 'train'")["item"].value_counts()
    truth, others = pages.candidates[:, 0] - 1, pages.candidates[:, 1:] - 1
    popular = [[int(count.get(item, 0)) for item in items.flatten().tolist()] for items in (truth, others)]
    pairs = [(a > b) + (a == b) / 2 for a in popular[0] for b in popular[1]]
    assert found["popularity"]["auc"] == pytest.approx(np.mean(pairs), abs=1e-6)


@pytest.mark.parametrize("dataset", ["ml-1m", "books", "movies-tv"])
def test_every_printed_hyper_parameter_of_table_6_is_used(pytestconfig, dataset):
    printed = read(pytestconfig.rootpath / "specs/dgdpo/paper.yaml", Paper).tuning.best(METHOD, dataset)
    assert set(printed) == set(PRINTED)
    wanted = tuned(printed, 200, epochs=100, patience=10, batch="original", negatives=4)
    assert {name: getattr(wanted, ours) for name, ours in PRINTED.items()} == printed


def test_the_rehearsal_is_smaller_than_the_paper():
    assert (small(3, 2, 4).epochs, small(3, 2, 4).patience) == (3, 2)
    assert small(3, 2, 4).length <= 50
