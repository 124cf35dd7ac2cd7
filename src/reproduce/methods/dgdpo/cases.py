"""What the diagnosis is about: discrepancy cases and defect labels (DGDPO, "The DGDPO Framework")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from reproduce.data.prepared import Item

Label = Literal["inaccurate", "incomplete", "inaccurate_incomplete"]
LABELS: tuple[Label, ...] = ("inaccurate", "incomplete", "inaccurate_incomplete")
PRINTED: dict[Label, str] = {
    "inaccurate": "Inaccurate",
    "incomplete": "Incomplete",
    "inaccurate_incomplete": "Inaccurate & Incomplete",
}
"""The output strings of Figure 9; the paper spells the combined one in three ways (dgdpo.md 5.6)."""


@dataclass(frozen=True)
class Case:
    """An item on which simulator and user disagree: of D_opt, and the simulator declined it; or unseen, and it accepted it."""

    item: Item
    rating: float | None
    """The user's real rating; None: the user never interacted with the item (ours, `dgdpo.opt_negatives`)."""
    reason: str
    """The simulator's own reason."""


@dataclass(frozen=True)
class Diagnosed:
    """The defect of one case."""

    label: Label
    evidence: str | None = None
    """What the model wrote before the label, where it does."""
    status: str = "strict"
    """How the answer was read; `strict` when the label was scored, `given` when nobody was asked."""


OVER_ACCEPTED = Diagnosed("inaccurate", status="given")
"""The defect in the light of an unseen item that the simulator accepted (ours): the profile speaks for what the user passed over,
which by definition is inaccurate. f_diag is not asked: its input holds the real rating, and its training no such case.
"""


class Diagnose(Protocol):
    """f_diag: the defect of the profile in the light of each case (DGDPO, Algorithm 1, line 9)."""

    async def __call__(self, profile: str, cases: Sequence[Case]) -> list[Diagnosed]:
        """One result per case, in order."""
        ...
