"""KuaiSim as DGDPO's baseline: a trained response model in place of an LLM (baselines.md 4b)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from reproduce.data.prepared import Dataset, Item
from reproduce.interaction.simulator import Exposure
from reproduce.interaction.transcript import Profile, Reaction, Verdict
from reproduce.params import KuaiSimKnobs

if TYPE_CHECKING:
    import torch

    from reproduce.responses.trained import ResponseModel


class KuaiSim:
    """Simulated users who say yes where the predicted probability of a click is above a threshold. No LLM is asked.

    A user's history is D_u, V_u and what was selected in earlier rounds, so it grows with the simulated behaviour and never with
    the truth, whatever the strategy. A page is judged item by item: the order in which a recommender shows it changes nothing,
    and equal selections lead to equal histories, so all recommenders meet the same reactions.
    """

    name = "kuaisim"

    def __init__(self, dataset: Dataset, model: ResponseModel, knobs: KuaiSimKnobs) -> None:
        self.counters: Counter[str] = Counter()
        """`page`: pages judged; `page_without_yes`: of these."""
        self.tau = model.tau if knobs.tau is None else knobs.tau
        self._dataset = dataset
        self._model = model
        self._states: dict[tuple[int, tuple[int, ...]], torch.Tensor] = {}
        """By user and selections; users are encoded one by one, so that who else is asked changes no bit."""

    @classmethod
    def load(cls, folder: Path, dataset: Dataset, knobs: KuaiSimKnobs) -> KuaiSim:
        """With the model that stage `train` wrote to `folder`. Raises MissingInput."""
        from reproduce.responses.trained import ResponseModel

        return cls(dataset, ResponseModel.load(folder), knobs)

    async def profile(self, user: int) -> Profile:
        """No text: what is known of the user is in the model and in the history."""
        return Profile(text="")

    async def react(self, user: int, profile: Profile, exposure: Exposure) -> Reaction:
        """Yes to every item above the threshold; the likeliest of them is selected, of equally likely ones the smallest id."""
        selected = tuple(choice.item.item for choice in exposure.memory)
        items = [item.item for item in exposure.items]
        probabilities = self._model.score(self._state(user, selected), [items])[0].round(6).tolist()
        verdicts = tuple(Verdict(yes=p > self.tau, reason=f"p = {p:.3f}") for p in probabilities)
        liked = [place for place, verdict in enumerate(verdicts) if verdict.yes]
        self.counters["page"] += 1
        self.counters["page_without_yes"] += not liked
        choice = min(liked, key=lambda place: (-probabilities[place], items[place]), default=None)
        return Reaction(verdicts=verdicts, selected=choice, status="strict", raw="")

    async def learn(self, user: int, profile: Profile, item: Item, rating: float | None) -> Profile:
        """The same profile: nothing is written about a user."""
        return profile

    def _state(self, user: int, selected: tuple[int, ...]) -> torch.Tensor:
        place = (user, selected)
        if place not in self._states:
            known = (*self._dataset.train(user), *self._dataset.valid(user))
            self._states[place] = self._model.states([user], [[*(row.item for row in known), *selected]])
        return self._states[place]
