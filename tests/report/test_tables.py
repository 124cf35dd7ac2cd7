from __future__ import annotations

import pytest
from scripted_runs import scripted_project

from reproduce.report.figure1 import name_of, panels
from reproduce.report.groups import by_aggregation, by_recommender, chart_groups
from reproduce.report.tables import figures, table_view
from reproduce.results.document import Results
from reproduce.stages import evaluate


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = scripted_project(tmp_path_factory.mktemp("checkout"), users=4, samples=30)
    evaluate.run(made, "dgdpo")
    return made


@pytest.fixture(scope="module")
def results(project):
    return Results.read(project.results / "dgdpo.json")


def test_numbers_have_as_many_digits_as_the_paper_prints():
    assert figures(0.143, "fraction") == "0.1430"
    assert figures(92.2, "percent") == "92.20"
    assert figures(999611, "count") == "999,611"
    assert figures(198.41, "items") == "198.41"
    assert figures(None, "count") == ""


def test_a_table_shows_all_printed_lines_of_a_filled_data_set_in_order(project, results):
    view = table_view(project.paper("dgdpo"), results, "T2")
    (block,) = view.filled
    assert [line.heading for line in block.lines] == ["KuaiSim", "Agent4Rec", "LLM-US", "RAH", "AgentCF", "DGDPO"]
    assert [line.filled for line in block.lines] == [False, True, False, False, False, True]
    assert (block.dataset, block.source, block.n) == ("ML-1M", "town", 4)
    assert [other.dataset for other in view.printed_only] == ["Books", "Movies & TV"]


def test_a_filled_cell_shows_ours_with_its_interval_beside_the_printed_value(project, results):
    cell = table_view(project.paper("dgdpo"), results, "T2").filled[0].lines[-1].cells[0]
    assert (cell.label, cell.printed, cell.verdict) == ("Prec", "0.1430", "rehearsal")
    assert float(cell.low) <= float(cell.value) <= float(cell.high)


def test_a_count_has_no_interval_and_an_erratum_is_named(project, results):
    lines = table_view(project.paper("dgdpo"), results, "T1").filled[0].lines
    assert all(cell.low == cell.high == "" for line in lines for cell in line.cells)
    assert [line.cells[0].erratum for line in lines] == ["", "", "", "E1", ""]


def test_figure_1_has_a_panel_per_split_with_predictors_in_one_order(project, results):
    found = panels(project.paper("dgdpo"), results)
    assert [panel.split for panel in found] == ["random", "unseen", "unseen_phrasing", "literal"]
    assert len({tuple(bar.predictor for bar in panel.bars) for panel in found}) == 1
    assert [bar.predictor for bar in found[0].bars][:4] == ["diagnoser", "without_pretraining", "without_finetuning", "general"]


def test_an_unknown_predictor_is_named_by_its_id():
    assert name_of("title_length") == "Title length"


def test_recommenders_and_aggregations_stand_beside_the_table(results):
    assert [(line.method, line.name) for line in by_recommender(results, "T2")][:5] == [
        ("Agent4Rec", name) for name in ("Mean", "FPMC", "NARM", "SASRec", "LRURec")
    ]
    assert len(by_aggregation(results, "T2")) == 6
    assert all(row is not None for line in (*by_recommender(results, "T2"), *by_aggregation(results, "T2")) for row in line.rows)


def test_the_paper_s_own_method_is_the_first_series(project, results):
    first, second = chart_groups(project.paper("dgdpo"), results)
    assert [name for _, name in first.legend] == ["DGDPO", "Agent4Rec"]
    assert [name for name, _ in first.charts] == ["Precision", "Recall", "Accuracy", "F1"]
    assert (first.folded, second.folded, len(second.charts)) == (False, True, 4)


def test_strategies_are_drawn_against_each_other_where_several_were_run(tmp_path):
    made = scripted_project(tmp_path, users=3, samples=15, strategies=("none", "with_gt"))
    evaluate.run(made, "dgdpo")
    groups = chart_groups(made.paper("dgdpo"), Results.read(made.results / "dgdpo.json"))
    figure_3, alone = [group for group in groups if "Figure 3" in group.title]
    assert [name for _, name in figure_3.legend] == ["update w/ GT", "w/o update"]
    assert (figure_3.folded, len(figure_3.charts)) == (False, 4)
    assert (alone.folded, len(alone.charts)) == (True, 4 * 4)
