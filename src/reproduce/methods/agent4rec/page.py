"""The question of one round: a verdict for each of the shown items, one selection, a rating, stay or exit (dgdpo.md 1.11)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from reproduce.interaction.transcript import Verdict
from reproduce.llm.grounding import ground
from reproduce.llm.question import Inputs, Question, Unreadable
from reproduce.methods.agent4rec.questions import Card

MOST_MISSING = 4
"""Positions without a verdict up to which a reply is taken as it is; beyond, it is asked for again (dgdpo.md 8)."""

NO = Verdict(yes=False)


@dataclass(frozen=True)
class Page:
    """What a reply says of the shown items, by position from 0."""

    verdicts: tuple[Verdict, ...]
    missing: int = 0
    """Positions without a readable verdict; they count as no."""
    selected: int | None = None
    """The position that the reply names, whether or not its verdict is yes."""
    rating: int | None = None
    exit: bool = False

    @property
    def choice(self) -> int | None:
        """The position that is interacted with: the named one if its verdict is yes, else the best-ranked yes, else none."""
        if self.selected is not None and self.verdicts[self.selected].yes:
            return self.selected
        return next((at for at, verdict in enumerate(self.verdicts) if verdict.yes), None)


_LINE = re.compile(r"(\d{1,3})\. ALIGN: (yes|no); REASON: (\S.*)", re.IGNORECASE)
_END = re.compile(r"SELECT: (\d{1,3}|none)\nRATING: ([1-5]|none)\nNEXT: (continue|exit)", re.IGNORECASE)


def _strict(reply: str, inputs: Inputs) -> Page:
    shown = len(_page(inputs))
    lines = [line.strip() for line in reply.strip().splitlines() if line.strip()]
    found = [_LINE.fullmatch(line) for line in lines[:shown]]
    end = _END.fullmatch("\n".join(lines[shown:]))
    if not end or any(line is None or int(line[1]) != number for number, line in enumerate(found, 1)):
        raise Unreadable(f"not {shown} numbered lines, then SELECT, RATING and NEXT")
    verdicts = tuple(Verdict(yes=line[2].lower() == "yes", reason=line[3].strip()) for line in found if line)
    selected = None if end[1].lower() == "none" else int(end[1]) - 1
    if selected is not None and not 0 <= selected < shown:
        raise Unreadable(f"no item {selected + 1}")
    return Page(verdicts, 0, selected, None if end[2].lower() == "none" else int(end[2]), end[3].lower() == "exit")


_VERDICTS = (
    re.compile(r"\b(?:ALIGN\w*|WATCH|DECISION|VERDICT)\W{0,4}(yes|no)\b(.*)", re.IGNORECASE),
    re.compile(r"\A\W*(?:item\W*)?\d{1,3}\W+(yes|no)\b(.*)", re.IGNORECASE),
    re.compile(r"[:;,=>-]\W{0,3}(yes|no)\b(.*)", re.IGNORECASE),
)
"""Where a line says yes or no, the surest way first: a title may hold the word, too (`Dr. No`)."""
_NUMBER = re.compile(r"\W{0,4}(?:item|movie|book|no|number)?\W{0,3}(\d{1,3})(?:\s*[.):\]|-]|\W*\Z)", re.IGNORECASE)
_NAME = re.compile(r"\A\W*(?:(?:MOVIE|ITEM|TITLE|BOOK)\W*:\s*)?(.*?)[\s;:,>-]*\Z", re.IGNORECASE)
_SELECT = re.compile(r"\bSELECT\w*\W{0,5}(?:item\W*)?([^\n]*)", re.IGNORECASE)
_RATING = re.compile(r"^\W*RATING\W{0,5}([1-5])\b", re.IGNORECASE | re.MULTILINE)
_EXIT = re.compile(r"\bNEXT\W{0,5}(?:exit|stop|leave|quit)|\[EXIT\]", re.IGNORECASE)


def _lenient(reply: str, inputs: Inputs) -> Page:
    """Lines in any order, marked or not; the first one of a position wins; a title may stand for its number."""
    page = _page(inputs)
    found: dict[int, Verdict] = {}
    for line in reply.replace("**", "").splitlines():
        said = next((said for pattern in _VERDICTS if (said := pattern.search(line))), None)
        if not said or re.match(r"\W*(?:SELECT|RATING|NEXT)", line, re.IGNORECASE):
            continue
        position = _position(line[: said.start(1)], page)
        if position is not None:
            reason = re.sub(r"\A\W*(?:REASON\W*)?", "", said[2], flags=re.IGNORECASE)
            found.setdefault(position, Verdict(yes=said[1].lower() == "yes", reason=reason.strip()))
    missing = len(page) - len(found)
    if missing > MOST_MISSING or not found:
        raise Unreadable(f"{missing} of {len(page)} verdicts are missing")
    rating = _RATING.search(reply)
    return Page(
        verdicts=tuple(found.get(position, NO) for position in range(len(page))),
        missing=missing,
        selected=_selected(reply.replace("**", ""), page),
        rating=int(rating[1]) if rating else None,
        exit=_EXIT.search(reply) is not None,
    )


def _position(text: str, page: Sequence[Card]) -> int | None:
    """The position that the beginning of a line names, by number or by title."""
    number = _NUMBER.match(text)
    if number:
        return int(number[1]) - 1 if 1 <= int(number[1]) <= len(page) else None
    return _titled(re.sub(r"\b(?:ALIGN\w*|WATCH|DECISION|VERDICT)\W*\Z", "", text, flags=re.IGNORECASE), page)


def _selected(reply: str, page: Sequence[Card]) -> int | None:
    said = _SELECT.search(reply)
    if not said:
        return None
    position = _titled(said[1], page)
    number = re.match(r"\d{1,3}\b", said[1])
    if position is None and number and 1 <= int(number[0]) <= len(page):
        return int(number[0]) - 1
    return position


def _titled(text: str, page: Sequence[Card]) -> int | None:
    """The shown item whose title a text is; an invented one stays without a verdict and so counts as missing."""
    name = _NAME.match(text)
    return ground(name[1], [item["title"] for item in page]) if name and len(name[1]) > 1 else None


def _fallback(inputs: Inputs) -> Page:
    shown = len(_page(inputs))
    return Page(verdicts=(NO,) * shown, missing=shown)


def _page(inputs: Inputs) -> Sequence[Card]:
    return cast("Sequence[Card]", inputs["page"])


ROUND: Question[Page] = Question(
    prompt="dgdpo/round",
    replies="page",
    strict=_strict,
    lenient=_lenient,
    fallback=_fallback,
    reminder="Reply with one line `k. ALIGN: yes|no; REASON: ...` per item, then `SELECT: ...`, `RATING: ...`, `NEXT: ...`.",
    labels=("ALIGN:", "SELECT:"),
)
