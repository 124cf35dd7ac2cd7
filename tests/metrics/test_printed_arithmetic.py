"""The paper's own arithmetic: which aggregation its tables can have come from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reproduce.metrics.stats import harmonic
from reproduce.paper import Paper
from reproduce.yaml_files import read

PAPER = read(Path(__file__).parents[2] / "specs" / "dgdpo" / "paper.yaml", Paper)


METRICS = ("precision", "recall", "accuracy", "f1")


def printed():
    """Every printed line with all four metrics, once: {(data set, table and line): (precision, recall, accuracy, f1)}."""
    lines: dict[tuple[str, str], dict[str, float]] = {}
    for cell in PAPER.cells():
        again = cell.table != "T2" and (cell.row in ("DGDPO", "0.6") or "Ours" in cell.row)  # Table 2's DGDPO once more
        if cell.table in ("T2", "T3", "T4", "T5") and not again:
            lines.setdefault((cell.dataset, f"{cell.table} {cell.row}"), {})[cell.metric] = cell.printed
    return {key: tuple(line[name] for name in METRICS) for key, line in lines.items()}


def test_f1_is_the_harmonic_mean_of_printed_precision_and_recall_in_all_lines_but_one():
    lines = printed()
    assert len(lines) == 26
    off = [
        key
        for key, (precision, recall, _, f1) in lines.items()
        if abs(harmonic(np.array(precision), np.array(recall)) - f1) > 1.5e-4  # both factors are rounded to four decimals
    ]
    assert off == [("books", "T3 w/o specialized LLM")]


def test_the_line_that_is_off_is_an_erratum():
    cells = [ref for erratum in PAPER.errata for ref in erratum.cells if ref.table == "T3"]
    assert [(ref.row, ref.metric, ref.corrected) for ref in cells] == [("w/o specialized LLM", "f1", 0.2766)]


@pytest.mark.parametrize(("dataset", "low", "high"), [("books", 5.4, 6.8), ("ml-1m", 6.1, 7.2), ("movies-tv", 6.6, 7.7)])
def test_printed_recall_and_accuracy_imply_five_to_eight_yes_verdicts_of_twenty(dataset, low, high):
    """With one positive in 20, yes per round = 2 Rec + 19 - 20 Acc: far more than the one item that may be selected."""
    said = [
        2 * recall + 19 - 20 * accuracy
        for (of, row), (_, recall, accuracy, _) in printed().items()
        if of == dataset and "T2" in row
    ]
    assert len(said) == 6
    assert low - 0.05 <= min(said) < max(said) <= high + 0.05


def test_no_printed_line_fits_one_selected_item_as_the_only_positive_prediction():
    """Then recall = TP / rounds could not exceed precision = TP / selections."""
    assert all(recall > 2 * precision for precision, recall, _, _ in printed().values())
