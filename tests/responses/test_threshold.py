from __future__ import annotations

import numpy as np
import pytest

from reproduce.responses.threshold import auc, best, judge

PAGES = np.array([[0.9, 0.5, 0.1], [0.4, 0.3, 0.2]])


def test_the_threshold_with_the_highest_f1_by_hand():
    found = best(PAGES)
    assert found.tau == 0.3  # yes to 0.9, 0.5, 0.4: two of three are right, none is missed
    assert (found.f1, found.precision, found.recall, found.yes_rate) == (0.8, 0.666667, 1.0, 0.5)
    assert judge(PAGES, 0.5).f1 == pytest.approx(2 / 3, abs=1e-6)  # yes to 0.9 alone
    assert judge(PAGES, 0.95) == judge(PAGES, 0.95).__class__(0.95, 0.0, 0.0, 0.0, 0.0)


def test_no_other_threshold_is_better():
    draw = np.random.default_rng(3)
    for _ in range(50):
        pages = draw.integers(0, 12, (6, 5)) / 12  # with many ties
        tried = [judge(pages, tau).f1 for tau in np.r_[-1, np.unique(pages.round(6))]]
        found = best(pages)
        assert found.f1 == max(tried)
        assert judge(pages, found.tau) == found


def test_of_equally_good_thresholds_the_highest_is_taken():
    pages = np.array([[0.9, 0.5, 0.4], [0.2, 0.1, 0.1]])  # two thirds: 1 of 1 yes is right, or 2 of 4
    assert judge(pages, 0.5).f1 == judge(pages, 0.1).f1 == round(2 / 3, 6)
    assert best(pages).tau == 0.5


def test_yes_to_everything_where_nothing_is_better():
    found = best(np.full((4, 20), 0.25))
    assert found.tau < 0.25
    assert found.yes_rate == 1.0
    assert found.f1 == round(2 / 21, 6)


def test_auc_counts_pairs_in_order_and_halves_ties():
    pages = np.array([[0.9, 0.5], [0.5, 0.7]])  # pairs over all pages: 0.9 > 0.5, 0.7; 0.5 = 0.5, < 0.7
    assert auc(pages) == (2 + 0.5) / 4
