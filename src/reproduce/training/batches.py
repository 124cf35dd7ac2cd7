"""The order in which samples are trained on: shuffled, with little padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from reproduce.seeds import stream

if TYPE_CHECKING:
    import numpy as np
    from torch.utils.data import Sampler

POOL = 8
"""Batches that are sorted by length together."""


def order(lengths: Sequence[int], phases: Sequence[int], batch: int, seed: int, epoch: int) -> list[int]:
    """Places of all samples, each once: phase after phase, in each batches of like lengths in random order, a short one last.

    The usual length-grouped sampler walks from long to short again and again; where length goes with content, as in profiles that
    state more or less, the model then chases the drift and learns late.
    """
    return [
        place
        for phase in sorted(set(phases))
        for place in _phase(
            [place for place, of in enumerate(phases) if of == phase], lengths, batch, stream(seed, "batches", epoch, phase)
        )
    ]


def _phase(places: Sequence[int], lengths: Sequence[int], batch: int, random: np.random.Generator) -> list[int]:
    shuffled = [places[at] for at in random.permutation(len(places)).tolist()]
    found: list[list[int]] = []
    for start in range(0, len(shuffled), POOL * batch):
        pool = sorted(shuffled[start : start + POOL * batch], key=lambda place: (lengths[place], place))
        found += [pool[at : at + batch] for at in range(0, len(pool), batch)]
    whole = [places for places in found if len(places) == batch]
    rest = [place for places in found if len(places) < batch for place in places]
    return [place for at in random.permutation(len(whole)).tolist() for place in whole[at]] + rest


def sampler(lengths: Sequence[int], phases: Sequence[int], batch: int, seed: int) -> Sampler[int]:
    """The order above as torch wants it, another one for every epoch."""
    from torch.utils.data import Sampler

    class Bucketed(Sampler[int]):
        epoch = 0

        def __iter__(self) -> Iterator[int]:
            return iter(order(lengths, phases, batch, seed, self.epoch))

        def __len__(self) -> int:
            return len(lengths)

        def set_epoch(self, epoch: int) -> None:
            """Called by the trainer's data loader, also when a killed training goes on in a later epoch."""
            self.epoch = epoch

    return Bucketed()
