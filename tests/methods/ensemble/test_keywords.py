"""LG-D4: how keywords are written, and which are left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reproduce.methods.ensemble.keywords import filtered, normalise, singular


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Great  Stories", "great story"),
        ('"Friendly Staff."', "friendly staff"),
        ("[live music]", "live music"),
        ("**Fast** service", "fast service"),
        ("kid\u2019s menus", "kid's menu"),
        ("Cooking classes", "cooking class"),
        ("Café", "café"),
        ("so many words here", "so many words here"),
        ("far too many words here", None),
        ("", None),
        (" - ", None),
        ("[]", None),
    ],
)
def test_a_keyword_is_written_in_one_way(written, meant):
    assert normalise(written) == meant


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("stories", "story"),
        ("movies", "movie"),
        ("dishes", "dish"),
        ("lunches", "lunch"),
        ("boxes", "box"),
        ("heroes", "hero"),
        ("shoes", "shoe"),
        ("prices", "price"),
        ("headaches", "headache"),
        ("women", "woman"),
        ("series", "series"),
        ("class", "class"),
        ("gas", "gas"),
        ("ambiance", "ambiance"),
        ("basis", "basis"),
    ],
)
def test_the_last_word_loses_its_plural(plural, one):
    assert singular(plural) == one


@given(st.text(max_size=40))
def test_any_text_is_a_tidy_keyword_or_none(text):
    keyword = normalise(text)
    if keyword is not None:
        assert 1 <= len(keyword.split(" ")) <= 4
        assert keyword == " ".join(keyword.split())
        assert not set(keyword) & set('"[]{}<>*`')
        again = normalise(keyword)
        assert (again or "").split()[:-1] == keyword.split()[:-1]


def test_what_one_item_has_and_what_many_have_goes():
    """Ten of twenty items say `food` (above a tenth of them), two `pasta`, one `ravioli`."""
    sets = [{"food", "pasta"}, {"food", "pasta"}, {"food", "ravioli"}] + [{"food"}] * 7 + [set()] * 10
    found = filtered(sets)
    assert found.of_items[:2] == (("pasta",), ("pasta",))
    assert found.of_items[2] == ("food", "ravioli")
    assert found.of_items[3] == ("food",)
    assert found.of_items[10] == ()
    assert found.counters == {
        "keywords": 3,
        "keywords_too_common": 1,
        "keywords_too_rare": 1,
        "items_with_rarest_keywords": 8,
        "items_without_keywords": 10,
    }


def test_a_side_that_would_be_empty_keeps_its_rarest_three():
    sets = [{"a", "b", "c", "d"}, {"a", "b"}, {"a"}]
    assert filtered(sets, rare=4, common=1.0).of_items[0] == ("b", "c", "d")


def test_a_share_is_of_all_items():
    sets = [{"a"}] * 2 + [{"b"}] * 3 + [{"x"}] * 15
    kept = filtered(sets, common=0.1).of_items
    assert kept[0] == ("a",)
    assert filtered(sets, common=0.1).counters["keywords_too_common"] == 2


@given(st.lists(st.sets(st.sampled_from("abcdefg"), max_size=5), max_size=12), st.integers(1, 4), st.floats(0, 1))
def test_a_side_is_empty_only_where_nothing_was_said(sets, rare, common):
    for own, kept in zip(sets, filtered(sets, rare, common).of_items, strict=True):
        assert set(kept) <= own
        assert bool(kept) == bool(own)
        assert list(kept) == sorted(kept)
