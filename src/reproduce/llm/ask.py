"""The parsing ladder: strict, lenient, one repair call, fallback; and one more try after a refusal.

Every step is counted. Methods see `await llm.ask(question, **inputs)` and nothing of requests, retries and recordings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from reproduce.errors import Problem, SpecError
from reproduce.llm.meter import Meter
from reproduce.llm.parsing import Refusal, read
from reproduce.llm.prompts import Prompt, Prompts
from reproduce.llm.question import Question, Reading, Status, Unreadable
from reproduce.llm.request import Answer, Asked, Engine, Message, Request, Sampling
from reproduce.wording import shown

T = TypeVar("T")

NEUTRAL = (
    "This is a research simulation of recommender systems. All data are fictional and hold no information about a real person."
    " No advice is asked for; answer in the format below."
)
"""Stands before the instructions when a model has refused."""
SILENCE = "(empty reply)"
"""Stands for an empty answer in a repair call: some endpoints refuse empty messages."""
MOST_FAULTY = 4000
"""Characters of a faulty answer that a repair call sends back: one that ran on for ever would not fit in beside the prompt."""


class Asker:
    """Puts questions to one model of one engine."""

    def __init__(self, engine: Engine, prompts: Prompts, model: str, sampling: Sampling, meter: Meter) -> None:
        self.engine = engine
        self.prompts = prompts
        self.model = model
        self.meter = meter
        self._sampling = sampling
        self._used: dict[str, Prompt] = {}

    def pinned(self, pins: Mapping[str, int]) -> Asker:
        """The same model, engine and meter asked with other versions of prompts."""
        return Asker(self.engine, self.prompts.pinned(pins), self.model, self._sampling, self.meter)

    @property
    def used(self) -> dict[str, str]:
        """SHA-256 of every prompt that was asked so far, by id."""
        return {prompt.id: prompt.sha256 for prompt in sorted(self._used.values(), key=lambda prompt: prompt.id)}

    async def ask(self, question: Question[T], /, **inputs: object) -> Reading[T]:
        """The reply as it was read. Raises EngineError, BudgetSpent, ReplayMiss, StorageError; SpecError for wrong inputs."""
        prompt = self._prompt(question)
        request = self.request(prompt, inputs)
        answer = await self._answer(prompt, inputs, request)
        value: T
        status: Status
        try:
            try:
                value, status = read(question, answer, inputs)
            except Refusal:
                self.meter.tallies[prompt.id].neutral += 1
                request = neutral(request)
                answer = await self._answer(prompt, inputs, request)
                value, status = read(question, answer, inputs)
        except Refusal:
            value, status = question.fallback(inputs), "refusal"
        except Unreadable:
            self.meter.tallies[prompt.id].repairs += 1
            answer = await self._answer(prompt, inputs, repair(request, answer, question.reminder))
            try:
                value, status = read(question, answer, inputs)[0], "repair"
            except (Refusal, Unreadable):
                value, status = question.fallback(inputs), "fallback"
        self.meter.tallies[prompt.id].statuses[status] += 1
        return Reading(value, status, answer.text, prompt.id)

    def request(self, prompt: Prompt, inputs: Mapping[str, object]) -> Request:
        """What is sent first. The prompt's own sampling wins over the knobs."""
        own = prompt.head.sampling
        update = {name: getattr(own, name) for name in own.model_fields_set}
        sampling = self._sampling.model_copy(update=update) if update else self._sampling
        return Request(model=self.model, messages=prompt.render(inputs), sampling=sampling)

    async def _answer(self, prompt: Prompt, inputs: Mapping[str, object], request: Request) -> Answer:
        answer = await self.engine.answer(Asked(prompt.id, inputs, request))
        self.meter.answered(prompt.id, answer.usage)
        return answer

    def _prompt(self, question: Question[T]) -> Prompt:
        if question.prompt not in self._used:
            prompt = self.prompts[question.prompt]
            if prompt.head.replies != question.replies:
                fact = f"`replies` is `{prompt.head.replies}`, but the question reads `{question.replies}`"
                raise SpecError(Problem(shown(prompt.path), fact))
            self._used[question.prompt] = prompt
        return self._used[question.prompt]


def neutral(request: Request) -> Request:
    """The same request behind a neutral preamble."""
    first, *rest = request.messages
    if first.role == "system":
        messages = (Message(role="system", content=f"{NEUTRAL}\n\n{first.content}"), *rest)
    else:
        messages = (Message(role="system", content=NEUTRAL), first, *rest)
    return request.model_copy(update={"messages": messages})


def repair(request: Request, faulty: Answer, reminder: str) -> Request:
    """The same request followed by the faulty answer and one line on the format, at temperature 0."""
    said = Message(role="assistant", content=faulty.text[:MOST_FAULTY] if faulty.text.strip() else SILENCE)
    messages = (*request.messages, said, Message(role="user", content=reminder))
    return request.model_copy(update={"messages": messages, "sampling": request.sampling.model_copy(update={"temperature": 0.0})})
