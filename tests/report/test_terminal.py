from __future__ import annotations

import io
import re

import pytest
from rich.console import Console
from scripted_report import LUS, METHODS
from scripted_runs import scripted_project

from reproduce.errors import MissingInput
from reproduce.report.terminal import show_results
from reproduce.stages import headline


@pytest.fixture(scope="module")
def project(reported):
    return reported


@pytest.fixture(scope="module")
def part(reported):
    """The headline, evaluated as the stage does."""
    for paper in ("dgdpo", LUS):
        headline.run(reported, paper)
    return reported


def shown(project, **options):
    file = io.StringIO()
    only = options.pop("headline", False)
    show_results(project, only, Console(file=file, highlight=False, **options))
    return file.getvalue()


def test_table_2_shows_six_methods_on_three_data_sets_with_intervals_and_printed_values(project):
    text = shown(project, width=80)
    for dataset in ("ML-1M", "Books", "Movies & TV"):
        table = text.split(f"Table 2: {dataset} (6 users)")[1].split("Table ")[0]
        assert re.findall(r"^ ([\w-]+) +0\.\d{4}", table, flags=re.M) == list(METHODS)
        assert table.count("paper 0.") == 6 * 4
        assert table.count("–") == 6 * 4, "an interval per cell"
    assert "paper 0.1430" in text


def test_variants_and_what_was_found_are_shown(project):
    text = shown(project, width=80)
    for word in ("Table 3: Books", "w/o iteration", "Table 4: Books", "Table 5: Books", "Qwen3-1.7B"):
        assert word in text
    assert re.search(r"Claims of the paper, checked on ours: holds \d+, does not hold \d+, cannot say \d+", text)
    assert "Beyond the paper, checked on ours: holds 1," in text
    assert "tuned values equal the printed optimum" in text


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
    assert "report/index.html" in text.replace("\n", "")


def test_figure_1_shows_every_data_set_and_the_printed_averages(project):
    text = shown(project, width=80)
    table = text[text.index("Figure 1:") :]
    for word in ("ML-1M", "Books", "Movies & TV", "average", "paper 62.78", "paper 92.20"):
        assert word in table


def test_the_headline_shows_figure_1_with_every_split_and_no_other_data_set(part):
    text = shown(part, width=80, headline=True)
    for word in ("Random", "phrasings", "Specialized", "Table 2: ML-1M", "dgdpo.report/index.html"):
        assert word in text
    assert "Books" not in text
    assert (part.results / "headline" / "dgdpo.report" / "dgdpo" / "table-2.html").is_file()
    assert not (part.results / "headline" / "dgdpo.report" / "dgdpo" / "variants.html").exists()


def test_without_a_terminal_there_are_no_control_characters(project):
    assert "\x1b" not in shown(project)
    assert "\x1b" in shown(project, force_terminal=True, width=80)


def test_without_results_the_remedy_is_said(tmp_path):
    made = scripted_project(tmp_path, users=2, samples=15)
    with pytest.raises(MissingInput, match="dvc repro"):
        shown(made, width=80)


def test_a_paper_that_is_not_evaluated_yet_keeps_nothing_from_the_others(part):
    path = part.results / "headline" / "dgdpo.json"
    kept = path.read_bytes()
    path.unlink()
    try:
        text = shown(part, headline=True, width=100)
    finally:
        path.write_bytes(kept)
    assert "AUC" in text
    assert "dgdpo: not evaluated yet; `dvc repro headline@dgdpo`" in text
