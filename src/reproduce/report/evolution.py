"""How a user's profile came to be, step by step as the paper's Figures 5 and 11 show it: data for the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from reproduce.report.figure1 import DEFECTS

Split = Callable[[str], Sequence[str]]
"""Splits a profile into its descriptions."""
Piece = tuple[str, str]
"""`keep`, `add` or `drop`, and a description."""


def difference(before: Sequence[str], after: Sequence[str]) -> list[Piece]:
    """What stays, goes and comes between two profiles, description by description, in reading order."""
    pieces: list[Piece] = []
    for what, start, end, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            pieces += [("keep", text) for text in before[start:end]]
        else:
            pieces += [("drop", text) for text in before[start:end]]
            pieces += [("add", text) for text in after[first:last]]
    return pieces


def evolutions(
    profiles: Iterable[Mapping[str, Any]], treatments: Iterable[Mapping[str, Any]], split: Split
) -> dict[int, dict[str, Any]]:
    """One story per user: the first profile, every treatment batch, the last profile against the first."""
    batches: dict[int, list[dict[str, Any]]] = {}
    for line in treatments:
        batches.setdefault(line["user"], []).append(_batch(line, split))
    return {
        line["user"]: {
            "initial": list(split(line["initial"])),
            "batches": batches.get(line["user"], []),
            "overall": difference(split(line["initial"]), split(line["final"])),
            "left": line.get("cases_unused") or 0,
            "before": line.get("yes_rate_before"),
            "after": line.get("yes_rate_after"),
        }
        for line in profiles
    }


def _batch(line: Mapping[str, Any], split: Split) -> dict[str, Any]:
    reasons = list(line["reasons"])
    return {
        "number": line["batch"],
        "cases": [
            {
                "title": case["title"],
                "genres": list(case["genres"]),
                "rating": case["rating"],
                "said": case["reason"],
                "defect": DEFECTS.get(case["label"], case["label"]),
                "evidence": case.get("evidence") or "",
                "why": reasons[place] if place < len(reasons) else "",
                "later": case.get("accepted_later"),
            }
            for place, case in enumerate(line["cases"])
        ],
        "suggestions": _suggestions(line["suggestions"]),
        "change": difference(split(line["before"]), split(line["after"])),
        "accepted": bool(line["accepted"]),
        "rejected": (line.get("rejected_because") or "").replace("_", " "),
    }


def _suggestions(given: str | Sequence[str]) -> list[str]:
    lines = given.splitlines() if isinstance(given, str) else list(given)
    return [line.strip().lstrip("+-*• ").strip() for line in lines if line.strip()]
