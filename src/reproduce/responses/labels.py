"""Likes and dislikes as tensors: training sequences and validation questions of all users (ensemble.md 1.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from reproduce.errors import DataError
from reproduce.recommenders.sequences import Ints, prefixes
from reproduce.responses.heldout import held_out

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset


@dataclass(frozen=True)
class Sequences:
    """Rows of users, at most L + 1 each: every one is asked about after those before it. Items from 1, 0 is padding."""

    users: torch.Tensor
    items: torch.Tensor
    """(sequences, L + 1)."""
    labels: torch.Tensor
    """(sequences, L + 1): 1 liked, 0 disliked or padding."""
    asked: torch.Tensor
    """(sequences, L + 1): which are trained on. All, but for the first of a sequence that goes on in the middle of a log: what
    came before it is in the sequence before, where it is asked about with its history."""

    def __len__(self) -> int:
        return len(self.users)

    def some(self, rows: torch.Tensor, device: torch.device) -> Sequences:
        """A batch, as long as its longest sequence."""
        longest = int((self.items[rows] > 0).sum(1).max())
        items, labels, asked = (part[rows, :longest].to(device) for part in (self.items, self.labels, self.asked))
        return Sequences(self.users[rows].to(device), items, labels, asked)


@dataclass(frozen=True)
class Questions:
    """What each user who has a validation interaction is asked about."""

    users: torch.Tensor
    items: torch.Tensor
    """(users, L): the last of D_u, padded with 0 on the right."""
    labels: torch.Tensor
    """(users, L): what the user said of them."""
    lengths: torch.Tensor
    candidates: torch.Tensor
    truths: torch.Tensor
    """(users,): 1 liked, 0 disliked."""


def training_sequences(dataset: Dataset, longest: int) -> Sequences:
    """Every training row of every user, users with one or two interactions included, is asked about once. Raises DataError.

    Sequences are cut from the end of a log, so that its last rows have the longest histories.
    """
    trains = (dataset.interactions["part"] == "train").to_numpy()
    rows = dataset.interactions[trains]
    users, items = rows["user"].to_numpy(np.int64), rows["item"].to_numpy(np.int64) + 1
    if not len(users):
        raise DataError(f"{dataset.name}: no interaction is left for training; take a source with more interactions")
    target, length = _cuts(users, longest)
    shown = prefixes(items, target + 1, length + 1, longest + 1)
    labels = prefixes(dataset.labels[trains].astype(np.int64), target + 1, length + 1, longest + 1)
    asked = shown > 0
    asked[:, 0] &= np.r_[True, users[1:] != users[:-1]][target - length]
    tensors = (torch.from_numpy(part) for part in (users[target], shown, labels, asked))
    return Sequences(*tensors)


def validation_questions(dataset: Dataset, longest: int) -> Questions:
    """The second last interaction of each user who has three. Raises DataError where nobody has."""
    users, histories, items, labels = held_out(dataset, "valid", longest=longest)
    if not len(users):
        raise DataError(
            f"{dataset.name}: no user has three interactions, so that nothing is left to validate on; take another source"
        )
    there = np.arange(histories.items.shape[1]) < histories.length[:, None]
    return Questions(
        users=torch.from_numpy(users).long(),
        items=torch.from_numpy(np.where(there, histories.items + 1, 0)).long(),
        labels=torch.from_numpy(histories.liked).long(),
        lengths=torch.from_numpy(histories.length).long(),
        candidates=torch.from_numpy(items).long() + 1,
        truths=torch.from_numpy(labels.copy()).long(),
    )


def _cuts(users: Ints, longest: int) -> tuple[Ints, Ints]:
    """Last row of each sequence and how many rows before it belong to it, for rows sorted by user, then time."""
    starts = np.flatnonzero(np.r_[True, users[1:] != users[:-1]])
    size = np.diff(np.r_[starts, len(users)])
    place = np.arange(len(users)) - np.repeat(starts, size)
    from_end = np.repeat(size, size) - 1 - place
    kept = (from_end % longest == 0) & ((place > 0) | (from_end == 0))  # a first row is in the sequence of the second
    target = np.flatnonzero(kept)
    return target, np.minimum(place[target], longest)
