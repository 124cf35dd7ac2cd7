"""Algorithm 1 of DGDPO."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from reproduce.data.prepared import Interaction, Item
from reproduce.interaction.transcript import Profile, Verdict
from reproduce.methods.dgdpo.cases import Case, Diagnose, Diagnosed
from reproduce.methods.dgdpo.treatment import Treatment
from reproduce.params import DgdpoKnobs

Simulate = Callable[[str, Item], Awaitable[Verdict]]
Treat = Callable[[Profile, Sequence[Case], Sequence[Diagnosed]], Awaitable[Treatment]]


@dataclass(frozen=True)
class Optimised:
    """What the traversal of D_opt led to."""

    profile: Profile
    treatments: tuple[Treatment, ...]
    unused: int
    """Cases left at the end that filled no batch."""


async def optimise(
    P: Profile,
    D_opt: Sequence[tuple[Item, Interaction]],
    simulate: Simulate,
    diagnose: Diagnose,
    treat: Treat,
    knobs: DgdpoKnobs,
) -> Optimised:
    """Algorithm 1 of DGDPO: traverse D_opt, treat the profile once per N1 discrepancy cases.

    `P` is Init(D_ini). The simulator always sees the current profile, and so does the diagnosis (dgdpo.md 5.11). When no batch is
    completed the profile stays as it is (5.10).
    """
    C: list[Case] = []
    treatments: list[Treatment] = []
    last = len(D_opt) - 1
    for at, (i, real) in enumerate(D_opt):
        if real.rating >= knobs.min_real_rating:  # DG-D19: what counts as real behaviour "interact"
            verdict = await simulate(P.text, i)
            if not verdict.yes:
                C.append(Case(i, real.rating, verdict.reason))
        if len(C) == knobs.n1 or (C and at == last and knobs.flush_last):  # DG-D10
            L = await diagnose(P.text, C)
            treatments.append(await treat(P, C, L))
            P, C = treatments[-1].after, []
    return Optimised(P, tuple(treatments), len(C))
