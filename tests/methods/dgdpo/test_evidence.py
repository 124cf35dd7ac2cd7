"""Answers of a diagnosis model: what they consist of, and how any spelling of a label is read (dgdpo.md 5.6)."""

from __future__ import annotations

import pytest

from reproduce.methods.dgdpo.cases import LABELS, PRINTED
from reproduce.methods.dgdpo.evidence import label_of, output, plain, read_evidence, read_label, steps

SPELLINGS = {
    "inaccurate": [
        "Defect Type: Inaccurate",
        "inaccurate",
        "**Inaccurate**",
        "[DEFECT]: inaccurate",
        "The profile is inaccurate.",
    ],
    "incomplete": ["Defect Type: Incomplete", "INCOMPLETE", "Defect type - `incomplete`", "Output:\nDefect Type: Incomplete"],
    "inaccurate_incomplete": [
        "Defect Type: Inaccurate & Incomplete",
        "inaccurate&incomplete",
        "inaccurate & incomplete",
        "Inaccurate and Incomplete",
        "[DEFECT]: inaccurate_incomplete",
        "incomplete & inaccurate",
        "Inaccurate, incomplete",
        "Defect Type: **Inaccurate** & **Incomplete**",
    ],
}


@pytest.mark.parametrize(("label", "text"), [(label, text) for label, texts in SPELLINGS.items() for text in texts])
def test_every_spelling_of_the_paper_and_of_usual_models_is_read(label, text):
    assert read_label(text) == label


@pytest.mark.parametrize(
    "text", ["", "Defect Type:", "The profile is fine.", "It is inaccurate. It might be incomplete.", "accurate", "completeness"]
)
def test_an_answer_that_names_no_label_or_two_is_not_read(text):
    assert read_label(text) is None


def test_the_label_after_the_last_heading_counts():
    assert read_label("inaccurate means contradicting; incomplete means lacking.\nDefect Type: Incomplete") == "incomplete"


@pytest.mark.parametrize(
    ("said", "label"),
    [
        (["liked", "disliked"], "inaccurate"),
        (["unmentioned"], "incomplete"),
        (["liked", "unmentioned", "disliked"], "inaccurate_incomplete"),
        (["liked", "liked"], None),
    ],
)
def test_stances_amount_to_a_label(said, label):
    assert label_of([(f"g{place}", stance) for place, stance in enumerate(said)]) == label


def test_the_output_of_figure_9_is_the_label_alone():
    assert output("inaccurate", [("Crime", "disliked")], "label") == ["Defect Type: Inaccurate"]


def test_evidence_comes_before_the_label():
    pieces = output("inaccurate_incomplete", [("Crime", "disliked"), ("Drama", "unmentioned")], "evidence_label")
    assert "".join(pieces) == "Evidence: Crime is disliked; Drama is unmentioned\nDefect Type: Inaccurate & Incomplete"
    assert read_label("".join(pieces)) == "inaccurate_incomplete"
    assert read_evidence("".join(pieces)) == "Crime is disliked; Drama is unmentioned"


@pytest.mark.parametrize("form", ["label", "evidence_label"])
def test_every_output_is_among_the_options_of_its_steps(form):
    stances = [("Crime", "disliked"), ("Drama", "unmentioned")]
    options = steps([genre for genre, _ in stances], form)
    pieces = output("incomplete", stances, form)
    assert len(options) == len(pieces)
    assert all(piece in step for piece, step in zip(pieces, options, strict=True))
    assert [text.rpartition(": ")[2] for text in options[-1]] == [PRINTED[label] for label in LABELS]


def test_evidence_tells_of_four_genres_at_most_and_of_each_once():
    assert plain(("A", "B", "A", "C", "D", "E")) == ("A", "B", "C", "D")
