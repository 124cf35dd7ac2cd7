"""Item descriptions as arrays, written and read back; and what is said of a folder that is not one."""

from __future__ import annotations

import json

import numpy as np
import pytest

from reproduce.errors import DataError, MissingInput
from reproduce.methods.ensemble.descriptions import Descriptions

ARRAYS = ("category_ptr", "category_idx", "pos_ptr", "pos_idx", "neg_ptr", "neg_idx", "pos_embedding", "neg_embedding")


def made() -> Descriptions:
    """Three items: the first with all, the second without cons, the third with nothing but its category."""
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    return Descriptions.of(
        [("War", "Bars"), ("War",), ("other",)],
        [("great cast", "fun"), ("fun",), ()],
        [("slow pace",), (), ()],
        vectors,
        -vectors,
        {"encoder": "tfidf"},
    )


def test_sets_become_rows_of_sorted_indices():
    found = made()
    assert found.categories == ("Bars", "War", "other")
    assert found.keywords == ("fun", "great cast", "slow pace")
    assert found.category_ptr.tolist() == [0, 2, 3, 4]
    assert found.category_idx.tolist() == [0, 1, 1, 2]
    assert (found.pos_ptr.tolist(), found.pos_idx.tolist()) == ([0, 2, 3, 3], [0, 1, 0])
    assert (found.neg_ptr.tolist(), found.neg_idx.tolist()) == ([0, 1, 1, 1], [2])
    assert {getattr(found, name).dtype for name in ARRAYS[:6]} == {np.dtype("int32")}
    assert (len(found), found.pros_of(0), found.cons_of(1), found.categories_of(2)) == (3, ("fun", "great cast"), (), ("other",))


def test_what_is_written_is_read_back_and_written_the_same(tmp_path):
    made().save(tmp_path / "one")
    loaded = Descriptions.load(tmp_path / "one")
    assert (loaded.categories, loaded.keywords, loaded.about) == (made().categories, made().keywords, made().about)
    for name in ARRAYS:
        assert np.array_equal(getattr(loaded, name), getattr(made(), name))
    loaded.save(tmp_path / "other")
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["about.json", "items.jsonl", "neg.npy", "pos.npy"]


def row(**changes: object) -> dict[str, object]:
    return {"item": 1, "categories": ["War"], "pos": ["fun"], "neg": [], **changes}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (row(item=2), "`item` should be 1, got 2"),
        (row(categories=[]), "`categories` should hold one at least"),
        (row(pos="fun"), "`pos` should be a list of texts"),
        (row(neg=[3]), "`neg` should be a list of texts"),
        (row(neg=["fun", "fun"]), "`neg` holds a text twice"),
        (row(pos=["[]"]), "`pos` holds `[]`, which is no keyword"),
        ({"item": 1}, "should hold `item`, `categories`, `pos` and `neg`"),
    ],
)
def test_a_wrong_row_is_named_by_its_line(tmp_path, wrong, said):
    made().save(tmp_path)
    lines = (tmp_path / "items.jsonl").read_text().splitlines()
    lines[1] = json.dumps(wrong)
    (tmp_path / "items.jsonl").write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError) as raised:
        Descriptions.load(tmp_path)
    assert f"items.jsonl:2: {said}" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        (np.zeros((2, 2), dtype=np.float32), "should be float32 of 3 items x dimensions, got float32 of shape (2, 2)"),
        (np.zeros((3, 2)), "got float64 of shape (3, 2)"),
        (np.full((3, 2), np.nan, dtype=np.float32), "the vector of item 0 is not finite"),
        (np.zeros((3, 5), dtype=np.float32), "`pos.npy` has 2 dimensions and `neg.npy` 5"),
    ],
)
def test_wrong_vectors_are_named_by_their_file(tmp_path, vectors, said):
    made().save(tmp_path)
    np.save(tmp_path / "neg.npy", vectors)
    with pytest.raises(DataError) as raised:
        Descriptions.load(tmp_path)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["items.jsonl", "pos.npy", "about.json"])
def test_a_missing_file_is_named_with_its_remedy(tmp_path, name):
    made().save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(MissingInput, match=f"{name}: is not there; `dvc repro` builds it"):
        Descriptions.load(tmp_path)


def test_a_file_of_another_kind_is_no_array(tmp_path):
    made().save(tmp_path)
    (tmp_path / "pos.npy").write_text("no array")
    with pytest.raises(DataError, match=r"pos.npy: is no array of numpy"):
        Descriptions.load(tmp_path)
