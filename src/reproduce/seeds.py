"""All randomness: one master seed, an independent stream for every (purpose, user, round, ...).

A stream depends on its keys only, so neither the order of users nor concurrency nor a resumed run changes a draw.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def number(seed: int, purpose: str, *keys: int | str) -> int:
    """A 128-bit number that depends on the master seed, the purpose and the keys, and on nothing else."""
    text = "\x1f".join((str(seed), purpose, *(f"{type(key).__name__}:{key}" for key in keys)))
    return int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "big")


def stream(seed: int, purpose: str, *keys: int | str) -> np.random.Generator:
    """The random generator of one purpose, user, round, ... (PCG64, the same on every machine)."""
    import numpy as np

    return np.random.Generator(np.random.PCG64(number(seed, purpose, *keys)))
