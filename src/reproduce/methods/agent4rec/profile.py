"""A profile as text and as a list of descriptions (DGDPO, Figures 5, 7, 9 and 11).

One line of short phrases separated by commas, some with a parenthesis (`Mystery (moderate interest)`), some of them full
sentences (`Disinterest in Folk Tales & Myths.`). Commas inside parentheses separate nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

START, END = "[PROFILE_START]", "[PROFILE_END]"
"""What surrounds a profile in the prompts."""

_ABBREVIATION = re.compile(r"(?:\b[A-Z]|\b(?:Dr|Mr|Mrs|Ms|St|Jr|Sr|vs|No|Vol|etc|incl|esp|e\.g|i\.e))\.$")
_EDGES = " \t,;."
_HEADING = re.compile(r"(likes|prefer|dislikes|disprefer):\s*", re.IGNORECASE)


def parse(text: str) -> tuple[str, ...]:
    """The descriptions of a profile, in order. A sentence keeps its full stop: `join(parse(text)) == text` up to spaces."""
    line = " ".join(text.split())
    pieces: list[str] = []
    start = 0
    for at in _separators(line):
        comma = line[at] == ","
        pieces.append(line[start : at if comma else at + 1].strip() + ("," if comma else ""))
        start = at + 1
    pieces.append(line[start:].strip())
    return _without_blanks(pieces)


def join(descriptions: Iterable[str]) -> str:
    """One line again: a comma after a phrase, nothing after a sentence."""
    text = ""
    for description in descriptions:
        text += ("" if not text else " " if _closed(text) else ", ") + description
    return text


def bare(description: str) -> str:
    """The description without the comma or full stop at its ends."""
    return description.strip(_EDGES) + ("." if _ABBREVIATION.search(description) else "")


def statements(text: str) -> tuple[str, ...]:
    """The descriptions of a profile as they are to be read: those of a list say what its heading says.

    `Likes: drama, crime; Dislikes: horror` is `Likes drama`, `Likes crime`, `Dislikes horror`; a profile without such lists is
    read description by description.
    """
    heading, found = "", list[str]()
    for description in map(bare, parse(text)):
        if begins := _HEADING.match(description):
            heading = "Dislikes" if begins[1].lower().startswith("dis") else "Likes"
            description = description[begins.end() :]
        if description:
            found.append(f"{heading} {description}".strip())
    return tuple(found)


def append(text: str, descriptions: Sequence[str]) -> str:
    """The profile with descriptions added at its end."""
    return join((*parse(text), *descriptions))


def names_title(text: str, titles: Iterable[str]) -> str | None:
    """The first of the titles that the text names: with or without its year, `Matrix, The` or `The Matrix`.

    A title of one word (`Romance`, `Fargo`) counts only in quotes or with a year: else it would forbid the genre of that name.
    """
    lower = text.lower()
    for title in titles:
        if any(name in lower and _stands_alone(name, lower) for name in _names(title)):
            return title
    return None


@lru_cache(maxsize=65536)
def _names(title: str) -> tuple[str, ...]:
    plain = re.sub(r"\s*\((?:1[89]|20)\d\d\)\s*$", "", title.lower()).strip()
    moved = re.sub(r"^(.*), (the|a|an|les|la|le|il|das|der|die|el)$", r"\2 \1", plain)
    if " " in plain:
        return (plain, moved)
    quoted = (f'"{plain}"', f"'{plain}'", f"{plain} (18", f"{plain} (19", f"{plain} (20")
    return quoted if plain else ()


def _stands_alone(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}" + (r"(?!\w)" if name[-1].isalpha() else ""), text) is not None


def _separators(line: str) -> Iterable[int]:
    """Positions of the commas and sentence ends outside of parentheses; an open one that nothing closes is no parenthesis."""
    depth, closing = 0, line.rfind(")")
    for at, sign in enumerate(line):
        if sign == "(" and at < closing:
            depth += 1
        elif sign == ")":
            depth = max(0, depth - 1)
        elif not depth and sign in ",.;" and _separates(line, at):
            yield at


def _separates(line: str, at: int) -> bool:
    if line[at] == ",":
        return not (line[at - 1 : at].isdigit() and line[at + 1 : at + 2].isdigit())
    return line[at + 1 : at + 2] == " " and (line[at] == ";" or not _ABBREVIATION.search(line[: at + 1]))


def _closed(text: str) -> bool:
    """Whether a description needs no comma before the next one."""
    return text[-1:] in (",", ";") or (text.endswith(".") and not _ABBREVIATION.search(text))


def _without_blanks(pieces: Iterable[str]) -> tuple[str, ...]:
    """The pieces without the comma that `join` puts back; a piece of signs only goes to its neighbour: nothing is lost."""
    found: list[str] = []
    for piece in pieces:
        if found and not (piece.strip(_EDGES) and found[-1].strip(_EDGES)):
            found[-1] += piece
        elif piece:
            found.append(piece)
    return (*(piece.removesuffix(",") if not _closed(piece[:-1]) else piece for piece in found[:-1]), *found[-1:])
