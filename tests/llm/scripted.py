"""What tests of `llm/` share: one question with one label, and an engine that says what it is told to."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from reproduce.llm.ask import Asker
from reproduce.llm.meter import Meter
from reproduce.llm.prompts import Prompts
from reproduce.llm.question import Inputs, Question, Unreadable
from reproduce.llm.request import Answer, Asked, Engine, Message, Request, Sampling, Usage

PROMPT = """---
source: ours
inputs: [profile]
replies: choice
---
{% block system %}
You choose films.
{% endblock %}
{% block user %}
Profile: {{ profile }}
{% endblock %}
"""


def _strict(reply: str, _: Inputs) -> str:
    if found := re.fullmatch(r"CHOICE: ([A-E])", reply, re.IGNORECASE):
        return found[1].upper()
    raise Unreadable


def _lenient(reply: str, _: Inputs) -> str:
    """The last label with one letter."""
    found = re.findall(r"(?<!\w)choice\W{0,4}[:=-]\W*([A-E])\b(?! or)", reply, re.IGNORECASE)
    if not found:
        raise Unreadable
    return str(found[-1]).upper()


CHOICE: Question[str] = Question(
    prompt="test/choose",
    replies="choice",
    strict=_strict,
    lenient=_lenient,
    fallback=lambda _: "?",
    reminder="Reply with one line: CHOICE: and a letter",
    labels=("CHOICE",),
)


class Says:
    """An engine that says these texts in their order, or what a function makes of a request."""

    name = "scripted"

    def __init__(self, said: Sequence[str | Answer] | Callable[[Asked], str], slow: bool = False) -> None:
        self.said = said
        self.slow = slow
        self.asked: list[Asked] = []
        self.closed = False

    async def answer(self, asked: Asked) -> Answer:
        """The next text; as many tokens as words."""
        self.asked.append(asked)
        said = self.said(asked) if callable(self.said) else self.said[len(self.asked) - 1]
        if self.slow:
            await asyncio.sleep(random.uniform(0, 0.01))
        return said if isinstance(said, Answer) else reply(said)

    async def close(self) -> None:
        """Remember it."""
        self.closed = True


def reply(text: str) -> Answer:
    """An answer with as many tokens as words."""
    return Answer(text=text, usage=Usage(prompt_tokens=10, completion_tokens=len(text.split())), served="scripted-1")


def asked(text: str, prompt: str = "test/choose.v1", model: str = "m", **inputs: object) -> Asked:
    """A request with one message."""
    return Asked(prompt, {"text": text, **inputs}, Request(model=model, messages=(Message(role="user", content=text),)))


def asker(folder: Path, engine: Engine) -> Asker:
    """The ladder over one prompt, at temperature 0.5."""
    path = folder / "test" / "choose.v1.j2"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PROMPT)
    return Asker(engine, Prompts(folder), "m", Sampling(temperature=0.5), Meter())
