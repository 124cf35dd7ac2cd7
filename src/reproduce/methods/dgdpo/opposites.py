"""Opposites of descriptions: "enjoys comedy films" becomes "dislikes comedy films" (DGDPO, "Defect-Specific Fine-tuning")."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from reproduce.data.prepared import Item
from reproduce.llm.lexical import stance, topics_of
from reproduce.llm.question import Inputs, Llm, Question, Unreadable
from reproduce.methods.agent4rec.profile import bare, parse
from reproduce.methods.agent4rec.questions import card
from reproduce.methods.dgdpo.contrastive import Words
from reproduce.methods.dgdpo.corpus import Portrait

_LONGEST = 20
"""Words of an opposite."""


def template(description: str) -> str:
    """DG-D7: the opposite without an LLM."""
    plain = bare(description)
    lower = plain if plain[1:2].isupper() else plain[:1].lower() + plain[1:]
    return f"Averse to {lower}"


def _opposite_strict(reply: str, inputs: Inputs) -> str:
    line = reply.strip()
    if not line or "\n" in line or ":" in line or line[0] in "\"'#*-+`":
        raise Unreadable("not one bare phrase")
    return _phrase(line, inputs)


def _opposite_lenient(reply: str, inputs: Inputs) -> str:
    """The first line without bullet, quotes and a label such as `Opposite:`."""
    line = next((line for line in reply.replace("**", "").splitlines() if line.strip() and not line.rstrip().endswith(":")), "")
    line = re.sub(r"^\s*(?:[-+*•]|\d+[.)])\s+", "", line)
    line = re.sub(r"^[\w ]{0,40}:\s*", "", line).strip().strip("\"'`")
    return _phrase(line, inputs)


def _phrase(line: str, inputs: Inputs) -> str:
    phrase = bare(line)
    if not phrase or len(phrase.split()) > _LONGEST or len(parse(phrase)) != 1:
        raise Unreadable(f"not one phrase of at most {_LONGEST} words")
    if phrase.casefold() == bare(cast(str, inputs["description"])).casefold():
        raise Unreadable("the description itself")
    return phrase


OPPOSITE: Question[str] = Question(
    prompt="dgdpo/opposite",
    replies="opposite",
    strict=_opposite_strict,
    lenient=_opposite_lenient,
    fallback=lambda inputs: template(cast(str, inputs["description"])),
    reminder=f"Reply with one phrase of at most {_LONGEST} words and nothing else.",
)


Opposites = Mapping[tuple[int, str], str]
"""By user and description."""


@dataclass(frozen=True)
class Turn:
    """A description that needs an opposite, with the item that it has to contradict."""

    user: int
    description: str
    item: Item


async def opposites(llm: Llm, turns: Sequence[Turn], by: Literal["llm", "template"]) -> Opposites:
    """DG-D7: by one LLM call per user and description, or by the template."""
    first = {(turn.user, turn.description): turn for turn in reversed(turns)}
    if by == "template":
        return {key: template(turn.description) for key, turn in first.items()}
    asked = [first[key] for key in sorted(first)]
    readings = await asyncio.gather(*(llm.ask(OPPOSITE, description=bare(t.description), item=card(t.item)) for t in asked))
    return {(turn.user, turn.description): reading.value for turn, reading in zip(asked, readings, strict=True)}


def turns_of_genres(portraits: Sequence[Portrait], genres: Sequence[str]) -> list[Turn]:
    """The likes of each profile that are about one genre alone, with the first item that has it."""
    found: list[Turn] = []
    for portrait in portraits:
        for description in parse(portrait.profile):
            about = topics_of(description, genres)
            if len(about) == 1 and stance(description).sign > 0:
                found += [Turn(portrait.user, description, item) for item, _ in portrait.liked if about[0] in item.genres][:1]
    return found


def words_of(portrait: Portrait, genres: Sequence[str], opposites: Opposites) -> Words:
    """What the LLM wrote about a user, by genre: descriptions of the profile, and their opposites as dislikes."""
    liked: dict[str, list[str]] = {}
    disliked: dict[str, list[str]] = {}
    vague: list[str] = []
    for description in parse(portrait.profile):
        about, said = topics_of(description, genres), stance(description)
        if not about and said.sign > 0:
            vague.append(bare(description))
        if len(about) != 1:
            continue
        (liked if said.sign > 0 else disliked).setdefault(about[0], []).append(bare(description))
        turned = opposites.get((portrait.user, description))
        if turned is not None and topics_of(turned, genres) == about:
            disliked.setdefault(about[0], []).append(turned)
    return Words(liked, disliked, vague)
