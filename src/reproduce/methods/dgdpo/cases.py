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
    """An item of D_opt that the user interacted with and the simulator declined."""

    item: Item
    rating: float
    """The user's real rating."""
    reason: str
    """Why the simulator declined."""


@dataclass(frozen=True)
class Diagnosed:
    """The defect of one case."""

    label: Label
    evidence: str | None = None
    """What the model wrote before the label, where it does."""
    status: str = "strict"
    """How the answer was read; `strict` when the label was scored."""


class Diagnose(Protocol):
    """f_diag: the defect of the profile in the light of each case (DGDPO, Algorithm 1, line 9)."""

    async def __call__(self, profile: str, cases: Sequence[Case]) -> list[Diagnosed]:
        """One result per case, in order."""
        ...
