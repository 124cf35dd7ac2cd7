"""What films and books of the town have in common: what a generator must know of either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Domain:
    """One kind of works, and the people who have them."""

    branch: str
    """Set before the purpose of every random stream, so that no two domains share a draw."""
    kind: str
    """What one work is called."""
    shop: str
    """The shop's name of the category."""
    asin: str
    """Format of the shop's number of a work."""
    reviewer: str
    """Format of the shop's number of a person."""
    newest: int
    """Year of the last works."""
    start: int
    """First second of the log."""
    fewest: int
    """Interactions of the least active people."""
    extra: int
    """So many more have the most active ones."""
    numerals: tuple[str, ...]
    """What is added to the titles of a series."""
    genres: Mapping[str, int]
    """Weight of each genre as a work's first one."""
    companions: Mapping[str, str]
    """Genres that go together, the most usual first; `|` between them."""
    tilts: Mapping[str, tuple[str, ...]]
    """Genres that a group likes somewhat more often than others; tastes still differ far more within groups than between them."""
    aspects: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    """Aspects of works, with what a review says of a strong and of a weak one."""
    openings: Mapping[int, tuple[str, ...]]
    """How a review begins, by its rating."""
    base: float = 3.0
    """Rating of what is neither liked nor disliked, by people who are not picky: lower gives more bad ratings."""
    company: int = 12
    """In so many of a hundred cases company decides, so that people also meet what they do not like."""
    weight: float = 0.5
    """How much one aspect that a person cares about counts in a rating."""
    traits: int = 3
    """So many aspects of each work are strong or weak."""
    fitting: bool = False
    """Reviews speak first of what fits their rating: of strengths in good ones, of weaknesses in bad ones."""
    points: int = 5
    """The best rating; the worst is 1."""
    unrated: int = 0
    """So many of a hundred works are had and not rated."""
    brief: int = 0
    """So many of a hundred people have one or two works and are not seen again."""

    def stream(self, purpose: str) -> str:
        """The name of a random stream."""
        return self.branch + purpose
