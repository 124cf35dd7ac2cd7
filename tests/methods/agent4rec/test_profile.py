"""Profiles as text and as a list: nothing is lost between the two."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reproduce.methods.agent4rec.profile import bare, join, parse

PRINTED = {
    "Engaging narratives, Complex characters, Unique writing styles.": (
        "Engaging narratives",
        "Complex characters",
        "Unique writing styles.",
    ),
    "Romance, Biographies (specifically Biographies), Growing Up & Facts of Life. Disinterest in Folk Tales & Myths.": (
        "Romance",
        "Biographies (specifically Biographies)",
        "Growing Up & Facts of Life.",
        "Disinterest in Folk Tales & Myths.",
    ),
    "Historical fiction, Mystery (moderate interest), Thriller (appreciating suspenseful narratives, tension and pace)": (
        "Historical fiction",
        "Mystery (moderate interest)",
        "Thriller (appreciating suspenseful narratives, tension and pace)",
    ),
    "Films of the 1,000 best lists, Dr. Who fan; No horror": ("Films of the 1,000 best lists", "Dr. Who fan;", "No horror"),
}


@pytest.mark.parametrize("text", PRINTED)
def test_descriptions_are_split_as_the_figures_show_them(text):
    assert parse(text) == PRINTED[text]
    assert join(parse(text)) == text


@given(st.text(alphabet="ab A1,.;() \n", max_size=40) | st.text(max_size=40))
@example("A,, B. , C,")
@example(",A, (b, c")
@example("U.S., B). C")
def test_joining_gives_the_text_back_up_to_spaces(text):
    assert "".join(join(parse(text)).split()) == "".join(text.split())


@given(st.text(alphabet="ab A1,.;()", max_size=40))
def test_no_description_is_empty(text):
    assert all(parse(text))


def test_an_open_parenthesis_does_not_swallow_the_rest():
    assert parse("Drama (serious, Western, Comedy") == ("Drama (serious", "Western", "Comedy")


def test_bare_takes_the_signs_at_the_ends_only():
    assert [bare(text) for text in ("Disinterest in Horror.", "Mystery, ", "Films of the U.S.")] == [
        "Disinterest in Horror",
        "Mystery",
        "Films of the U.S.",
    ]
