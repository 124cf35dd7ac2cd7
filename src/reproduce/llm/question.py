"""A question: a prompt, and how its reply is read. Methods declare these; `ask.py` walks the parsing ladder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

T = TypeVar("T")
Inputs = Mapping[str, object]

Status = Literal["strict", "lenient", "repair", "fallback", "refusal"]
"""How a reply was read: by the strict parser, by the lenient one, after one more call, not at all, or it was refused."""


class Unreadable(Exception):
    """A parser could not read a reply. Never leaves `llm/`: the ladder goes on to the next step."""


@dataclass(frozen=True)
class Question(Generic[T]):
    """One kind of call. Parsers are pure functions of the normalised reply and the inputs that the prompt showed."""

    prompt: str
    """Name without version, such as `dgdpo/decide`; the newest version is used unless a spec pins one."""
    replies: str
    """Name of the reply format; must equal `replies` in the prompt's front matter."""
    strict: Callable[[str, Inputs], T]
    lenient: Callable[[str, Inputs], T]
    fallback: Callable[[Inputs], T]
    """The value when nothing could be read; always counted, never silent."""
    reminder: str
    """One line on the format, sent with the faulty answer in the repair call."""
    labels: tuple[str, ...] = ()
    """Words of the format, such as `DECISION:`; a reply that holds one is no refusal, however it begins."""


@dataclass(frozen=True)
class Reading(Generic[T]):
    """A reply as it was read."""

    value: T
    status: Status
    text: str
    """The raw text of the reply that was read (the repaired one after a repair)."""
    prompt: str
    """Id with version."""


class Llm(Protocol):
    """What methods see of language models."""

    async def ask(self, question: Question[T], /, **inputs: object) -> Reading[T]:
        """The reply to one question about exactly the inputs that its prompt declares, read by the parsing ladder."""
        ...
