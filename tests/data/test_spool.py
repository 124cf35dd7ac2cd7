"""Texts on disk: the same as a list of them, in hardly any memory."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from reproduce.data import spool
from reproduce.data.spool import Picked, Said, Spool
from reproduce.errors import StorageError

texts = some.lists(some.text(max_size=5), max_size=8)


@settings(max_examples=40)
@given(some.lists(texts, max_size=4), some.data())
def test_a_spool_is_a_list_whatever_is_read_between_two_appends(blocks, data):
    spooled, listed = Spool(), []
    for block in blocks:
        spooled.extend(block)
        listed += block
        if listed:
            at = data.draw(some.integers(-len(listed), len(listed) - 1))
            assert spooled[at] == listed[at]
    assert list(spooled) == listed
    assert spooled.filled.tolist() == [bool(text) for text in listed]
    assert spooled[1:3] == listed[1:3]
    with pytest.raises(IndexError):
        spooled[len(listed)]


@settings(max_examples=40)
@given(texts.filter(bool), some.data())
def test_what_is_picked_twice_is_picked_from_the_first(listed, data):
    rows = np.array(data.draw(some.lists(some.integers(0, len(listed) - 1), min_size=1)))
    again = np.array(data.draw(some.lists(some.integers(0, len(rows) - 1))), int)
    spooled = Spool()
    spooled.extend(listed)
    for source in (spooled, listed):
        picked = Picked(Picked(source, rows), again)
        expected = [listed[rows[at]] for at in again]
        assert list(picked) == expected
        assert dict(Said(picked)) == {at: text for at, text in enumerate(expected) if text}
        assert len(Said(picked)) == sum(map(bool, expected))


def test_half_a_character_comes_back_as_it_was():
    spooled = Spool()
    spooled.extend(["\ud83d, café", ""])
    assert list(spooled) == ["\ud83d, café", ""]
    with pytest.raises(KeyError):
        Said(Picked(spooled, np.array([1])))[0]


def test_memory_does_not_grow_with_the_texts(monkeypatch):
    """Sixty megabytes of texts."""
    monkeypatch.setattr(spool, "_IN_MEMORY", 1 << 16)
    tracemalloc.start()
    spooled = Spool()
    for block in range(60):
        spooled.extend([f"{block} {row} " + "long " * 200 for row in range(1_000)])
    said = Said(Picked(spooled, np.arange(len(spooled))[::-1]))
    assert sum(map(len, said.values())) > 60e6
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8e6


def test_a_full_disk_is_one_line_that_says_what_helps(monkeypatch):
    spooled = Spool()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spooled._file, "write", full)
    with pytest.raises(StorageError, match=r"cannot be kept there .*No space left on device.*TMPDIR"):
        spooled.extend(["some"])
