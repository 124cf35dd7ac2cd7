"""What `annotate` makes for the ensemble: keywords of items and reviews, merged and embedded (ensemble.md 1.2 to 1.5)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from reproduce.data.prepared import Dataset
from reproduce.files import write_jsonl
from reproduce.llm.lexical import words
from reproduce.llm.question import Llm
from reproduce.methods.ensemble.categories import categorised
from reproduce.methods.ensemble.comments import Comment, chosen
from reproduce.methods.ensemble.descriptions import Descriptions
from reproduce.methods.ensemble.encoders import embedded
from reproduce.methods.ensemble.keywords import filtered
from reproduce.methods.ensemble.questions import (
    DOMAINS,
    OBJECTIVE,
    SUBJECTIVE,
    Card,
    Reason,
    card,
)
from reproduce.params import EnsembleKnobs

SIDES = ("pos", "neg")
COUNTED = (
    "blocks",
    "blocks_of_wrong_side",
    "blocks_too_many",
    "blocks_without_evidence",
    "blocks_without_keywords",
    "keywords_not_filled_in",
    "keywords_on_both_sides",
    "keywords_own_name",
    "keywords_too_long",
    "neutral_keywords",
    "neutral_without_category",
    "reviews",
    "reviews_beyond_cap",
    "reviews_cut",
    "reviews_empty",
    "reviews_read",
    "rows_without_review",
    "unreadable",
)
"""Every result names these, also where they are 0; beside them stand those of categories and of either side's filter."""


AT_ONCE = 256
"""Items that are asked about side by side: prompts of all items of a shop would not fit into memory."""


class Told(NamedTuple):
    """A block that was read, and of what."""

    item: int
    user: int | None
    """Whose review; None where the item itself was described."""
    side: str
    """`pos` or `neg`."""
    text: str
    evidence: str
    keywords: tuple[str, ...]
    """Before the filter."""


@dataclass(frozen=True)
class Annotated:
    """The content of a corpus folder, and what was counted on the way."""

    descriptions: Descriptions
    reasons: list[Told]
    counters: dict[str, int]

    def save(self, folder: Path) -> None:
        """Write the descriptions, and beside them `reasons.jsonl`, which nothing but a curious reader needs."""
        self.descriptions.save(folder)
        write_jsonl(folder / "reasons.jsonl", (each._asdict() for each in self.reasons))


async def annotate(llm: Llm, dataset: Dataset, knobs: EnsembleKnobs, seed: int) -> Annotated:
    """Every item described, once from what is known of it and once per chosen review. Raises what an engine and an encoder raise.

    LG-D3: only reviews of the training part are read.
    """
    counters = Counter(dict.fromkeys(COUNTED, 0))
    comments = chosen(dataset, knobs, seed, counters)
    items = [int(item) for item in dataset.items.index]
    gate = asyncio.Semaphore(AT_ONCE)

    async def described(item: int) -> list[Told]:
        async with gate:
            return await _described(llm, dataset, item, comments.get(item, ()), knobs, counters)

    reasons = await asyncio.gather(*map(described, items))
    found = [tuple(_keywords(told, side) for side in SIDES) for told in reasons]
    counters["items"] = len(items)
    counters["keywords_on_both_sides_of_item"] = sum(len(pos & neg) for pos, neg in found)
    categories = categorised(
        (dataset.item(item).genres for item in items), knobs.rare_category, knobs.common_category, knobs.categories
    )
    counters.update(categories.counters)
    kept: list[tuple[tuple[str, ...], ...]] = []
    for at, name in enumerate(SIDES):
        side = filtered([each[at] for each in found], knobs.rare_keyword, knobs.common_keyword, knobs.kept_if_empty)
        counters.update({f"{name}_{what}": n for what, n in side.counters.items()})
        kept.append(side.of_items)
    pos, neg = embedded(knobs.encoder, kept, knobs.dimensions, seed)
    counts = dict(sorted(counters.items()))
    about = {"encoder": knobs.encoder, "dimensions": int(pos.shape[1]), "categories": knobs.categories, "counts": counts}
    descriptions = Descriptions.of(categories.of_items, kept[0], kept[1], pos, neg, about)
    return Annotated(descriptions, [each for told in reasons for each in told], counts)


async def _described(
    llm: Llm, dataset: Dataset, item: int, comments: Sequence[Comment], knobs: EnsembleKnobs, counters: Counter[str]
) -> list[Told]:
    """The blocks of one item, first those of its own, then those of each review."""
    domain, shown = DOMAINS.get(dataset.name, "item"), card(dataset.item(item))
    asked: list[Mapping[str, object]] = [{"domain": domain, "item": shown, "words": knobs.max_words}]
    asked += [{**asked[0], "rating": each.rating, "comment": each.text, "side": each.side} for each in comments]
    readings = await asyncio.gather(
        *(llm.ask(SUBJECTIVE if "comment" in inputs else OBJECTIVE, **inputs) for inputs in asked),
    )
    told: list[Told] = []
    for user, inputs, reading in zip([None, *(each.user for each in comments)], asked, readings, strict=True):
        counters.update(dict(reading.value.odd))
        counters["unreadable"] += reading.status in ("fallback", "refusal")
        for side, reasons in zip(SIDES, (reading.value.pros, reading.value.cons), strict=True):
            kept = [each for each in reasons if not knobs.check_evidence or is_grounded(each, inputs)]
            counters["blocks"] += len(reasons)
            counters["blocks_without_evidence"] += len(reasons) - len(kept)
            told += [Told(item, user, side, *each) for each in kept]
    return told


def _keywords(told: Iterable[Told], side: str) -> frozenset[str]:
    """D_pos or D_neg of one item before the filter."""
    return frozenset(keyword for each in told if each.side == side for keyword in each.keywords)


def is_grounded(reason: Reason, inputs: Mapping[str, object]) -> bool:
    """Whether the evidence shares a content word with what was shown (ensemble.md 8). A neutral keyword needs none."""
    if not (reason.text or reason.evidence):
        return True
    item: Card = inputs["item"]  # type: ignore[assignment]  # as `card` made it
    shown = " ".join([item["name"], item["attributes"], *item["categories"], str(inputs.get("comment", ""))])
    return not words(reason.evidence).isdisjoint(words(shown))
