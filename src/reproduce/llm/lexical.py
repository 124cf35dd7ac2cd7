"""Shared lexical tools of the heuristic rules: which topics a phrase speaks of, and whether it says like or dislike.

A rule sees the words that a prompt shows and nothing else. These tools read them as a hurried reader would: by words of the genre
and a few everyday synonyms, a list of verbs and adjectives of (dis)like, negations that turn them round, and degrees in
parentheses. They are no model of any LLM.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_JOINED = {
    "science fiction": "scifi",
    "sci fi": "scifi",
    "film noir": "noir",
    "love stor": "romance stor",
    "non fiction": "nonfiction",
    "true crime": "crime",
}
_SYNONYMS = {
    "comedy": "comedic funny humor humorous humour laugh hilarious sitcom",
    "romance": "romantic",
    "horror": "scary frightening",
    "thriller": "thrilling suspense suspenseful",
    "mystery": "mysterious detective whodunit",
    "crime": "criminal gangster heist mafia",
    "child": "children kid family",
    "animation": "animated cartoon anime",
    "musical": "music song",
    "war": "military battle wartime",
    "history": "historical historic",
    "fantasy": "fantastical magical",
    "western": "cowboy",
    "adventure": "adventurous quest",
    "drama": "dramatic",
    "documentary": "documentarian",
    "biography": "biographical memoir",
    "politics": "political",
    "scifi": "futuristic",
}
_CANONICAL = {word: topic for topic, synonyms in _SYNONYMS.items() for word in synonyms.split()}
_ANYWHERE = (
    "a|an|and|any|at|book|by|dvd|favourite|film|for|from|general|genre|in|is|item|it|movie|of|on|or|other|piece|series|show|some"
    "|stor|story|tale|taste|that|the|their|them|theme|this|title|to|tv|video|watch|with|work"
    "|aficionado|avoid|averse|buff|disinterest|dislike|drawn|enjoy|enthusiast|fan|have|high|interest|like|love|lover|moderate|no"
    "|occasional|strong"
)
_EMPTY = frozenset(_ANYWHERE.split("|"))
_NOUNS_IN_S = frozenset({"news", "series", "politics", "sports", "arts", "always", "ethics"})


class Stance(NamedTuple):
    """What a phrase says of the topics it names."""

    sign: int
    """+1 like, -1 dislike."""
    strength: float
    """0..1: a passing interest is 0.3, a moderate one 0.5, a plain one 0.8, a strong one 1."""


@lru_cache(maxsize=65536)
def words(text: str) -> frozenset[str]:
    """What a text is about: lower case, singular, synonyms as one word, without filling words and words of (dis)like."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("'s", "").replace("’s", "")
    plain = " ".join(re.findall(r"[^\W_]+", plain))
    for found, joined in _JOINED.items():
        plain = plain.replace(found, joined)
    lemmas = (_CANONICAL.get(lemma, lemma) for lemma in map(_singular, plain.split()))
    return frozenset(lemma for lemma in lemmas if lemma not in _EMPTY)


def speaks_of(phrase: str, topic: str) -> bool:
    """Whether a phrase names a topic such as a genre: they share a content word."""
    return not words(phrase).isdisjoint(words(topic))


def topics_of(phrase: str, topics: Iterable[str]) -> tuple[str, ...]:
    """The topics that a phrase names, in the order given."""
    return tuple(topic for topic in topics if speaks_of(phrase, topic))


_DISLIKE = re.compile(
    r"\b(?:dislik|hat(?:e|es|red|er)\b|detest|avoid|avers|disinterest|uninterest|loath|despis|resent|reject|ignor|shun|skip"
    r"|dread|dismiss|scorn|abhor|tired|bored|boring|boredom|weary|put off|annoy|irritat|disappoint|repelled|indifferen|unmoved"
    r"|unimpressed|hostile|sick of|fed up|turned off|wary|disenchant|distaste|contempt|antipathy|disdain|disregard|impatien"
    r"|distrust|resistance|critic of|critic\b|sceptic|opponent|detractor|stays? away|steers? clear|turns? away|gives? up"
    r"|cannot stand|cannot bear|can't stand|no (?:patience|time|interest|more)\b|little (?:patience|interest|love|taste)"
    r"|low interest|least favou?rite|had enough|waste of time|dull\b|cold\b|closed to|poorly)"
)
_NEGATION = re.compile(
    r"\b(?:never|not|no|no longer|rarely|hardly|seldom|cannot|can't|without|lacks?|little|low|zero|far from"
    r"|doesn't|don't|isn't)\b"
)
_RELISH = re.compile(r"(?:cannot|can't) (?:resist|get enough)|never miss|never gets? enough|would not miss|not only|no end")
_DEGREES = (
    (re.compile(r"occasional|passing|mild|sometimes|open to|now and then|curious about"), 0.3),
    (re.compile(r"moderate|some interest|fairly"), 0.5),
    (
        re.compile(
            r"high|strong|love|passion|avid|enthusias|favou?rite|devot|adore|deep|great|always|big|above all|buff|aficionado"
            r"|addict|fan\b"
        ),
        1.0,
    ),
)


@lru_cache(maxsize=65536)
def stance(phrase: str) -> Stance:
    """Like or dislike, and how strongly. A negated dislike (`never tired of`) is a like, a negated like a dislike."""
    text = unicodedata.normalize("NFKC", phrase).lower().replace("’", "'")
    if _RELISH.search(text):
        return Stance(1, 1.0)
    dislike = _DISLIKE.search(text)
    negated = _NEGATION.search(_DISLIKE.sub(" ", text))
    sign = -1 if bool(dislike) != bool(negated) else 1
    return Stance(sign, next((degree for pattern, degree in _DEGREES if pattern.search(text)), 0.8))


LIKES = ("{} enthusiast", "{} fan", "{} lover", "{} buff", "{} aficionado", "Enjoys {}", "{}", "Interest in {}", "Drawn to {}")
"""How rules write that somebody likes a topic."""
STRONG_LIKES = ("Have a high interest in {}", "Strong interest in {}", "Loves {}", "{} (high interest)")
MILD_LIKES = ("{} (moderate interest)", "{} (occasional interest)")
DISLIKES = ("Disinterest in {}", "Averse to {}", "Dislikes {}", "Avoids {}", "No interest in {}")
VAGUE = (
    "Engaging narratives",
    "Complex characters",
    "Thought-provoking themes",
    "Emotional resonance",
    "Well-crafted plots",
    "Memorable performances",
    "Strong direction",
    "Timeless classics",
)
"""Phrases that fit everything, as single-step profiles have them (DGDPO, Figure 5)."""

_VAGUE = re.compile(
    r"narrative|character|theme|emotion|plot|performance|direction|classic|writing|storytelling|engaging|quality|depth|diverse"
)


@lru_cache(maxsize=65536)
def is_vague(phrase: str) -> bool:
    """Whether a phrase speaks of what any item may have, such as engaging narratives."""
    return _VAGUE.search(phrase.lower()) is not None


def wording(form: str, topic: str) -> str:
    """A description in one of the forms above: the topic's commas go, since a comma ends a description."""
    return form.format(" ".join(topic.replace(",", " ").split()))


def _singular(word: str) -> str:
    if len(word) <= 3 or word in _NOUNS_IN_S or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") else word
