from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from reproduce.report.charts import MARKS, Axis, bars, key, lines, ticks
from reproduce.report.figure1 import Bar, Panel
from reproduce.results.document import Curve

SVG = "{http://www.w3.org/2000/svg}"


def curve(values, width=0.05):
    return Curve(
        figure="F4",
        row="m",
        dataset="d",
        method="m",
        recommender="mean",
        strategy="none",
        metric="precision",
        values=tuple(values),
        low=tuple(value - width for value in values),
        high=tuple(value + width for value in values),
        n=5,
        run="r",
    )


def parsed(svg):
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


@pytest.mark.parametrize(("low", "high"), [(0.07, 0.16), (0.0, 1.0), (0.512, 0.548), (0.4, 0.4), (0.91, 1.0), (0.0871, 0.0872)])
def test_ticks_are_few_round_and_hold_the_data(low, high):
    found = ticks(low, high)
    assert 2 <= len(found) <= 7
    assert found[0] <= low
    assert found[-1] >= high
    assert len({round(second - first, 6) for first, second in pairwise(found)}) == 1


def test_an_axis_is_linear():
    axis = Axis(0, 10, 100, 200)
    assert [axis.at(value) for value in (0, 5, 10)] == ["100.0", "150.0", "200.0"]


def test_a_chart_has_a_line_a_band_and_a_mark_per_round_for_every_series():
    tree = parsed(lines("Precision", [("DGDPO", curve([0.1, 0.2, 0.15])), ("Agent4Rec", curve([0.1, 0.1, 0.1]))], "c1"))
    assert len(tree.findall(f"{SVG}polyline")) == 2
    assert len(tree.findall(f"{SVG}polygon")) == 2
    assert len(tree.findall(f"{SVG}circle")) == 3
    assert len(tree.findall(f"{SVG}rect")) == 3


def test_series_differ_without_colour():
    assert len({key(place).replace(f"s{place}", "") for place in range(len(MARKS))}) == len(MARKS)


def test_a_chart_says_its_title_and_ends_to_a_screen_reader():
    tree = parsed(lines("Precision", [("A & B", curve([0.1, 0.2]))], "c1"))
    assert tree.attrib["role"] == "img"
    assert tree.attrib["aria-labelledby"] == "c1-t c1-d"
    assert tree.find(f"{SVG}desc").text == "Precision over 2 rounds: A & B from 0.100 to 0.200"


def test_one_round_is_drawn():
    parsed(lines("Precision", [("m", curve([0.1]))], "c1"))


def test_bars_show_the_accuracy_the_interval_and_the_printed_values():
    bar = Bar("diagnoser", "Ours <x>", True, 94.2, 91.0, 97.0, 94.0, 500)
    tree = parsed(bars(Panel("random", "Random", (bar,)), [62.78, 92.2], "b1"))
    texts = [text.text for text in tree.findall(f"{SVG}text")]
    assert {"Ours <x>", "94.2", "62.78", "92.20"} <= set(texts)
    assert len([line for line in tree.findall(f"{SVG}line") if line.attrib["class"] == "whisker"]) == 3
