"""What is sent to a model and what comes back. What is not a field of `Request` cannot be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, Protocol

from reproduce.spec import Closed

Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length", "refusal"]


class Message(Closed):
    """One turn of a conversation."""

    role: Role
    content: str


class Sampling(Closed):
    """How the model draws. `None` is not sent."""

    temperature: float | None = 0.0
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None


class Request(Closed):
    """All that can change an answer."""

    model: str
    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    draw: int = 0
    """Which of several samples of one prompt this is."""

    @property
    def key(self) -> str:
        """The name under which the answer is recorded: SHA-256 of the whole request."""
        return sha256(self.model_dump_json(exclude_none=True).encode()).hexdigest()


class Usage(Closed):
    """Tokens of one call."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0


class Answer(Closed):
    """One reply, raw. Refusals and cut replies are answers too: they are recorded and counted."""

    text: str
    finish: Finish = "stop"
    usage: Usage
    served: str | None = None
    """The model's own name, as the endpoint returned it."""


@dataclass(frozen=True)
class Asked:
    """A request with what it was rendered from. HTTP and local engines read `request` only."""

    prompt: str
    """Id with version, such as `dgdpo/decide.v1`."""
    inputs: Mapping[str, object]
    """Exactly what the prompt shows."""
    request: Request


class Engine(Protocol):
    """What answers. One call, one answer; retries and concurrency are the engine's own business."""

    name: str
    """`openai`, `local` or `heuristic`."""

    async def answer(self, asked: Asked) -> Answer:
        """The reply to one request. Raises EngineError, BudgetSpent or ReplayMiss, never returns a made-up answer."""
        ...

    async def close(self) -> None:
        """Send nothing more, let what is in flight end, release connections and files; everything that was answered is kept."""
        ...
