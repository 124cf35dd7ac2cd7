"""What a run of LLM-US will ask: one explanation per training interaction up to the cap, and the pages (baselines.md 2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reproduce.llm.plan import Planned
from reproduce.methods.agent4rec.building import recent
from reproduce.methods.agent4rec.plan import Ruler
from reproduce.methods.agent4rec.questions import card
from reproduce.methods.llm_us.simulator import side_of
from reproduce.params import LlmUsKnobs

EXPLAIN_REPLY = 12
"""Tokens of three keywords with their label."""


def plan(
    measure: Ruler, users: Sequence[int], meetings: int, rounds: int, candidates: int, seed: int, knobs: LlmUsKnobs, most: int
) -> list[Planned]:
    """The construction, and a page per round of every meeting (a recommender under a strategy)."""
    pages = measure.round(len(users) * meetings * rounds, candidates, seed)
    return [*construction(measure, users, knobs, most), pages]


def construction(measure: Ruler, users: Sequence[int], knobs: LlmUsKnobs, most: int) -> list[Planned]:
    """One call per interaction, the most recent `most` of each user."""
    calls = sum(len(recent(measure.dataset.train(user), most)) for user in users)
    return [Planned("llm_us/explain", calls, measure.tokens("llm_us/explain", _examples(measure, knobs)), EXPLAIN_REPLY)]


def _examples(measure: Ruler, knobs: LlmUsKnobs) -> Iterator[Mapping[str, object]]:
    """The last training item of each user, with the review where there is one."""
    for user in measure.users:
        row = measure.dataset.train(user)[-1]
        review = measure.dataset.reviews(user).get(row.item, "") if knobs.review_words else ""
        yield {
            "item": card(measure.dataset.item(row.item)),
            "rating": row.rating,
            "review": " ".join(review.split()[: knobs.review_words]),
            "side": side_of(row.rating, knobs),
            "keywords": knobs.keywords,
        }
