"""Contrastive samples: one profile under different labels, so that neither the profile nor the item alone tells the defect.

On the paper's synthesis the profile alone names the defect most often: a description that was turned round reads like one. Here
the profile's stance towards every genre is drawn first, and one text is written for it; then items that the user really rated
high are chosen, one per label, all with the same number of genres. Only the relation of profile and item is left to learn.
Descriptions that the LLM wrote (of the initial profile, and their opposites) are used where their stance is known; the others are
written with the phrase lexicon.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reproduce.data.prepared import Item
from reproduce.methods.agent4rec.profile import join
from reproduce.methods.dgdpo.cases import LABELS, Label
from reproduce.methods.dgdpo.evidence import Stances, label_of
from reproduce.methods.dgdpo.phrases import COMMON, STANCES, Pool, Stance, draw

if TYPE_CHECKING:
    import numpy as np

Status = Mapping[str, Stance]
"""The profile's stance towards genres; one that is absent is unmentioned."""

ASPECTS = (
    *("sequels", "slow pacing", "happy endings", "strong characters", "twist endings", "long running times", "special effects"),
    *("witty dialogue", "remakes", "true stories", "moral dilemmas", "large casts", "quiet moments", "open endings"),
    *("period costumes", "clever plots", "emotional depth", "original ideas", "loud soundtracks"),
)
"""What descriptions are about that no genre tells."""
SINGLE = 0.25
"""Share of the groups whose items have one genre; such an item cannot be `Inaccurate & Incomplete`."""
OWN = 0.35
"""Chance that a stance is stated in the LLM's own words, where there are some."""
SENTENCES = 0.2
"""Chance that a profile ends in its dislikes as full sentences (DGDPO, Figure 11)."""
EVEN = 0.7
"""Share of dislikes among the other genres of a profile that explains an item: likes and dislikes are then about as frequent."""
FEWEST, MOST = 4, 10
"""Genres on which a profile states something."""


@dataclass(frozen=True)
class Words:
    """What the LLM wrote about one user: by genre, descriptions that are about this genre alone; and those about none."""

    liked: Mapping[str, Sequence[str]] = field(default_factory=dict)
    disliked: Mapping[str, Sequence[str]] = field(default_factory=dict)
    vague: Sequence[str] = ()

    def on(self, genre: str, stance: Stance) -> Sequence[str]:
        """The descriptions that state this."""
        return (self.liked if stance == "liked" else self.disliked).get(genre, ())


@dataclass(frozen=True)
class Group:
    """One profile and, per label, an item for which the profile has this defect."""

    profile: str
    members: tuple[tuple[Label, Item, float, Stances], ...]
    """(label, item, rating, stances)."""


def group(
    random: np.random.Generator, liked: Sequence[tuple[Item, float]], genres: Sequence[str], own: Words, pool: Pool
) -> Group | None:
    """A group from the items that one user rated high, described in phrasings of the pool; None when they cannot carry one."""
    size = 1 if random.random() < SINGLE else int(random.integers(2, 4))
    labels = LABELS[:2] if size == 1 else LABELS
    fit = [(item, rating) for item, rating in liked if len(set(item.genres)) == size]
    if len({item.genres for item, _ in fit}) < len(labels):
        return None
    for _ in range(10):
        chosen = [fit[at] for at in random.permutation(len(fit))[: len(labels)]]
        status = _status(random, [item.genres for item, _ in chosen], labels)
        if status is not None:
            status |= _others(random, status, genres, FEWEST, MOST, 0.5)
            profile = write(random, status, own, pool)
            members = zip(labels, chosen, strict=True)
            return Group(profile, tuple((label, item, rating, stances(status, item)) for label, (item, rating) in members))
    return None


def stances(status: Status, item: Item) -> Stances:
    """The profile's stance towards each genre of the item."""
    return [(genre, status.get(genre, "unmentioned")) for genre in dict.fromkeys(item.genres)]


def _status(random: np.random.Generator, items: Sequence[tuple[str, ...]], labels: Sequence[Label]) -> dict[str, Stance] | None:
    """Stances under which the items have these labels; None when a few draws find none (two items may share their genres)."""
    union = sorted({genre for genres in items for genre in genres})
    for _ in range(20):
        status = {genre: STANCES[int(random.integers(len(STANCES)))] for genre in union}
        if [label_of([(genre, status[genre]) for genre in genres]) for genres in items] == list(labels):
            return status
    return None


def _others(
    random: np.random.Generator, status: Status, genres: Sequence[str], fewest: int, most: int, dislikes: float
) -> dict[str, Stance]:
    """Stances towards further genres, until the profile states so many; so large a share of them are dislikes."""
    stated = sum(stance != "unmentioned" for stance in status.values())
    free = [genre for genre in genres if genre not in status]
    more = max(0, int(random.integers(fewest, most + 1)) - stated)
    return {free[at]: "disliked" if random.random() < dislikes else "liked" for at in random.permutation(len(free))[:more]}


def write(random: np.random.Generator, status: Status, own: Words, pool: Pool, common: float = COMMON) -> str:
    """A profile that states the stances, in random order, with up to two descriptions that are about no genre."""
    stated = [(genre, stance) for genre, stance in status.items() if stance != "unmentioned"]
    parts: list[tuple[str, Stance]] = [
        (_description(random, genre, stance, own, pool, common), stance) for genre, stance in stated
    ]
    for _ in range(int(random.integers(3))):
        if own.vague and random.random() < 0.5:
            parts.append((own.vague[int(random.integers(len(own.vague)))], "liked"))
        else:
            stance = STANCES[int(random.integers(2))]
            parts.append((draw(random, ASPECTS[int(random.integers(len(ASPECTS)))], stance, pool, nouns=("",)), stance))
    parts = [parts[at] for at in random.permutation(len(parts))]
    if random.random() < SENTENCES:
        parts.sort(key=lambda part: part[1] == "disliked")
        return join(f"{text}." if stance == "disliked" else text for text, stance in parts)
    return join(text for text, _ in parts)


def _description(random: np.random.Generator, genre: str, stance: Stance, own: Words, pool: Pool, common: float) -> str:
    written = own.on(genre, stance)
    if written and pool == "trained" and random.random() < OWN:
        return written[int(random.integers(len(written)))]
    return draw(random, genre, stance, pool, common=common)


def rationale(random: np.random.Generator, status: Status, genres: Sequence[str], told: int) -> str:
    """The stance towards every stated genre and some unmentioned ones, in random order: dense supervision for a new model."""
    stated = [genre for genre, stance in status.items() if stance != "unmentioned"]
    silent = [genre for genre in genres if status.get(genre, "unmentioned") == "unmentioned"]
    named = [*stated, *(silent[at] for at in random.permutation(len(silent)))][: max(told, len(stated))]
    return "; ".join(f"{named[at]} is {status.get(named[at], 'unmentioned')}" for at in random.permutation(len(named)))


@dataclass(frozen=True)
class Lesson:
    """How much the profile of a pre-training text says. A model from scratch finds a genre among two before it does among ten."""

    share: float
    """Of the texts; lessons follow each other."""
    fewest: int
    most: int
    """Genres on which the profile states something; at least those of the item."""
    told: int
    """Genres that the rationale tells of; at least those."""
    common: float
    """Chance of a frequent phrasing."""


LESSONS = (Lesson(0.2, 1, 2, 4, 1.0), Lesson(0.2, 2, 4, 6, 0.7), Lesson(0.6, FEWEST, MOST, 12, COMMON))


def explained(random: np.random.Generator, item: Item, genres: Sequence[str], lesson: Lesson) -> dict[str, Stance]:
    """Stances of a profile that explains the item: all its genres are liked, others are liked or disliked."""
    status: dict[str, Stance] = dict.fromkeys(item.genres, "liked")
    return status | _others(random, status, genres, lesson.fewest, lesson.most, EVEN)
