"""When a refined profile may take the place of the old one (dgdpo.md 8)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from reproduce.methods.agent4rec.profile import END, START, bare, join, names_title, parse
from reproduce.params import DgdpoKnobs

Rejection = Literal["empty", "markers", "heading", "too_long", "names_a_title", "too_many_descriptions"]

_HEADING = re.compile(r"^\s*(?:#{1,6}\s|[-+*]\s)|\*\*|\b(?:profile|preferences|justification|suggestions?)\s*:", re.IGNORECASE)


def rejection(text: str, titles: Iterable[str], knobs: DgdpoKnobs) -> Rejection | None:
    """Why a profile is not valid; None: it is. `titles` are those of all items that the user ever interacted with."""
    if not any(bare(description) for description in parse(text)):
        return "empty"
    if START in text or END in text:
        return "markers"
    if "\n" in text.strip() or _HEADING.search(text):
        return "heading"
    if len(text) > knobs.max_characters:
        return "too_long"
    if names_title(text, titles):
        return "names_a_title"
    if len(parse(text)) > knobs.max_descriptions:
        return "too_many_descriptions"
    return None


def without_repeats(text: str) -> str:
    """The profile with each description once; of repeated ones the oldest goes."""
    known = parse(text)
    newest = {bare(description).lower(): at for at, description in enumerate(known)}
    return join(known[at] for at in sorted(newest.values()))


def changed_share(before: str, after: str) -> float:
    """Edit distance in words over the number of words before (DG-D20)."""
    old, new = re.findall(r"\w+", before), re.findall(r"\w+", after)
    return edit_distance(old, new) / max(1, len(old))


def edit_distance(old: list[str], new: list[str]) -> int:
    """Fewest words to replace, insert or delete (Levenshtein)."""
    row = list(range(len(new) + 1))
    for above, token in enumerate(old, 1):
        diagonal, row[0] = row[0], above
        for at, other in enumerate(new, 1):
            diagonal, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, diagonal + (token != other))
    return row[-1]
