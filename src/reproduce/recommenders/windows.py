"""Fast training of RecBole's sequential models: each (prefix, target) pair once, many of them in one row.

RecBole repeats every prefix of a sequence as a row of its own ("augmentation"), so each item is read up to L times an epoch.
A causal model predicts after every position anyway: it is enough to cut each sequence into windows of L that do not overlap and
to take the loss at all positions. The pairs are the same; only contexts near a window's start are shorter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from reproduce.recommenders.compat import FeatureSource, FeatureType, Interaction, SequentialDataset
from reproduce.recommenders.crossentropy import linear_cross_entropy
from reproduce.recommenders.sequences import Ints, pairs, prefixes, windows

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset


class WindowDataset(SequentialDataset):  # type: ignore[misc]  # RecBole has no types
    """A prepared data set as RecBole's: parts `train` and `valid` of all users, ids shifted by one (0 is RecBole's padding).

    Nothing is read from or written to files. `build` gives training windows, one validation row per user (D_u -> V_u; DGDPO,
    "Datasets") and no test rows, because test items are shown in the interaction only.
    """

    def __init__(self, config: Any, dataset: Dataset) -> None:  # RecBole has no types
        rows = dataset.interactions
        rows = rows[rows["part"].isin(("train", "valid"))]
        self._users: Ints = rows["user"].to_numpy(np.int64) + 1
        self._items: Ints = rows["item"].to_numpy(np.int64) + 1
        self._validates: npt.NDArray[np.bool_] = (rows["part"] == "valid").to_numpy()
        self._sizes = {"user": len(dataset.users) + 1, "item": len(dataset.items) + 1}
        super().__init__(config)

    def _load_data(self, token: str, dataset_path: str) -> None:
        """RecBole's hook for reading files; ours are in memory."""
        self.user_feat = self.item_feat = None
        columns = {self.uid_field: torch.from_numpy(self._users), self.iid_field: torch.from_numpy(self._items)}
        self.inter_feat = Interaction(columns)
        for field in (self.uid_field, self.iid_field):
            self.set_field_property(field, FeatureType.TOKEN, FeatureSource.INTERACTION, 1)

    def _data_processing(self) -> None:
        """RecBole's hook for filtering and renumbering; `preprocess` did both. Items without training rows have an id, too."""
        self.feat_name_list = ["inter_feat"]
        for field, size in ((self.uid_field, self._sizes["user"]), (self.iid_field, self._sizes["item"])):
            tokens = np.array(["[PAD]", *map(str, range(size - 1))])
            self.field2id_token[field] = tokens
            self.field2token_id[field] = {token: number for number, token in enumerate(tokens)}

    def build(self) -> list[Any]:  # RecBole has no types
        """Training windows, validation rows, no test rows."""
        self._aug_presets()
        target, length = pairs(self._users, self.max_item_list_len)
        validates = self._validates[target]
        train = windows(self._users, target, ~validates, self.max_item_list_len)
        return [self.copy(self.rows(target[some], length[some])) for some in (train, np.flatnonzero(validates), train[:0])]

    def rows(self, target: Ints, length: Ints) -> Any:  # RecBole has no types
        """Pairs (prefix, target) as RecBole's augmentation makes them, by one gather instead of a loop."""
        return Interaction(
            {
                self.uid_field: torch.from_numpy(self._users[target]),
                self.iid_field: torch.from_numpy(self._items[target]),
                self.item_list_length_field: torch.from_numpy(length),
                self.item_id_list_field: torch.from_numpy(prefixes(self._items, target, length, self.max_item_list_len)),
            }
        )


class Causal(Protocol):
    """A RecBole model whose output after each position depends on no later item."""

    ITEM_SEQ: str
    ITEM_SEQ_LEN: str
    POS_ITEM_ID: str

    def outputs(self, item_seq: torch.Tensor) -> torch.Tensor:
        """(batch, L, d): what is compared with item embeddings after each position."""
        ...

    def catalogue(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Output embeddings (items, d), and a bias per item or None."""
        ...


class AllPositions:
    """Mixin: cross entropy of the next item after every position of a window, in place of after its last one."""

    def calculate_loss(self: Causal, interaction: Any) -> torch.Tensor:  # RecBole has no types
        """Mean over all pairs of the batch."""
        item_seq = interaction[self.ITEM_SEQ]
        labels = torch.nn.functional.pad(item_seq[:, 1:], (0, 1))
        labels = labels.scatter(1, interaction[self.ITEM_SEQ_LEN][:, None] - 1, interaction[self.POS_ITEM_ID][:, None])
        there = labels > 0
        weight, bias = self.catalogue()
        return linear_cross_entropy(self.outputs(item_seq)[there], weight, bias, labels[there])
