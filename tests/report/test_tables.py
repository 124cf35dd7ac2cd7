from __future__ import annotations

import pytest
from scripted_report import METHODS

from reproduce.report import drawings
from reproduce.report.beside import by_aggregation, by_recommender, measured
from reproduce.report.figure1 import datasets, matrices, name_of, panels
from reproduce.report.tables import figures, method_of, table_view
from reproduce.results.document import Results


@pytest.fixture(scope="module")
def paper(reported):
    return reported.paper("dgdpo")


@pytest.fixture(scope="module")
def results(reported):
    return Results.read(reported.results / "dgdpo.json")


def test_numbers_have_as_many_digits_as_the_paper_prints():
    assert figures(0.143, "fraction") == "0.1430"
    assert figures(92.2, "percent") == "92.20"
    assert figures(999611, "count") == "999,611"
    assert figures(198.41, "items") == "198.41"
    assert figures(None, "count") == ""


def test_a_table_shows_all_printed_lines_of_every_data_set_in_order(paper, results):
    view = table_view(paper, results, "T2")
    assert [block.dataset for block in view.filled] == ["ML-1M", "Books", "Movies & TV"]
    for block in view.filled:
        assert [line.heading for line in block.lines] == list(METHODS)
        assert all(line.filled for line in block.lines)
        assert (block.source, block.n) == ("town", 6)


def test_a_line_without_a_run_stays_empty_beside_the_others(paper, results):
    fewer = results.model_copy(update={"rows": tuple(row for row in results.rows if row.row != "RAH")})
    block = table_view(paper, fewer, "T2").filled[0]
    assert [line.filled for line in block.lines] == [name != "RAH" for name in METHODS]


def test_a_filled_cell_shows_ours_with_its_interval_beside_the_printed_value(paper, results):
    cell = table_view(paper, results, "T2").filled[0].lines[-1].cells[0]
    assert (cell.label, cell.printed, cell.verdict) == ("Prec", "0.1430", "rehearsal")
    assert float(cell.low) <= float(cell.value) <= float(cell.high)


def test_best_and_second_are_marked_unless_they_tie(paper, results):
    def given(value):
        rows = (
            row.model_copy(update={"value": value[row.row]})
            if (row.table, row.dataset, row.metric, row.scope, row.recommender)
            == ("T2", "ml-1m", "precision", "user_macro", "mean")
            else row
            for row in results.rows
        )
        view = table_view(paper, results.model_copy(update={"rows": tuple(rows)}), "T2")
        return [line.cells[0].best for line in view.filled[0].lines]

    values = dict(zip(METHODS, (0.1, 0.5, 0.2, 0.3, 0.4, 0.45), strict=True))
    assert given(values) == ["", "first", "", "", "", "second"]
    assert given({**values, "DGDPO": 0.4}) == [""] * 6


def test_a_count_has_no_interval_and_an_erratum_is_named(paper, results):
    lines = table_view(paper, results, "T1").filled[0].lines
    assert all(cell.low == cell.high == "" for line in lines for cell in line.cells)
    assert [line.cells[0].erratum for line in lines] == ["", "", "", "E1", ""]


def test_a_run_is_called_as_the_results_or_the_tables_have_it(paper, results):
    nameless = {key: run.model_copy(update={"method": None}) for key, run in results.runs.items()}
    assert method_of(paper, results.model_copy(update={"runs": nameless}), "dgdpo/books-rah") == "RAH"
    named = {key: run.model_copy(update={"method": "DGDPO, w/o iteration"}) for key, run in results.runs.items()}
    assert method_of(paper, results.model_copy(update={"runs": named}), "dgdpo/books-rah") == "DGDPO, w/o iteration"
    assert method_of(paper, results, "dgdpo/none") == "dgdpo/none"


def test_figure_1_has_a_panel_per_split_with_predictors_in_one_order(paper, results):
    assert datasets(results) == ("ml-1m", "books", "movies-tv")
    found = panels(paper, results, "books")
    assert [panel.split for panel in found] == ["random", "unseen", "unseen_phrasing", "literal"]
    assert len({tuple(bar.predictor for bar in panel.bars) for panel in found}) == 1
    assert [bar.predictor for bar in found[0].bars][:4] == ["diagnoser", "without_pretraining", "without_finetuning", "general"]
    assert {matrix.run for matrix in matrices(results, "books")} == {"dgdpo/books-diagnosis"}


def test_figure_1_is_drawn_over_data_sets_with_the_printed_averages(paper, results):
    ((panel,),) = drawings.figure_1(paper, results).rows
    assert panel.places == ("ML-1M", "Books", "Movies & TV", "average")
    assert [series.name for series in panel.series] == ["general-purpose LLM", "specialized diagnostic module"]
    assert dict(panel.printed) == {"62.78": 62.78, "92.20": 92.2}


def test_an_unknown_predictor_is_named_by_its_id():
    assert name_of("title_length") == "Title length"


def test_recommenders_and_aggregations_stand_beside_each_data_set(results):
    beside = by_recommender(results, "T2", "books")
    assert [(line.heading, line.name) for line in beside][:5] == [
        ("KuaiSim", name) for name in ("Mean", "FPMC", "NARM", "SASRec", "LRURec")
    ]
    assert len(by_aggregation(results, "T2", "books")) == 3 * 6
    rows = [row for line in (*beside, *by_aggregation(results, "T2", "books")) for row in line.rows]
    assert all(row is not None and row.dataset == "books" for row in rows)


def test_figure_4_has_the_paper_s_own_method_first_and_figure_3_its_strategies(paper, results):
    found = {drawing.id: drawing for drawing in drawings.over_rounds(paper, results)}
    four = found["figure-4-books"]
    assert [panel.title for row in four.rows for panel in row] == [
        f"Precision, {name}" for name in ("FPMC", "NARM", "SASRec", "LRURec")
    ]
    assert next(iter(four.legend)) == "DGDPO"
    assert len(four.legend) == 6
    three = found["figure-3-books"]
    assert [len(row) for row in three.rows] == [4, 4, 4, 4]
    assert list(three.legend) == ["update w/ GT", "w/o update"]


def test_a_knob_is_drawn_as_curves_and_names_as_bars(paper, results):
    kinds = {
        id: [panel.kind for drawing in drawings.variants(paper, results, paper.table(id)) for panel in drawing.rows[0]]
        for id in ("T3", "T4", "T5")
    }
    assert kinds == {"T3": ["bars"] * 4, "T4": ["lines"] * 4, "T5": ["lines"] * 4}
    (alpha,) = drawings.variants(paper, results, paper.table("T4"))
    assert alpha.rows[0][0].places == ("0.5", "0.6", "0.7", "0.8")
    assert [series.name for series in alpha.rows[0][0].series] == ["ours"], "a rehearsal is not drawn against the paper"


def test_variance_shares_are_drawn_per_method(paper, results):
    shares = next(each for each in measured(paper, results, "sensitivity") if each.kind == "share" and each.metric == "f1")
    drawing = drawings.compared(paper, "sensitivity", shares)
    assert [panel.title for panel in drawing.rows[0]] == list(METHODS)
    assert drawing.rows[0][0].places == ("user", "seed", "prompt", "residual")


def test_differences_stand_apart_from_what_they_compare(paper, results):
    row = next(row for row in results.rows if row.table == "taste")
    against = row.model_copy(update={"row": "DGDPO", "column": "difference", "against": "RAH", "scope": "final"})
    found = measured(paper, replace_rows(results, against), "taste")
    differences = [each for each in found if each.kind == "difference"]
    assert [line for each in differences for line, _ in each.lines] == ["DGDPO minus RAH"]


def replace_rows(results, extra):
    return results.model_copy(update={"rows": (*results.rows, extra)})


def test_many_orders_of_a_page_give_a_figure_per_quantity_and_none_is_left_out(paper, results):
    def drawn(scopes):
        one = next(curve for curve in results.curves if curve.figure == "audit" and curve.over == "position")
        given = {"yes_rate": scopes, "selection_rate": scopes}
        curves = [one.model_copy(update={"metric": m, "scope": s}) for m, names in given.items() for s in names]
        return list(drawings.audited(paper, results.model_copy(update={"curves": tuple(curves)}), "position"))

    (together,) = drawn(("all",))
    assert list(together.legend) == ["judged yes (all)", "selected (all)"]
    apart = drawn(("all", "as ranked", "reversed", "shuffled"))
    assert [each.title.split(" by ")[0] for each in apart] == ["Share judged yes", "Share selected"]
    assert [len(each.legend) for each in apart] == [4, 4]
