"""What LLM-US asks of every training interaction, and how the reply is read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, cast

from reproduce.llm.question import Inputs, Question, Unreadable
from reproduce.methods.agent4rec.profile import names_title
from reproduce.methods.agent4rec.questions import Card

Side = Literal["pros", "cons"]

_WORDS = 4
"""A keyword of more words is a sentence."""
_BULLET = re.compile(r"^\W*(?:[-+*•]|\d+[.)])\s+", re.MULTILINE)
_LABEL = re.compile(r"\b(?:KEYWORDS?|PROS?|CONS?)\b\W*\d*\W{0,4}:\W*", re.IGNORECASE)
_NOTHING = re.compile(r"none|nothing|n/a|keyword", re.IGNORECASE)


def _strict(reply: str, inputs: Inputs) -> tuple[str, ...]:
    found = re.fullmatch(r"\s*KEYWORDS:[ ]*(\S[^\n]*)", reply.rstrip(), re.IGNORECASE)
    if not found:
        raise Unreadable("no line `KEYWORDS: ...`")
    given = found[1].split(",")
    if len(given) > cast(int, inputs["keywords"]) or re.search(r"[;/|]", found[1]):
        raise Unreadable(f"not {inputs['keywords']} keywords between commas")
    return _tidy(given, inputs)


def _lenient(reply: str, inputs: Inputs) -> tuple[str, ...]:
    """Also more keywords than were asked for, other separators, a list of lines; without a label all of them must be short."""
    plain = _BULLET.sub("", reply.replace("**", ""))
    labels = list(_LABEL.finditer(plain))
    given = re.split(r"[,;/\n|]", plain[labels[-1].end() :] if labels else plain)
    if not labels and any(len(each.split()) > _WORDS for each in given):
        raise Unreadable("no keywords")
    return _tidy(given, inputs)


def _tidy(given: Iterable[str], inputs: Inputs) -> tuple[str, ...]:
    """The keywords in lower case, each once, without sentences and without the item's own name."""
    title = cast(Card, inputs["item"])["title"]
    plain = (" ".join(each.lower().split()).strip(" .\"'*`[]") for each in given)
    kept = dict.fromkeys(
        each
        for each in plain
        if each and len(each.split()) <= _WORDS and not _NOTHING.fullmatch(each) and not names_title(each, [title])
    )
    if not kept:
        raise Unreadable("no keyword that is of use")
    return tuple(kept)[: cast(int, inputs["keywords"])]


EXPLAIN: Question[tuple[str, ...]] = Question(
    prompt="llm_us/explain",
    replies="keywords",
    strict=_strict,
    lenient=_lenient,
    fallback=lambda _: (),
    reminder="Reply with one line `KEYWORDS: keyword, keyword, keyword` of one to four words each that name no title.",
    labels=("KEYWORDS",),
)
