"""Keywords: how they are written, merged and filtered (ensemble.md 1.5)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

_EDGES = " .:!?\"'`*_-~()[]{}<>\u2022\u2026"
_UNCHANGED = (
    "always arts basics besides bus canvas chaos christmas clothes ethics gas graphics headquarters kudos lens less means news "
    "pants perhaps physics plus politics series scissors species sports this thus towards was has does is its us yes"
)
_IRREGULAR = {
    "children": "child",
    "feet": "foot",
    "knives": "knife",
    "lives": "life",
    "men": "man",
    "menus": "menu",
    "shelves": "shelf",
    "shoes": "shoe",
    "teeth": "tooth",
    "wives": "wife",
    "women": "woman",
}
_COOKIES = "brownies calories cookies freebies goodies lies movies pies selfies smoothies ties veggies zombies"
_AS_THEY_ARE, _IN_IE = frozenset(_UNCHANGED.split()), frozenset(_COOKIES.split())


def normalise(keyword: str, most_words: int = 4) -> str | None:
    """Lower case, without quotes, brackets and other marks at the ends, single spaces, the last word singular.

    None where nothing is left, and where more than `most_words` are: those are sentences.
    """
    plain = re.sub(r"[\"`*\[\]{}<>]|(?<!\w)'|'(?!\w)", " ", keyword.casefold().replace("\u2019", "'"))
    words = plain.split()
    text = " ".join(words).strip(_EDGES)
    words = text.split()
    if not words or len(words) > most_words or not any(letter.isalnum() for letter in text):
        return None
    return " ".join([*words[:-1], singular(words[-1])])


def singular(word: str) -> str:
    """The noun without its plural ending, by rule: -ies, -sses, -shes, -ches, -xes and -oes, else -s; a few words by list.

    It is no dictionary: what it does to a word it does to every occurrence, which is all that matching needs.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or word in _AS_THEY_ARE or not word.isalpha() or word.endswith(("ss", "us", "is")) or word[-1] != "s":
        return word
    if word.endswith("ies"):
        return word[:-1] if word in _IN_IE else word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "oes")) and not word.endswith("aches"):
        return word[:-2]
    return word[:-1]


@dataclass(frozen=True)
class Filtered:
    """The keywords of one side of every item, sorted; and how many were left out."""

    of_items: tuple[tuple[str, ...], ...]
    counters: dict[str, int]


def filtered(found: Sequence[Collection[str]], rare: int = 2, common: float = 0.1, kept_if_empty: int = 3) -> Filtered:
    """LG-D4: without the keywords of fewer than `rare` items and of more than the share `common` of them.

    How many items have a keyword is counted per side, since the sides are only ever compared with themselves. A side that would
    become empty keeps its `kept_if_empty` rarest keywords (of equally rare ones the first of the alphabet).
    """
    count: Counter[str] = Counter()
    for keywords in found:
        count.update(set(keywords))
    most = common * len(found)
    usual = {keyword for keyword, n in count.items() if rare <= n <= most}
    kept: list[tuple[str, ...]] = []
    rescued = 0
    for keywords in found:
        own = tuple(sorted(usual.intersection(keywords)))
        rescued += bool(keywords) and not own
        kept.append(own or _rarest(keywords, count, kept_if_empty))
    counters = {
        "keywords": len(count),
        "keywords_too_common": sum(1 for n in count.values() if n > most),
        "keywords_too_rare": sum(1 for n in count.values() if n < rare and n <= most),
        "items_with_rarest_keywords": rescued,
        "items_without_keywords": sum(1 for keywords in kept if not keywords),
    }
    return Filtered(tuple(kept), counters)


def _rarest(keywords: Iterable[str], count: Counter[str], most: int) -> tuple[str, ...]:
    return tuple(sorted(sorted(set(keywords), key=lambda keyword: (count[keyword], keyword))[:most]))
