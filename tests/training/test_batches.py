"""The order of training samples."""

from __future__ import annotations

import numpy as np

from reproduce.training.batches import order, sampler

FLAT = [0] * 1003
LENGTHS = np.random.default_rng(0).integers(20, 200, size=1003).tolist()


def test_every_sample_is_met_once_and_the_incomplete_batch_comes_last():
    found = order(LENGTHS, FLAT, 8, seed=1, epoch=0)
    assert sorted(found) == list(range(1003))
    assert len(found) % 8 == 3


def test_batches_hold_like_lengths():
    padding = [
        batch.max() * len(batch) - batch.sum() for batch in np.array_split(np.array(LENGTHS)[order(LENGTHS, FLAT, 8, 1, 0)], 126)
    ]
    assert sum(padding) < 0.12 * sum(LENGTHS)


def test_lengths_do_not_drift():
    lengths = np.array(LENGTHS)[order(LENGTHS, FLAT, 8, 1, 0)]
    assert abs(np.corrcoef(np.arange(len(lengths)) % 64, lengths)[0, 1]) < 0.1


def test_each_epoch_has_its_own_order_and_the_same_one_again():
    made = sampler(LENGTHS, FLAT, 8, seed=1)
    first = list(made)
    made.set_epoch(1)
    second = list(made)
    made.set_epoch(0)
    assert first == list(made) != second


def test_phases_follow_each_other():
    phases = [place % 3 for place in range(1003)]
    met = [phases[place] for place in order(LENGTHS, phases, 8, 1, 0)]
    assert met == sorted(met)
