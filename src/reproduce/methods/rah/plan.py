"""What a run of RAH will ask: calls by formula, prompts rendered on prepared data (baselines.md 3).

How many attempts an interaction takes depends on the replies. `FIRST_RIGHT` and `AGAIN_RIGHT` are what the rehearsal on the
embedded town measures; with another model they are an assumption, and the attempts of a run stand in its counters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reproduce.data.prepared import Interaction
from reproduce.llm.plan import Planned
from reproduce.methods.agent4rec.building import recent
from reproduce.methods.agent4rec.plan import REASON, Ruler
from reproduce.params import RahKnobs

FIRST_RIGHT = 0.85
"""Share of first attempts whose prediction is right."""
AGAIN_RIGHT = 0.70
"""The same of later attempts, which know reasons and suggestions."""
PERCEIVE_REPLY, LEARN_REPLY, ACT_REPLY, CRITIC_REPLY, REFLECT_REPLY = 50, 10, 22, 10, 80
"""Tokens of a reply."""
_NEUTRAL = 3


@dataclass(frozen=True)
class Calls:
    """Expected calls of the construction."""

    perceive: float
    attempts: float
    """Each is a call of Learn, of Act and of Critic."""
    reflect: float


def expected_attempts(most: int, first: float = FIRST_RIGHT, again: float = AGAIN_RIGHT) -> float:
    """1 + (1 - first) + (1 - first) (1 - again) + ...: mean attempts per interaction when at most `most` are made."""
    attempts, left = 0.0, 1.0
    for number in range(most):
        attempts += left
        left *= 1 - (again if number else first)
    return attempts


def calls(histories: Iterable[Sequence[Interaction]], knobs: RahKnobs) -> Calls:
    """From the interactions of each user: neutral ones are left out (BL-D5), an item is perceived once over all users."""
    taught = [[row for row in rows if row.rating != _NEUTRAL or not knobs.skip_neutral] for rows in histories]
    return Calls(
        perceive=len({row.item for rows in taught for row in rows}),
        attempts=expected_attempts(knobs.attempts) * sum(map(len, taught)),
        reflect=sum(-(-len(rows) // knobs.reflect_every) for rows in taught),
    )


def plan(
    measure: Ruler, users: Sequence[int], meetings: int, rounds: int, candidates: int, seed: int, knobs: RahKnobs, most: int
) -> list[Planned]:
    """The construction, and a page per round of every meeting (a recommender under a strategy)."""
    pages = measure.round(len(users) * meetings * rounds, candidates, seed)
    return [*construction(measure, users, knobs, most), pages]


def construction(measure: Ruler, users: Sequence[int], knobs: RahKnobs, most: int) -> list[Planned]:
    """The calls of all users with the tokens of their prompts."""
    expected = calls((recent(measure.dataset.train(user), most) for user in users), knobs)
    information = {"type": "a drama", "description": REASON, "characteristics": ["slow pace", "large cast", "widely liked"]}
    sides: Mapping[str, object] = {"prefer": ["character-driven drama", "historical settings"], "disprefer": []}
    lists = {"prefer": ["character-driven drama (high interest)"] * 7, "disprefer": ["slapstick (moderate dislike)"] * 2}
    tokens = {
        "perceive": measure.tokens("rah/perceive", measure.items()),
        "learn": measure.tokens("rah/learn", measure.items(information=information, action="Like", previous=None)),
        "act": measure.tokens("rah/act", measure.items(information=information, **sides)),
        "critic": measure.tokens("rah/critic", measure.items(information=information, **sides, predicted="Like", action="Like")),
        "reflect": measure.tokens("rah/reflect", [lists]),
    }
    return [
        Planned("rah/perceive", expected.perceive, tokens["perceive"], PERCEIVE_REPLY),
        Planned("rah/learn", expected.attempts, tokens["learn"], LEARN_REPLY),
        Planned("rah/act", expected.attempts, tokens["act"], ACT_REPLY),
        Planned("rah/critic", expected.attempts, tokens["critic"], CRITIC_REPLY),
        Planned("rah/reflect", expected.reflect, tokens["reflect"], REFLECT_REPLY),
    ]
