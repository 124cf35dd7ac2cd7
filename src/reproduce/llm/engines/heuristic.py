"""The embedded engine: a documented rule per prompt writes the reply, as text, from exactly the inputs that the prompt shows.

Rules come from the methods (their `rehearsal.py`). A share of the replies is garbled on purpose, so that the parsing ladder,
repairs and refusals run in every rehearsal. Everything depends on the master seed and the request only. It is a stand-in that
lets a pipeline run, be tested and be timed; it is no model of any LLM.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from reproduce.errors import EngineError
from reproduce.llm.engines.garble import garble
from reproduce.llm.request import Answer, Asked, Usage
from reproduce.llm.tokens import prompt_tokens, reply_tokens
from reproduce.seeds import stream

if TYPE_CHECKING:
    import numpy as np

Rule = Callable[[Mapping[str, object], "np.random.Generator"], str]
"""The reply to one prompt, in its own format, from the inputs shown and a generator that depends on the request."""


class Heuristic:
    """Answers by rules. `rules` are keyed by prompt name without version, such as `dgdpo/decide`."""

    name = "heuristic"

    def __init__(self, rules: Mapping[str, Rule], error_rate: float, seed: int) -> None:
        self._rules = dict(rules)
        self._error_rate = error_rate
        self._seed = seed

    async def answer(self, asked: Asked) -> Answer:
        """The rule's reply. Tokens are counted as characters / 4. Raises EngineError for a prompt without a rule."""
        prompt = asked.prompt.rpartition(".v")[0]
        if prompt not in self._rules:
            known = ", ".join(sorted(self._rules))
            raise EngineError(f"engine `heuristic` has no rule for `{prompt}` (known: {known}); set `llm.engine` to a model")
        random = stream(self._seed, "reply", asked.request.key)
        text = self._rules[prompt](asked.inputs, random)
        finish = "stop"
        if random.random() < self._error_rate:
            text, finish = garble(text, random)
        sent, got = prompt_tokens(asked.request.messages), reply_tokens(text)
        return Answer.model_construct(
            text=text,
            finish=finish,
            usage=Usage.model_construct(prompt_tokens=sent, completion_tokens=got, cached_tokens=0),
            served=asked.request.model,
        )

    async def close(self) -> None:
        """Nothing to release."""
