"""Draws that are the same on every machine, operating system and NumPy version."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

from reproduce.seeds import stream

T = TypeVar("T")

_BLOCK = 64


class Dice:
    """Raw words of one PCG64 stream, turned into draws with arithmetic that IEEE 754 fixes to the last bit.

    NumPy guarantees the raw words of a bit generator, but not its distributions; and `exp`, `log` and `pow` differ in their last
    bit between C libraries. So only `+ - * /`, comparisons and integers are used here and in the rest of the town.
    """

    def __init__(self, seed: int, purpose: str, *keys: int | str) -> None:
        self._generator = stream(seed, f"town/{purpose}", *keys).bit_generator
        self._words: list[int] = []

    def unit(self) -> float:
        """A number in [0, 1)."""
        return (self._word() >> 11) * 2.0**-53

    def below(self, n: int) -> int:
        """An integer in [0, n)."""
        return (self._word() * n) >> 64

    def between(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self.below(100) < percent

    def bell(self) -> float:
        """Mean 0, standard deviation 1, bounded by 4.25: a sum of six uniforms."""
        total = 0.0
        for _ in range(6):
            total += self.unit()
        return (total - 3.0) * 1.4142135623730951

    def choose(self, options: Sequence[T]) -> T:
        """One of the options, all equally likely."""
        return options[self.below(len(options))]

    def weighted(self, cumulative: Sequence[int]) -> int:
        """An index, each as likely as its integer weight; takes the running sums of the weights."""
        return bisect_right(cumulative, self.below(cumulative[-1]))

    def weighted_sample(self, options: Sequence[T], weights: Sequence[int], n: int) -> list[T]:
        """At most n different options with a positive weight, drawn one after the other by weight."""
        left = [(option, weight) for option, weight in zip(options, weights, strict=True) if weight > 0]
        chosen: list[T] = []
        while left and len(chosen) < n:
            chosen.append(left.pop(self.weighted(list(accumulate(weight for _, weight in left))))[0])
        return chosen

    def sample(self, options: Sequence[T], n: int) -> list[T]:
        """n different options in random order."""
        return self.weighted_sample(options, [1] * len(options), n)

    def _word(self) -> int:
        if not self._words:
            self._words = self._generator.random_raw(_BLOCK).tolist()[::-1]
        return self._words.pop()
