"""The chance in an episode: numbers that depend on the episode's key, the step and the place, and on nothing else.

A generator would have to be carried along; a counter that is hashed (splitmix64: Steele, Lea and Flood, OOPSLA 2014) needs no
state, so that neither vectorisation nor a resumed run changes a draw, and a million episodes cost eight bytes each.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from reproduce.seeds import number

Keys = NDArray[np.uint64]

PER_STEP = 8
"""Places of one step; raising it changes every draw."""
_GAMMA, _FIRST, _SECOND = (np.uint64(constant) for constant in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def key(seed: int, *episode: int) -> int:
    """The key of an episode: 64 bits of the seed and of the episode's numbers."""
    return number(seed, "episode", *episode) & 0xFFFFFFFFFFFFFFFF


def uniforms(keys: Keys, steps: NDArray[np.integer], n: int) -> NDArray[np.float64]:
    """(len(keys), n) numbers in [0, 1), the first n places of each episode's step."""
    if n > PER_STEP:
        raise ValueError(f"a step has {PER_STEP} places, not {n}")
    found = np.empty((len(keys), n))
    _fill(keys, steps, found)
    return found


@njit(cache=True)
def _fill(keys, steps, found):  # type: ignore[no-untyped-def]  # numba
    for row in range(found.shape[0]):
        for place in range(found.shape[1]):
            counter = np.uint64(steps[row]) * np.uint64(PER_STEP) + np.uint64(place + 1)
            bits = keys[row] + counter * _GAMMA  # modulo 2 ** 64, as all that follows
            bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
            bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
            found[row, place] = np.float64((bits ^ (bits >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
