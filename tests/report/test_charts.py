"""Charts: what is drawn is what was given, readable without colour, and the same bytes every time."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest

from reproduce.report.charts import key, sheet
from reproduce.report.marks import COLOURS, DASHES, HATCHES, MARKS
from reproduce.report.panels import Panel, Series

SVG = "{http://www.w3.org/2000/svg}"


def series(name, values, style=0, width=0.05):
    return Series(name, tuple(values), tuple(v - width for v in values), tuple(v + width for v in values), style)


LINES = Panel("A & B", ("1", "2", "3"), (series("DGDPO", [0.1, 0.2, 0.15]), series("Agent4Rec", [0.3, 0.1, 0.1], 1)), "round")
BARS = Panel(
    "Random",
    ("Ours <x>", "Baseline"),
    (
        Series("trained", (94.2, math.nan), (91, math.nan), (97, math.nan), 0),
        Series("baseline", (math.nan, 60.0), (math.nan, 55.0), (math.nan, 64.0), 1),
    ),
    kind="bars",
    printed=(("62.78", 62.78), ("92.20", 92.2)),
    limits=(0, 100),
)
GROUPS = Panel(
    "Accuracy", ("ML-1M", "Books"), (series("general", [60, 62], 1, 2), series("special", [90, 92], 0, 2)), kind="groups"
)


@pytest.fixture(scope="module")
def drawn():
    return sheet("f1", "A figure", [[LINES, LINES], [BARS, GROUPS]])


def panel(drawn, number):
    return ElementTree.fromstring(drawn.panels[number])


def texts(tree):
    return {text.text for text in tree.iter("text")}


def test_a_figure_is_an_svg_and_a_png_file_and_a_panel_per_chart(drawn):
    tree = ElementTree.fromstring(drawn.svg)
    assert {"A figure", "A & B", "DGDPO", "Agent4Rec", "trained"} <= {text.text for text in tree.iter(f"{SVG}text")}
    assert drawn.png.startswith(b"\x89PNG")
    assert len(drawn.panels) == 4


def test_a_chart_says_its_title_and_ends_to_a_screen_reader(drawn):
    tree = panel(drawn, 0)
    assert tree.attrib["role"] == "img"
    assert tree.attrib["aria-labelledby"] == "f1-0-t f1-0-d"
    assert tree.find("title").text == "A & B"
    assert tree.find("desc").text == "A & B: DGDPO from 0.100 to 0.150, Agent4Rec from 0.300 to 0.100"


def test_the_page_s_panels_hold_only_their_own_marks_and_no_title(drawn):
    tree = panel(drawn, 0)
    assert "A & B" not in texts(tree), "a caption says it"
    assert {"1", "2", "3", "round"} <= texts(tree)
    marks = [use.attrib["href"] for use in tree.iter("use")]
    defined = {each.attrib["id"] for each in tree.find("defs")}
    assert {mark[1:] for mark in marks} <= defined
    assert sorted(marks.count(mark) for mark in set(marks)) == [1, 1, 3, 3], "a band per series, a mark per round and series"


def test_ids_differ_between_panels(drawn):
    ids = [found for svg in drawn.panels for found in re.findall(r' id="([^"]+)"', svg)]
    assert len(ids) == len(set(ids))


def test_the_page_s_css_gives_the_colours_and_the_files_have_their_own(drawn):
    assert not re.findall("|".join(COLOURS), "".join(drawn.panels))
    assert "var(--s0)" in drawn.panels[0]
    assert "var(--ink)" in drawn.panels[2]
    assert COLOURS[0] in drawn.svg
    assert "var(" not in drawn.svg


def test_series_differ_without_colour():
    assert len(set(map(str, DASHES))) == len(DASHES) == len(set(MARKS)) == len(set(HATCHES)) == 6
    lines = [re.sub(r"var\(--s\d\)|KEY-\d|k-\d", "", key(style, False, "k")) for style in range(6)]
    bars = [re.sub(r"var\(--s\d\)|k-\d", "", key(style, True, "k")) for style in range(6)]
    assert len(set(lines)) == len(set(bars)) == 6


def test_bars_show_names_values_and_what_is_printed(drawn):
    assert {"Ours <x>", "94.2", "Baseline", "60.0", "62.78", "92.20"} <= texts(panel(drawn, 2))
    assert {"ML-1M", "Books", "90.0", "62.0"} <= texts(panel(drawn, 3))


def test_a_higher_value_is_drawn_higher():
    (svg,) = sheet("f", "", [[Panel("p", ("1", "2"), (series("one", [0.1, 0.2]),))]]).panels
    _, first, second = (float(use.attrib["y"]) for use in ElementTree.fromstring(svg).iter("use"))  # after the band
    assert second < first


def test_numbers_in_words_are_never_shortened():
    row = Series("", (0.10685,), (0.0907,), (0.1256,))
    (svg,) = sheet("f", "", [[Panel("p", ("DGDPO",), (row,), kind="bars")]]).panels
    assert "0.1068" in texts(ElementTree.fromstring(svg)) or "0.1069" in texts(ElementTree.fromstring(svg))
    line = Series("s", (0.72, 0.7251), (0.72, 0.7251), (0.72, 0.7251))
    (svg,) = sheet("f", "", [[Panel("p", ("1", "2"), (line,))]]).panels
    ticks = [text for text in texts(ElementTree.fromstring(svg)) if text.startswith("0.7")]
    assert len(ticks) > 2
    assert {len(tick) for tick in ticks} == {5}, "three decimals, for steps of less than 0.01"


def test_of_many_places_only_some_are_labelled():
    places = tuple(str(place) for place in range(1, 21))
    line = Series("s", (0.5,) * 20, (0.4,) * 20, (0.6,) * 20)
    (svg,) = sheet("f", "", [[Panel("p", places, (line,))]]).panels
    shown = [text for text in texts(ElementTree.fromstring(svg)) if text in places]
    assert "1" in shown
    assert "20" in shown
    assert len(shown) <= 12


def test_one_round_and_equal_values_are_drawn():
    sheet("f", "t", [[Panel("p", ("1",), (Series("m", (0.4,), (0.4,), (0.4,)),))]])


def test_the_same_figure_has_the_same_bytes(drawn):
    again = sheet("f1", "A figure", [[LINES, LINES], [BARS, GROUPS]])
    assert again == drawn
    assert b"Software" not in again.png
    assert "dc:date" not in again.svg
