"""f_diag(P, c): which defect a profile has in the light of a case (DGDPO, "Diagnostic Module"; dgdpo.md 1.8)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from reproduce.errors import Problem, SpecError
from reproduce.files import read_json
from reproduce.llm.prompts import Prompt, Prompts
from reproduce.llm.question import Inputs, Llm, Question, Unreadable
from reproduce.methods.agent4rec.questions import card
from reproduce.methods.dgdpo.cases import LABELS, Case, Diagnosed, Label
from reproduce.methods.dgdpo.evidence import PROMPT, Output, plain, read_evidence, read_label, steps
from reproduce.training.checkpoint import Checkpoint, chat_ids, load, piece_ids
from reproduce.training.constrained import choose, generate

MOST_FREQUENT: Label = "incomplete"
"""The label of an answer that cannot be read; counted as a fallback (dgdpo.md 8)."""
LONGEST = 64
"""Tokens that a generated answer may have."""

Mode = Literal["score", "generate"]


class SpecialisedDiagnoser:
    """The fine-tuned model. All cases of one call are one batch, so that the same call gives the same answer.

    `mode` is DG-D8: `score` chooses among the answers that the format allows by the log-probability of their whole text with its
    end token (evidence first, where the model was taught to give some); `generate` writes freely and is parsed.
    """

    def __init__(self, checkpoint: Checkpoint, prompt: Prompt, output: Output, mode: Mode) -> None:
        self._model = checkpoint.model
        self._model.train(False)
        self._tokenizer = checkpoint.tokenizer
        self._prompt = prompt
        self._output = output
        self._mode = mode
        self._pieces: dict[str, list[int]] = {}

    @classmethod
    def load(cls, folder: Path, prompts: Prompts, mode: Mode) -> SpecialisedDiagnoser:
        """The model that `finetune` or `pretrain` left. Raises MissingInput; SpecError when it was trained on another prompt."""
        task = read_json(folder / "task.json")
        prompt = prompts[task["prompt"]]
        if prompt.sha256 != task["sha256"]:
            raise SpecError(
                Problem(str(folder), f"was trained on another text of `{task['prompt']}`; `dvc repro` trains it anew")
            )
        return cls(load(folder), prompt, task["output"], mode)

    async def __call__(self, profile: str, cases: Sequence[Case]) -> list[Diagnosed]:
        """One diagnosis per case, in order (Algorithm 1, line 9)."""
        return self.diagnose([(profile, case) for case in cases])

    def diagnose(self, asked: Sequence[tuple[str, Case]]) -> list[Diagnosed]:
        """One diagnosis per (profile, case), all in one batch."""
        prompts = [self._ids(profile, case) for profile, case in asked]
        if self._mode == "generate":
            end, pad = self._tokenizer.eos_token_id, self._tokenizer.pad_token_id
            return [self._read(ids) for ids in generate(self._model, prompts, end, pad, LONGEST)]
        return self._chosen(prompts, [steps(plain(case.item.genres), self._output) for _, case in asked])

    def _ids(self, profile: str, case: Case) -> list[int]:
        messages = self._prompt.render({"profile": profile, "item": card(case.item), "rating": case.rating})
        return chat_ids(self._tokenizer, [(message.role, message.content) for message in messages])

    def _chosen(self, prompts: Sequence[list[int]], options: Sequence[list[list[str]]]) -> list[Diagnosed]:
        """All rows choose the label in the last step, those with fewer genres wait: only labels are read side by side.

        What all evidence begins with is read with the prompt.
        """
        longest, asked, tokens = max(map(len, options)), list[list[int]](), list[list[list[list[int]]]]()
        for prompt, row in zip(prompts, options, strict=True):
            stated = [self._tokens(step) for step in row[:-1]]
            begins = _shared(stated[0]) if stated else 0
            asked.append([*prompt, *stated[0][0][:begins]] if stated else prompt)
            stated[:1] = [[option[begins:] for option in step] for step in stated[:1]]
            tokens.append([*stated, *[[]] * (longest - len(row)), self._labels(row[-1])])
        found: list[Diagnosed] = []
        for row, chosen in zip(options, choose(self._model, asked, tokens), strict=True):
            texts = [step[at] for step, at in zip(row, chosen, strict=True)]
            found.append(Diagnosed(LABELS[chosen[-1]], read_evidence("".join(texts))))
        return found

    def _labels(self, step: Sequence[str]) -> list[list[int]]:
        """The options of the last step, with the end token."""
        return [[*option, self._tokenizer.eos_token_id] for option in self._tokens(step)]

    def _tokens(self, step: Sequence[str]) -> list[list[int]]:
        """The options of a step; there are few, and every case has some of them."""
        for text in step:
            if text not in self._pieces:
                self._pieces[text] = piece_ids(self._tokenizer, [text])
        return [self._pieces[text] for text in step]

    def _read(self, ids: list[int]) -> Diagnosed:
        text = str(self._tokenizer.decode(ids, skip_special_tokens=True))
        label = read_label(text)
        return Diagnosed(label or MOST_FREQUENT, read_evidence(text), "strict" if label else "fallback")


def _shared(options: Sequence[Sequence[int]]) -> int:
    """How many tokens all options begin with, less than any has."""
    shortest = min(map(len, options)) - 1
    return next((at for at in range(shortest) if len({option[at] for option in options}) > 1), shortest)


def _strict(reply: str, _: Inputs) -> Label:
    lines = reply.strip().splitlines()
    label = read_label(reply)
    if len(lines) != 1 or label is None:
        raise Unreadable("not one line that names a defect type")
    return label


def _lenient(reply: str, _: Inputs) -> Label:
    label = read_label(reply)
    if label is None:
        raise Unreadable("names no defect type, or several")
    return label


DIAGNOSE: Question[Label] = Question(
    prompt=PROMPT,
    replies="diagnosis",
    strict=_strict,
    lenient=_lenient,
    fallback=lambda _: MOST_FREQUENT,
    reminder="Reply with one line, `Defect Type: ` and one of Inaccurate, Incomplete, Inaccurate & Incomplete.",
    labels=("Defect Type",),
)


class PromptedDiagnoser:
    """A general-purpose LLM with the same System, Instruction and Input (Table 3, w/o specialized LLM; Appendix D)."""

    def __init__(self, llm: Llm) -> None:
        self._llm = llm

    async def __call__(self, profile: str, cases: Sequence[Case]) -> list[Diagnosed]:
        """One diagnosis per case, in order."""
        return list(await asyncio.gather(*(self._one(profile, case) for case in cases)))

    async def _one(self, profile: str, case: Case) -> Diagnosed:
        reading = await self._llm.ask(DIAGNOSE, profile=profile, item=card(case.item), rating=case.rating)
        return Diagnosed(reading.value, None, reading.status)
