"""The search: reproducible from trial numbers alone, so that killing it changes no byte."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reproduce.tuning.journal import Journal, Outcome, Trained
from reproduce.tuning.study import Trial, best, search, suggest

SPACE = {"size": (32, 64, 128), "rate": (0.0001, 0.001, 0.01), "layers": (1, 2, 3, 4)}


def easy(params) -> Outcome:
    """Best at the largest size, the middle rate and two layers."""
    value = params["size"] / 128 - abs(params["layers"] - 2) / 4 - (params["rate"] != 0.001)
    return Outcome(round(value, 6), 3, 2)


class Counted:
    """`easy`, which counts, and gives up after so many settings as a killed process would."""

    def __init__(self, most=10**9):
        self.asked, self.most = [], most

    def __call__(self, params) -> Outcome:
        if len(self.asked) == self.most:
            raise KeyboardInterrupt
        self.asked.append(dict(params))
        return easy(params)


def run(folder: Path, trials=20, objective=easy, seed=42, name="town/fpmc") -> list[Trial]:
    return search(SPACE, objective, trials, seed, name, Journal(folder / "study.jsonl"))


def test_a_search_is_repeated_exactly(tmp_path):
    assert run(tmp_path / "one") == run(tmp_path / "two")


@pytest.mark.parametrize("other", [{"seed": 43}, {"name": "town/narm"}], ids=["seed", "study"])
def test_another_seed_or_study_tries_other_settings(tmp_path, other):
    assert run(tmp_path / "one") != run(tmp_path / "two", **other)


@pytest.mark.parametrize("most", [0, 1, 7, 13])
def test_an_interrupted_search_goes_on_and_ends_the_same(tmp_path, most):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", objective=Counted(most))
    rest, whole = Counted(), Counted()
    assert run(tmp_path / "cut", objective=rest) == run(tmp_path / "whole", objective=whole)
    assert len(rest.asked) == len(whole.asked) - most


def test_no_setting_is_trained_twice(tmp_path):
    objective = Counted()
    trials = run(tmp_path, 60, objective)
    assert len(trials) == 60
    assert len({tuple(params.items()) for params in objective.asked}) == len(objective.asked) < 36  # of 36 settings in all
    for trial in trials:
        if trial.repeats is not None:
            first = trials[trial.repeats]
            assert (first.params, first.outcome, first.repeats) == (trial.params, trial.outcome, None)
    assert sum(trial.repeats is None for trial in trials) == len(objective.asked)


def test_more_trials_go_on_where_fewer_ended(tmp_path):
    few, objective = run(tmp_path, 8), Counted()
    assert run(tmp_path, 20, objective)[:8] == few
    assert len(objective.asked) < 13


def test_trials_that_know_of_others_find_the_optimum_more_often_than_chance(tmp_path):
    values = [trial.outcome.value for trial in run(tmp_path, 50)]
    assert values[10:].count(1.0) >= 6  # of 40, where chance gives 1.1; one sampler that lives on finds 12
    assert sum(values[10:]) / 40 > sum(values[:10]) / 10


def test_a_suggestion_follows_what_was_learnt():
    good, bad = ({"size": 128, "rate": rate, "layers": 2} for rate in (0.001, 0.01))
    done = [Trial(n, good if n % 2 else bad, Outcome(float(n % 2), 1, 1), None) for n in range(40)]
    other = [Trial(n, bad if n % 2 else good, Outcome(float(n % 2), 1, 1), None) for n in range(40)]
    rates = [[suggest(SPACE, trials, seed)["rate"] for seed in range(20)] for trials in (done, other)]
    assert rates[0].count(0.001) > rates[1].count(0.001)


def test_a_training_that_diverged_is_counted_and_never_the_best(tmp_path):
    def objective(params):
        return Outcome(None, 0, 0) if params["rate"] == 0.01 else easy(params)

    trials = run(tmp_path, 20, objective)
    assert any(trial.outcome.value is None for trial in trials)
    won = best(trials)
    assert won is not None
    assert won.outcome.value == max(trial.outcome.value for trial in trials if trial.outcome.value is not None)
    assert run(tmp_path, 20, objective) == trials
    assert best([trial for trial in trials if trial.outcome.value is None]) is None


def test_the_earliest_of_the_best_trials_wins():
    trials = [Trial(n, {"size": n}, Outcome(value, 1, 1), None) for n, value in enumerate((0.1, 0.5, 0.5))]
    won = best(trials)
    assert won is not None
    assert won.number == 1


def test_a_line_that_was_cut_is_passed_over_and_spoils_no_other(tmp_path):
    journal = Journal(tmp_path / "deep" / "study.jsonl")
    rows = [Trained({"size": 32.0}, Outcome(0.5, 3, 2)), Trained({"size": 64.0}, Outcome(None, 0, 0))]
    journal.add(rows[0])
    with (tmp_path / "deep" / "study.jsonl").open("ab") as file:
        file.write(b'{"outcome": {"val')
    assert journal.read() == rows[:1]
    journal.add(rows[1])
    assert journal.read() == rows


CHILD = """
import json, sys, time
from pathlib import Path
from reproduce.tuning.journal import Journal, Outcome
from reproduce.tuning.study import search
def slow(params):
    time.sleep(0.15)
    return Outcome(params["size"] / 128 - params["layers"] / 4, 3, 2)
space = {"size": (32, 64, 128), "rate": (0.0001, 0.001, 0.01), "layers": (1, 2, 3, 4)}
trials = search(space, slow, 14, 42, "town/fpmc", Journal(Path(sys.argv[1]) / "study.jsonl"))
Path(sys.argv[1], "trials.json").write_text(json.dumps([[t.number, t.params, t.outcome.value, t.repeats] for t in trials]))
"""


def child(folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(exist_ok=True)
    return subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], stderr=subprocess.DEVNULL)


def lines(folder: Path) -> int:
    path = folder / "study.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_kill_9_in_the_middle_leaves_the_same_bytes(tmp_path):
    whole = child(tmp_path / "whole")
    for enough in (2, 6):  # killed twice
        process = child(tmp_path / "cut")
        deadline = time.monotonic() + 120
        while lines(tmp_path / "cut") < enough:
            assert process.poll() is None, "ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert not (tmp_path / "cut" / "trials.json").exists()
    assert child(tmp_path / "cut").wait() == whole.wait() == 0
    found = (tmp_path / "cut" / "trials.json").read_bytes()
    assert found == (tmp_path / "whole" / "trials.json").read_bytes()
    assert lines(tmp_path / "cut") == lines(tmp_path / "whole") == sum(row[3] is None for row in json.loads(found))
