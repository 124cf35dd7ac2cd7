"""The defect-identification experiment (DGDPO, Figure 1 and Appendix D): every predictor on every test sample.

Splits: `random` is the paper's 8:2 (per sample for its own synthesis, per profile for contrastive samples, whose siblings would
give the third away); `unseen` has neither users nor items of the training; `unseen_phrasing` also has no phrasing of it, those of
`new_words` turn on words that no training phrasing has. Where the model is trained on contrastive samples, split `literal` is
the paper's synthesis under the paper's split: there, the words of the profile alone tell most labels.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reproduce.data.prepared import Item
from reproduce.errors import DataError
from reproduce.files import read_jsonl, write_jsonl
from reproduce.llm.prompts import Prompts
from reproduce.llm.question import Llm
from reproduce.methods.dgdpo.cases import Case, Diagnosed, Label
from reproduce.methods.dgdpo.diagnoser import PromptedDiagnoser, SpecialisedDiagnoser
from reproduce.methods.dgdpo.shortcuts import SHORTCUTS, Asked
from reproduce.project import Project
from reproduce.spec import Diagnosis

BATCH = 32
"""Samples that a model diagnoses at a time."""


@dataclass(frozen=True)
class Tested:
    """A labelled sample as a predictor meets it."""

    id: str
    user: int
    form: str
    split: str
    truth: Label
    asked: Asked


async def run_diagnosis(project: Project, spec: Diagnosis, llm: Llm, out: Path) -> None:
    """Write `predictions.jsonl` into `out`: one line per (sample, predictor). Raises MissingInput, DataError, EngineError."""
    corpus = project.build / "corpora" / spec.corpus
    samples = [read_sample(row) for row in read_jsonl(corpus / "defects.jsonl")]
    tested = [sample for sample in samples if sample.split not in ("train", "valid")]
    if not tested:
        raise DataError(f"{corpus / 'defects.jsonl'}: holds no test sample; take more `diagnoser.corpus_users`")
    models = {"diagnoser": project.build / "models" / spec.diagnoser}
    if spec.without_pretraining:
        models["without_pretraining"] = project.build / "models" / spec.without_pretraining
    if spec.without_finetuning:
        models["without_finetuning"] = project.build / "pretrained" / spec.without_finetuning
    knobs, prompts = project.params.here.diagnoser, Prompts(project.root / "prompts", project.params.here.llm.prompts)
    found: dict[str, list[Diagnosed]] = {"general": await prompted(llm, tested)}
    for name, folder in models.items():
        found[name] = specialised(SpecialisedDiagnoser.load(folder, prompts, knobs.mode), tested)
    found |= shortcuts(samples, tested, project.params.seed)
    write_jsonl(out / "predictions.jsonl", lines(tested, found))


async def prompted(llm: Llm, tested: Sequence[Tested]) -> list[Diagnosed]:
    """The general-purpose LLM's answers."""
    general = PromptedDiagnoser(llm)
    answers = await asyncio.gather(*(general(profile, [case]) for profile, case in (sample.asked for sample in tested)))
    return [answer for (answer,) in answers]


def specialised(model: SpecialisedDiagnoser, tested: Sequence[Tested]) -> list[Diagnosed]:
    """A trained model's answers."""
    asked = [sample.asked for sample in tested]
    return [found for start in range(0, len(asked), BATCH) for found in model.diagnose(asked[start : start + BATCH])]


def shortcuts(samples: Sequence[Tested], tested: Sequence[Tested], seed: int) -> dict[str, list[Diagnosed]]:
    """Each shortcut's answers; one that learns does so from the training samples of the form that it is tested on."""
    found: dict[str, dict[str, Diagnosed]] = {name: {} for name in SHORTCUTS}
    for form in sorted({sample.form for sample in tested}):
        train = [sample for sample in samples if sample.form == form and sample.split == "train"]
        test = [sample for sample in tested if sample.form == form]
        for name, fit in SHORTCUTS.items():
            predict = fit([sample.asked for sample in train], [sample.truth for sample in train], seed)
            labels = predict([sample.asked for sample in test])
            found[name] |= {sample.id: Diagnosed(label) for sample, label in zip(test, labels, strict=True)}
    return {name: [answers[sample.id] for sample in tested] for name, answers in found.items()}


def read_sample(row: Mapping[str, Any]) -> Tested:  # a line of JSON
    item = Item(row["item"]["item"], row["item"]["title"], tuple(row["item"]["genres"]), row["item"]["mean"])
    return Tested(
        row["sample"], row["user"], row["form"], row["split"], row["label"], (row["profile"], Case(item, row["rating"], ""))
    )


def lines(tested: Sequence[Tested], found: Mapping[str, Sequence[Diagnosed]]) -> Iterator[dict[str, object]]:
    for at, sample in enumerate(tested):
        for name, answers in found.items():
            answer = answers[at]
            unread = answer.status in ("fallback", "refusal")
            yield {
                "sample": sample.id,
                "user": sample.user,
                "split": sample.split,
                "truth": sample.truth,
                "predictor": name,
                "predicted": None if unread else answer.label,  # an unreadable answer is wrong (dgdpo.md 2.5)
                "status": answer.status,
            }
