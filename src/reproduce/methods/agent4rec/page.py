"""The question of one round: a verdict for each of the shown items, one selection, a rating, stay or exit (dgdpo.md 1.11)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from reproduce.interaction.transcript import Verdict
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


_VERDICT = re.compile(r"\b(?:ALIGN|WATCH|DECISION|VERDICT)?\W{0,4}\b(yes|no)\b\W*(?:REASON\W{0,4})?(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"\W{0,4}(?:item|no|number|movie|book)?\W{0,3}(\d{1,3})\b(?![.,]\d)", re.IGNORECASE)
_SELECT = re.compile(r"\bSELECT\w*\W{0,5}(?:item\s*)?(?:(?P<number>\d{1,3})\b(?!\s*[a-z])|(?P<title>[^\n]*))", re.IGNORECASE)
_RATING = re.compile(r"^\W*RATING\W{0,5}([1-5])\b", re.IGNORECASE | re.MULTILINE)
_EXIT = re.compile(r"\bNEXT\W{0,5}(?:exit|stop|leave|quit)|\[EXIT\]", re.IGNORECASE)


def _lenient(reply: str, inputs: Inputs) -> Page:
    """Lines in any order, marked or not; the first one of a position wins; a title may stand for its number."""
    page = _page(inputs)
    found: dict[int, Verdict] = {}
    for line in reply.splitlines():
        verdict = _VERDICT.search(line)
        if not verdict or re.match(r"\W*(?:SELECT|RATING|NEXT)", line, re.IGNORECASE):
            continue
        position = _position(line[: verdict.start()], page)
        if position is not None:
            reason = verdict[2].strip(" ;:*-")
            found.setdefault(position, Verdict(yes=verdict[1].lower() == "yes", reason=reason))
    missing = len(page) - len(found)
    if missing > MOST_MISSING:
        raise Unreadable(f"{missing} of {len(page)} verdicts are missing")
    rating = _RATING.search(reply)
    return Page(
        verdicts=tuple(found.get(position, NO) for position in range(len(page))),
        missing=missing,
        selected=_selected(reply, page),
        rating=int(rating[1]) if rating else None,
        exit=_EXIT.search(reply) is not None,
    )


def _position(text: str, page: Sequence[Card]) -> int | None:
    """The position that the beginning of a line names, by number or by title."""
    number = _NUMBER.match(text)
    if number:
        return int(number[1]) - 1 if 1 <= int(number[1]) <= len(page) else None
    return _titled(text, page)


def _selected(reply: str, page: Sequence[Card]) -> int | None:
    said = _SELECT.search(reply)
    if not said:
        return None
    if said["number"]:
        return int(said["number"]) - 1 if 1 <= int(said["number"]) <= len(page) else None
    return _titled(said["title"], page)


def _titled(text: str, page: Sequence[Card]) -> int | None:
    """The position of the only shown title that a text names."""
    return None


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
