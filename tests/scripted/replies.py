"""Golden replies: what they are read as, for the prompts of every method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from reproduce.llm.parsing import Refusal, read
from reproduce.llm.question import Question, Status, Unreadable
from reproduce.llm.request import Answer, Usage

Case = Mapping[str, Any]


def golden(*folders: Path) -> list[dict[str, Any]]:
    """The golden files of some folders: `prompt`, `inputs`, `cases`."""
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for folder in folders for path in sorted(folder.glob("*.yaml"))]


def cases(files: Iterable[Mapping[str, Any]]) -> list[Any]:
    """(prompt, inputs, case) of each, under a name."""
    return [
        pytest.param(file["prompt"], file["inputs"], case, id=f"{file['prompt']}: {case['name']}")
        for file in files
        for case in file["cases"]
    ]


def answer(text: str) -> Answer:
    return Answer(text=text, usage=Usage(prompt_tokens=1, completion_tokens=1))


def read_as(question: Question[Any], inputs: Mapping[str, Any], case: Case) -> tuple[Any, Status] | None:
    """Value and status of a reply; None where the file says that it has none, and it has none."""
    if case["status"] in ("unreadable", "refusal"):
        with pytest.raises(Unreadable if case["status"] == "unreadable" else Refusal):
            read(question, answer(case["reply"]), inputs)
        return None
    return read(question, answer(case["reply"]), inputs)
