"""Case studies as the paper draws them (Figures 5 and 11): treatments that really happened, with what is marked in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reproduce.paper import Paper
from reproduce.report.evolution import Piece, Split, difference
from reproduce.report.figure1 import DEFECTS
from reproduce.report.tables import method_of
from reproduce.results.document import Results
from reproduce.results.findings import Example


@dataclass(frozen=True)
class Case:
    """One example with its marks."""

    example: Example
    id: str
    where: str
    """Which figure of the paper it answers."""
    dataset: str
    method: str
    defect: str
    before: tuple[tuple[str, bool], ...]
    """The descriptions under diagnosis, and whether the defect lies in them."""
    reason: tuple[tuple[str, bool], ...]
    """The inferred reason in pieces; True where it quotes the profile or names a genre of the item."""
    change: tuple[Piece, ...]
    item: str
    link: str
    """Where the transcripts of this user begin."""


def cases(paper: Paper, results: Results, split: Split) -> tuple[Case, ...]:
    """All examples, in the order of the result file."""
    return tuple(_case(paper, results, example, split) for example in results.examples)


def _case(paper: Paper, results: Results, example: Example, split: Split) -> Case:
    before, after = list(split(example.before)), list(split(example.after))
    change = difference(before, after)
    gone = {text for what, text in change if what == "drop"}
    quoted = {text for text in before if _said(text, example.reason) or _said(text, example.evidence or "")}
    faulty = (quoted or gone) if example.label != "incomplete" else set()
    rating = "n/a" if example.mean_rating is None else f"{example.mean_rating:.2f}"
    where = next((study.where for study in paper.case_studies if study.id == example.figure), example.figure)
    return Case(
        example=example,
        id=f"{example.figure}-{example.dataset}-{example.label}-{example.user}-{example.batch}-{example.item}".lower(),
        where=where,
        dataset=paper.label(example.dataset),
        method=method_of(paper, results, example.run),
        defect=DEFECTS.get(example.label, example.label),
        before=tuple((text, text in faulty) for text in before),
        reason=tuple(_marked(example.reason, [*before, *example.genres])),
        change=tuple(change),
        item=f"<- Title: {example.title} -> <- History ratings: {rating} -> <- Genre: {', '.join(example.genres)} ->",
        link=f"transcripts.html#run={example.run}&user={example.user}",
    )


def _said(text: str, within: str) -> bool:
    return text.lower() in within.lower()


def _marked(text: str, words: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """A text in pieces, those that are one of the words marked."""
    wanted = sorted({word for word in words if word and _said(word, text)}, key=len, reverse=True)
    if not wanted:
        yield text, False
        return
    pattern = re.compile("|".join(re.escape(word) for word in wanted), flags=re.IGNORECASE)
    place = 0
    for found in pattern.finditer(text):
        if found.start() > place:
            yield text[place : found.start()], False
        yield found[0], True
        place = found.end()
    if place < len(text):
        yield text[place:], False
