"""Draws by counter."""

import numpy as np
import pytest

from reproduce.interaction.coins import PER_STEP, key, uniforms


def test_the_numbers_are_those_of_splitmix64():
    published = [6457827717110365317, 3203168211198807973]  # of seed 1234567, by the authors' C code
    assert uniforms(np.array([1234567], np.uint64), np.array([0]), 2)[0].tolist() == [(n >> 11) * 2.0**-53 for n in published]


def test_a_draw_depends_on_episode_step_and_place_alone():
    keys = np.array([key(1, episode) for episode in range(20)], np.uint64)
    steps = np.arange(20, dtype=np.int32) % 7
    together = uniforms(keys, steps, 4)
    for row in range(20):
        assert uniforms(keys[row : row + 1], steps[row : row + 1], 2).tolist() == together[row : row + 1, :2].tolist()


def test_draws_are_even_and_not_alike():
    keys = np.array([key(7, slot, episode) for slot in range(40) for episode in range(40)], np.uint64)
    drawn = np.stack([uniforms(keys, np.full(len(keys), step), PER_STEP) for step in range(5)])
    assert len(np.unique(drawn)) == drawn.size
    assert np.histogram(drawn, 10, (0, 1))[0] / drawn.size == pytest.approx(np.full(10, 0.1), abs=0.005)
    assert abs(np.corrcoef(drawn.reshape(-1, PER_STEP).T)[np.triu_indices(PER_STEP, 1)]).max() < 0.04
    assert abs(np.corrcoef(drawn[0].ravel(), drawn[1].ravel())[0, 1]) < 0.04


def test_episodes_of_slots_and_of_a_panel_have_keys_of_their_own():
    keys = {key(seed, *numbers) for seed in (1, 2) for numbers in [(0,), (1,), (0, 1), (1, 0), (0, 0), (1, 1)]}
    assert len(keys) == 12


def test_a_step_has_no_more_places_than_it_has():
    with pytest.raises(ValueError, match="8 places, not 9"):
        uniforms(np.zeros(1, np.uint64), np.zeros(1, np.int64), PER_STEP + 1)
