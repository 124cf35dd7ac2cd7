"""Faults of replies as real models make them: prose around the answer, other marks, cut ends, missing labels, refusals."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from reproduce.llm.request import Finish

if TYPE_CHECKING:
    import numpy as np


def _prose(text: str) -> str:
    return f"Sure! Here is my answer:\n\n{text}\n\nLet me know if you need anything else."


def _fence(text: str) -> str:
    return f"```\n{text}\n```"


def _thought(text: str) -> str:
    return f"<think>\nOkay, the format is given. Let me answer.\n</think>\n\n{text}"


def _bullets(text: str) -> str:
    return "\n".join(f"- {line}" if line.strip() else line for line in text.split("\n"))


def _bold(text: str) -> str:
    return re.sub(r"^(\W*)(\w[\w .&]{0,30}\]?):", r"\1**\2**:", text, flags=re.MULTILINE)


def _quotes(text: str) -> str:
    return text.replace('"', "\u201d").replace("'", "\u2019").replace(":", "\uff1a").replace("-", "\u2013")


def _lower(text: str) -> str:
    return re.sub(r"^(\W*\w[\w .&]{0,30}\]?:)", lambda label: label[1].lower(), text, flags=re.MULTILINE)


def _unlabelled(text: str) -> str:
    return re.sub(r"^\W*[A-Za-z][\w &]{0,30}\]?:[ ]*", "", text, flags=re.MULTILINE)


def _cut(text: str) -> str:
    return text[: max(1, len(text) // 2)]


def _chatter(_: str) -> str:
    return "That depends on many things, and there is a lot to say for either side."


def _empty(_: str) -> str:
    return ""


def _refusal(_: str) -> str:
    return "I'm sorry, but I cannot help with that request."


FAULTS: dict[str, tuple[Callable[[str], str], Finish]] = {
    "prose": (_prose, "stop"),
    "fence": (_fence, "stop"),
    "thought": (_thought, "stop"),
    "bullets": (_bullets, "stop"),
    "bold": (_bold, "stop"),
    "quotes": (_quotes, "stop"),
    "lower": (_lower, "stop"),
    "unlabelled": (_unlabelled, "stop"),
    "cut": (_cut, "length"),
    "chatter": (_chatter, "stop"),
    "empty": (_empty, "stop"),
    "refusal": (_refusal, "stop"),
    "filtered": (_empty, "refusal"),
}
"""Each fault and the finish that comes with it, from harmless to hopeless."""


def garble(text: str, random: np.random.Generator) -> tuple[str, Finish]:
    """The reply with one fault, each being equally likely."""
    spoil, finish = tuple(FAULTS.values())[int(random.integers(len(FAULTS)))]
    return spoil(text), finish
