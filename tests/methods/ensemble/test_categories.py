"""LG-D2: which categories are kept, and which one counts."""

from __future__ import annotations

import pytest

from reproduce.methods.ensemble.categories import OTHER, categorised, cleaned

RAW = [("Food", "Pizza", "Italian")] * 3 + [("Food", "Pizza")] * 2 + [("Food", "Bars")] * 5 + [("Zoo",)] + [()] * 3


def test_the_rarest_category_that_remains_counts():
    """Of 14 items 10 are Food (too common), 3 Italian and 1 Zoo (too rare); 5 Pizza and 5 Bars remain."""
    found = categorised(RAW)
    assert found.of_items == (("Pizza",),) * 5 + (("Bars",),) * 5 + ((OTHER,),) * 4
    assert found.counters == {
        "categories": 2,
        "categories_too_common": 1,
        "categories_too_rare": 2,
        "items_of_other_category": 4,
        "items_without_category_in_data": 3,
    }


def test_several_categories_may_be_kept():
    found = categorised([("A", "B")] * 2 + [("B",)] * 2, rare=2, common=1.0, keep="multi")
    assert found.of_items == (("A", "B"),) * 2 + (("B",),) * 2


def test_of_several_the_lowest_frequency_wins_and_then_the_alphabet():
    assert categorised([("B", "A", "C")] * 2 + [("C",)], rare=2, common=1.0).of_items == (("A",), ("A",), ("C",))


def test_a_category_of_exactly_five_items_and_of_exactly_half_of_them_stays():
    assert set(categorised([("A",)] * 5 + [("B",)] * 5).of_items) == {("A",), ("B",)}
    assert set(categorised([("A",)] * 4 + [("B",)] * 6).of_items) == {(OTHER,)}


@pytest.mark.parametrize("nothing", ["", " ", "(no genres listed)", "Unknown", "N/A", "nan", r"\N", "-", "None", "Other"])
def test_a_string_that_says_that_there_is_none_is_no_category(nothing):
    assert cleaned([nothing, "War"]) == ("War",)


@pytest.mark.parametrize("name", ["Unknown Pleasures", "Other Sports", "日本", "R&B", "3D", "Nonfiction"])
def test_a_string_that_only_looks_like_it_is_one(name):
    assert cleaned([name]) == (name,)


def test_a_category_that_an_item_names_twice_counts_once():
    assert categorised([("A", " A ")] * 2 + [("B",)] * 3, rare=3, common=1.0).of_items[0] == (OTHER,)


def test_no_item_has_no_category():
    assert categorised([]).of_items == ()
