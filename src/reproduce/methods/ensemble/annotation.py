"""What `annotate` makes for the ensemble: keywords of items and reviews, merged and embedded (ensemble.md 1.2 to 1.5)."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from reproduce.data.prepared import Dataset
from reproduce.llm.lexical import words
from reproduce.llm.question import Llm
from reproduce.methods.ensemble.categories import categorised
from reproduce.methods.ensemble.descriptions import Descriptions
from reproduce.methods.ensemble.encoders import embedded
from reproduce.methods.ensemble.keywords import filtered
from reproduce.methods.ensemble.questions import (
    DOMAINS,
    OBJECTIVE,
    SUBJECTIVE,
    Card,
    Reason,
    Reasons,
    Side,
    card,
    keywords_of,
)
from reproduce.params import EnsembleKnobs
from reproduce.seeds import number

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


@dataclass(frozen=True)
class Annotated:
    """The content of a corpus folder, and what was counted on the way."""

    descriptions: Descriptions
    counters: dict[str, int]


class Comment(NamedTuple):
    """A review that is read."""

    user: int
    rating: float
    text: str
    side: Side


async def annotate(llm: Llm, dataset: Dataset, knobs: EnsembleKnobs, seed: int) -> Annotated:
    """Every item described, once from what is known of it and once per chosen review. Raises what an engine and an encoder raise.

    LG-D3: only reviews of the training part are read.
    """
    counters = Counter(dict.fromkeys(COUNTED, 0))
    comments = chosen(dataset, knobs, seed, counters)
    items = [int(item) for item in dataset.items.index]
    found = await asyncio.gather(*(_described(llm, dataset, item, comments.get(item, ()), knobs, counters) for item in items))
    counters["items"] = len(items)
    counters["keywords_on_both_sides_of_item"] = sum(len(pos & neg) for pos, neg in found)
    categories = categorised(
        (dataset.item(item).genres for item in items), knobs.rare_category, knobs.common_category, knobs.categories
    )
    counters.update(categories.counters)
    kept: list[tuple[tuple[str, ...], ...]] = []
    for at, name in enumerate(("pos", "neg")):
        side = filtered([each[at] for each in found], knobs.rare_keyword, knobs.common_keyword, knobs.kept_if_empty)
        counters.update({f"{name}_{what}": n for what, n in side.counters.items()})
        kept.append(side.of_items)
    pos, neg = embedded(knobs.encoder, kept, knobs.dimensions, seed)
    counts = dict(sorted(counters.items()))
    about = {"encoder": knobs.encoder, "dimensions": int(pos.shape[1]), "categories": knobs.categories, "counts": counts}
    return Annotated(Descriptions.of(categories.of_items, kept[0], kept[1], pos, neg, about), counts)


async def _described(
    llm: Llm, dataset: Dataset, item: int, comments: Sequence[Comment], knobs: EnsembleKnobs, counters: Counter[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """D_pos and D_neg of one item before the filter."""
    domain, shown = DOMAINS.get(dataset.name, "item"), card(dataset.item(item))
    asked: list[Mapping[str, object]] = [{"domain": domain, "item": shown, "words": knobs.max_words}]
    asked += [{**asked[0], "rating": each.rating, "comment": each.text, "side": each.side} for each in comments]
    readings = await asyncio.gather(
        *(llm.ask(SUBJECTIVE if "comment" in inputs else OBJECTIVE, **inputs) for inputs in asked),
    )
    found: tuple[set[str], set[str]] = (set(), set())
    for inputs, reading in zip(asked, readings, strict=True):
        counters.update(dict(reading.value.odd))
        counters["unreadable"] += reading.status in ("fallback", "refusal")
        for side, reasons in zip(found, _sides(reading.value), strict=True):
            kept = [each for each in reasons if not knobs.check_evidence or is_grounded(each, inputs)]
            counters["blocks"] += len(reasons)
            counters["blocks_without_evidence"] += len(reasons) - len(kept)
            side |= keywords_of(kept)
    return frozenset(found[0]), frozenset(found[1])


def _sides(value: Reasons) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    return value.pros, value.cons


def is_grounded(reason: Reason, inputs: Mapping[str, object]) -> bool:
    """Whether the evidence shares a content word with what was shown (ensemble.md 8). A neutral keyword needs none."""
    if not (reason.text or reason.evidence):
        return True
    item: Card = inputs["item"]  # type: ignore[assignment]  # as `card` made it
    shown = " ".join([item["name"], item["attributes"], *item["categories"], str(inputs.get("comment", ""))])
    return not words(reason.evidence).isdisjoint(words(shown))


# ---------------------------------------------------------------- which reviews are read


def chosen(dataset: Dataset, knobs: EnsembleKnobs, seed: int, counters: Counter[str]) -> dict[int, tuple[Comment, ...]]:
    """LG-D15: at most `reviews_per_side` liked and as many disliked reviews per item, drawn at random; in the order of users.

    Every review has a random number of its own and the lowest ones win, so that the order of rows does not matter and never more
    texts are held than are read. Empty comments are skipped and counted.
    """
    kept: defaultdict[tuple[int, Side], list[tuple[int, int, Comment]]] = defaultdict(list)
    for row, (user, item, rating, text) in enumerate(dataset.train_reviews()):
        told = text.split()
        counters["reviews"] += 1
        counters["reviews_empty"] += not told
        if not told:
            continue
        counters["reviews_cut"] += len(told) > knobs.comment_words
        side: Side = "Pros" if rating >= dataset.liked_from else "Cons"
        comment = Comment(user, rating, " ".join(told[: knobs.comment_words]), side)
        heap = kept[item, side]
        heapq.heappush(heap, (-number(seed, "review", user, item), row, comment))
        if knobs.reviews_per_side is not None and len(heap) > knobs.reviews_per_side:
            heapq.heappop(heap)
            counters["reviews_beyond_cap"] += 1
    of_items: defaultdict[int, list[Comment]] = defaultdict(list)
    for (item, _), heap in kept.items():
        of_items[item] += (comment for _, _, comment in heap)
    counters["reviews_read"] += sum(map(len, of_items.values()))
    counters["rows_without_review"] += _train_rows(dataset) - counters["reviews"]
    return {item: tuple(sorted(comments)) for item, comments in of_items.items()}


def _train_rows(dataset: Dataset) -> int:
    return int((dataset.interactions["part"] == "train").sum())
