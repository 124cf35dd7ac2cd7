"""The held-out log as a question to a policy: after a user's real history, would it recommend what was really had next?

With the chance of the policy, that of the log and the real label, the policy's worth on real feedback can be estimated without
asking any simulator.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reproduce.interaction.episodes import World
from reproduce.interaction.responding import ByteArray, FloatArray, Histories, IntArray


class Logged(NamedTuple):
    """One question per user, by ascending user."""

    users: IntArray
    observations: dict[str, NDArray[np.integer]]
    """What a policy sees after everything before the held-out interaction."""
    actions: IntArray
    """The held-out item as an action."""
    labels: ByteArray
    propensity: FloatArray
    """The log's own chance of the item: its share of the training interactions with items that the user has not had, one added to
    each. That popularity alone led to it is an assumption; nobody wrote down what was shown."""
    unseen: IntArray
    """Actions that were open."""


def logged(world: World, histories: Histories, items: IntArray, labels: ByteArray) -> Logged:
    """The held-out interactions of which the item may be recommended and was not had before."""
    shown = np.zeros((len(items), world.n_actions), np.uint8)
    had = np.zeros((len(items), world.n_actions), bool)
    row, place = np.nonzero(np.arange(histories.items.shape[1]) < histories.length[:, None])
    action = world.action_of[histories.items[row, place]]
    row, place, action = row[action >= 0], place[action >= 0], action[action >= 0]
    had[row, action] = True
    shown[row, action] = histories.liked[row, place] + (world.knobs.state == "shifted")
    wanted = world.action_of[items]
    kept = np.flatnonzero((wanted >= 0) & ~had[np.arange(len(items)), wanted])
    had, wanted = had[kept], wanted[kept]
    counts = world.dataset.items["train_count"].to_numpy()[world.actions] + 1.0
    open_to = np.where(had, 0.0, counts)
    return Logged(
        users=histories.user[kept],
        observations={"user": histories.user[kept][:, None], "items": shown[kept]},
        actions=wanted,
        labels=labels[kept],
        propensity=counts[wanted] / open_to.sum(1),
        unseen=(~had).sum(1).astype(np.int32),
    )
