"""Which interactions stay: the k-core."""

from __future__ import annotations

from typing import Literal

import numpy as np


def k_core(user: np.ndarray, item: np.ndarray, k: int, rule: Literal["fixed_point", "single_pass"]) -> np.ndarray:
    """A mask of the interactions whose user and item have at least k of them (DG-D1).

    `fixed_point` removes until nothing changes; the result does not depend on the order of removal. `single_pass` looks at the
    counts of the whole log once, so users and items may be left with fewer.
    """
    keep = np.ones(len(user), dtype=bool)
    while True:
        users = np.bincount(user[keep], minlength=int(user.max(initial=-1)) + 1)
        items = np.bincount(item[keep], minlength=int(item.max(initial=-1)) + 1)
        stays: np.ndarray = keep & (users[user] >= k) & (items[item] >= k)
        if rule == "single_pass" or stays.sum() == keep.sum():
            return stays
        keep = stays
