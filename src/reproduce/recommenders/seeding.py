"""Training that comes out the same twice."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def reproducible(seed: int) -> Iterator[None]:
    """A block whose random draws and sums come out the same on every run: all generators seeded, one thread.

    The state of the generators and the number of threads are given back at the end. On a GPU cuBLAS needs a fixed workspace.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = random.getstate(), np.random.get_state(), torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng():
        random.seed(seed)
        np.random.seed(seed % 2**32)  # RecBole's samplers draw from NumPy's global generator
        torch.manual_seed(seed % 2**63)
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True, warn_only=torch.cuda.is_available())
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])
            torch.set_num_threads(before[2])
            torch.use_deterministic_algorithms(before[3])
