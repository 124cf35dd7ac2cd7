from __future__ import annotations

import numpy as np
import pytest

from reproduce.metrics.anova import components, shares
from reproduce.metrics.stats import Resamples
from reproduce.seeds import stream


def found(values, resamples=None):
    drawn = components(values, resamples or Resamples(np.ones((1, len(values)))))
    return {effect: float(draws[0]) for effect, draws in drawn.items()}


def test_a_two_way_table_by_hand():
    # users x seeds; grand mean 4; user means 2, 4, 6; seed means 3, 5
    # SS user = 2 * (4 + 0 + 4) = 16, MS 8; SS seed = 3 * (1 + 1) = 6, MS 6
    # residuals: (1 - 2 + 1, 3 - 2 - 1) = 0 0; (4 - 4 + 1, 4 - 4 - 1) = 1 -1; (4 - 6 + 1, 8 - 6 - 1) = -1 1; SS 4, MS 2
    # residual 2; user (8 - 2) / 2 = 3; seed (6 - 2) / 3 = 4/3
    values = np.array([[1.0, 3.0], [4.0, 4.0], [4.0, 8.0]])
    assert found(values) == {(0,): pytest.approx(3), (1,): pytest.approx(4 / 3), (0, 1): pytest.approx(2)}


def test_a_three_way_table_of_two_levels_by_hand():
    # y = 0..7 but the last is 9: with two levels every contrast is a sum of signed cells, SS = contrast^2 / 8, 1 d.o.f.
    # contrasts: a: 4+5+6+9 - (0+1+2+3) = 18; b: 2+3+6+9 - (0+1+4+5) = 10; c: 1+3+5+9 - (0+2+4+6) = 6
    # ab = ac = bc = abc: only the extra 2 remains = 2
    values = np.array([0.0, 1, 2, 3, 4, 5, 6, 9]).reshape(2, 2, 2)
    square = {"a": 18**2 / 8, "b": 10**2 / 8, "c": 6**2 / 8, "two": 4 / 8, "three": 4 / 8}
    all_three = square["three"]
    two = (square["two"] - all_three) / 2
    # E[MS a] = s_abc + 2 s_ab + 2 s_ac + 4 s_a
    one = {name: (square[name] - all_three - 4 * two) / 4 for name in "abc"}
    assert found(values) == {
        (0,): pytest.approx(one["a"]),
        (1,): pytest.approx(one["b"]),
        (2,): pytest.approx(one["c"]),
        (0, 1): pytest.approx(two),
        (0, 2): pytest.approx(two),
        (1, 2): pytest.approx(two),
        (0, 1, 2): pytest.approx(all_three),
    }


def test_planted_variances_are_found():
    random = stream(3, "anova")
    users, seeds, prompts = 4000, 12, 8
    user, seed, prompt = random.normal(size=users), random.normal(size=seeds), random.normal(size=prompts)
    together = random.normal(size=(users, prompts))
    noise = random.normal(size=(users, seeds, prompts))
    values = (
        2 * user[:, None, None] + 3 * seed[None, :, None] + prompt[None, None, :] + 0.5 * together[:, None, :] + 1.5 * noise + 7
    )
    estimate = found(values)
    assert estimate[0,] == pytest.approx(4, rel=0.1)
    assert estimate[1,] == pytest.approx(9 * seed.var(ddof=1), rel=0.02)
    assert estimate[2,] == pytest.approx(prompt.var(ddof=1), rel=0.02)
    assert estimate[0, 2] == pytest.approx(0.25, rel=0.1)
    assert estimate[0, 1] == pytest.approx(0, abs=0.02)
    assert estimate[0, 1, 2] == pytest.approx(2.25, rel=0.02)


def test_a_resample_is_the_estimate_of_the_users_that_it_holds():
    values = np.asarray(stream(4, "anova").normal(size=(3, 2, 2)))
    drawn = components(values, Resamples(np.array([[1.0, 1, 1], [2, 0, 1]])))
    again = found(values[[0, 0, 2]])
    assert {effect: float(draws[1]) for effect, draws in drawn.items()} == {
        effect: pytest.approx(value) for effect, value in again.items()
    }


def test_shares_count_negative_variances_as_zero_and_sum_to_one():
    drawn = {(0,): np.array([3.0, 0.0]), (1,): np.array([-1.0, 0.0]), (0, 1): np.array([1.0, 0.0])}
    part = shares(drawn)
    assert [part[effect].tolist() for effect in drawn] == [[0.75, 0.0], [0.0, 0.0], [0.25, 0.0]]


def test_one_level_is_no_factor():
    with pytest.raises(ValueError, match="two levels"):
        components(np.zeros((3, 1)), Resamples(np.ones((1, 3))))
