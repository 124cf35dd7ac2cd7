"""What a run of the base simulator will ask: prompts rendered on prepared data, calls by formula (dgdpo.md 7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reproduce.data.negatives import negatives
from reproduce.data.prepared import Dataset, Interaction
from reproduce.llm.plan import Planned
from reproduce.llm.prompts import Prompts
from reproduce.llm.tokens import prompt_tokens
from reproduce.methods.agent4rec.questions import by_rating, card
from reproduce.methods.agent4rec.simulator import MEMORY

LOOKED_AT = 20
"""Users on whose data prompts are rendered to measure them."""
PROFILE = "Engaging narratives, Complex characters, Crime drama with a strong plot, Mystery (moderate interest), War films, \
Historical drama, Character-driven comedies, Disinterest in Horror"
"""Stands for a profile, which is not there before the run."""
REASON = "The profile does not mention a preference for this genre, although the real user rated such an item 5 out of 5."
"""Stands for a text that another call will write."""
HABITS = {"activity": 2, "conformity": 2, "diversity": 2}

INIT_REPLY, DECIDE_REPLY, ROUND_LINE = 60, 40, 32
"""Tokens of a reply (dgdpo.md 7); a round has a line per item."""


@dataclass(frozen=True)
class Ruler:
    """Measures what prompts send."""

    prompts: Prompts
    dataset: Dataset
    users: Sequence[int]
    """Those on whose data it looks."""

    def tokens(self, prompt: str, examples: Iterable[Mapping[str, object]]) -> float:
        """Mean tokens that a prompt sends with such inputs."""
        sent = [prompt_tokens(self.prompts[prompt].render(inputs)) for inputs in examples]
        return sum(sent) / max(1, len(sent))

    def init(self, calls: float, histories: Iterable[Sequence[Interaction]]) -> Planned:
        """One profile per user from such histories."""
        items = {int(item): self.dataset.item(int(item)) for item in self.dataset.items.index}
        sent = self.tokens("dgdpo/init", ({"history": by_rating(history, items)} for history in histories))
        return Planned("dgdpo/init", calls, sent, INIT_REPLY)

    def decide(self, calls: float) -> Planned:
        """So many decisions on single items."""
        return Planned(
            "dgdpo/decide", calls, self.tokens("dgdpo/decide", self.items(traits=HABITS, profile=PROFILE)), DECIDE_REPLY
        )

    def round(self, calls: float, candidates: int, seed: int) -> Planned:
        """So many pages."""
        pages = (
            [self.dataset.test(user)[0].item, *negatives(self.dataset, seed, user, 1, candidates - 1)] for user in self.users
        )
        recalled = {"round": 1, "title": "The Title of an Item (1999)", "genres": ["Drama", "Crime"], "rating": 4}
        shown = (
            {
                "traits": HABITS,
                "profile": PROFILE,
                "memory": [recalled] * MEMORY,
                "round": 6,
                "page": [self._card(item) for item in page],
            }
            for page in pages
        )
        return Planned("dgdpo/round", calls, self.tokens("dgdpo/round", shown), ROUND_LINE * candidates + 10)

    def items(self, **others: object) -> Iterable[Mapping[str, object]]:
        """Inputs that show one item: the last training item of each user."""
        return ({"item": self._card(self.dataset.train(user)[-1].item), **others} for user in self.users)

    def _card(self, item: int) -> Mapping[str, object]:
        return {**card(self.dataset.item(item))}


def ruler(prompts: Prompts, dataset: Dataset, users: Sequence[int]) -> Ruler:
    """A ruler that looks at the first few of the simulated users."""
    return Ruler(prompts, dataset, users[:LOOKED_AT])


def plan(measure: Ruler, users: Sequence[int], meetings: int, rounds: int, candidates: int, seed: int) -> list[Planned]:
    """Agent4Rec: a profile per user, a page per round of every meeting (a recommender under a strategy)."""
    histories = (measure.dataset.train(user) for user in measure.users)
    return [measure.init(len(users), histories), measure.round(len(users) * meetings * rounds, candidates, seed)]
