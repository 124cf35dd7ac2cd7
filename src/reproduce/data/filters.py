"""Which interactions stay: the k-core."""

from __future__ import annotations

from typing import Literal

import numpy as np


def k_core(user: np.ndarray, item: np.ndarray, k: int, rule: Literal["fixed_point", "single_pass"]) -> np.ndarray:
    """A mask of the interactions whose user and item have at least k of them (DG-D1).

    `fixed_point` removes until nothing changes; the result does not depend on the order of removal. `single_pass` looks at the
    counts of the whole log once, so users and items may be left with fewer.
    """
    mask, left = np.zeros(len(user), dtype=bool), np.arange(len(user))
    while True:
        stays = (np.bincount(user) >= k)[user] & (np.bincount(item) >= k)[item]
        done = rule == "single_pass" or stays.all()
        left, user, item = left[stays], user[stays], item[stays]
        if done:
            mask[left] = True
            return mask
