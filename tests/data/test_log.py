"""The interaction log."""

import numpy as np
import pytest

from reproduce.data.log import About, InteractionLog, Rows


def build(rows, repeated="first", items=None, users=None, reviews=None):
    user, item, rating, time = (np.array(column) for column in zip(*rows, strict=True))
    return InteractionLog.build(Rows(user, item, rating, time, reviews), items or {}, users or {}, repeated)


def tuples(log):
    return [tuple(row) for row in log.interactions[["user", "item", "rating"]].to_numpy().tolist()]


def test_rows_are_sorted_by_user_and_time_and_ties_keep_the_order_of_the_file():
    log = build([(7, 30, 5, 100), (2, 10, 1, 50), (7, 10, 4, 100), (7, 20, 3, 99)])
    assert tuples(log) == [(0, 0, 1), (1, 1, 3), (1, 2, 5), (1, 0, 4)]
    assert log.users["raw_id"].tolist() == ["2", "7"]
    assert log.items["raw_id"].tolist() == ["10", "20", "30"]


@pytest.mark.parametrize(("repeated", "ratings"), [("first", [1, 3]), ("last", [3, 5]), ("keep", [1, 3, 5])])
def test_a_repeated_pair_is_treated_as_the_policy_says_and_counted(repeated, ratings):
    log = build([(1, 8, 5, 30), (1, 8, 1, 10), (1, 9, 3, 20)], repeated)
    assert log.interactions["rating"].tolist() == ratings
    assert log.counts["rows"] == 3
    assert log.counts["repeated_pairs_dropped"] == 3 - len(ratings)


def test_an_item_without_metadata_stays_and_is_counted():
    log = build([(1, 8, 5, 1), (1, 9, 5, 2)], items={8: About("Kite", 1980, ("War",))})
    assert log.items["title"].tolist() == ["Kite", "item 9"]
    assert log.items["genres"].tolist() == [("War",), ()]
    assert log.items["year"].isna().tolist() == [False, True]
    assert log.counts["items_without_metadata"] == 1


def test_items_and_users_nobody_interacted_with_are_left_out():
    log = build([(1, 8, 5, 1)], items={8: About("Kite"), 99: About("Oar")}, users={1: {"age": "25"}, 2: {"age": "50"}})
    assert log.items["title"].tolist() == ["Kite"]
    assert log.users.to_dict("list") == {"raw_id": ["1"], "age": ["25"]}


def test_reviews_move_with_their_rows():
    log = build([(1, 8, 5, 30), (1, 9, 3, 20)], reviews=["late", "early"])
    assert tuple(log.reviews) == ("early", "late")


def test_nobody_can_change_a_log_that_was_built():
    log = build([(1, 8, 5, 30)])
    with pytest.raises(ValueError, match="read-only"):
        log.interactions["rating"].to_numpy()[0] = 1
