"""What a clause of a review says, as a hurried reader takes it: praise or blame, and of what.

For the heuristic rules of the ensemble, which stand in for an LLM. Words are everyday ones; nothing here knows any data set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reproduce.llm.lexical import stance, topics_of

_GOOD = (
    "accurate adorable affordable amazing amusing attentive authentic awesome beautiful best brilliant charming cheap clean "
    "clear clever colorful comfortable comfy convenient cool cozy creative crisp cute decent deep delicious delightful "
    "durable easy efficient elegant emotional engaging enjoyable entertaining epic excellent exciting exquisite extensive "
    "fabulous fair fantastic fast fine flavorful free fresh friendly fun funny generous gentle genuine good gorgeous great "
    "gripping handsome handy happy healthy helpful honest hot huge imaginative impressive incredible informative inspiring "
    "intelligent interesting juicy kind knowledgeable lively lovely loyal magical memorable modern moving natural neat new "
    "nice original outstanding patient perfect phenomenal pleasant polite powerful pretty professional prompt proper pure "
    "quick quiet real realistic reasonable relaxing reliable responsive rich romantic safe satisfying sharp sleek smart "
    "smooth soft solid sound spacious special spectacular spotless strong stunning stylish suitable super superb "
    "surprising suspenseful sweet tasty tender terrific thorough thoughtful thrilling tidy timeless true unforgettable "
    "unique useful varied versatile vibrant vivid warm welcoming well wide witty wonderful"
)
_BAD = (
    "annoying average avoid awful awkward bad basic bland boring broke broken buggy cardboard careless clumsy cluttered "
    "cold complicated confusing cracked cramped crap crappy creepy crowded cruel damaged dated dead defective dirty "
    "disappointing disgrace disgusting drab dreadful dry dull expensive fake faulty filthy flat flawed flimsy forgettable "
    "frustrating generic grating greasy gross grumpy half-baked hideous hopeless horrible horrid impolite inaccurate "
    "incompetent inconsistent lame lazy loose loud mediocre messy misleading mushy nasty negative noisy outdated overcooked "
    "overdone overpriced overrated painful pointless poor predictable pretentious repetitive rotten rough rude rushed sad "
    "salty scary shabby shallow sloppy slow sluggish smelly soggy sour stale sticky stiff stupid tacky tasteless tedious "
    "terrible thin tired tough toxic ugly unbearable uncomfortable undercooked unfinished unfriendly unhelpful unpleasant "
    "unprofessional unreliable upset useless vague vulgar weak weird wooden worn worse worst wrong"
)
_LITTLE = (
    "a about after again all also although am an and another any anyone anything are as at back be because been before "
    "being but by came can can't come could couldn't did didn't do does doing don't done down each enough ever every "
    "everyone everything falls far feel feels felt few first for forever found from gave get gets getting give go goes "
    "going gone got had has have having he her here him his how i i'm i've if in into is isn't it it's its just keep keeps "
    "know last let like look looked looks lot made make makes many may me mean might more most much must my nearly never "
    "next no nobody none not nothing now of off often on once one only or other our out over own people quite rather really "
    "said same saw say says see seem seems she should simply so some someone something stays still such take takes than "
    "that that's the their them then there these they thing things think this those though through time to too took try two "
    "under until up upon us use used very want was wasn't way we went were what what's when where which while who will with "
    "without would yet you your"
)
PRAISE, BLAME, _SMALL = (frozenset(words.split()) for words in (_GOOD, _BAD, _LITTLE))
_NO_THING = PRAISE | BLAME | _SMALL
_NEGATION = re.compile(r"\b(?:not|never|no|n't|nobody|nothing|hardly|without|lacks?|isn't|wasn't|don't|didn't|doesn't|aren't)\b")
_CLAUSE = re.compile(r"[.!?;:()\n]+|,\s|\s-+\s|\b(?:but|although|though|however|because|while|which)\b", re.IGNORECASE)


_REACH = 4
"""So many words apart a thing and what is said of it may stand."""


class Remark(NamedTuple):
    """What a clause says, and on which side it stands."""

    text: str
    sign: int
    """+1 praise, -1 blame, 0 neither."""
    keywords: tuple[str, ...]


def remark(clause: str, categories: Sequence[str], words: int) -> Remark:
    """Pairs of a word of praise or blame and what it is said of, the clause without small words, and categories it speaks of."""
    lower = clause.lower().replace("\u2019", "'")
    said = re.findall(r"[a-z][a-z'-]*[a-z]", lower)
    content = [word for word in said if word not in _SMALL]
    judged = [at for at, word in enumerate(said) if word in PRAISE or word in BLAME]
    balance = sum(1 if said[at] in PRAISE else -1 for at in judged)
    sign = (balance > 0) - (balance < 0)
    denied = bool(judged) and _NEGATION.search(lower) is not None
    pairs = (f"{'no ' * denied}{said[at]} {about}" for at in judged if (about := _thing(said, at)))
    found = [*pairs, *([" ".join(content)] if 2 <= len(content) <= words - 1 else [])]
    sign = -sign if denied else sign
    if topics := topics_of(lower, categories):
        sign = sign or stance(lower).sign
        found += [topic.lower() for topic in topics]
    return Remark(" ".join(clause.split()), sign, tuple(dict.fromkeys(found)))


def _thing(said: Sequence[str], at: int) -> str:
    """What a word is said of: the next word (`superb acting`), else the nearest before (`the acting is superb`) or behind it."""
    places = [*range(at + 1, min(at + 2, len(said))), *range(at - 1, -1, -1), *range(at + 2, len(said))]
    near = [place for place in places if abs(place - at) <= _REACH]
    return next((said[place] for place in near if said[place] not in _NO_THING), "")


def remarks(text: str, categories: Sequence[str], words: int) -> Iterator[Remark]:
    """What the clauses of a text say, without those that say nothing."""
    for clause in _CLAUSE.split(text):
        found = remark(clause, categories, words)
        if found.keywords:
            yield found
