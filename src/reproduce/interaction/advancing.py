"""What a step changes in the arrays of running episodes, compiled: no loop over items or episodes runs in Python."""

from __future__ import annotations

import numpy as np
from numba import njit

OUT_OF_RANGE, ENDED = 1, 2


@njit(cache=True)
def refused(actions, free, ended):  # type: ignore[no-untyped-def]
    """The first row that cannot be stepped and why (-1, 0: none), and how many actions are masked ones."""
    masked = 0
    for row in range(len(actions)):
        if actions[row] < 0 or actions[row] >= free.shape[1]:
            return row, OUT_OF_RANGE, 0
        if ended[row]:
            return row, ENDED, 0
        masked += not free[row, actions[row]]
    return -1, 0, masked


@njit(cache=True)
def begin(rows, users, known_from, known_items, known_liked, items, liked, length):  # type: ignore[no-untyped-def]
    """Write the real interactions of `users` into the histories of `rows`."""
    for place in range(len(rows)):
        row, low, high = rows[place], known_from[users[place]], known_from[users[place] + 1]
        length[row] = high - low
        for at in range(low, high):
            items[row, at - low] = known_items[at]
            liked[row, at - low] = known_liked[at]


@njit(cache=True)
def show(rows, action_of, items, liked, length, shift, mask, seen, free, left):  # type: ignore[no-untyped-def]
    """Write states, masks and how many actions are left, as the histories of `rows` have them."""
    for place in range(len(rows)):
        row = rows[place]
        seen[row] = 0
        free[row] = True
        left[row] = free.shape[1]
        for at in range(length[row]):
            action = action_of[items[row, at]]
            if action < 0:
                continue
            seen[row, action] = shift + liked[row, at]
            if mask and free[row, action]:
                free[row, action] = False
                left[row] -= 1


@njit(cache=True)
def advance(  # type: ignore[no-untyped-def]
    actions, candidates, answers, chances, items, liked, length, taken, seen, free, left, ended, shift, mask, stop, limit, fixed
):
    """Append what was recommended and the responses to it; returns rewards, who left, whose episode is cut off."""
    n = len(actions)
    rewards = np.empty(n, np.float32)
    terminated = np.empty(n, np.bool_)
    truncated = np.empty(n, np.bool_)
    for row in range(n):
        action, answer = actions[row], answers[row]
        items[row, length[row]] = candidates[row]
        liked[row, length[row]] = answer
        length[row] += 1
        taken[row] += 1
        seen[row, action] = shift + answer
        if mask and free[row, action]:
            free[row, action] = False
            left[row] -= 1
        rewards[row] = answer
        terminated[row] = taken[row] >= fixed if fixed else chances[row] < stop
        truncated[row] = not terminated[row] and (left[row] == 0 or taken[row] >= limit)
        ended[row] = terminated[row] or truncated[row]
    return rewards, terminated, truncated
