"""What the annotation of a data set will ask: calls by formula, prompts rendered on prepared data (ensemble.md 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

from reproduce.llm.plan import Planned
from reproduce.methods.agent4rec.plan import LOOKED_AT, Ruler
from reproduce.methods.ensemble.blocks import Side
from reproduce.methods.ensemble.questions import DOMAINS, card
from reproduce.params import EnsembleKnobs

OBJECTIVE_REPLY, SUBJECTIVE_REPLY = 260, 140
"""Tokens of a reply (ensemble.md 7)."""


def corpus(measure: Ruler, knobs: EnsembleKnobs) -> list[Planned]:
    """One call per item, and one per review that is not empty, at most `reviews_per_side` of either side of an item (LG-D15)."""
    dataset = measure.dataset
    read: Counter[tuple[int, Side]] = Counter()
    looked: list[Mapping[str, object]] = []
    for _, item, rating, text in dataset.train_reviews():
        told = text.split()
        side: Side = "Pros" if rating >= dataset.liked_from else "Cons"
        if not told or read[item, side] == knobs.reviews_per_side:
            continue
        read[item, side] += 1
        if len(looked) < LOOKED_AT:
            comment = " ".join(told[: knobs.comment_words])
            looked.append({**_item(measure, item, knobs), "rating": rating, "comment": comment, "side": side})
    items = len(dataset.items)
    objective = measure.tokens("ensemble/objective", islice(_items(measure, knobs), LOOKED_AT))
    planned = [Planned("ensemble/objective", items, objective, OBJECTIVE_REPLY)]
    if read:
        sent = measure.tokens("ensemble/subjective", looked)
        planned.append(Planned("ensemble/subjective", sum(read.values()), sent, SUBJECTIVE_REPLY))
    return planned


def _items(measure: Ruler, knobs: EnsembleKnobs) -> Iterator[Mapping[str, object]]:
    return (_item(measure, int(item), knobs) for item in measure.dataset.items.index)


def _item(measure: Ruler, item: int, knobs: EnsembleKnobs) -> Mapping[str, object]:
    dataset = measure.dataset
    return {"domain": DOMAINS.get(dataset.name, "item"), "item": card(dataset.item(item)), "words": knobs.max_words}
