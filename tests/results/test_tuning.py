from __future__ import annotations

import pytest

from reproduce.paper import Tuning
from reproduce.results.tuning import Searched, optima, studies

TUNING = Tuning(
    id="T6",
    title="Tuned",
    where="Table 6",
    datasets=("a", "b"),
    methods={
        "FPMC": {
            "embedding_size": {"best": (32, 64), "searched": (32, 64, 128)},
            "learning_rate": {"best": (0.01, 0.01), "searched": (0.001, 0.01)},
        }
    },
)


def setting(size, rate):
    return {"embedding_size": size, "learning_rate": rate}


def searched(*tried, dataset="a"):
    """A search whose trials are (setting, value)."""
    trials = [
        {"method": "FPMC", "trial": n, "params": params, "value": value, "epochs": 1} for n, (params, value) in enumerate(tried)
    ]
    done = [trial for trial in trials if trial["value"] is not None]
    won = max(done, key=lambda trial: trial["value"]) if done else {"params": None, "value": None}
    found = {"objective": "ndcg@10", "params": won["params"], "value": won["value"], "trials": len(trials)}
    return Searched(
        "p/a-tuning", dataset, "town", trials, {"FPMC": {**found, "settings": 3, "diverged": len(trials) - len(done)}}
    )


def test_our_optimum_stands_beside_the_printed_one():
    found = {
        (each.dataset, each.name): each for each in optima(TUNING, [searched((setting(64, 0.01), 0.3), (setting(32, 0.01), 0.2))])
    }
    size, rate = found["a", "embedding_size"], found["a", "learning_rate"]
    assert (size.printed, size.ours, size.equal) == (32, 64, False)
    assert (rate.printed, rate.ours, rate.equal) == (0.01, 0.01, True)
    assert (found["b", "embedding_size"].ours, found["b", "embedding_size"].equal) == (None, None), "not searched"


def test_the_printed_optimum_has_a_place_where_it_was_tried():
    tried = [(setting(64, 0.01), 0.3), (setting(32, 0.01), 0.2), (setting(128, 0.001), 0.25), (setting(64, 0.001), None)]
    (study,) = studies(TUNING, [searched(*tried)])
    assert (study.best, study.printed, study.printed_rank) == (0.3, 0.2, 3)
    assert (study.trials, study.diverged, study.objective, study.source) == (4, 1, "ndcg@10", "town")


def test_a_setting_that_was_tried_twice_counts_once_with_its_better_value():
    (study,) = studies(
        TUNING,
        [searched((setting(64, 0.01), 0.3), (setting(64, 0.01), 0.3), (setting(32, 0.01), 0.2), (setting(32, 0.01), 0.28))],
    )
    assert (study.printed, study.printed_rank) == (0.28, 2)


def test_a_printed_optimum_that_was_not_tried_has_no_objective():
    (study,) = studies(TUNING, [searched((setting(64, 0.01), 0.3))])
    assert (study.printed, study.printed_rank) == (None, None)


def test_a_search_that_only_diverged_has_no_optimum():
    only = searched((setting(64, 0.01), None))
    (study,) = studies(TUNING, [only])
    assert (study.best, study.printed) == (None, None)
    assert {each.ours for each in optima(TUNING, [only])} == {None}


def test_the_value_of_an_optimum_is_compared_as_a_number():
    assert [each.equal for each in optima(TUNING, [searched((setting(32.0, 1e-2), 0.3))]) if each.dataset == "a"] == [True, True]


def test_a_method_that_was_not_searched_has_no_study():
    with_none = Searched("p/a-tuning", "a", "town", [], {})
    assert list(studies(TUNING, [with_none])) == []
    assert {each.ours for each in optima(TUNING, [with_none])} == {None}


@pytest.mark.parametrize("dataset", ["a", "b"])
def test_a_study_names_its_data_set(dataset):
    (study,) = studies(TUNING, [searched((setting(64, 0.01), 0.3), dataset=dataset)])
    assert study.dataset == dataset
