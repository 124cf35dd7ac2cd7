from __future__ import annotations

import io
import re

import pytest
from rich.console import Console
from scripted_runs import scripted_project

from reproduce.errors import MissingInput
from reproduce.report.terminal import show_results
from reproduce.stages import evaluate


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = scripted_project(tmp_path_factory.mktemp("checkout"), users=4, samples=30)
    evaluate.run(made, "dgdpo")
    return made


def shown(project, **options):
    file = io.StringIO()
    show_results(project, console=Console(file=file, highlight=False, **options))
    return file.getvalue()


def test_table_2_shows_both_methods_with_intervals_and_printed_values(project):
    text = shown(project, width=80)
    table = text[text.index("Table 2: ML-1M (4 users)") : text.index("Figure 1")]
    assert re.findall(r"^ (\w+) +0\.\d{4}", table, flags=re.M) == ["Agent4Rec", "DGDPO"]
    assert table.count("paper 0.") == 8
    assert "paper 0.1430" in table
    assert table.count("–") == 8, "an interval per cell"


def test_mode_engine_and_stand_in_are_named_first(project):
    head = shown(project, width=80)[:700]
    assert "DGDPO · rehearsal" in head
    assert "engine heuristic (heuristic-1)" in head
    assert "town in place of ML-1M" in head
    assert "says nothing on the paper" in shown(project, width=100)


def test_no_line_is_wider_than_80_columns(project):
    assert max(len(line) for line in shown(project, width=80).splitlines()) <= 80


def test_statuses_calls_and_the_place_of_the_report_are_shown(project):
    text = shown(project, width=80)
    for word in ("strict", "lenient", "repair", "fallback", "refusal", "dgdpo/round.v1", "tokens in", "no price is set"):
        assert word in text
    assert "Report: not written yet" in text


def test_figure_1_shows_every_split_and_the_printed_averages(project):
    text = shown(project, width=80)
    for word in ("Random", "phrasings", "Specialized", "62.78", "92.20"):
        assert word in text


def test_without_a_terminal_there_are_no_control_characters(project):
    assert "\x1b" not in shown(project)
    assert "\x1b" in shown(project, force_terminal=True, width=80)


def test_without_results_the_remedy_is_said(tmp_path):
    made = scripted_project(tmp_path, users=2, samples=15)
    with pytest.raises(MissingInput, match="dvc repro"):
        shown(made)
