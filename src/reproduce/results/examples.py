"""Figures 5 and 11: for each defect, the treatment of the run that shows best what a treatment does.

Candidates are the cases with that defect in treatments that were accepted. Best is, in this order: the change is of the kind that
the defect asks for (something added, removed, or both); it names a genre of the case's item; the simulator accepts the item in
the end; the profile has no more descriptions than those that the paper draws; more of the batch's cases have the same defect; the
user rated the item higher; the profile is shorter; then the smaller user, batch and place. Nothing is drawn at random.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from reproduce.paper import CaseStudy
from reproduce.results.findings import Example
from reproduce.results.runs import Run

Split = Callable[[str], Sequence[str]]
"""Splits a profile into its descriptions."""
READABLE = 8
"""Descriptions of the longest profile of Figures 5 and 11."""
Line = Mapping[str, Any]
Candidate = tuple[tuple[Any, ...], Line, int]
"""How good it is (the smaller the better), the treatment, the place of the case in it."""


def choose(study: CaseStudy, run: Run, means: Mapping[int, float | None], split: Split) -> Example | None:
    """The best example of one defect; None where no accepted treatment has a case with it."""
    found = list(_candidates(study.label, run.rows("treatments"), split))
    if not found:
        return None
    _, line, place = min(found, key=lambda candidate: candidate[0])
    case = line["cases"][place]
    return Example(
        figure=study.id,
        label=study.label,
        dataset=run.about["dataset"],
        source=run.about["source"],
        run=run.key,
        user=line["user"],
        batch=line["batch"],
        before=line["before"],
        item=case["item"],
        title=case["title"],
        genres=tuple(case["genres"]),
        mean_rating=means.get(case["item"]),
        rating=case["rating"],
        simulator_reason=case["reason"],
        evidence=case.get("evidence"),
        reason=line["reasons"][place],
        suggestions=tuple(line["suggestions"]),
        own=tuple(number for number, text in enumerate(line["suggestions"]) if _names(text, case["genres"])),
        after=line["after"],
        labels=tuple(each["label"] for each in line["cases"]),
        accepted_later=case.get("accepted_later"),
        candidates=len(found),
    )


def _candidates(label: str, lines: Sequence[Line], split: Split) -> Iterator[Candidate]:
    for line in lines:
        if line["accepted"]:
            before, after = split(line["before"]), split(line["after"])
            for place, case in enumerate(line["cases"]):
                if case["label"] == label and case["rating"] is not None:
                    yield _goodness(label, line, place, before, after), line, place


def _goodness(label: str, line: Line, place: int, before: Sequence[str], after: Sequence[str]) -> tuple[Any, ...]:
    case, added, removed = line["cases"][place], set(after) - set(before), set(before) - set(after)
    fits = {"incomplete": added and not removed, "inaccurate": removed, "inaccurate_incomplete": added and removed}[label]
    named = any(_names(text, case["genres"]) for text in added | removed)
    same = sum(each["label"] == label for each in line["cases"]) / len(line["cases"])
    later = {True: 0, None: 1, False: 2}[case.get("accepted_later")]
    size = len(before) > READABLE, len(line["before"])
    return (not fits, not named, later, size[0], -same, -case["rating"], size[1], line["user"], line["batch"], place)


def _names(text: str, genres: Sequence[str]) -> bool:
    return any(genre.lower() in text.lower() for genre in genres)
