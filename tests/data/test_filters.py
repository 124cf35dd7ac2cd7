"""The k-core."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from reproduce.data.filters import k_core

logs = some.lists(some.tuples(some.integers(0, 8), some.integers(0, 8)), max_size=120)


def arrays(pairs):
    user, item = np.array(pairs, dtype=int).reshape(-1, 2).T
    return user, item


def test_a_chain_of_removals_is_followed_to_its_end():
    """Item 2 has one rating; without it user 2 has one; without her item 1 has one; then user 1 has one."""
    pairs = [(0, 0), (0, 3), (1, 0), (1, 1), (2, 1), (2, 2), (3, 0), (3, 3)]
    user, item = arrays(pairs)
    kept = k_core(user, item, 2, "fixed_point")
    assert [pair for pair, keep in zip(pairs, kept, strict=True) if keep] == [(0, 0), (0, 3), (3, 0), (3, 3)]


def test_a_single_pass_looks_at_the_counts_of_the_whole_log_once():
    pairs = [(0, 0), (0, 3), (1, 0), (1, 1), (2, 1), (2, 2), (3, 0), (3, 3)]
    kept = k_core(*arrays(pairs), 2, "single_pass")
    assert [pair for pair, keep in zip(pairs, kept, strict=True) if not keep] == [(2, 2)]


def test_an_empty_log_stays_empty():
    assert not len(k_core(*arrays([]), 5, "fixed_point"))


@given(logs, some.integers(1, 4))
def test_in_a_core_everybody_has_k_and_filtering_again_changes_nothing(pairs, k):
    user, item = arrays(pairs)
    kept = k_core(user, item, k, "fixed_point")
    for ids in (user[kept], item[kept]):
        assert all(np.unique(ids, return_counts=True)[1] >= k)
    assert k_core(user[kept], item[kept], k, "fixed_point").all()


@given(logs, some.integers(1, 4), some.randoms())
def test_the_core_does_not_depend_on_the_order_of_rows(pairs, k, random):
    shuffled = random.sample(range(len(pairs)), len(pairs))
    kept = k_core(*arrays(pairs), k, "fixed_point")
    again = k_core(*arrays([pairs[row] for row in shuffled]), k, "fixed_point")
    assert [bool(kept[row]) for row in shuffled] == again.tolist()


@given(logs, some.integers(1, 4))
def test_the_core_is_the_largest_set_in_which_everybody_has_k(pairs, k):
    """Removing one by one, in any order, ends at the same set."""
    left = list(range(len(pairs)))
    while True:
        poor = [
            row
            for row in left
            if sum(pairs[other][0] == pairs[row][0] for other in left) < k
            or sum(pairs[other][1] == pairs[row][1] for other in left) < k
        ]
        if not poor:
            break
        left.remove(poor[-1])
    assert np.flatnonzero(k_core(*arrays(pairs), k, "fixed_point")).tolist() == left
