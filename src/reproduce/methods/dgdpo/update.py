"""Profile update after a round: minimal, incremental adjustments (DGDPO, "Bidirectional Evolution", step 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from reproduce.data.prepared import Item
from reproduce.interaction.transcript import Profile
from reproduce.llm.question import Llm
from reproduce.methods.agent4rec.questions import card
from reproduce.methods.dgdpo.profile import Rejection, changed_share, rejection
from reproduce.methods.dgdpo.questions import UPDATE
from reproduce.methods.dgdpo.treatment import replaced
from reproduce.params import DgdpoKnobs

TooMuch = Literal[Rejection, "too_much_change"]


async def update(
    llm: Llm, P: Profile, item: Item, rating: float | None, titles: Sequence[str], knobs: DgdpoKnobs
) -> tuple[Profile, TooMuch | None]:
    """Update(P, i, rating) and why the answer was not taken, if so: not valid, or more than a minimal change (DG-D20)."""
    text = (await llm.ask(UPDATE, profile=P.text, item=card(item), rating=rating)).value
    if text == P.text:
        return P, None
    because = rejection(text, titles, knobs)
    if because is None and changed_share(P.text, text) > knobs.max_update_change:
        return P, "too_much_change"
    return (P, because) if because else (replaced(P, text, by="update", why=item.title), None)
