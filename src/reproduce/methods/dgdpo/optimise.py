"""Algorithm 1 of DGDPO."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from reproduce.data.prepared import Interaction, Item
from reproduce.interaction.transcript import Profile, Verdict
from reproduce.methods.dgdpo.cases import OVER_ACCEPTED, Case, Diagnose, Diagnosed
from reproduce.methods.dgdpo.treatment import Treatment
from reproduce.params import DgdpoKnobs

Simulate = Callable[[str, Item], Awaitable[Verdict]]
Treat = Callable[[Profile, Sequence[Case], Sequence[Diagnosed]], Awaitable[Treatment]]
Real = Interaction | None
"""What the user did with an item: an interaction, or none (of the unseen items that `dgdpo.opt_negatives` mixes in)."""


@dataclass(frozen=True)
class Optimised:
    """What the traversal of D_opt led to."""

    profile: Profile
    treatments: tuple[Treatment, ...]
    unused: int
    """Cases left at the end that filled no batch."""


async def optimise(
    P: Profile,
    D_opt: Sequence[tuple[Item, Real]],
    simulate: Simulate,
    diagnose: Diagnose,
    treat: Treat,
    knobs: DgdpoKnobs,
    iterate: bool = True,
) -> Optimised:
    """Algorithm 1 of DGDPO: traverse D_opt, treat the profile once per N1 discrepancy cases.

    `P` is Init(D_ini). The simulator always sees the current profile, and so does the diagnosis (dgdpo.md 5.11). When no batch is
    completed the profile stays as it is (5.10). Without `iterate` the first batch is the only one: the traversal ends with it
    (Table 3, w/o iteration; DG-D12).
    """
    C: list[Case] = []
    treatments: list[Treatment] = []
    last = len(D_opt) - 1
    for at, (i, real) in enumerate(D_opt):
        if real is None or real.rating >= knobs.min_real_rating:  # DG-D19: what counts as real behaviour "interact"
            verdict = await simulate(P.text, i)
            if verdict.yes != (real is not None):  # B_sim != B_real
                C.append(Case(i, None if real is None else real.rating, verdict.reason))
        if len(C) == knobs.n1 or (C and at == last and knobs.flush_last):  # DG-D10
            L = await _diagnosed(diagnose, P.text, C)
            treatments.append(await treat(P, C, L))
            P, C = treatments[-1].after, []
            if not iterate:
                break
    return Optimised(P, tuple(treatments), len(C))


async def _diagnosed(diagnose: Diagnose, P: str, C: Sequence[Case]) -> list[Diagnosed]:
    """A diagnosis per case, in order; f_diag sees those that the user interacted with, in one batch."""
    interacted = [case for case in C if case.rating is not None]
    found = iter(await diagnose(P, interacted) if interacted else ())
    return [OVER_ACCEPTED if case.rating is None else next(found) for case in C]
