"""Review texts, one user at a time, of training rows only."""

from __future__ import annotations

import dataclasses

import pytest
from village import village, write

from reproduce.data.prepared import Dataset
from reproduce.data.reviews import Reviews
from reproduce.files import write_jsonl


@pytest.fixture
def written(tmp_path):
    """The village, whose even users review every item that they ever met."""
    data = village()
    write(data, tmp_path)
    rows = [row for row in data.interactions.itertuples() if row.user % 2 == 0]
    write_jsonl(
        tmp_path / "reviews.jsonl",
        ({"user": row.user, "item": row.item, "text": f"{row.user} on {row.item}:\u2028fine,\nreally"} for row in rows),
    )
    return Dataset.load(tmp_path)


def test_a_user_is_read_without_the_others(written):
    for user in (0, 2):
        assert written.reviews(user) == {row.item: f"{user} on {row.item}:\u2028fine,\nreally" for row in written.train(user)}


def test_what_was_written_of_validation_and_test_is_not_given_out(written):
    later = {row.item for row in (*written.valid(2), *written.test(2))}
    assert later <= written.texts.of(2).keys()
    assert not later & written.reviews(2).keys()


def test_silence_is_no_error(written, tmp_path):
    assert written.reviews(1) == {}
    assert Reviews(None).of(0) == Reviews(tmp_path / "nothing").of(0) == {}
    assert dataclasses.replace(village()).reviews(0) == {}
