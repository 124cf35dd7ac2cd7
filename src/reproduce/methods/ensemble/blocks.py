"""The blocks of pros and cons in a reply, in whatever order and form their labels come (ensemble.md 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, cast

Side = Literal["Pros", "Cons"]

_LABEL = re.compile(
    r"\b(?:(?P<head>pros?|cons?)|(?P<field>evidences?|key[ -]?words?|phrases?))\b"
    r"(?: (?:of|for) (?:the )?(?:pros?|cons?))?[ #]*(?P<number>\(?\d{1,2}\)?)?[\"'*_`\])]{0,4} ?:[\"'*_]{0,3}",
    re.IGNORECASE,
)
_BARE_HEAD = re.compile(r"^[^\w\n]*(?P<head>pros?|cons?) ?#?(?P<number>\d{1,2})\b[-.)*_ ]*", re.IGNORECASE | re.MULTILINE)
MARKS = " \t\n\"'*_`#>{}-\u2022+,"


class Block(NamedTuple):
    """A block as it stands: side, reason, evidence, keywords, all as written."""

    side: Side
    text: str
    evidence: str
    keywords: str


def blocks(reply: str) -> list[Block]:
    """Blocks `Pros n:` or `Cons n:` with the labels `Evidence:` and `Keywords:` in any order, on one line or on several.

    A block begins with its head, or, in a reply that does not begin with one, where a label occurs again; a numbered list below
    one heading `Pros:` is read, too.
    """
    labels = sorted(_labels(reply), key=lambda label: label.start())
    ends = [label.start() for label in labels[1:]] + [len(reply)] * bool(labels)
    led = bool(labels) and labels[0]["head"] is not None
    found: list[dict[str, str]] = []
    side = ""
    for label, end in zip(labels, ends, strict=True):
        text = reply[label.end() : end].split("\n\n")[0]
        kind = "side" if label["head"] else "keywords" if _kind(label) == "k" else "evidence"
        if label["head"]:
            side = "Pros" if label["head"].lower().startswith("pro") else "Cons"
        if not found or kind in found[-1] or (led and kind == "side"):
            found.append({"side": side} if led and side else {})
        if kind == "side":
            found[-1] |= {"side": side, "text": text.strip(MARKS)}
        else:
            found[-1][kind] = re.split(r"\n *\d+[.)] ", text)[0] if kind == "evidence" else _list(text)
    return [
        Block(cast(Side, block["side"]), *(block.get(part, "").strip() for part in ("text", "evidence", "keywords")))
        for block in found
        if block.get("side") and any(block.get(part) for part in ("text", "evidence", "keywords"))
    ]


def _list(text: str) -> str:
    """The line behind a label, and the next one where it ends with a comma; else the lines below it."""
    lines = text.split("\n")
    if not lines[0].strip(MARKS):
        return "\n".join(lines)
    ends = next((at for at, line in enumerate(lines) if not line.rstrip().endswith((",", ";"))), len(lines))
    return " ".join(lines[: ends + 1])


def _kind(label: re.Match[str]) -> str:
    field: str = label.groupdict().get("field") or ""
    return "e" if field.lower().startswith("e") else "k"


def _labels(reply: str) -> Iterator[re.Match[str]]:
    """Labels with a colon; heads with a number may lack it, and heads without one are such, where they begin a line."""
    taken: set[int] = set()
    for label in _LABEL.finditer(reply):
        line = reply[reply.rfind("\n", 0, label.start()) + 1 : label.start()]
        if label["head"] and not label["number"] and re.search(r"\w", line):
            continue  # prose: `here are the pros and cons:`
        taken.add(label.start("head") if label["head"] else -1)
        yield label
    for head in _BARE_HEAD.finditer(reply):
        if head.start("head") not in taken:
            yield head
