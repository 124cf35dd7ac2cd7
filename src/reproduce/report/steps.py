"""Steps of one episode as the paper draws its case study (Tables 3 and 4): what the simulator compared, matched and voted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reproduce.results.naming import VOTERS

MOST_STEPS = 12
MOST_ITEMS = 6
"""Of a step's history: those that matched, the nearest ones, then the latest."""
Words = tuple[tuple[str, bool], ...]
"""Keywords, and whether each matches."""


@dataclass(frozen=True)
class Known:
    """One item of the history that was compared."""

    title: str
    categories: str
    liked: bool
    recommended: bool
    """In this episode, rather than a real interaction."""
    words: Words
    """Pros of a liked item, cons of a disliked one: like meets like only (ensemble.md 5.16)."""
    cosine: float
    nearest: bool


@dataclass(frozen=True)
class Vote:
    """One voter's say."""

    voter: str
    liked: bool
    coin: bool
    why: str


@dataclass(frozen=True)
class Step:
    """One recommendation and what became of it."""

    number: int
    title: str
    categories: str
    pros: Words
    cons: Words
    known: tuple[Known, ...]
    more: int
    """Compared items that are not shown."""
    fallback: bool
    """Whether the whole history was compared, for want of items of the category."""
    not_compared: int
    votes: tuple[Vote, ...]
    liked: bool


def steps(lines: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The first steps of `explained.jsonl`."""
    return tuple(_step(number, line) for number, line in enumerate(lines[:MOST_STEPS], 1))


def _step(number: int, line: Mapping[str, Any]) -> Step:
    item, matched, rows = line["item"], line["matched"], line["history"]
    nearest = {side["item"] for side in line["nearest"].values() if side}
    shown = _shown(rows, nearest)
    return Step(
        number=number,
        title=item["title"],
        categories=", ".join(item["categories"]) or "no category",
        pros=tuple((word, word in matched["liked"]) for word in item["pos"]),
        cons=tuple((word, word in matched["disliked"]) for word in item["neg"]),
        known=tuple(_known(row, nearest) for row in shown),
        more=len(rows) - len(shown),
        fallback=any(row["compared"] == "fallback" for row in rows),
        not_compared=line["not_compared"],
        votes=tuple(Vote(voter, bool(line["votes"][voter]), voter in line["coins"], _why(voter, line)) for voter in VOTERS),
        liked=bool(line["liked"]),
    )


def _shown(rows: Sequence[Mapping[str, Any]], nearest: set[int]) -> list[Mapping[str, Any]]:
    order = sorted(range(len(rows)), key=lambda place: (not rows[place]["matched"], rows[place]["item"] not in nearest, -place))
    return [rows[place] for place in sorted(order[:MOST_ITEMS])]


def _known(row: Mapping[str, Any], nearest: set[int]) -> Known:
    return Known(
        title=row["title"],
        categories=", ".join(row["categories"]) or "no category",
        liked=bool(row["liked"]),
        recommended=row["recommended"],
        words=tuple((word, word in row["matched"]) for word in row["pos" if row["liked"] else "neg"]),
        cosine=row["cosine"],
        nearest=row["item"] in nearest,
    )


def _why(voter: str, line: Mapping[str, Any]) -> str:
    """One voter's reasons in words."""
    scores, coin = line["scores"], voter in line["coins"]
    if voter == "f_sta":
        side = "at least" if line["votes"][voter] else "below"
        return "nothing to go by: a coin" if coin else f"p = {_number(scores['p'])}, {side} 0.5"
    if voter == "f_mat":
        liked, disliked = _number(scores["a_pos"]), _number(scores["a_neg"])
        said = f"{liked} matching pros of liked items against {disliked} matching cons of disliked ones"
    else:
        pairs = (("liked", "b_pos"), ("disliked", "b_neg"))
        said = " against ".join(_pair(line["nearest"][side], scores[score], side) for side, score in pairs)
    return f"{said}: a tie, so a coin" if coin else said


def _pair(nearest: Mapping[str, Any] | None, cosine: float | None, side: str) -> str:
    if nearest is None or cosine is None:
        return f"no {side} item"
    return f"nearest {side} item \u2068{nearest['title']}\u2069 at {cosine:.2f}"  # isolated: a title may be written leftwards


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:g}" if value == int(value) else f"{value:.3f}"
