"""Simulated users by a rule, to put behind the environment."""

from __future__ import annotations

import numpy as np

from reproduce.interaction.responding import Responses


class Likes:
    """Everybody likes the same items, and remembers having been asked."""

    name = "likes"

    def __init__(self, liked, coins=False):
        self.liked, self.coins = np.asarray(liked), coins
        self.asked = []

    def respond(self, histories, items, coins):
        rows = [
            (int(user), items[:length].tolist(), liked[:length].tolist(), int(start))
            for user, items, liked, length, start in zip(*histories, strict=True)
        ]
        self.asked.append((rows, items.tolist(), coins.copy()))
        chance = self.liked[items].astype(float)
        said = (coins[:, 0] < chance) if self.coins else chance >= 0.5
        return Responses(said.astype(np.int8), chance)
