"""Gains and tests on two data sets and three lines, by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from reproduce.errors import SpecError
from reproduce.metrics.stats import Resamples
from reproduce.paper import Paper
from reproduce.results import gains
from reproduce.results.cells import Filled
from reproduce.results.runs import Run
from reproduce.yaml_files import read

ABOUT = {
    "mode": "rehearsal",
    "engine": "heuristic",
    "model": "heuristic-1",
    "source": "town",
    "dataset": "a",
}
LINES = ("Old", "Older", "Ours")
PAPER = {
    "title": "A paper",
    "authors": "Nobody",
    "near": 0.05,
    "datasets": [{"id": "a", "label": "A"}],
    "metrics": [
        {"id": "precision", "label": "P", "unit": "fraction"},
        {"id": "recall", "label": "R", "unit": "fraction"},
        {"id": "precision_gain", "label": "P", "unit": "percent"},
        {"id": "mean_gain", "label": "mean", "unit": "percent"},
    ],
    "tables": [
        {
            "id": "T",
            "title": "Results",
            "where": "Table 1",
            "strategy": "none",
            "metrics": ["precision", "recall"],
            "blocks": [{"dataset": "a", "rows": [{"row": line, "printed": [0.1, 0.1], "run": f"p/{line}"} for line in LINES]}],
        },
        {
            "id": "G",
            "title": "Gains",
            "where": "Table 1, last line",
            "method": "Ours",
            "gains_of": "T",
            "metrics": ["precision_gain", "mean_gain"],
            "blocks": [{"dataset": "a", "rows": [{"row": "Gain", "printed": [30.0, 20.0]}]}],
        },
    ],
    "relations": [
        {"kind": "better", "says": "ours is best", "table": "T", "better": "Ours", "than": ["Old", "Older"], "p_below": 0.01}
    ],
}
DRAWS = {  # the sample, then two resamples
    ("Ours", "precision"): [0.20, 0.30, 0.10],
    ("Old", "precision"): [0.16, 0.05, 0.05],
    ("Older", "precision"): [0.10, 0.10, 0.20],
    ("Ours", "recall"): [0.55, 0.50, 0.60],
    ("Old", "recall"): [0.40, 0.40, 0.40],
    ("Older", "recall"): [0.50, 0.50, 0.50],
}
USERS = {
    ("Ours", "precision"): [0.1, 0.2, 0.3],
    ("Old", "precision"): [0.1, 0.1, 0.1],
    ("Older", "precision"): [0.0, 0.0, 0.0],
    ("Ours", "recall"): [0.5, 0.5, 0.6],
    ("Old", "recall"): [0.4, 0.4, 0.4],
    ("Older", "recall"): [0.2, 0.5, 0.8],
}


def paper(**edits):
    return Paper.model_validate({**PAPER, **edits})


def filled(lines=LINES):
    resamples = Resamples(np.array([[1.0, 1, 1], [3, 0, 0], [0, 2, 1]]))
    for cell in paper().cells("T"):
        if cell.row in lines:
            draws, users = (np.array(values[cell.row, cell.metric]) for values in (DRAWS, USERS))
            run = Run(f"p/{cell.row}", Path("nowhere"), ABOUT)
            yield Filled(cell, run, "user_macro", "mean", draws, resamples, (1, 2, 3), users, 3)


def test_a_gain_is_over_the_best_of_the_others_of_each_resample():
    gain, mean = gains.fill(paper(), filled())
    assert gain.draws.tolist() == [pytest.approx(25.0), pytest.approx(200.0), pytest.approx(-50.0)]
    assert (gain.against, gain.complete, gain.cell.strategy, gain.run.key) == ("Old", True, "none", "p/Ours")
    # recall: 10 %, 0 %, 20 % over Older
    assert mean.draws.tolist() == [pytest.approx(17.5), pytest.approx(100.0), pytest.approx(-15.0)]
    assert mean.against is None
    assert gain.row().printed == 30.0


@pytest.mark.parametrize(("errata", "verdict"), [((), "agrees"), (("E1",), None)])
def test_a_printed_gain_that_cannot_be_right_is_not_judged(errata, verdict):
    cells = [{"table": "G", "dataset": "a", "row": "Gain", "metric": "precision_gain", "corrected": 25.0}]
    about = {"where": "Table 1", "says": "30", "fact": "it is 25", "reading": "25"}
    wrong = paper(errata=[{"id": name, "cells": cells, **about} for name in errata])
    gain, _ = gains.fill(wrong, filled())
    real = Run("p/Ours", Path("nowhere"), {**ABOUT, "mode": "paper", "engine": "openai", "source": "a"})
    assert replace(gain, run=real).row().verdict == verdict


def test_a_gain_over_some_of_the_others_is_not_complete():
    gain, _ = gains.fill(paper(), filled(("Older", "Ours")))
    assert (gain.against, gain.complete) == ("Older", False)


@pytest.mark.parametrize("lines", [("Old", "Older"), ("Ours",)])
def test_without_the_own_line_or_any_other_there_is_no_gain(lines):
    assert list(gains.fill(paper(), filled(lines))) == []


def test_of_equal_lines_the_first_is_the_runner_up():
    old, older = (each for each in filled(("Old", "Older")) if each.cell.metric == "recall")
    assert gains.runner_up([old, replace(older, draws=old.draws + 1e-16)]).cell.row == "Old"
    assert gains.runner_up([old, replace(older, draws=old.draws + 1e-6)]).cell.row == "Older"


def test_the_best_of_the_others_is_tested_in_every_metric_and_all_tests_are_adjusted_together():
    precision, recall = gains.significance(paper(), filled())
    assert (precision.runner_up, recall.runner_up) == ("Old", "Older")
    assert precision.difference == pytest.approx(0.1)
    raw = [
        stats.ttest_rel(USERS["Ours", name], USERS[other, name]).pvalue
        for name, other in (("precision", "Old"), ("recall", "Older"))
    ]
    assert [precision.t_p, recall.t_p] == [pytest.approx(p, rel=1e-5) for p in raw]
    assert precision.family == 2
    assert raw[0] < raw[1]
    assert precision.t_holm == precision.t_bonferroni == pytest.approx(2 * raw[0], rel=1e-5)
    assert (recall.t_holm, recall.t_bonferroni) == (pytest.approx(raw[1], rel=1e-5), pytest.approx(min(1, 2 * raw[1]), rel=1e-5))
    assert precision.differing == 2


def test_the_interval_of_a_test_is_that_of_its_mean_difference():
    precision, _ = gains.significance(paper(), filled())
    # resamples: three times user 1 = 0; twice user 2 and once user 3 = (0.2 + 0.2) / 3
    assert (precision.low, precision.high) == (pytest.approx(0.025 * 0.4 / 3, abs=1e-6), pytest.approx(0.975 * 0.4 / 3, abs=1e-6))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"gains_of": "X"}, "no other table `X`"),
        ({"gains_of": "G"}, "no other table `G`"),
        ({"method": "Nobody"}, "no line of table `T` `Nobody`"),
        ({"metrics": ["precision_gain", "recall"]}, "no gain in a metric of table `T` `recall`"),
    ],
)
def test_a_table_of_gains_that_names_what_is_not_there_is_refused(tmp_path, edit, message):
    import yaml

    table = {**PAPER["tables"][1], **edit}
    path = tmp_path / "paper.yaml"
    path.write_text(yaml.safe_dump({**PAPER, "tables": [PAPER["tables"][0], table]}), encoding="utf-8")
    with pytest.raises(SpecError, match=message):
        read(path, Paper)
