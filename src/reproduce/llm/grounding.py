"""Item names that come back from a model are never trusted: each is matched to one of the shown titles, or it is hallucinated.

Prompts ask for positions; this is for replies that name titles all the same (algorithms: item grounding).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

RATIO = 90.0
"""Least similarity, 0..100, of a name that is not equal to a title."""
MARGIN = 5.0
"""By so much it must be more similar to this title than to every other one."""

_AFTER = re.compile(r"(?<=\S)(?:\s*\([^()]*\)|,\s*(?:19|20)\d\d)\s*$")
"""A year, or another title in parentheses, as in `Postino, Il (The Postman) (1994)`."""
_MOVED_ARTICLE = re.compile(
    r"^(?P<rest>.+),\s*(?P<article>the|an?|le|la|les|l'|el|los|las|il|lo|der|die|das|den|det)\s*$", re.IGNORECASE
)

_NUMBER = re.compile(r"\b(?:\d+|[ivx]+)\b")


def ground(name: str, titles: Sequence[str]) -> int | None:
    """The position of the shown title that is meant; None: hallucinated, or too like two of them."""
    wanted = bare_title(name)
    shown = [bare_title(title) for title in titles]
    equal = [at for at, title in enumerate(shown) if title == wanted]
    if equal or not wanted:
        return _exactly(name, titles, equal)
    ratios = [_similarity(wanted, title) for title in shown]
    ranked = sorted(range(len(titles)), key=lambda at: -ratios[at])
    if not ranked or ratios[ranked[0]] < RATIO:
        return None
    if len(ranked) > 1 and ratios[ranked[0]] - ratios[ranked[1]] < MARGIN:
        return None
    return ranked[0]


def bare_title(title: str) -> str:
    """A title without what people leave out or move: case, accents, punctuation, year and other titles, a moved article."""
    text = unicodedata.normalize("NFKD", title).strip().strip("\"'“”‘’").strip()
    while (shorter := _AFTER.sub("", text)) != text:
        text = shorter
    if moved := _MOVED_ARTICLE.match(text):
        text = f"{moved['article']} {moved['rest']}"
    plain = "".join(character for character in text.casefold() if not unicodedata.combining(character)).replace("&", " and ")
    return " ".join(re.sub(r"[^\w\s]|_", " ", plain.replace("'", "").replace("’", "")).split())


def _similarity(one: str, other: str) -> float:
    """0..100. Titles with different numbers are different parts of a series, however alike."""
    if _NUMBER.findall(one) != _NUMBER.findall(other):
        return 0.0
    return 100 * SequenceMatcher(None, one, other, autojunk=False).ratio()


def _exactly(name: str, titles: Sequence[str], equal: Sequence[int]) -> int | None:
    """One of several titles that are equal when bare: the one that is equal with its year."""
    if len(equal) == 1:
        return equal[0]
    same = [at for at in equal if titles[at].strip().casefold() == name.strip().casefold()]
    return same[0] if len(same) == 1 else None
