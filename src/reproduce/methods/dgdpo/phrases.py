"""Ways to say that somebody likes or dislikes a genre, split into phrasings for training and phrasings that training never sees.

A phrasing is a stem with a slot for the genre, such as `really enjoys {g}`; the genre's own word always stands in it. Stems are
composed of a modifier and a head (`no longer` + `fond of` is a dislike) or stand alone. A tenth of the heads is held out
altogether (such a head occurs in no training stem) and so is a quarter of the remaining stems (both words are known, their
combination is not). What is held out depends on the words alone, never on a seed. Sources: the profiles printed in DGDPO,
Figures 5, 7, 9 and 11; the rest is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

from reproduce.llm.lexical import DISLIKES, LIKES, MILD_LIKES, STRONG_LIKES

if TYPE_CHECKING:
    import numpy as np

Stance = Literal["liked", "disliked", "unmentioned"]
STANCES: tuple[Stance, ...] = ("liked", "disliked", "unmentioned")
Novelty = Literal["seen", "recombined", "new_head"]
"""Seen in training; never seen though its words are; with a head word that training never sees."""
Pool = Literal["trained", "held_out", "new_words"]
"""What a draw takes from: phrasings of the training, those that it lacks, or those of the latter whose head it lacks, too."""
_POOLS: dict[Pool, tuple[Novelty, ...]] = {
    "trained": ("seen",),
    "held_out": ("recombined", "new_head"),
    "new_words": ("new_head",),
}

NOUNS = ("", "", " films", " movies", " stories", " titles")
"""What may follow the genre; the bare genre twice, since printed profiles mostly have it so."""


@dataclass(frozen=True)
class Phrasing:
    """One way to state a stance. `{g}` is the genre with an optional noun."""

    template: str
    stance: Stance
    novelty: Novelty
    frame: int
    """Phrasings of one frame share a pattern; those that stand alone are one frame, too."""

    def render(self, genre: str, noun: str = "") -> str:
        """The description, with a capital first letter as in the printed profiles."""
        text = self.template.replace("{g}", genre.replace(",", "") + noun)
        return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class _Frame:
    """Heads of one word class, with the modifiers that keep a head's sign and those that turn it."""

    pattern: str
    likes: tuple[str, ...]
    dislikes: tuple[str, ...]
    keep: tuple[str, ...]
    turn_likes: tuple[str, ...]
    """Modifiers that make a dislike of a like."""
    turn_dislikes: tuple[str, ...] = ()
    """Modifiers that make a like of a dislike."""


def _words(text: str) -> tuple[str, ...]:
    """The entries of a list that is written with bars; `-` is the empty entry."""
    return tuple("" if word.strip() == "-" else word.strip() for word in text.split("|"))


_FRAMES = (
    _Frame(
        pattern="{m} {h} {g}",
        likes=_words(
            "enjoys | likes | loves | adores | prefers | appreciates | favours | admires | cherishes | relishes | treasures"
            " | values | welcomes | seeks out | looks for | gravitates towards | delights in | craves | champions | savours"
            " | watches"
        ),
        dislikes=_words(
            "dislikes | hates | detests | avoids | rejects | skips | shuns | loathes | despises | resents | ignores"
            " | dreads | dismisses | stays away from | steers clear of | turns away from | gives up on | scorns | abhors"
        ),
        keep=_words("- | really | always | often | deeply | clearly | truly"),
        turn_likes=_words("never | rarely | hardly | no longer | seldom"),
        turn_dislikes=_words("never"),
    ),
    _Frame(
        pattern="{m} {h} {g}",
        likes=_words(
            "fond of | keen on | drawn to | captivated by | hooked on | delighted by | excited by | thrilled by"
            " | charmed by | moved by | pleased by | impressed by | happy with | crazy about | partial to"
            " | enthusiastic about | interested in | attracted to | devoted to | enchanted by"
        ),
        dislikes=_words(
            "averse to | tired of | bored by | bored with | weary of | put off by | annoyed by | irritated by"
            " | disappointed by | repelled by | indifferent to | unmoved by | unimpressed by | hostile to | sick of"
            " | fed up with | turned off by | wary of | disenchanted with | uninterested in | disinterested in"
        ),
        keep=_words("- | very | deeply | always | really | quite"),
        turn_likes=_words("not | never | hardly | no longer | not at all | far from"),
        turn_dislikes=_words("never"),
    ),
    _Frame(
        pattern="{m} {h} {g}",
        likes=_words(
            "interest in | love for | love of | passion for | fondness for | taste for | appetite for | enthusiasm for"
            " | preference for | affection for | appreciation of | liking for | weakness for | admiration for"
            " | curiosity about | penchant for"
        ),
        dislikes=_words(
            "dislike of | dislike for | aversion to | distaste for | disinterest in | hatred of | contempt for"
            " | antipathy to | disdain for | disregard for | impatience with | indifference to | distrust of | boredom with"
            " | resistance to"
        ),
        keep=_words("- | strong | deep | clear | great | lasting | high"),
        turn_likes=_words("no | little | hardly any | lacks | low | without"),
    ),
    _Frame(
        pattern="{m} {g} {h}",
        likes=_words(
            "fan | lover | enthusiast | aficionado | buff | devotee | admirer | addict | follower | connoisseur | seeker"
            " | supporter"
        ),
        dislikes=_words("hater | critic | sceptic | avoider | opponent | detractor | loather"),
        keep=_words("- | big | devoted | true | keen | loyal"),
        turn_likes=_words("not a | no | no longer a | never a | hardly a"),
    ),
)

_LIKES = _words(
    "{g} | engaging {g} | good {g} | great {g} | a soft spot for {g} | cannot get enough of {g} | cannot resist {g}"
    " | always up for {g} | big on {g} | a sucker for {g} | happiest with {g} | loves nothing more than {g} | all about {g}"
    " | at home with {g} | into {g} | {g} above all | {g} with strong characters | {g} with a good plot"
    " | {g} (strong interest) | {g} (high interest) | {g} (moderate interest) | {g} (occasional interest)"
    " | {g} (strong preference) | {g} (a favourite) | {g} (loves them) | favourite genre is {g} | {g} are welcome"
    " | {g} come first | {g} any day | {g} at heart | warms to {g} | grew up on {g} | never misses {g} | lives for {g}"
    " | {g} on every list | have a high interest in {g} | thrives on {g} | {g} (enjoys them) | first choice is {g}"
    " | yes to {g} | {g} (very fond) | feels good about {g} | never tired of {g} | never bored by {g}"
    " | never gets enough of {g} | would not miss {g} | open to {g} | returns to {g} | rates {g} highly | {g} please"
    " | picks {g} first | {g} always appeal"
)
_DISLIKES = _words(
    "cannot stand {g} | cannot bear {g} | no patience for {g} | little patience for {g} | no time for {g}"
    " | has had enough of {g} | not one for {g} | not into {g} | no {g} | anything but {g} | never {g}"
    " | {g} leave them cold | leaves {g} to others | {g} (no interest) | {g} (low interest) | {g} (dislikes) | {g} (avoids)"
    " | {g} (least favourite) | {g} (cannot stand them) | does not like {g} | does not enjoy {g} | does not care for {g}"
    " | does not watch {g} | does not love {g} | {g} are not welcome | {g} come last | {g} are a waste of time"
    " | finds {g} dull | finds {g} boring | thinks little of {g} | least favourite genre is {g} | {g} do not appeal"
    " | {g} never appeal | would rather miss {g} | would skip {g} | closed to {g} | rates {g} poorly | no more {g}"
    " | never picks {g} | out of {g} | cold towards {g} | keeps {g} at a distance | {g} (not a fan) | {g} (not for them)"
    " | no to {g} | feels nothing for {g} | cannot warm to {g} | cannot enjoy {g} | bad {g} | gets nothing out of {g}"
    " | {g} fail to please"
)
COMMON = 0.4
"""Chance that a training phrasing is one of the pinned ones: a few phrasings are frequent, most are rare, as in any text."""
PINNED = frozenset(
    {
        *_words(
            "{g} | {g} fan | {g} lover | {g} enthusiast | {g} aficionado | {g} buff | enjoys {g} | likes {g} | loves {g}"
            " | interest in {g}"
        ),
        *_words(
            "averse to {g} | dislikes {g} | disinterest in {g} | no interest in {g} | avoids {g} | have a high interest in {g}"
        ),
        *(form.replace("{}", "{g}").lower() for form in (*LIKES, *STRONG_LIKES, *MILD_LIKES, *DISLIKES)),
    }
)
"""Stems that training always has: the printed profiles use them, and so do the rules of the embedded engine."""


def _share(*words: str) -> float:
    """A number in [0, 1) that depends on the words only."""
    return int.from_bytes(blake2b("\x1f".join(words).encode(), digest_size=8).digest(), "big") / 2**64


def _composed(number: int, frame: _Frame) -> list[Phrasing]:
    turned: dict[Stance, Stance] = {"liked": "disliked", "disliked": "liked"}
    found: list[Phrasing] = []
    sides: tuple[tuple[Stance, tuple[str, ...], tuple[str, ...]], ...] = (
        ("liked", frame.likes, frame.turn_likes),
        ("disliked", frame.dislikes, frame.turn_dislikes),
    )
    for stance, heads, turns in sides:
        for head in heads:
            stems = {m: frame.pattern.replace("{m}", m).replace("{h}", head).strip() for m in (*frame.keep, *turns)}
            new_head = _share("head", head) < 0.1 and PINNED.isdisjoint(stems.values())
            for modifier, stem in stems.items():
                novelty: Novelty = "seen"
                if new_head:
                    novelty = "new_head"
                elif stem not in PINNED and _share("stem", stem) < 0.25:
                    novelty = "recombined"
                found.append(Phrasing(stem, turned[stance] if modifier in turns else stance, novelty, number))
    return found


@cache
def lexicon() -> tuple[Phrasing, ...]:
    """All phrasings, each stem once."""
    alone: tuple[tuple[Stance, tuple[str, ...]], ...] = (("liked", _LIKES), ("disliked", _DISLIKES))
    found = [phrasing for number, frame in enumerate(_FRAMES) for phrasing in _composed(number, frame)]
    known = {word for phrasing in found if phrasing.novelty == "seen" for word in phrasing.template.split()}
    for stance, templates in alone:
        for template in templates:
            held = template not in PINNED and _share("stem", template) < 0.25
            novelty: Novelty = "seen" if not held else "recombined" if set(template.split()) <= known else "new_head"
            found.append(Phrasing(template, stance, novelty, len(_FRAMES)))
    return tuple({phrasing.template: phrasing for phrasing in found}.values())


@cache
def phrasings(stance: Stance, pool: Pool) -> tuple[tuple[Phrasing, ...], ...]:
    """The phrasings of one stance by frame: a draw takes a frame first, so that none prevails."""
    frames: dict[int, list[Phrasing]] = {}
    for phrasing in lexicon():
        if phrasing.stance == stance and phrasing.novelty in _POOLS[pool]:
            frames.setdefault(phrasing.frame, []).append(phrasing)
    return tuple(tuple(frames[frame]) for frame in sorted(frames))


@cache
def pinned(stance: Stance) -> tuple[Phrasing, ...]:
    """The frequent training phrasings of one stance."""
    return tuple(phrasing for phrasing in lexicon() if phrasing.stance == stance and phrasing.template in PINNED)


def draw(
    random: np.random.Generator, genre: str, stance: Stance, pool: Pool, nouns: Sequence[str] = NOUNS, common: float = COMMON
) -> str:
    """A description of the stance towards one genre; `common` is the chance of a frequent phrasing, where training has any."""
    if pool == "trained" and random.random() < common:
        group = pinned(stance)
    else:
        frames = phrasings(stance, pool)
        group = frames[int(random.integers(len(frames)))]
    return group[int(random.integers(len(group)))].render(genre, nouns[int(random.integers(len(nouns)))])
