"""Engine `local`: a transformers checkpoint in this process, greedy or sampled.

Requests are answered one by one and unpadded, so that a reply depends on its request alone, never on what else is asked at the
time. The part of a prompt up to the end of the system message is always computed by itself, and its keys and values are kept for
the requests that share it: on a CPU that is where the time goes (batching gains nothing there). For many calls on a GPU serve the
model (vLLM, SGLang) and use engine `openai`.
"""

from __future__ import annotations

import asyncio
import copy
import os
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reproduce.errors import EngineError, MissingExtra
from reproduce.llm.request import Answer, Asked, Finish, Request, Sampling, Usage
from reproduce.seeds import number

if TYPE_CHECKING:
    import torch

_LONGEST = 1024
"""Tokens of a reply, unless the prompt's own sampling says otherwise."""
_KEPT = 8
"""Shared beginnings whose keys and values are kept."""


class Local:
    """Answers by one model. `model` is a folder or a name on the Hugging Face Hub, with `@revision` where one is pinned."""

    name = "local"

    def __init__(self, model: str) -> None:
        self._name = model
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="local-model")
        self._beginnings: OrderedDict[tuple[int, ...], Any] = OrderedDict()  # DynamicCache

    async def answer(self, asked: Asked) -> Answer:
        """The reply to one request. Raises EngineError when there is no such model, MissingExtra without transformers."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._answer, asked.request)

    async def close(self) -> None:
        """Wait for the reply that is being written."""
        self._worker.shutdown(cancel_futures=True)

    def _answer(self, request: Request) -> Answer:
        tokens, split = self._tokens(request)
        room = self._positions - len(tokens)
        if room < 1:
            raise EngineError(f"`{self._name}` takes {self._positions} tokens, a prompt has {len(tokens)}; use a longer model")
        most = min(request.sampling.max_tokens or _LONGEST, room)
        written, finish = self._write(tokens, split, most, request)
        return Answer(
            text=self._tokenizer.decode(written, skip_special_tokens=True),
            finish=finish,
            usage=Usage(prompt_tokens=len(tokens), completion_tokens=len(written)),
            served=self._name,
        )

    def _tokens(self, request: Request) -> tuple[list[int], int]:
        """The prompt's tokens, and how many of them end within the system message."""
        messages = [{"role": message.role, "content": message.content} for message in request.messages]
        if self._tokenizer.chat_template is None:
            text = "\n\n".join(message["content"] for message in messages) + "\n\n"
        else:
            text = self._tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
            )
        system = messages[0]["content"].strip() if messages[0]["role"] == "system" else ""
        at = text.find(system)
        end = at + len(system) if system and at >= 0 else 0
        found = self._tokenizer(text, add_special_tokens=self._tokenizer.chat_template is None, return_offsets_mapping=True)
        return found["input_ids"], sum(1 for _, stop in found["offset_mapping"] if stop <= end) if end else 0

    def _write(self, tokens: Sequence[int], split: int, most: int, request: Request) -> tuple[list[int], Finish]:
        import torch

        written: list[int] = []
        chance = torch.Generator().manual_seed(number(request.sampling.seed or 0, "sample", request.key) % 2**63)
        with torch.inference_mode():
            past = copy.deepcopy(self._beginning(tuple(tokens[:split]))) if split else None
            ahead: Sequence[int] = tokens[split:]
            while len(written) < most:
                out = self._model(input_ids=self._batch(ahead), past_key_values=past, use_cache=True, logits_to_keep=1)
                past = out.past_key_values
                token = _choose(out.logits[0, -1], request.sampling, chance)
                if token in self._ends:
                    return written, "stop"
                written.append(token)
                ahead = (token,)
        return written, "length"

    def _beginning(self, tokens: tuple[int, ...]) -> Any:  # a DynamicCache
        """Keys and values of a beginning, computed once while it is in use."""
        if tokens not in self._beginnings:
            out = self._model(input_ids=self._batch(tokens), use_cache=True, logits_to_keep=1)
            self._beginnings[tokens] = out.past_key_values
            if len(self._beginnings) > _KEPT:
                self._beginnings.popitem(last=False)
        self._beginnings.move_to_end(tokens)
        return self._beginnings[tokens]

    def _batch(self, tokens: Sequence[int]) -> torch.Tensor:
        import torch

        return torch.tensor([tokens], device=self._model.device)

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:  # transformers' types differ from version to version
        try:
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ImportError:
            raise MissingExtra("engine `local` needs torch and transformers: pip install 'reproduce[train]'") from None
        name, _, revision = self._name.partition("@") if not os.path.isdir(self._name) else (self._name, "", "")
        device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            tokenizer = AutoTokenizer.from_pretrained(name, revision=revision or "main")
            model: Any = AutoModelForCausalLM.from_pretrained(  # as above
                name, revision=revision or "main", dtype="auto" if device == "cuda" else torch.float32
            )
        except (OSError, ValueError) as error:
            why = str(error).strip().splitlines()[0]
            fact = f"no model `{self._name}`: neither a folder with a checkpoint nor a name that can be fetched"
            raise EngineError(f"{fact} ({why}); mend `llm.model` in params.yaml") from None
        return model.to(device).eval(), tokenizer

    @property
    def _model(self) -> Any:  # a causal language model
        return self._loaded[0]

    @property
    def _tokenizer(self) -> Any:  # a fast tokenizer
        return self._loaded[1]

    @cached_property
    def _positions(self) -> int:
        return int(getattr(self._model.config, "max_position_embeddings", None) or 2**31)

    @cached_property
    def _ends(self) -> frozenset[int]:
        """Tokens that end a reply."""
        configured = self._model.generation_config.eos_token_id if self._model.generation_config else None
        several = configured if isinstance(configured, list) else [configured]
        return frozenset(token for token in (*several, self._tokenizer.eos_token_id) if token is not None)


def _choose(logits: torch.Tensor, sampling: Sampling, chance: torch.Generator) -> int:
    """The likeliest token, or one drawn from the nucleus. `None` is what endpoints take it for: temperature 1, all tokens."""
    import torch

    temperature = 1.0 if sampling.temperature is None else sampling.temperature
    if temperature == 0:
        return int(logits.argmax())
    chances = torch.softmax(logits.float().cpu() / temperature, dim=-1)
    if sampling.top_p is not None and sampling.top_p < 1:
        ordered, order = chances.sort(descending=True, stable=True)
        outside = ordered.cumsum(0) - ordered >= sampling.top_p
        chances[order[outside]] = 0
    return int(torch.multinomial(chances, 1, generator=chance))
