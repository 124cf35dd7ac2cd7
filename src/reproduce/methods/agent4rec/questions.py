"""What the base simulator asks: for a profile, for one decision, for a page of decisions; and how the replies are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict, cast

from reproduce.data.prepared import Interaction, Item
from reproduce.interaction.transcript import Verdict
from reproduce.llm.question import Inputs, Question, Unreadable
from reproduce.methods.agent4rec.profile import END, START, join, names_title, parse

MOST_MISSING = 4
"""Positions of a page that may lack a verdict before the reply counts as unreadable and is asked for again (dgdpo.md 8)."""


class Card(TypedDict):
    """What a prompt shows of an item. The mean comes from training rows only (DG-D3)."""

    title: str
    mean: float | None
    genres: list[str]


def card(item: Item) -> Card:
    """The item as an input of a prompt: title, mean rating to two decimals, genres."""
    return Card(title=shown_title(item), mean=None if item.mean is None else round(item.mean, 2), genres=list(item.genres))


def shown_title(item: Item) -> str:
    """The title with its year where one is known, as MovieLens writes it: `Heat (1995)`."""
    if item.year is None or f"({item.year})" in item.title:
        return item.title
    return f"{item.title} ({item.year})"


def item_text(item: Item) -> str:
    """`<- TITLE -> <- History ratings: MEAN -> <- Genre: G1, G2 ->` (dgdpo.md 1.1), as the prompts write it."""
    mean = "n/a" if item.mean is None else f"{item.mean:.2f}"
    return f"<- {shown_title(item)} -> <- History ratings: {mean} -> <- Genre: {', '.join(item.genres) or 'unknown'} ->"


def by_rating(history: Iterable[Interaction], items: Mapping[int, Item]) -> list[dict[str, object]]:
    """Input `history` of `init`: titles and genres grouped by rating, highest first, oldest first within a group."""
    groups: dict[float, list[dict[str, object]]] = {}
    for row in history:
        item = items[row.item]
        groups.setdefault(row.rating, []).append({"title": shown_title(item), "genres": list(item.genres)})
    return [{"rating": rating, "rated": groups[rating]} for rating in sorted(groups, reverse=True)]


# ---------------------------------------------------------------- init

_FEWEST, _MOST = 4, 10
UNKNOWN = "No particular preferences"
"""The profile when no reply could be read; such a user is counted as a fallback."""


def _profile_strict(reply: str, inputs: Inputs) -> str:
    found = re.match(r"\s*PROFILE:[ ]*(\S[^\n]*)\s*\Z", reply, re.IGNORECASE)
    if not found:
        raise Unreadable("no line `PROFILE: ...`")
    return _described(parse(_unmarked(found[1])), inputs, _FEWEST, _MOST)


def _profile_lenient(reply: str, inputs: Inputs) -> str:
    """Also without the label, as a list of lines, or as Agent4Rec's `TASTE:` lines."""
    tastes = re.findall(r"^\W*TASTE\W*:\s*(.+)$", reply, re.IGNORECASE | re.MULTILINE)
    labelled = re.search(r"PROFILE\W{0,4}:\**\s*(.+)", reply, re.IGNORECASE | re.DOTALL)
    text = "\n".join(tastes) or (labelled[1] if labelled else reply)
    lines = [re.sub(r"^\s*(?:[-+*•]|\d+[.)])\s+", "", line) for line in _unmarked(text).splitlines() if line.strip()]
    bulleted = lines and len(lines) == len(re.findall(r"^\s*(?:[-+*•]|\d+[.)])\s+\S", text, re.MULTILINE))
    kept = lines if tastes or bulleted else lines[:1]
    found = tuple(description for line in kept for description in parse(line.strip(" |")))
    if not (tastes or bulleted or labelled) and len(found) < _FEWEST:
        raise Unreadable("no profile")
    return _described(found[:_MOST], inputs, 1, _MOST)


def _described(descriptions: Sequence[str], inputs: Inputs, fewest: int, most: int) -> str:
    """One profile line without the descriptions that name a title of the history."""
    groups = cast("list[dict[str, list[dict[str, str]]]]", inputs["history"])
    titles = [item["title"] for group in groups for item in group["rated"]]
    kept = [description for description in descriptions if not names_title(description, titles)]
    if not fewest <= len(kept) <= most:
        raise Unreadable(f"{len(kept)} descriptions")
    return join(kept)


def _unmarked(text: str) -> str:
    """Without the profile's markers, bold marks and surrounding quotes."""
    plain = text.replace(START, " ").replace(END, " ").replace("**", "").strip()
    return plain[1:-1].strip() if len(plain) > 1 and plain[0] == plain[-1] == '"' else plain


INIT: Question[str] = Question(
    prompt="dgdpo/init",
    replies="profile",
    strict=_profile_strict,
    lenient=_profile_lenient,
    fallback=lambda _: UNKNOWN,
    reminder=f"Reply with one line `PROFILE: phrase, phrase, ...` of {_FEWEST} to {_MOST} phrases that name no title.",
    labels=("PROFILE:", "TASTE:"),
)


# ---------------------------------------------------------------- decide

_REFUSES = re.compile(r"\b(?:not|never|n't|decline[sd]? to|refuse[sd]? to)\s+(?:want to\s+)?interact", re.IGNORECASE)
_ACCEPTS = re.compile(r"\b(?:i|user|would|will|decides? to|chooses? to)\s+interacts?\b|\A\W*interacts?\b", re.IGNORECASE)


def _decision_strict(reply: str, _: Inputs) -> Verdict:
    found = re.match(r"\s*DECISION:[ ]*(yes|no)\b[.,]?[ ]*\n+REASON:[ ]*(\S[^\n]*)\s*\Z", reply, re.IGNORECASE)
    if not found:
        raise Unreadable("no lines `DECISION: ...` and `REASON: ...`")
    return Verdict(yes=found[1].lower() == "yes", reason=found[2].strip())


def _decision_lenient(reply: str, _: Inputs) -> Verdict:
    """The first yes or no after the label, or at the very start; also `interact` and `not interact`."""
    reason = re.search(r"REASON\W{0,4}[:\-]\W*(.+?)\s*(?=\n\W*DECISION\b|\Z)", reply, re.IGNORECASE | re.DOTALL)
    said = " ".join(reason[1].split()) if reason else ""
    labelled = re.search(r"DECISION\W{0,4}[:\-=]\W*([^\n]*)", reply, re.IGNORECASE)
    text = labelled[1] if labelled else reply.strip()
    plain = re.search(r"\b(yes|no)\b", text, re.IGNORECASE) if labelled else re.match(r"\W*(yes|no)\b", text, re.IGNORECASE)
    if plain:
        rest = "" if labelled else " ".join(text[plain.end() :].split()).lstrip(",.;:- ")
        return Verdict(yes=plain[1].lower() == "yes", reason=said or rest)
    refuses = _REFUSES.search(text)
    if refuses or _ACCEPTS.search(text):
        return Verdict(yes=not refuses, reason=said or " ".join(reply.split()))
    raise Unreadable("neither yes nor no")


DECIDE: Question[Verdict] = Question(
    prompt="dgdpo/decide",
    replies="decision",
    strict=_decision_strict,
    lenient=_decision_lenient,
    fallback=lambda _: Verdict(yes=False),
    reminder="Reply with two lines, `DECISION: yes` or `DECISION: no`, then `REASON: ` and one sentence.",
    labels=("DECISION:",),
)
