"""What the ensemble asks of items and reviews, and how the replies are read (ensemble.md 1.3, 1.4, 6, 8)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypedDict, cast

from reproduce.data.prepared import Item
from reproduce.llm.grounding import bare_title
from reproduce.llm.question import Inputs, Question, Unreadable
from reproduce.methods.ensemble.blocks import MARKS, Side, blocks
from reproduce.methods.ensemble.categories import cleaned
from reproduce.methods.ensemble.keywords import normalise

BLOCKS = 3
"""Pros, or cons, that are asked for; more are not read."""


class Card(TypedDict):
    """What the prompts show of an item: NAME, ATTRIBUTES and CATEGORIES of the templates."""

    name: str
    attributes: str
    categories: list[str]


ATTRIBUTE_WORDS = 150
"""Words of the attributes that are shown: a shop's description can be as long as a book."""


def card(item: Item) -> Card:
    """The item as an input of a prompt."""
    attributes = item.description.split()[:ATTRIBUTE_WORDS]
    return Card(name=item.title, attributes=" ".join(attributes), categories=list(cleaned(item.genres)))


class Reason(NamedTuple):
    """One block of a reply."""

    text: str
    evidence: str
    keywords: tuple[str, ...]
    """Normalised, each once; at least one."""


class Reasons(NamedTuple):
    """A reply as it was read."""

    pros: tuple[Reason, ...] = ()
    cons: tuple[Reason, ...] = ()
    odd: tuple[tuple[str, int], ...] = ()
    """What was left out, counted by kind."""


def keywords_of(reasons: Iterable[Reason]) -> frozenset[str]:
    """All keywords of one side."""
    return frozenset(keyword for reason in reasons for keyword in reason.keywords)


# ---------------------------------------------------------------- what of a reply is kept

_PLACEHOLDER = re.compile(
    r"(?:(?:key ?words?|evidence|reasons?)(?: ?(?:of|for) )?)?(?:(?:the )?(?:pros?|cons?) ?\d*)?"
    r"|(?:key ?words?|pros?|cons?)[ _]?\d*"
    r"|none|nothing|n/?a|null|not (?:applicable|available)|unknown|\.+",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[,;/|\n\u2022]|(?:^|\s)[-*]\s|\s\d[.)]\s")


def _strict(reply: str, inputs: Inputs) -> Reasons:
    """Whole blocks of one line per label, evidence and keywords in either order, numbered from 1, and no other line."""
    wanted = _sides(inputs)
    lines = [line for line in reply.split("\n") if line.strip()]
    for at in range(0, len(lines), 3):
        side = wanted[min(at // 3 // BLOCKS, len(wanted) - 1)]
        head = re.match(rf"{side} {at // 3 % BLOCKS + 1}: *[^\s\[]", lines[at])
        rest = {re.split(r": *(?=[^\s\[])", line)[0] for line in lines[at + 1 : at + 3]}
        if not head or rest != {"Evidence", "Keywords"}:
            raise Unreadable(f"line {at + 1} is no block of `{side} n: `, `Evidence: ` and `Keywords: `")
    if len(lines) != 3 * BLOCKS * len(wanted):
        raise Unreadable(f"not {BLOCKS} blocks of each side")
    if re.search(r"^Keywords:.*[;/|]", reply, re.MULTILINE):
        raise Unreadable("keywords are not between commas")
    return _read(reply, inputs)


def _read(reply: str, inputs: Inputs) -> Reasons:
    """What can be read of a reply: blocks of the wanted sides that have a keyword. Raises Unreadable where there is none."""
    odd: Counter[str] = Counter()
    found: dict[str, list[Reason]] = {"Pros": [], "Cons": []}
    for block in blocks(reply):
        if block.side not in _sides(inputs):
            odd["blocks_of_wrong_side"] += 1
        elif len(found[block.side]) == BLOCKS:
            odd["blocks_too_many"] += 1
        else:
            keywords = tuple(dict.fromkeys(_keywords(block.keywords, inputs, odd)))
            odd["blocks_without_keywords"] += not keywords
            found[block.side] += [Reason(_line(block.text), _line(block.evidence), keywords)] if keywords else []
    both = keywords_of(found["Pros"]) & keywords_of(found["Cons"])
    odd["keywords_on_both_sides"] += len(both)
    pros, cons = (tuple(_without(both, found[side])) for side in ("Pros", "Cons"))
    if not (pros or cons):
        raise Unreadable("no block with a keyword that is of use")
    return Reasons(pros, cons, tuple(sorted((kind, n) for kind, n in odd.items() if n)))


def _sides(inputs: Inputs) -> tuple[Side, ...]:
    return (cast(Side, inputs["side"]),) if "side" in inputs else ("Pros", "Cons")


def _keywords(text: str, inputs: Inputs, odd: Counter[str]) -> Iterator[str]:
    """The keywords of a list without placeholders, sentences and the item's own name."""
    name = bare(cast(Card, inputs["item"])["name"])
    for given in _SEPARATORS.split(text):
        plain = given.strip(MARKS + "[]().:")
        keyword = normalise(plain, cast(int, inputs["words"]))
        if _PLACEHOLDER.fullmatch(plain):
            odd["keywords_not_filled_in"] += bool(plain)
        elif keyword is None:
            odd["keywords_too_long"] += 1
        elif names(keyword, name):
            odd["keywords_own_name"] += 1
        else:
            yield keyword


def names(keyword: str, name: str) -> bool:
    """Whether a keyword is an item's name, or holds it where it has two words at least. `name` is bare."""
    plain = bare(keyword)
    return bool(name) and (plain == name or (" " in name and f" {name} " in f" {plain} "))


def bare(name: str) -> str:
    """A name as it is compared: as titles are, and without the article at its beginning."""
    return re.sub(r"^(?:the|an?) (?=.)", "", bare_title(name))


def _without(both: frozenset[str], reasons: Iterable[Reason]) -> Iterator[Reason]:
    for reason in reasons:
        keywords = tuple(keyword for keyword in reason.keywords if keyword not in both)
        if keywords:
            yield reason._replace(keywords=keywords)


def _line(text: str) -> str:
    return " ".join(text.split()).strip(MARKS + "[]")


def neutral(inputs: Inputs) -> Reasons:
    """The value when nothing could be read: the categories' words as one neutral keyword on both sides (ensemble.md 8).

    Of several categories the first of the alphabet that is short enough; an item without category has no keyword.
    """
    categories = cast(Card, inputs["item"])["categories"]
    usable = [keyword for name in categories if (keyword := normalise(name, cast(int, inputs["words"])))]
    if not usable:
        return Reasons(odd=(("neutral_without_category", 1),))
    reason = (Reason("", "", (usable[0],)),)
    return Reasons(reason, reason, (("neutral_keywords", 1),))


_LABELS = ("Keywords:", "Evidence:", "Pros 1", "Cons 1")

OBJECTIVE: Question[Reasons] = Question(
    prompt="ensemble/objective",
    replies="reasons",
    strict=_strict,
    lenient=_read,
    fallback=neutral,
    reminder=(
        "Reply with blocks `Pros 1: reason`, `Evidence: ...`, `Keywords: keyword, keyword` up to Pros 3, then the same for "
        "Cons 1 to Cons 3, and nothing else."
    ),
    labels=_LABELS,
)
SUBJECTIVE: Question[Reasons] = Question(
    prompt="ensemble/subjective",
    replies="reasons",
    strict=_strict,
    lenient=_read,
    fallback=neutral,
    reminder=(
        "Reply with blocks `Pros 1: reason`, `Keywords: keyword, keyword`, `Evidence: ...` up to Pros 3 (Cons where those are "
        "asked for), and nothing else."
    ),
    labels=_LABELS,
)

DOMAINS: Mapping[str, str] = {
    "yelp": "business",
    "amazon-music": "music album",
    "amazon-games": "video game",
    "amazon-movie": "movie",
    "amazon-movies": "movie",
    "amazon-books": "book",
    "anime": "anime",
    "ml-1m": "movie",
}
"""The domain word of the templates, by data set; `item` for others."""
