from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from reproduce.recommenders.compat import SequentialDataset, undisturbed
from reproduce.recommenders.fitting import recbole_config
from reproduce.recommenders.sequences import pairs, prefixes, windows
from reproduce.recommenders.windows import WindowDataset


@pytest.fixture(scope="module")
def build(make_settings):
    def build(dataset):
        with undisturbed() as folder:
            return WindowDataset(recbole_config("sasrec", make_settings("sasrec"), 1, folder), dataset).build()

    return build


def rows_of(part) -> Iterator[tuple[int, list[int], int]]:
    feat = part.inter_feat
    for user, sequence, length, target in zip(
        feat["user_id"], feat["item_id_list"], feat["item_length"], feat["item_id"], strict=True
    ):
        yield int(user), sequence[:length].tolist(), int(target)


def test_one_user_by_hand():
    users, items = np.array([1] * 6 + [2] * 2), np.array([11, 12, 13, 14, 15, 16, 21, 22])
    target, length = pairs(users, 2)
    assert target.tolist() == [1, 2, 3, 4, 5, 7]
    assert length.tolist() == [1, 2, 2, 2, 2, 1]
    assert prefixes(items, target, length, 2).tolist() == [[11, 0], [11, 12], [12, 13], [13, 14], [14, 15], [21, 0]]
    trains = np.array([True, True, True, True, False, True])  # user 1's last item is validated
    assert target[windows(users, target, trains, 2)].tolist() == [2, 4, 7]


def test_windows_hold_each_training_pair_once_and_nothing_else(walks, build):
    train, _, _ = build(walks)
    found = []
    for user, sequence, target in rows_of(train):
        whole = [*sequence, target]
        found += [(user - 1, whole[place] - 1) for place in range(1, len(whole))]
    stock = [(user, step.item) for user in range(len(walks.users)) for step in walks.train(user)[1:]]
    assert sorted(found) == sorted(stock)


def test_a_window_is_a_piece_of_its_users_history_in_order(walks, build):
    train, _, _ = build(walks)
    for user, sequence, target in rows_of(train):
        history = [step.item + 1 for step in walks.train(user - 1)]
        piece = [*sequence, target]
        assert any(history[start : start + len(piece)] == piece for start in range(len(history)))


def test_validation_is_the_last_training_items_then_the_validation_item(walks, build):
    _, valid, test = build(walks)
    assert len(test) == 0
    for user, sequence, target in rows_of(valid):
        assert sequence == [step.item + 1 for step in walks.train(user - 1)][-12:]
        assert target == walks.valid(user - 1)[0].item + 1


def test_the_gather_equals_recboles_own_augmentation(tmp_path, walks, make_settings):
    (tmp_path / "stock").mkdir()
    rows = walks.interactions
    lines = [
        f"{user:04d}\t{item:04d}\t{time}" for user, item, time in zip(rows["user"], rows["item"], rows["timestamp"], strict=True)
    ]
    header = "user_id:token\titem_id:token\ttimestamp:float"
    (tmp_path / "stock" / "stock.inter").write_text("\n".join([header, *lines]) + "\n")
    with undisturbed() as folder:
        config = recbole_config("sasrec", make_settings("sasrec"), 1, folder)
        config["data_path"], config["dataset"] = str(tmp_path / "stock"), "stock"
        config["load_col"] = {"inter": ["user_id", "item_id", "timestamp"]}
        stock = SequentialDataset(config)
        stock._change_feat_format()
        ours = WindowDataset(recbole_config("sasrec", make_settings("sasrec"), 1, folder), walks)
        gathered = ours.build()[0].rows(*pairs(ours._users, 12))
    name = stock.field2id_token["item_id"]
    translate = torch.tensor([0] + [int(token) + 1 for token in name[1:]])
    assert torch.equal(translate[stock.inter_feat["item_id_list"]], gathered["item_id_list"])
    assert torch.equal(translate[stock.inter_feat["item_id"]], gathered["item_id"])
    assert torch.equal(stock.inter_feat["item_length"], gathered["item_length"])


def test_items_without_training_rows_keep_their_id(make_walks, build):
    dataset = make_walks(30, 40, 5, 9)
    sparse = dataset.interactions[dataset.interactions["item"] != 3]
    part, _, _ = build(replace(dataset, interactions=sparse))
    assert part.item_num == 41
    assert part.user_num == 31
