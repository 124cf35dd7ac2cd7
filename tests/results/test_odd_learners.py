"""Runs of learners and simulators that are odd, incomplete or contradict themselves: counted, remarked or refused."""

from __future__ import annotations

import json

import pytest
from found import evaluated, one, results_of, rows
from scripted_learning import PAPER, learning_project

from reproduce.errors import MissingInput
from reproduce.files import read_jsonl, write_jsonl
from reproduce.stages import evaluate


def small(root, **edits):
    """Few users of few data sets: for tests that change a run."""
    return learning_project(root, 12, edits.pop("datasets", ("yelp",)), **edits)


def rewrite(project, key, name, change):
    path = project.build / "runs" / PAPER / key / f"{name}.jsonl"
    write_jsonl(path, change(read_jsonl(path)))


def test_what_is_odd_is_counted(tmp_path):
    project = small(tmp_path)
    rewrite(project, "yelp-dqn", "episodes", lambda told: [{**told[0], "steps": []}, *told[1:]])
    rewrite(
        project, "yelp-ppo", "logged", lambda told: [{**told[0], "probability": 0.0}, {**told[1], "probability": 1.0}, *told[2:]]
    )
    rewrite(project, "yelp-a2c", "episodes", lambda told: [{**told[0], "steps": told[0]["steps"] * 2}, *told[1:]])
    counters = results_of(evaluated(project, PAPER), PAPER).counters
    assert counters[f"{PAPER}/yelp-dqn"]["episodes_without_steps"] == 1
    assert counters[f"{PAPER}/yelp-a2c"]["items_repeated"] == 3
    assert counters[f"{PAPER}/yelp-ppo"]["logged_never_chosen"] == 1
    assert counters[f"{PAPER}/yelp-ppo"]["logged_weights_clipped"] == 1
    assert 0 < counters[f"{PAPER}/yelp-ppo"]["logical_votes_by_coin"] < counters[f"{PAPER}/yelp-ppo"]["logical_votes"]


def test_one_class_of_labels_has_no_auc_and_says_so(tmp_path):
    project = small(tmp_path)
    rewrite(project, "yelp-prediction", "predictions", lambda told: [{**line, "label": 1} for line in told])
    results = results_of(evaluated(project, PAPER), PAPER)
    assert not rows(results, table="T6", metric="auc")
    assert "no AUC on yelp: all 12 held-out interactions are liked (LG-D13)" in results.remarks
    assert rows(results, table="prediction", dataset="yelp", metric="brier"), "what needs one class only is there"
    assert results.relations[1].answer == "cannot say"


def test_one_seed_has_no_interval_no_verdict_and_a_remark(tmp_path):
    project = small(tmp_path, seeds=1)
    results = results_of(evaluated(project, PAPER), PAPER)
    found = one(results, table="T2", dataset="yelp", row="DQN", metric="avg_reward")
    assert (found.sd, found.low, found.high, found.n) == (None, found.value, found.value, 1)
    assert any(remark.startswith("one seed, hence no interval: ensemble/") for remark in results.remarks)
    assert results.relations[0].answer == "cannot say"


def test_paper_mode_gives_verdicts(tmp_path):
    about = {"mode": "paper", "engine": "openai", "model": "gpt-4o-mini-2024-07-18", "source": "yelp"}
    results = results_of(evaluated(small(tmp_path, datasets=("yelp", "anime"), **about), PAPER), PAPER)
    found = one(results, table="T2", dataset="yelp", row="DQN", metric="avg_reward")
    assert found.verdict == "differs"
    assert one(results, table="T2", dataset="anime", row="DQN", metric="avg_reward").verdict == "rehearsal", "a stand-in"


@pytest.mark.parametrize(
    ("key", "name", "change", "message"),
    [
        ("yelp-dqn", "episodes", lambda told: told[1:], "tells episode 1 as its 1th"),
        ("yelp-dqn", "episodes", lambda told: [], "there is no episode in it"),
        ("yelp-dqn", "logged", lambda told: [*told, told[0]], "seed 0 tells user 100 twice"),
        ("yelp-dqn", "logged", lambda told: [{**told[0], "propensity": 0.0}], "no probability, propensity or rank"),
        ("yelp-prediction", "predictions", lambda told: [*told, told[0]], "ensemble tells user 100 twice"),
        ("yelp-prediction", "predictions", lambda told: [{**told[0], "p": 1.2}], "the score 1.2, not one of 0 to 1"),
    ],
)
def test_a_run_that_contradicts_itself_is_refused(tmp_path, key, name, change, message):
    project = small(tmp_path)
    rewrite(project, key, name, change)
    with pytest.raises(ValueError, match=message):
        evaluate.run(project, PAPER)


def test_all_missing_runs_are_named_at_once(tmp_path):
    project = small(tmp_path)
    for key in ("yelp-dqn", "yelp-random"):
        (project.build / "runs" / PAPER / key / "run.json").unlink()
    with pytest.raises(MissingInput, match=r"2 of 9 runs are not there \(`ensemble/yelp-dqn`, `ensemble/yelp-random`\)"):
        evaluate.run(project, PAPER)


def test_the_users_of_a_prediction_may_come_in_any_order(tmp_path):
    project = small(tmp_path)
    evaluate.run(project, PAPER)
    before = [row for row in results_of(project, PAPER).rows if row.run.endswith("-prediction")]
    rewrite(project, "yelp-prediction", "predictions", lambda told: sorted(told, key=lambda line: -line["user"]))
    evaluate.run(project, PAPER)
    after = [row for row in results_of(project, PAPER).rows if row.run.endswith("-prediction")]
    assert {json.dumps(row.model_dump(), sort_keys=True) for row in before} == {
        json.dumps(row.model_dump(), sort_keys=True) for row in after
    }
