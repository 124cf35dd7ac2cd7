"""Heuristic rules for the ensemble: the reasons that a hurried reader would take from the words shown, no more.

They stand in for an LLM so that the pipeline runs offline; they model none. Keywords are pairs of an everyday word of praise or
blame and the thing it is said of (`friendly staff`), what is left of a clause without its small words, categories that are named,
and attributes that an item has or lacks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from reproduce.methods.ensemble.blocks import Side
from reproduce.methods.ensemble.opinions import remarks
from reproduce.methods.ensemble.questions import BLOCKS, Card

if TYPE_CHECKING:
    import numpy as np

Inputs = Mapping[str, object]

_PRAISED = re.compile(r"\b(?:praised|known|loved|famous|noted|acclaimed) for (?:its |their |the )?([\w ,'-]+)", re.IGNORECASE)
_HAS = re.compile(r"\s*([^:;]{2,40}?)\s*:\s*([^:;]{1,60}?)\s*(?:;|$)")
_LACKS = frozenset({"no", "none", "false", "0"})
_YES = frozenset({"yes", "true", "1"})
_POOR = frozenset({"loud", "very_loud", "formal"})
"""Values that count against an item."""


def subjective(inputs: Inputs, random: np.random.Generator) -> str:
    """The clauses of the comment on the side asked for, those that judge first; where none says anything, the categories."""
    item, side, words = cast(Card, inputs["item"]), cast(Side, inputs["side"]), cast(int, inputs["words"])
    sign = 1 if side == "Pros" else -1
    told = [each for each in remarks(cast(str, inputs["comment"]), item["categories"], words) if each.sign != -sign]
    told.sort(key=lambda each: each.sign == 0)
    reasons = [(each.text, each.text, each.keywords) for each in told[:BLOCKS]]
    if not reasons:
        usual = "fine" if sign > 0 else "weak"
        names = [name.lower() for name in item["categories"][:2]] or ["item"]
        reasons = [(f"the {name} in it", f"categories: {name}", (f"{usual} {name}",)) for name in names]
    return "\n".join(
        f"{side} {number}: {text}\nKeywords: {', '.join(keywords)}\nEvidence: {evidence}"
        for number, (text, evidence, keywords) in enumerate(_filled(reasons), 1)
    )


def objective(inputs: Inputs, random: np.random.Generator) -> str:
    """What the attributes praise, blame, offer or lack; then categories, alone and as pairs, as what draws or repels."""
    item, words = cast(Card, inputs["item"]), cast(int, inputs["words"])
    pros, cons = list(_praised(item["attributes"])), list[tuple[str, str, tuple[str, ...]]]()
    for text, keyword, has in _offered(item["attributes"]):
        (pros if has else cons).append((f"it has {keyword}" if has else f"it lacks {keyword}", text, (keyword,)))
    for each in remarks(_PRAISED.sub("", _HAS.sub("", item["attributes"])), (), words):
        if each.sign > 0:  # a shop blames nothing: a small harbour is part of the story
            pros.append((each.text, each.text, each.keywords))
    genres = [name.lower() for name in item["categories"]]
    mixes = [f"{one} {other}" for at, one in enumerate(genres) for other in genres[at + 1 :]]
    for names in (mixes, genres):
        for name in names:
            pros.append((f"those who like {name} get it", f"categories: {name}", (name,)))
            cons.append((f"those who avoid {name} get too much of it", f"categories: {name}", (f"{name} cliche",)))
    usual = [("it does what it should", f"name: {item['name']}", ("solid choice",))]
    blocks = [
        f"{side} {number}: {text}\nEvidence: {evidence}\nKeywords: {', '.join(keywords)}"
        for side, reasons in (("Pros", pros or usual), ("Cons", cons or [("little is told of it", "name", ("little known",))]))
        for number, (text, evidence, keywords) in enumerate(_filled(_mixed(reasons)), 1)
    ]
    return "\n".join(blocks)


_Reason = tuple[str, str, tuple[str, ...]]


def _mixed(reasons: Sequence[_Reason]) -> list[_Reason]:
    """Three reasons: as the last one, all that is left over, so that a block may have several keywords."""
    if len(reasons) <= BLOCKS:
        return list(reasons)
    first, rest = list(reasons[: BLOCKS - 1]), reasons[BLOCKS - 1 :]
    keywords = tuple(dict.fromkeys(keyword for _, _, own in rest for keyword in own))[:6]
    return [*first, (rest[0][0], rest[0][1], keywords)]


def _filled(reasons: Sequence[_Reason]) -> Iterable[_Reason]:
    """Always three blocks: the last one again where there are fewer, as models do."""
    return [*reasons, *[reasons[-1]] * (BLOCKS - len(reasons))]


def _praised(attributes: str) -> Iterator[_Reason]:
    """`Praised for its acting and plot`: each thing, and all together."""
    for found in _PRAISED.finditer(attributes):
        things = [" ".join(thing.lower().split()) for thing in re.split(r",|\band\b", found[1]) if thing.strip()]
        keywords = [*(f"praised {thing}" for thing in things), *([" and ".join(things)] if len(things) == 2 else [])]
        yield f"it is praised for {' and '.join(things)}", found[0], tuple(keywords)


def _offered(attributes: str) -> Iterator[tuple[str, str, bool]]:
    """`WiFi: free; Outdoor seating: False`: the pair as written, a keyword, and whether the item has it."""
    for name, value in _HAS.findall(attributes):
        plain = " ".join(re.sub(r"(?<=[a-z]{2})(?=[A-Z])|_", " ", name).lower().split())
        said = "_".join(value.lower().strip("u'\"").split())
        if said in _YES or said in _LACKS:
            yield f"{name}: {value}", plain if said in _YES else f"no {plain}", said in _YES
        elif len(said.split("_")) <= 2:
            yield f"{name}: {value}", f"{said.replace('_', ' ')} {plain}", said not in _POOR


RULES: dict[str, Callable[[Inputs, np.random.Generator], str]] = {
    "ensemble/objective": objective,
    "ensemble/subjective": subjective,
}
