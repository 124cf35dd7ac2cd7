"""Samples of both syntheses, split so that what is tested was not trained on (DGDPO, Appendix D; DG-D13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from reproduce.data.prepared import Item
from reproduce.llm.lexical import stance, topics_of
from reproduce.methods.agent4rec.profile import bare, join, parse
from reproduce.methods.dgdpo import contrastive
from reproduce.methods.dgdpo.contrastive import Words
from reproduce.methods.dgdpo.corpus import Pair, Portrait
from reproduce.methods.dgdpo.opposites import Opposites, Turn
from reproduce.methods.dgdpo.phrases import Pool, Stance, draw
from reproduce.methods.dgdpo.synthesis import (
    Plan,
    Sample,
    Similarity,
    Split,
    balanced,
    literal_stances,
    modified,
    plans,
    relevant,
)
from reproduce.seeds import stream

if TYPE_CHECKING:
    import numpy as np

Part = Literal["train", "valid", "test"]
HOMES: dict[Split, tuple[Part, Pool]] = {
    "train": ("train", "trained"),
    "random": ("train", "trained"),
    "valid": ("valid", "trained"),
    "unseen": ("test", "trained"),
    "unseen_phrasing": ("test", "held_out"),
    "new_words": ("test", "new_words"),
}
"""Splits of contrastive samples: whose they are, and in which phrasings."""


@dataclass(frozen=True)
class Cells:
    """Who and what is held out: samples of test users with test items are unseen in both respects."""

    users: Mapping[int, Part]
    items: Mapping[int, Part]

    @classmethod
    def drawn(cls, seed: int, users: Sequence[int], items: Sequence[int]) -> Cells:
        """Seven tenths of the users train, one validates, two test; three quarters of the items train and validate, one tests."""
        return cls(
            _shares(stream(seed, "users held out"), users, {"train": 0.7, "valid": 0.1, "test": 0.2}),
            _shares(stream(seed, "items held out"), items, {"train": 0.75, "test": 0.25}),
        )

    def of(self, portrait: Portrait, part: Part) -> list[tuple[Item, float]]:
        """What a user rated high among the items of a part (validation has the training items, and users of its own)."""
        wanted = "train" if part == "valid" else part
        return [(item, rating) for item, rating in portrait.liked if self.items[item.item] == wanted]


def _shares(random: np.random.Generator, ids: Sequence[int], shares: Mapping[Part, float]) -> dict[int, Part]:
    order = [ids[at] for at in random.permutation(len(ids)).tolist()]
    found: dict[int, Part] = {}
    start, reached = 0, 0.0
    for part, share in shares.items():
        reached += share
        end = round(reached * len(order))
        found.update(dict.fromkeys(order[start:end], part))
        start = end
    return found


# ---------------------------------------------------------------- contrastive


def contrastive_samples(
    portraits: Sequence[Portrait],
    cells: Cells,
    genres: Sequence[str],
    words: Mapping[int, Words],
    counts: Mapping[Split, int],
    seed: int,
) -> list[Sample]:
    """So many samples of each split, whole groups, users in turn. Fewer where the users' items cannot carry more."""
    found: list[Sample] = []
    number = 0
    for split, (part, pool) in HOMES.items():
        home = [portrait for portrait in portraits if cells.users[portrait.user] == part]
        for portrait, made in _groups(home, cells, part, genres, words, (split, pool), counts[split], seed):
            for label, item, rating, stances in made.members:
                found.append(Sample("contrastive", split, number, portrait.user, item, rating, made.profile, label, stances))
            number += 1
    return found


def _groups(
    home: Sequence[Portrait],
    cells: Cells,
    part: Part,
    genres: Sequence[str],
    words: Mapping[int, Words],
    drawn: tuple[Split, Pool],
    count: int,
    seed: int,
) -> Iterator[tuple[Portrait, contrastive.Group]]:
    liked = {portrait.user: cells.of(portrait, part) for portrait in home}
    made, turn, idle = 0, 0, 0
    while made < count and idle < 5:  # five rounds without a group: these items carry none
        idle += 1
        for portrait in home:
            random = stream(seed, "contrastive", drawn[0], portrait.user, turn)
            group = contrastive.group(random, liked[portrait.user], genres, words[portrait.user], drawn[1])
            if group is not None and made < count:
                made, idle = made + len(group.members), 0
                yield portrait, group
        turn += 1


# ---------------------------------------------------------------- literal


@dataclass(frozen=True)
class Planned:
    """A pair and one modification of its profile."""

    pair: Pair
    plan: Plan
    place: int
    """Number of the pair; its samples share it."""

    @property
    def turn(self) -> Turn | None:
        """The description that needs an opposite."""
        if self.plan.flipped is None:
            return None
        return Turn(self.pair.user, parse(self.pair.profile)[self.plan.flipped], self.pair.item)


def literal_plans(portraits: Sequence[Portrait], similarity: Similarity, threshold: float, seed: int) -> list[Planned]:
    """All modifications that the corpus' pairs allow."""
    pairs = [pair for portrait in portraits for pair in portrait.pairs]
    found: list[Planned] = []
    for place, pair in enumerate(pairs):
        descriptions = parse(pair.profile)
        random = stream(seed, "literal", pair.user, pair.item.item)
        named = relevant(descriptions, pair.item, similarity, threshold)
        found += [Planned(pair, plan, place) for plan in plans(random, len(descriptions), named)]
    return found


def literal_samples(
    planned: Sequence[Planned], cells: Cells, genres: Sequence[str], opposites: Opposites, most: int, seed: int
) -> list[Sample]:
    """The paper's samples, balanced.

    `train`, `valid` (10 % of train, DG-D16) and `random` are the 8:2 split per sample; `unseen` are those of test users with test
    items, which the others leave out, and `unseen_phrasing` the same in phrasings that no sample has.
    """
    seen: list[Sample] = []
    unseen: list[Sample] = []
    for each in planned:
        homes = cells.users[each.pair.user], cells.items[each.pair.item.item]
        if homes[0] != "test" and homes[1] == "train":
            seen.append(_literal(each, "train", opposites))
        elif homes == ("test", "test"):
            unseen.append(_literal(each, "unseen", opposites))
            unseen.append(_rephrased(unseen[-1], genres, seed))
    random = stream(seed, "literal split")
    kept = balanced(random, seen)
    kept = [kept[at] for at in random.permutation(len(kept))[: most * 10 // 7]]
    cut = round(0.8 * len(kept)), round(0.72 * len(kept))
    splits: list[Split] = ["train" if at < cut[1] else "valid" if at < cut[0] else "random" for at in range(len(kept))]
    found = [replace(sample, split=split) for sample, split in zip(kept, splits, strict=True)]
    for split in ("unseen", "unseen_phrasing"):
        found += balanced(random, [sample for sample in unseen if sample.split == split])
    return found


def _literal(each: Planned, split: Split, opposites: Opposites) -> Sample:
    pair, turn = each.pair, each.turn
    profile = modified(pair.profile, each.plan, opposites[turn.user, turn.description] if turn else None)
    stances = literal_stances(pair.profile, each.plan, pair.item)
    return Sample("literal", split, each.place, pair.user, pair.item, pair.rating, profile, each.plan.label, stances)


def _rephrased(sample: Sample, genres: Sequence[str], seed: int) -> Sample:
    """The same sample with every description that is about one genre in a held-out phrasing."""
    random = stream(seed, "rephrased", sample.user, sample.item.item, sample.label)
    texts: list[str] = []
    for description in parse(sample.profile):
        about = topics_of(description, genres)
        said: Stance = "liked" if stance(description).sign > 0 else "disliked"
        texts.append(draw(random, about[0], said, "held_out") if len(about) == 1 else bare(description))
    return replace(sample, split="unseen_phrasing", profile=join(texts))
