"""What a run of AgentCF will ask: calls by formula, prompts rendered on prepared data (baselines.md 4).

How many rounds a pair takes depends on the replies. `FIRST_RIGHT` and `AGAIN_RIGHT` are what the rehearsal on the embedded town
measures; with another model they are an assumption, and the right choices of a run stand in its counters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reproduce.llm.plan import Planned
from reproduce.methods.agent4rec.building import recent
from reproduce.methods.agent4rec.plan import REASON, Ruler
from reproduce.methods.agent4rec.questions import shown_title
from reproduce.methods.agentcf.simulator import first_description
from reproduce.params import AgentCfKnobs

FIRST_RIGHT = 0.68
"""Share of pairs whose interacted item is chosen in the first round."""
AGAIN_RIGHT = 0.65
"""The same of later rounds, after the corrections."""
FORWARD_REPLY, USER_REPLY, ITEMS_REPLY = 27, 100, 62
"""Tokens of a reply."""
INTRODUCTION = f"I enjoy character-driven drama and slow crime stories with a strong plot. {REASON} " * 2
"""Stands for a self-introduction, which is not there before the run."""


@dataclass(frozen=True)
class Calls:
    """Expected calls per pair."""

    forward: float
    update_right: float
    update_wrong: float
    update_items: float


def per_pair(rounds: int, first: float = FIRST_RIGHT, again: float = AGAIN_RIGHT) -> Calls:
    """A choice per round until one is right; a right first one is learnt from once, a wrong one by the user and by the items."""
    forward, wrong, left = 0.0, 0.0, 1.0
    for number in range(rounds):
        forward += left
        left *= 1 - (again if number else first)
        wrong += left
    return Calls(forward, first, wrong, wrong)


def plan(
    measure: Ruler, users: Sequence[int], meetings: int, rounds: int, candidates: int, seed: int, knobs: AgentCfKnobs, most: int
) -> list[Planned]:
    """The construction, and a page per round of every meeting (a recommender under a strategy)."""
    pages = measure.round(len(users) * meetings * rounds, candidates, seed)
    return [*construction(measure, users, knobs, most), pages]


def construction(measure: Ruler, users: Sequence[int], knobs: AgentCfKnobs, most: int) -> list[Planned]:
    """The calls of all users with the tokens of their prompts."""
    pairs = sum(len(recent(measure.dataset.train(user), most)) for user in users)
    each = per_pair(knobs.rounds)
    options = [
        [{"title": shown_title(item), "description": first_description(item)} for item in (one, other)]
        for one, other in (
            (measure.dataset.item(rows[-1].item), measure.dataset.item(rows[0].item))
            for rows in map(measure.dataset.train, measure.users)
        )
    ]
    learning = [
        {"memory": INTRODUCTION, "options": pair, "right": 1, "explanation": REASON, "words": knobs.user_words}
        for pair in options
    ]
    forward = measure.tokens("agentcf/forward", [{"memory": INTRODUCTION, "options": pair} for pair in options])
    return [
        Planned("agentcf/forward", pairs * each.forward, forward, FORWARD_REPLY),
        Planned("agentcf/update_right", pairs * each.update_right, measure.tokens("agentcf/update_right", learning), USER_REPLY),
        Planned("agentcf/update_wrong", pairs * each.update_wrong, measure.tokens("agentcf/update_wrong", learning), USER_REPLY),
        Planned("agentcf/update_items", pairs * each.update_items, measure.tokens("agentcf/update_items", learning), ITEMS_REPLY),
    ]
