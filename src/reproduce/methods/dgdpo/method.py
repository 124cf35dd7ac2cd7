"""DGDPO: profiles optimised under the guidance of diagnoses; Agent4Rec is the base simulator (DGDPO, "The DGDPO Framework")."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

from reproduce.data.prepared import Dataset, Item
from reproduce.data.splits import ini_opt
from reproduce.interaction.simulator import Exposure
from reproduce.interaction.transcript import Profile, Reaction, Verdict
from reproduce.llm.question import Llm
from reproduce.methods.agent4rec.simulator import Agent4Rec
from reproduce.methods.dgdpo.cases import Diagnose
from reproduce.methods.dgdpo.optimise import Optimised, optimise
from reproduce.methods.dgdpo.traversal import traversal
from reproduce.methods.dgdpo.treatment import Treat
from reproduce.methods.dgdpo.update import update
from reproduce.params import DgdpoKnobs


@dataclass(frozen=True)
class Constructed:
    """One user's profile, from Init(D_ini) to P_opt."""

    initial: str
    optimised: Optimised
    yes_rate_before: float | None
    """Share of D_opt that the simulator accepts with the initial profile; None when it was not measured."""
    yes_rate_after: float | None
    """The same with the optimised profile: treatment sees declined items only, so this says how far it goes (dgdpo.md 5.14)."""
    accepts: frozenset[int] | None = None
    """The items of D_opt that the simulator accepts with the optimised profile; None when they were not asked."""


class DGDPO:
    """Simulated users whose profiles are optimised before the first round and updated after every round.

    `diagnose`, `alpha` and `iterate` are what the variants of Tables 3 to 5 exchange (dgdpo.md 1.12); `seed` draws the unseen
    items where `knobs.opt_negatives` asks for some.
    """

    name = "dgdpo"

    def __init__(
        self,
        dataset: Dataset,
        base: Agent4Rec,
        llm: Llm,
        diagnose: Diagnose,
        alpha: float,
        knobs: DgdpoKnobs,
        iterate: bool = True,
        seed: int = 0,
    ) -> None:
        self._dataset = dataset
        self._base = base
        self._llm = llm
        self._diagnose = diagnose
        self._alpha = alpha
        self._knobs = knobs
        self._iterate = iterate
        self._seed = seed
        self.counters: Counter[str] = Counter()
        """Updates of profiles that were not taken, by reason."""

    async def profile(self, user: int) -> Profile:
        """P_opt."""
        return (await self.construct(user)).optimised.profile

    async def construct(self, user: int) -> Constructed:
        """Algorithm 1 for one user, with how the simulator's acceptance of D_opt changed."""
        D_ini, D_opt = ini_opt(self._dataset.train(user), self._alpha)
        asked: dict[tuple[str, int], Verdict] = {}

        async def simulate(P: str, i: Item) -> Verdict:
            if (P, i.item) not in asked:
                asked[P, i.item] = await self._base.decide(user, P, i)
            return asked[P, i.item]

        shown = traversal(self._dataset, user, D_opt, self._knobs.opt_negatives, self._seed)
        initial = await self._base.init(D_ini)
        treat = Treat(self._llm, [*self._titles(user), *(i.title for i, real in shown if real is None)], self._knobs)
        optimised = await optimise(Profile(text=initial), shown, simulate, self._diagnose, treat, self._knobs, self._iterate)
        items = [i for i, real in shown if real is not None]
        rates: list[float | None] = [None, None]
        accepts: frozenset[int] | None = None
        if self._knobs.yes_rates:
            for at, P in enumerate((initial, optimised.profile.text)):
                verdicts = await asyncio.gather(*(simulate(P, i) for i in items))
                rates[at] = sum(verdict.yes for verdict in verdicts) / len(verdicts)
                accepts = frozenset(i.item for i, verdict in zip(items, verdicts, strict=True) if verdict.yes)
        return Constructed(initial, optimised, rates[0], rates[1], accepts)

    async def react(self, user: int, profile: Profile, exposure: Exposure) -> Reaction:
        """As the base simulator does."""
        return await self._base.react(user, profile, exposure)

    async def learn(self, user: int, profile: Profile, item: Item, rating: float | None) -> Profile:
        """The updated profile, or the old one where the update is not valid or no minimal change; that is counted."""
        learnt, because = await update(self._llm, profile, item, rating, self._titles(user), self._knobs)
        if because:
            self.counters[f"update_rejected_{because}"] += 1
        return learnt

    def _titles(self, user: int) -> list[str]:
        """Titles of all items that the user ever interacted with: none may occur in a profile (dgdpo.md 8)."""
        return [self._dataset.item(item).title for item in sorted(self._dataset.seen(user))]
