"""The treatment module: infer the reasons of the defects, suggest, refine (DGDPO, Algorithm 1, lines 10 to 12; Figure 10)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reproduce.interaction.transcript import Change, Profile
from reproduce.llm.question import Llm
from reproduce.methods.agent4rec.questions import card
from reproduce.methods.dgdpo.cases import PRINTED, Case, Diagnosed
from reproduce.methods.dgdpo.profile import Rejection, rejection, without_repeats
from reproduce.methods.dgdpo.questions import GENOPT, INFER, INFER_ACCEPTED, REFINE
from reproduce.params import DgdpoKnobs

Because = Literal[Rejection, "no_suggestions", "unchanged"]
"""Why the old profile stays: the refined one is not valid, there was nothing to suggest, or nothing changed."""


@dataclass(frozen=True)
class Treatment:
    """One batch of cases and what became of the profile."""

    cases: tuple[Case, ...]
    diagnoses: tuple[Diagnosed, ...]
    reasons: tuple[str, ...]
    suggestions: tuple[str, ...]
    before: Profile
    after: Profile
    rejected_because: Because | None

    @property
    def accepted(self) -> bool:
        """Whether the refined profile took the place of the old one."""
        return self.rejected_because is None


class Treat:
    """The treatment of one user's profile. `titles` may not occur in a profile."""

    def __init__(self, llm: Llm, titles: Sequence[str], knobs: DgdpoKnobs) -> None:
        self._llm = llm
        self._titles = titles
        self._knobs = knobs

    async def __call__(self, P: Profile, C: Sequence[Case], L: Sequence[Diagnosed]) -> Treatment:
        """One batch: a reason per case, one set of suggestions (DG-D9), one refinement."""
        R = await asyncio.gather(*(self.infer(P.text, c, label) for c, label in zip(C, L, strict=True)))
        suggestions = await self.genopt(P.text, L, R)
        refined = await self.refine(P.text, suggestions) if suggestions else P.text
        because: Because | None = rejection(refined, self._titles, self._knobs)
        if refined == P.text:
            because = "unchanged" if suggestions else "no_suggestions"
        return Treatment(
            cases=tuple(C),
            diagnoses=tuple(L),
            reasons=tuple(R),
            suggestions=suggestions,
            before=P,
            after=P if because else replaced(P, refined, by="treatment", why="; ".join(suggestions)),
            rejected_because=because,
        )

    async def infer(self, P: str, c: Case, label: Diagnosed) -> str:
        """Infer(P, c, l): why the profile has this defect for this item (Figure 10 a); of an unseen item there is no rating."""
        shown = {"profile": P, "item": card(c.item), "label": PRINTED[label.label]}
        if c.rating is None:
            return (await self._llm.ask(INFER_ACCEPTED, **shown)).value
        return (await self._llm.ask(INFER, **shown, rating=c.rating)).value

    async def genopt(self, P: str, L: Sequence[Diagnosed], R: Sequence[str]) -> tuple[str, ...]:
        """GenOpt(P, C, L, R): optimization suggestions for the whole batch (Figure 10 b)."""
        analyses = [{"defect": PRINTED[label.label], "reason": r} for label, r in zip(L, R, strict=True)]
        return (await self._llm.ask(GENOPT, profile=P, analyses=analyses)).value

    async def refine(self, P: str, suggestions: Sequence[str]) -> str:
        """Refine(P, O): the new profile line (Figure 10 c). One that has grown too long is merged once more (dgdpo.md 8)."""
        refined = (await self._llm.ask(REFINE, profile=P, suggestions=list(suggestions))).value
        most = self._knobs.max_descriptions
        if rejection(refined, (), self._knobs) != "too_many_descriptions":
            return refined
        merge = f"Merge descriptions that say the same, so that at most {most} remain."
        merged = (await self._llm.ask(REFINE, profile=refined, suggestions=[merge])).value
        return without_repeats(merged)


def replaced(profile: Profile, text: str, by: str, why: str) -> Profile:
    """The profile with a new text; the old one joins its earlier versions."""
    return Profile(text=text, earlier=(*profile.earlier, Change(text=profile.text, by=by, why=why)))
