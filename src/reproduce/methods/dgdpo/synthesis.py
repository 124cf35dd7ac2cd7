"""Synthesis of labelled defects (DGDPO, "Defect-Specific Fine-tuning" and Figure 9; dgdpo.md 1.7), in the paper's literal form.

No pair of the corpus is defective. Three modifications of its profile make it so: a relevant description gives way to its
opposite (inaccurate), relevant ones are removed (incomplete), or first some are removed and then one of the rest is turned
round (inaccurate & incomplete).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reproduce.data.prepared import Item
from reproduce.llm.lexical import speaks_of, stance
from reproduce.methods.agent4rec.profile import join, parse
from reproduce.methods.dgdpo.cases import LABELS, Label
from reproduce.methods.dgdpo.evidence import Stances

if TYPE_CHECKING:
    import numpy as np

Form = Literal["literal", "contrastive"]
Split = Literal["train", "valid", "random", "unseen", "unseen_phrasing", "new_words", "literal"]
"""The last one is the paper's random split of its own synthesis, where the model is trained on contrastive samples."""
Similarity = Callable[[Sequence[str], str], Sequence[float]]
"""Cosine of each description with the text of an item."""


@dataclass(frozen=True)
class Sample:
    """A labelled defect."""

    form: Form
    split: Split
    group: int
    """Samples with one profile have one number; a split never parts them in contrastive data."""
    user: int
    item: Item
    rating: float
    profile: str
    label: Label
    stances: Stances
    """What the profile says of each genre of the item."""


@dataclass(frozen=True)
class Plan:
    """What is done to a profile: places of the removed descriptions, place of the one that is turned round."""

    label: Label
    removed: frozenset[int] = frozenset()
    flipped: int | None = None


def relevant(descriptions: Sequence[str], item: Item, similarity: Similarity, threshold: float) -> list[int]:
    """Places of the likes that refer to the item (DG-D6).

    Lexical first: a word shared with genres or title, in the profile's order. Else by cosine, the best first. Descriptions that
    state a dislike are left out: their opposite would be a like.
    """
    likes = [place for place, description in enumerate(descriptions) if stance(description).sign > 0]
    named = [place for place in likes if speaks_of(descriptions[place], " ".join((*item.genres, item.title)))]
    if named or not likes:
        return named
    cosines = similarity([descriptions[place] for place in likes], f"{item.title}. {', '.join(item.genres)}")
    near = sorted(((-cosine, place) for place, cosine in zip(likes, cosines, strict=True) if cosine >= threshold))
    return [place for _, place in near]


def plans(random: np.random.Generator, count: int, relevant: Sequence[int]) -> list[Plan]:
    """The modifications that a profile of `count` descriptions allows; a label that cannot be built is skipped.

    Incomplete removes max(1, round(rho |relevant|)) of them, rho ~ U(0.5, 1], refused if nothing were left; both removes at most
    |relevant| - 1 and then turns the first of the rest round, so it needs two.
    """
    if not relevant:
        return []
    found = [Plan("inaccurate", flipped=relevant[0])]
    removed = _removed(random, relevant, len(relevant))
    if len(removed) < count:
        found.append(Plan("incomplete", removed))
    if len(relevant) > 1:
        removed = _removed(random, relevant, len(relevant) - 1)
        found.append(Plan("inaccurate_incomplete", removed, next(place for place in relevant if place not in removed)))
    return found


def _removed(random: np.random.Generator, relevant: Sequence[int], most: int) -> frozenset[int]:
    rho = 1 - random.random() / 2  # (0.5, 1]
    n = min(most, max(1, int(rho * len(relevant) + 0.5)))
    return frozenset(relevant[at] for at in random.permutation(len(relevant))[:n].tolist())


def modified(profile: str, plan: Plan, opposite: str | None) -> str:
    """P' after a plan. Raises ValueError when it equals P (Figure 9 c prints such a sample by mistake; dgdpo.md 5.4)."""
    descriptions = list(parse(profile))
    if plan.flipped is not None:
        if opposite is None:
            raise ValueError("a description is to be turned round, but its opposite is not given")
        end = "." if descriptions[plan.flipped].endswith(".") else ""
        descriptions[plan.flipped] = opposite + end
    changed = join(description for place, description in enumerate(descriptions) if place not in plan.removed)
    if changed == join(parse(profile)):
        raise ValueError(f"the profile did not change under `{plan.label}`: {profile}")
    return changed


def literal_stances(profile: str, plan: Plan, item: Item) -> Stances:
    """What P' says of each genre of the item, by shared words: the opposite's dislike wins over likes that are left."""
    descriptions = parse(profile)
    left = [
        d for place, d in enumerate(descriptions) if place not in plan.removed and place != plan.flipped and stance(d).sign > 0
    ]
    found: list[tuple[str, Literal["liked", "disliked", "unmentioned"]]] = []
    for genre in dict.fromkeys(item.genres):
        if plan.flipped is not None and speaks_of(descriptions[plan.flipped], genre):
            found.append((genre, "disliked"))
        else:
            found.append((genre, "liked" if any(speaks_of(description, genre) for description in left) else "unmentioned"))
    return found


def balanced(random: np.random.Generator, samples: Sequence[Sample]) -> list[Sample]:
    """Equally many of each label: the more frequent ones are sub-sampled to the rarest, order kept."""
    counts = Counter(sample.label for sample in samples)
    fewest = min(counts[label] for label in LABELS)
    kept: set[int] = set()
    for label in LABELS:
        own = [at for at, sample in enumerate(samples) if sample.label == label]
        kept.update(own[at] for at in random.permutation(len(own))[:fewest].tolist())
    return [sample for at, sample in enumerate(samples) if at in kept]
