from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from village import village, write

from reproduce.params import KuaiSimKnobs, RecommenderKnobs, TuningKnobs
from reproduce.project import Project
from reproduce.spec import TITLES, Tuning
from reproduce.tuning.objectives import Bench, fingerprint, measure, objective, space

ROOT = Path(__file__).parents[2]
PRINTED = Project.here(ROOT).paper("dgdpo").tuning
assert PRINTED
COMMON = {"embedding_size": (32, 64, 128), "learning_rate": (0.0001, 0.001, 0.01), "batch_size": (64, 128, 256)}
TABLE_6 = {
    "kuaisim": COMMON,
    "fpmc": COMMON,
    "narm": {**COMMON, "hidden_size": (50, 100, 150, 200), "layers": (1, 2, 3)},
    "sasrec": {**COMMON, "self_attention_head_num": (1, 2, 4, 8), "self_attention_block_num": (1, 2, 3, 4)},
    "lrurec": COMMON,
}
"""As printed."""
BENCH = Bench(
    dataset=village(),
    longest=50,
    seed=42,
    tuning=TuningKnobs(trials=3, epochs=2),
    recommenders=RecommenderKnobs(tuned=False, epochs=10),
    kuaisim=KuaiSimKnobs(),
)


@pytest.mark.parametrize("method", list(TABLE_6))
def test_the_search_space_is_the_printed_one(method):
    found = space(PRINTED, method)
    assert found == TABLE_6[method]
    assert {name: list(map(type, values)) for name, values in found.items()} == {
        name: list(map(type, values)) for name, values in TABLE_6[method].items()
    }


@pytest.mark.parametrize("dataset", ["ml-1m", "books", "movies-tv"])
def test_every_tuning_spec_searches_all_methods_of_table_6(dataset):
    assert set(Project.here(ROOT).spec(f"dgdpo/{dataset}-tuning", Tuning).methods) == set(TABLE_6)


@pytest.mark.parametrize("method", list(TABLE_6))
def test_every_printed_optimum_was_searched(method):
    for dataset in PRINTED.datasets:
        for name, value in PRINTED.best(TITLES[method], dataset).items():
            assert value in TABLE_6[method][name]


def test_a_method_that_is_not_printed_has_no_space():
    assert space(PRINTED.model_copy(update={"methods": {}}), "fpmc") == {}


@pytest.mark.parametrize("method", list(TABLE_6))
def test_a_setting_has_one_value_between_0_and_1(method):
    params = {name: values[0] for name, values in TABLE_6[method].items()}
    train = objective(BENCH, method)
    found = train(params)
    assert found.value is not None
    assert 0 <= found.value <= 1
    assert (found.epochs, found.best_epoch) in {(2, 1), (2, 2)}
    if method in ("kuaisim", "fpmc"):  # the quick ones
        assert train(params) == found


def test_recommenders_are_searched_by_ndcg_and_kuaisim_by_f1():
    assert {method: measure(method) for method in TABLE_6} == dict.fromkeys(TABLE_6, "ndcg@10") | {"kuaisim": "f1"}


@pytest.mark.parametrize("method", ["kuaisim", "fpmc"])
def test_a_training_that_diverges_has_no_value(method):
    params = {name: values[0] for name, values in TABLE_6[method].items()}
    found = objective(BENCH, method)({**params, "learning_rate": 1e30})
    assert (found.value, found.epochs) == (None, 0)


OTHERS = {
    "seed": {"seed": 43},
    "length": {"longest": 200},
    "epochs": {"tuning": TuningKnobs(trials=3, epochs=3)},
    "users": {"tuning": TuningKnobs(trials=3, epochs=2, users=2)},
    "batch": {"recommenders": RecommenderKnobs(tuned=False, epochs=10, batch="windows")},
    "negatives": {"kuaisim": KuaiSimKnobs(negatives=2)},
}


@pytest.mark.parametrize("other", list(OTHERS))
def test_what_changes_a_training_names_another_journal(tmp_path, other):
    write(BENCH.dataset, tmp_path)
    usual = fingerprint(BENCH, "fpmc", COMMON, tmp_path)
    assert fingerprint(replace(BENCH, **OTHERS[other]), "fpmc", COMMON, tmp_path) != usual


def test_other_methods_spaces_and_data_name_other_journals_and_more_trials_do_not(tmp_path):
    write(BENCH.dataset, tmp_path)
    usual = fingerprint(BENCH, "fpmc", COMMON, tmp_path)
    assert fingerprint(BENCH, "narm", COMMON, tmp_path) != usual
    assert fingerprint(BENCH, "fpmc", {**COMMON, "batch_size": (64, 128)}, tmp_path) != usual
    longer = replace(BENCH, tuning=TuningKnobs(trials=50, epochs=2), kuaisim=KuaiSimKnobs(tau=0.5))
    assert fingerprint(longer, "fpmc", COMMON, tmp_path) == usual
    (tmp_path / "order.csv").write_text("user\n0\n")
    assert fingerprint(BENCH, "fpmc", COMMON, tmp_path) != usual
