"""What the diagnosis model writes and how it is read: an optional line of evidence, then the defect (DGDPO, Figures 8 and 9).

Evidence is the profile's stance towards each genre of the item, such as `Crime is disliked; Drama is unmentioned`. Written before
the label it lets a model that was trained from nothing learn the task at all; a pretrained model gets by without (as printed).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from reproduce.methods.dgdpo.cases import LABELS, PRINTED, Label
from reproduce.methods.dgdpo.phrases import STANCES, Stance

PROMPT = "dgdpo/diag"
"""The prompt whose System, Instruction and Input every diagnosis is asked with."""

Output = Literal["label", "evidence_label"]
Stances = Sequence[tuple[str, Stance]]
"""The profile's stance towards each genre of an item, in the item's order."""


def label_of(stances: Stances) -> Label | None:
    """The defect that the stances amount to; None: every genre is liked, the profile is not defective for this item."""
    said = {stance for _, stance in stances}
    if {"disliked", "unmentioned"} <= said:
        return "inaccurate_incomplete"
    return "inaccurate" if "disliked" in said else "incomplete" if "unmentioned" in said else None


def output(label: Label, stances: Stances, form: Output) -> list[str]:
    """The Output field in pieces, each of which is tokenised for itself."""
    evidence = (
        [_stated(place, genre, stance) for place, (genre, stance) in enumerate(stances)] if form == "evidence_label" else []
    )
    return [*evidence, _labelled(label, bool(evidence))]


def steps(genres: Sequence[str], form: Output) -> list[list[str]]:
    """The options of a constrained answer: a stance per genre (if evidence is wanted), then the label, which ends the answer."""
    evidence = (
        [[_stated(place, genre, stance) for stance in STANCES] for place, genre in enumerate(genres)]
        if form == "evidence_label"
        else []
    )
    return [*evidence, [_labelled(label, bool(evidence)) for label in LABELS]]


def _stated(place: int, genre: str, stance: Stance) -> str:
    return f"{'; ' if place else 'Evidence: '}{genre} is {stance}"


def _labelled(label: Label, after_evidence: bool) -> str:
    return ("\n" if after_evidence else "") + f"Defect Type: {PRINTED[label]}"


def read_label(text: str) -> Label | None:
    """The defect that a text names, in any of the paper's spellings (dgdpo.md 5.6); None when it names none.

    The text after the last `Defect Type` or `[DEFECT]` counts, else the whole text. The combined label is tried first.
    """
    said = re.split(r"(?i)defect\s*type\W*|\[defect\]\W*", text)[-1].casefold()
    said = re.sub(r"[\s_*`\"']+", " ", said)
    if re.search(
        r"inaccurate\s*(&|and|\+|/|,)\s*incomplete|incomplete\s*(&|and|\+|/|,)\s*inaccurate|inaccurate incomplete", said
    ):
        return "inaccurate_incomplete"
    found = set(re.findall(r"\b(?:inaccurate|incomplete)\b", said))
    if len(found) == 1:
        return "inaccurate" if "inaccurate" in found else "incomplete"
    return None


def read_evidence(text: str) -> str | None:
    """The evidence line of an answer, without its name."""
    found = re.search(r"(?im)^\W*evidence\W*\s*(.+?)\s*$", text)
    return found.group(1) if found else None


def plain(genres: Sequence[str]) -> tuple[str, ...]:
    """The genres that evidence speaks of: at most four (an answer has to end), the first ones."""
    return tuple(dict.fromkeys(genres))[:4]
