"""E_u, V_u, D_u and D_ini, D_opt."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from reproduce.data.splits import PARTS, from_the_end, ini_opt, parts

lengths = some.lists(some.integers(0, 30), min_size=1, max_size=8)


def named(lengths, **options):
    user = np.repeat(np.arange(len(lengths)), lengths)
    return user, [PARTS[index] for index in parts(user, **options)]


def test_the_last_ten_are_the_test_the_eleventh_is_validated_the_rest_is_trained():
    _, found = named([14], test=10, longest=200, truncate="before_split")
    assert found == ["train"] * 3 + ["valid"] + ["test"] * 10


def test_what_lies_further_back_than_the_longest_sequence_is_older():
    _, found = named([9], test=2, longest=5, truncate="before_split")
    assert found == ["older"] * 4 + ["train"] * 2 + ["valid"] + ["test"] * 2


def test_truncation_can_be_left_to_the_recommenders():
    _, found = named([9], test=2, longest=5, truncate="recommender_only")
    assert found == ["train"] * 6 + ["valid"] + ["test"] * 2


def test_each_user_is_counted_from_the_own_end():
    assert from_the_end(np.array([0, 0, 0, 2, 2, 3])).tolist() == [2, 1, 0, 1, 0, 0]


@given(lengths, some.integers(1, 5), some.integers(7, 20))
def test_parts_follow_each_other_in_time_and_have_their_sizes(lengths, test, longest):
    user, found = named(lengths, test=test, longest=longest, truncate="before_split")
    for each, length in enumerate(lengths):
        own = [part for owner, part in zip(user, found, strict=True) if owner == each]
        assert own == sorted(own, key=PARTS.index)
        assert own.count("test") == min(test, length)
        assert own.count("valid") == (length > test)
        assert own.count("older") == max(0, length - longest)
        assert len(own) == length


@given(lengths, some.integers(1, 3), some.integers(7, 20))
def test_short_users_are_trained_on_whole_and_all_others_are_split_as_ever(lengths, test, longest):
    user, found = named(lengths, test=test, longest=longest, truncate="before_split", short="train")
    _, dropped = named(lengths, test=test, longest=longest, truncate="before_split")
    for each, length in enumerate(lengths):
        own = [part for owner, part in zip(user, found, strict=True) if owner == each]
        if length < test + 2:
            assert own == ["train"] * length
        else:
            assert own == [part for owner, part in zip(user, dropped, strict=True) if owner == each]
            assert own.count("test") == test
            assert own.count("valid") == 1
            assert own.count("train") >= 1


@pytest.mark.parametrize(
    ("size", "alpha", "n"),
    [
        (10, 0.6, 6),
        (9, 0.6, 5),  # 5.4
        (4, 0.6, 2),  # 2.4
        (5, 0.5, 3),  # 2.5, half up
        (15, 0.7, 11),  # 10.5, which is 10.499999999999998 in binary
        (2, 0.1, 1),  # 0.2, but at least one
        (2, 0.9, 2),  # 1.8: nothing is left for D_opt
    ],
)
def test_d_ini_is_alpha_of_d_u_rounded_half_up(size, alpha, n):
    ini, opt = ini_opt(tuple(range(size)), alpha)
    assert ini == tuple(range(n))
    assert opt == tuple(range(n, size))


@given(some.lists(some.integers(), min_size=2), some.floats(0.05, 0.95))
def test_d_ini_and_d_opt_are_d_u_in_order(train, alpha):
    ini, opt = ini_opt(train, round(alpha, 2))
    assert [*ini, *opt] == train
    assert ini
