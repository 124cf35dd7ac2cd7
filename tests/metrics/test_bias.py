from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from reproduce.metrics import bias
from reproduce.metrics.pages import Page, Pages
from reproduce.metrics.stats import Resamples
from reproduce.seeds import stream


def whole(users=1):
    return Resamples(np.ones((1, users)))


def flags(*rows):
    """One user; a page per row, 1 for yes."""
    return np.array([rows], dtype=bool)


def test_pages_hold_places_and_leave_unplayed_rounds_empty():
    pages = Pages.gather(
        {2: [Page([7, 8, 9], 1, [True, False, True], 2)], 1: [Page([4, 5, 6], 0, [False] * 3), Page([1, 2, 3], 2, [True] * 3, 0)]}
    )
    assert pages.users == (1, 2)
    assert pages.played.tolist() == [[True, True], [True, False]]
    assert pages.truth.tolist() == [[[True, False, False], [False, False, True]], [[False, True, False], [False] * 3]]
    assert pages.selected[1].tolist() == [[False, False, True], [False] * 3]
    assert pages.seen.sum() == 9


def test_pages_of_other_lengths_or_users_are_refused():
    with pytest.raises(ValueError, match=r"lengths: \[1, 2\]"):
        Pages.gather({1: [Page([1], 0, [True]), Page([1, 2], 0, [True, True])]})
    one, other = (Pages.gather({user: [Page([1], 0, [True])]}) for user in (1, 2))
    with pytest.raises(ValueError, match="users"):
        Pages.joined([one, other])


def test_pages_of_two_recommenders_stand_side_by_side():
    one, other = (Pages.gather({1: [Page([item], 0, [yes])]}) for item, yes in ((5, True), (6, False)))
    joined = Pages.joined([one, other])
    assert (joined.shown.tolist(), joined.yes.tolist()) == ([[[5], [6]]], [[[True], [False]]])


def test_shares_pool_users():
    part = np.array([[[True, True]], [[True, False]]])
    seen = np.array([[[True, True]], [[True, False]]])
    assert bias.share(part, seen, whole(2))[0] == 1.0
    assert bias.share(part & ~seen, seen, whole(2))[0] == 0.0
    assert [draws[0] for draws in bias.by_place(part, np.ones_like(seen), whole(2))] == [1.0, 0.5]
    every = np.ones_like(seen)
    assert all(draws[0] <= 1.0 for draws in bias.by_place(every, part, whole(2))), "of negatives, only yes to negatives counts"


def test_the_effect_of_the_place_is_told_from_that_of_the_item():
    """Item 0 is always liked, item 1 never, item 2 only where it stands first: by hand, two orders of one page."""
    ranked, reversed_ = np.array([[[0, 1, 2]]]), np.array([[[2, 1, 0]]])  # where each item stands
    said = [flags([1, 0, 0]), flags([1, 0, 1])]
    # away from place 1: item 0 -1, 1; item 1 0, 0; item 2 1, -1. Sum of away * yes: (-1 + 1) + 0 + (0 - 1) = -1; squares 4
    effect = bias.effect_of_place([ranked, reversed_], said, np.array([[True]]), whole())
    assert effect[0] == pytest.approx(-1 / 4 * 2)


def test_who_looks_at_items_only_has_no_effect_of_place():
    random = stream(1, "places")
    orders = [np.argsort(random.random((4, 5, 20)), axis=2) for _ in range(3)]
    liked = random.random((4, 5, 20)) < 0.3
    effect = bias.effect_of_place(orders, [liked] * 3, np.ones((4, 5), bool), whole(4))
    assert effect[0] == pytest.approx(0, abs=1e-12)


def test_a_judge_of_places_has_an_effect_of_one():
    """Yes exactly on the first half of two places."""
    orders = [np.array([[[0, 1]]]), np.array([[[1, 0]]])]
    said = [places == 0 for places in orders]
    assert bias.effect_of_place(orders, said, np.array([[True]]), whole())[0] == pytest.approx(-1)


def test_the_effect_as_ranked_leaves_the_true_item_out():
    pages = Pages.gather({1: [Page([1, 2, 3], 0, [True, True, False])]})
    assert bias.effect_as_ranked(pages, pages.yes, whole())[0] == pytest.approx(-2), "from place 1 to 2, over a page of three"


def test_flips_of_verdicts_and_changes_of_selection():
    first, second = flags([1, 0, 0], [0, 0, 0], [1, 0, 0]), flags([0, 1, 0], [0, 0, 0], [1, 0, 0])
    assert bias.changed(first, second, np.ones_like(first), whole())[0] == pytest.approx(2 / 9)
    assert bias.selection_changed(first, second, whole())[0] == 0.5, "of two pages with a selection"
    assert bias.selection_changed(first, flags([1, 0, 0], [0, 1, 0], [0, 0, 0]), whole())[0] == pytest.approx(2 / 3)


def test_selections_in_the_first_half():
    assert bias.first_half(flags([1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]), whole())[0] == 0.5


def test_fifths_are_of_equal_size_and_ties_go_by_item():
    assert bias.fifths({10: 3, 11: 1, 12: 1, 13: 9, 14: 2}) == {11: 0, 12: 1, 14: 2, 10: 3, 13: 4}
    assert sorted(bias.fifths(dict.fromkeys(range(12), 0)).values()) == [0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4]


def test_lift_is_a_ratio_of_means():
    popularity = np.array([[[10.0, 20.0, 30.0]]])
    chosen = flags([0, 0, 1])
    assert bias.lift(chosen, np.ones_like(chosen), popularity, whole())[0] == pytest.approx(30 / 20)


def test_rank_correlation_is_the_established_one():
    random = stream(2, "ranks")
    first, second = random.integers(5, size=40).astype(float), random.integers(2, size=40).astype(float)
    assert bias.spearman(first, second) == pytest.approx(stats.spearmanr(first, second).statistic)


def test_a_user_whose_verdicts_are_all_alike_has_no_correlation():
    popularity = np.array([[[1.0, 2.0, 3.0]], [[1.0, 2.0, 3.0]]])
    said = np.array([[[False, True, True]], [[True, True, True]]])
    draws, known = bias.correlation(said, np.ones_like(said), popularity, whole(2))
    assert known == 1
    assert draws[0] == pytest.approx(stats.spearmanr([1, 2, 3], [0, 1, 1]).statistic)
