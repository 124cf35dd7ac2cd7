"""The rounds in which simulated users meet a sequential recommender (DGDPO, "Bidirectional Evolution"; dgdpo.md 1.11)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from reproduce.data.negatives import negatives
from reproduce.data.prepared import Dataset, Interaction
from reproduce.errors import Problem, SpecError
from reproduce.interaction.simulator import Choice, Exposure, UserSimulator
from reproduce.interaction.transcript import Profile, Round, Strategy, Transcript
from reproduce.params import Interaction as Knobs
from reproduce.recommenders.ranker import Recommender, rank


@dataclass
class _Visit:
    """One user on the way through the rounds."""

    user: int
    history: tuple[int, ...]
    truths: tuple[Interaction, ...]
    profile: Profile
    rounds: list[Round] = field(default_factory=list)
    memory: tuple[Choice, ...] = ()
    left: bool = False


@dataclass(frozen=True)
class Encounter:
    """Simulated users of one data set who meet recommenders. All users of a round are scored in one call, in ascending order."""

    dataset: Dataset
    simulator: UserSimulator
    knobs: Knobs
    seed: int
    _negatives: dict[tuple[int, int], tuple[int, ...]] = field(default_factory=dict, repr=False)
    """By user and round: drawn once, met with every recommender and strategy."""

    async def play(
        self, method: str, name: str, recommender: Recommender, strategy: Strategy, profiles: Mapping[int, Profile]
    ) -> list[Transcript]:
        """All rounds of all users with one recommender under one strategy; one transcript per user, ascending.

        `profiles` holds the profile before round 1 of every user that takes part. The order of its keys changes nothing.
        """
        visits = [self._arrive(user, profiles[user]) for user in sorted(profiles)]
        session = recommender.begin([visit.user for visit in visits], [visit.history for visit in visits])
        for r in range(1, self.knobs.rounds + 1):
            candidates = [self._candidates(visit, r) for visit in visits]
            scores = session.score(candidates).round(6)
            shown = rank(scores, candidates)
            known = [dict(zip(items, row, strict=True)) for items, row in zip(candidates, scores.tolist(), strict=True)]
            step = (
                self._visit(visit, r, strategy, items, tuple(by_item[item] for item in items))
                for visit, items, by_item in zip(visits, shown, known, strict=True)
            )
            session.append(await asyncio.gather(*step))
        return [
            Transcript(
                user=visit.user,
                method=method,
                recommender=name,
                strategy=strategy,
                history=visit.history,
                rounds=tuple(visit.rounds),
                profile=visit.profile,
            )
            for visit in visits
        ]

    def _arrive(self, user: int, profile: Profile) -> _Visit:
        truths = self.dataset.test(user)
        if len(truths) < self.knobs.rounds:
            fact = f"`interaction.rounds` is {self.knobs.rounds}, but user {user} has {len(truths)} test items"
            raise SpecError(Problem("params.yaml", f"{fact}; ask for fewer rounds"))
        known = (*self.dataset.train(user), *self.dataset.valid(user))
        return _Visit(user, tuple(row.item for row in known), truths, profile)

    def _candidates(self, visit: _Visit, r: int) -> tuple[int, ...]:
        """X: the true item of the round and its negatives, the same for every method, recommender and strategy."""
        place = (visit.user, r)
        if place not in self._negatives:
            self._negatives[place] = negatives(self.dataset, self.seed, visit.user, r, self.knobs.candidates - 1)
        return (visit.truths[r - 1].item, *self._negatives[place])

    async def _visit(
        self, visit: _Visit, r: int, strategy: Strategy, shown: tuple[int, ...], scores: tuple[float, ...]
    ) -> int | None:
        """One round of one user: react, log, learn. Returns the item by which the recommender's history grows."""
        if visit.left:
            return None
        exposure = Exposure(r, tuple(map(self.dataset.item, shown)), visit.memory)
        reaction = await self.simulator.react(visit.user, visit.profile, exposure)
        truth = visit.truths[r - 1]
        place = shown.index(truth.item)
        visit.rounds.append(
            Round(round=r, shown=shown, scores=scores, truth=place, reaction=reaction, profile=visit.profile.text)
        )
        selected = None if reaction.selected is None else shown[reaction.selected]
        if selected is not None:
            visit.memory += (Choice(r, self.dataset.item(selected), reaction.rating),)
        visit.left = reaction.exit and self.knobs.honour_exit  # DG-D11
        if strategy == "with_gt":  # regardless of what the simulator did
            visit.profile = await self.simulator.learn(visit.user, visit.profile, self.dataset.item(truth.item), truth.rating)
            return truth.item
        if strategy == "without_gt" and selected is not None:
            rating = None if reaction.rating is None else float(reaction.rating)
            visit.profile = await self.simulator.learn(visit.user, visit.profile, self.dataset.item(selected), rating)
        return selected
