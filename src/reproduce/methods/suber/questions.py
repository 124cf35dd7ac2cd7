"""What SUBER asks: for the description of a user, and for the rating of one item (baselines.md 4c)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypedDict, cast

from reproduce.data.prepared import Item
from reproduce.llm.question import Inputs, Question, Unreadable
from reproduce.methods.agent4rec.building import NO_TASTE
from reproduce.methods.agent4rec.profile import names_title
from reproduce.methods.agent4rec.questions import shown_title

HIGHEST = 9
"""The LLM rates from 0 to this."""


class Seen(TypedDict):
    """An item of a list."""

    title: str
    genres: list[str]


class Remembered(Seen):
    """An item that the user had before."""

    rating: int | None
    """0 to 9; None where the item was recommended in this episode, of which only the response is known."""
    liked: bool


def seen(item: Item) -> Seen:
    """An item as an input of both prompts."""
    return Seen(title=shown_title(item), genres=list(item.genres))


# ---------------------------------------------------------------- describe


def _description_strict(reply: str, inputs: Inputs) -> str:
    found = re.fullmatch(r"\s*DESCRIPTION:[ ]*(\S[^\n]*)", reply.rstrip(), re.IGNORECASE)
    if not found:
        raise Unreadable("no line `DESCRIPTION: ...`")
    return _nameless(found[1], inputs)


def _description_lenient(reply: str, inputs: Inputs) -> str:
    """The paragraph behind the last label."""
    labels = list(re.finditer(r"\b(?:USER )?DESCRIPTION\b\W{0,4}:[*\s]*", reply, re.IGNORECASE))
    if not labels:
        raise Unreadable("no description")
    return _nameless(reply[labels[-1].end() :].strip().split("\n\n")[0], inputs)


def _nameless(text: str, inputs: Inputs) -> str:
    """Without the sentences that name an item."""
    shown = [*cast("Sequence[Seen]", inputs["likes"]), *cast("Sequence[Seen]", inputs["dislikes"])]
    titles = [item["title"] for item in shown]
    sentences = re.split(r"(?<=[.!?]) +", " ".join(text.replace("**", "").split()).strip("\"'` "))
    kept = [sentence for sentence in sentences if sentence and not names_title(sentence, titles)]
    if not kept or kept == ["two or three sentences"]:
        raise Unreadable("no sentence that names no item")
    return " ".join(kept)


DESCRIBE: Question[str] = Question(
    prompt="suber/describe",
    replies="description",
    strict=_description_strict,
    lenient=_description_lenient,
    fallback=lambda _: NO_TASTE,
    reminder="Reply with one line `DESCRIPTION: ` and two or three sentences that name no item.",
    labels=("DESCRIPTION:",),
)


# ---------------------------------------------------------------- rate


def _rating_strict(reply: str, _: Inputs) -> int | None:
    found = re.fullmatch(rf"\s*RATING: *([0-{HIGHEST}])\s*", reply)
    if not found:
        raise Unreadable(f"no line `RATING: ` with a whole number from 0 to {HIGHEST}")
    return int(found[1])


_LABELLED = re.compile(
    r"\brat(?:ing|e[sd]?)\b(?: is| would be| of| it)?(?:[\s\"'*:=]|-(?!\d)){0,6}(-?\d+(?:\.\d+)?)(?! *(?:to|-) *\d)",
    re.IGNORECASE,
)
_ALONE = re.compile(r"\W*(\d+(?:\.\d+)?)(?: */ *\d+| out of \d+)?\W*")


def _rating_lenient(reply: str, _: Inputs) -> int | None:
    """The last number behind the label, or a number that stands alone; halves go up."""
    labelled = _LABELLED.findall(reply)
    alone = _ALONE.fullmatch(reply)
    said = labelled[-1] if labelled else alone[1] if alone else None
    if said is None or not 0 <= float(said) <= HIGHEST:
        raise Unreadable(f"no number from 0 to {HIGHEST}")
    return int(float(said) + 0.5)


RATE: Question[int | None] = Question(
    prompt="suber/rate",
    replies="rating",
    strict=_rating_strict,
    lenient=_rating_lenient,
    fallback=lambda _: None,
    reminder=f"Reply with one line `RATING: ` and a whole number from 0 to {HIGHEST}.",
    labels=("RATING:",),
)
