"""Eqs. 1 to 9 of LUS as a careful reader of the paper writes them down: tables of pandas, sets, cosines of scikit-learn.

The yardstick of the compiled simulator: what it must equal, and what it must be faster than. Nothing of it is shared with it but
the layout of what goes in and out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.metrics.pairwise import cosine_similarity


class Plain:
    """One candidate at a time."""

    def __init__(
        self, items: pd.DataFrame, log: pd.DataFrame, click: object, faults: Sequence[str] = (), every: Sequence[set[str]] = ()
    ) -> None:
        """`items`: category (a set), pos, neg (sets), pos_vector, neg_vector; `log`: user, item, label in order; `click`: p of
        (user, table of the history, candidate); `every`: all categories of each item, for fault `intersect`."""
        self.items, self.log, self.click, self.faults = items, log, click, faults
        self.category = items["category"] if "intersect" not in faults else pd.Series(list(every))

    def respond(self, user: int, history: pd.DataFrame, recommended: int, candidate: int, coins: Sequence[float]) -> dict:
        """`history`: item, label, oldest first, of which the last `recommended` belong to this episode."""
        if "wrong_user" in self.faults:
            first = self.log[self.log["item"] == candidate]
            if first.empty:
                return self.at_random(coins)
            user = first.iloc[0]["user"]
            before = self.log[(self.log["user"] == user) & (self.log.index < first.index[0])]
            if before.empty:
                return self.at_random(coins)
            history = pd.concat([before[["item", "label"]], history.iloc[len(history) - recommended :]])
        liked, disliked, all_liked, all_disliked = self.split(history[history["item"] != candidate], candidate)
        c = self.items.loc[candidate]
        a_pos = sum(len(c["pos"] & self.items.loc[i]["pos"]) for i in liked)
        a_neg = sum(len(c["neg"] & self.items.loc[i]["neg"]) for i in disliked)
        b_pos = max((self.cosine(c["pos_vector"], self.items.loc[i]["pos_vector"]) for i in liked), default=-np.inf)
        b_neg = max((self.cosine(c["neg_vector"], self.items.loc[i]["neg_vector"]) for i in disliked), default=-np.inf)
        p = round(self.click(user, history, candidate), 6)
        if "double_sigmoid" in self.faults:
            p = round(1 / (1 + np.exp(-p)), 6)
        f_mat, coin_mat = self.compare(a_pos, a_neg, coins[0])
        f_sim, coin_sim = self.compare(b_pos, b_neg, coins[1])
        if "empty_side" in self.faults and not all_liked:
            f_mat, f_sim, coin_mat, coin_sim = 1, 1, 0, 0
        elif "empty_side" in self.faults and not all_disliked:
            f_mat, f_sim, coin_mat, coin_sim = 0, 0, 0, 0
        f_sta = int(p >= 0.5)
        sure = (0.5 if coin_mat else f_mat) + (0.5 if coin_sim else f_sim) + f_sta
        return {
            "scores": [a_pos, a_neg, b_pos, b_neg, p],
            "votes": [f_mat, f_sim, f_sta],
            "coins": [coin_mat, coin_sim],
            "liked": int(f_mat + f_sim + f_sta >= 2),
            "probability": sure / 3,
        }

    def split(self, history: pd.DataFrame, candidate: int) -> tuple[list[int], list[int], list[int], list[int]]:
        """I_pos and I_neg, and all that is liked and disliked."""
        same = np.array([bool(self.category[i] & self.category[candidate]) for i in history["item"]], dtype=bool)
        of_category = history[same]
        if "split_fallback" in self.faults:
            sides = [
                part if len(part := of_category[of_category["label"] == y]) else history[history["label"] == y] for y in (1, 0)
            ]
            liked, disliked = (side["item"].tolist() for side in sides)
        else:
            used = of_category if len(of_category) else history
            liked, disliked = (used[used["label"] == y]["item"].tolist() for y in (1, 0))
        return liked, disliked, *(history[history["label"] == y]["item"].tolist() for y in (1, 0))

    def compare(self, high: float, low: float, coin: float) -> tuple[int, int]:
        """Eqs. 3 and 8: a vote, and whether it was a coin."""
        if high == low and "no_coins" not in self.faults:
            return int(coin < 0.5), 1
        return int(high > low), 0

    def at_random(self, coins: Sequence[float]) -> dict:
        """Nobody is asked (5.8)."""
        liked = int(coins[0] < 0.5)
        scores = [0, 0, -np.inf, -np.inf, 0.5]
        return {"scores": scores, "votes": [liked, liked, 1], "coins": [1, 1], "liked": liked, "probability": 0.5}

    @staticmethod
    def cosine(a: np.ndarray, b: np.ndarray) -> float:
        """0 for a zero vector, as scikit-learn has it."""
        return round(float(cosine_similarity(a.reshape(1, -1).astype(float), b.reshape(1, -1).astype(float))[0, 0]), 6) + 0.0


def table(descriptions) -> pd.DataFrame:  # a Descriptions
    """Its items as `Plain` wants them."""
    n = len(descriptions)
    return pd.DataFrame(
        {
            "category": [set(descriptions.categories_of(i)) for i in range(n)],
            "pos": [set(descriptions.pros_of(i)) for i in range(n)],
            "neg": [set(descriptions.cons_of(i)) for i in range(n)],
            "pos_vector": list(descriptions.pos_embedding),
            "neg_vector": list(descriptions.neg_embedding),
        }
    )


def log_of(dataset) -> pd.DataFrame:  # a Dataset
    """Its interactions as `Plain` wants them."""
    return dataset.interactions[["user", "item"]].assign(label=dataset.labels).reset_index(drop=True)
