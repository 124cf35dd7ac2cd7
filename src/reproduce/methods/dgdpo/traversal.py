"""What Algorithm 1 goes through: D_opt, and on request unseen items among it (ours; dgdpo.md 5.14).

Algorithm 1 sees only items that the user interacted with, so the only discrepancy is a decline, and nothing ever lowers
acceptance. With `dgdpo.opt_negatives` > 0 the traversal meets items that the user never interacted with, too; to accept one is a
discrepancy.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from reproduce.data.negatives import unseen
from reproduce.data.prepared import Dataset, Interaction, Item
from reproduce.methods.dgdpo.optimise import Real
from reproduce.seeds import stream


def traversal(dataset: Dataset, user: int, D_opt: Sequence[Interaction], share: float, seed: int) -> list[tuple[Item, Real]]:
    """D_opt, oldest first, with `share` * |D_opt| unseen items (rounded half up) at random places; depends on seed and user only.

    They are items of no part of the user, test included, so that no test item is ever taken for a negative. A catalogue that has
    fewer gives all it has.
    """
    items: list[tuple[Item, Real]] = [(dataset.item(row.item), row) for row in D_opt]
    wanted = int((Decimal(str(share)) * len(D_opt)).to_integral_value(ROUND_HALF_UP))
    n = min(wanted, len(dataset.items) - len(dataset.seen(user)))
    if not n:
        return items
    random = stream(seed, "opt negatives", user)
    drawn = iter(unseen(dataset, user, n, random))
    places = set(random.permutation(len(D_opt) + n)[:n].tolist())
    real = iter(items)
    return [(dataset.item(next(drawn)), None) if place in places else next(real) for place in range(len(D_opt) + n)]
