"""What plans are made of: calls of one spec, and how what was measured corrects what formulas say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reproduce.data.prepared import Dataset
from reproduce.llm.ask import Asker
from reproduce.llm.engines.heuristic import Heuristic, Rule
from reproduce.llm.meter import Meter, Tally
from reproduce.llm.plan import Planned
from reproduce.llm.prompts import Prompts
from reproduce.llm.request import Sampling
from reproduce.project import Project

NOTHING = "asks no model"
ASSUMED = "planning values"


@dataclass(frozen=True)
class Plan:
    """The calls of one spec, and what they rest on."""

    key: str
    calls: Sequence[Planned]
    basis: str
    """Such as `a pilot of 20 users`."""

    @property
    def made(self) -> float:
        """Calls in all."""
        return sum(each.calls for each in self.calls)

    @property
    def sent(self) -> float:
        """Prompt tokens in all."""
        return sum(each.calls * each.prompt_tokens for each in self.calls)

    @property
    def received(self) -> float:
        """Tokens of replies in all."""
        return sum(each.calls * each.completion_tokens for each in self.calls)


def prompts_of(project: Project, pins: Mapping[str, int]) -> Prompts:
    """The prompts of the mode in force; `pins` win over its own."""
    return Prompts(project.root / "prompts", {**project.params.here.llm.prompts, **pins})


def dataset_of(project: Project, name: str) -> Dataset:
    """Raises MissingInput before `preprocess` has run."""
    return Dataset.load(project.build / "data" / name)


@dataclass(frozen=True)
class Ratio:
    """Measured over expected."""

    calls: float
    prompt_tokens: float
    completion_tokens: float


def corrected(planned: Planned, measured: Mapping[str, Ratio]) -> Planned:
    """Calls and tokens as they were measured, where they were."""
    ratio = measured.get(planned.prompt)
    if ratio is None:
        return planned
    return Planned(
        planned.prompt,
        planned.calls * ratio.calls,
        planned.prompt_tokens * ratio.prompt_tokens,
        planned.completion_tokens * ratio.completion_tokens,
    )


def ratios(tallies: Mapping[str, Tally], expected: Sequence[Planned]) -> dict[str, Ratio]:
    """By prompt, of those that were asked and expected. Tallies are by prompt without version."""
    found: dict[str, Ratio] = {}
    for prompt in dict.fromkeys(each.prompt for each in expected):
        tally, own = tallies.get(prompt, Tally()), [each for each in expected if each.prompt == prompt]
        calls = sum(each.calls for each in own)
        sent = sum(each.calls * each.prompt_tokens for each in own)
        received = sum(each.calls * each.completion_tokens for each in own)
        if tally.calls and calls:
            made = tally.calls / calls
            found[prompt] = Ratio(made, tally.prompt_tokens / sent / made, tally.completion_tokens / received / made)
    return found


def free(project: Project, rules: Mapping[str, Rule], pins: Mapping[str, int]) -> Asker:
    """The embedded engine as a stage opens it, without its log and limits."""
    knobs = project.params.here.llm
    engine = Heuristic(rules, knobs.error_rate, project.params.seed)
    sampling = Sampling(temperature=knobs.temperature, max_tokens=knobs.max_tokens)
    return Asker(engine, prompts_of(project, pins), knobs.model, sampling, Meter())


def unversioned(meter: Meter) -> dict[str, Tally]:
    """What was counted, by prompt without version."""
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    add(tallies, meter.replies()["prompts"])
    return dict(tallies)


def add(tallies: defaultdict[str, Tally], counted: Any) -> None:  # the content of replies.json
    """Add up what runs have counted."""
    for prompt, counts in counted.items():
        tally = tallies[prompt.rpartition(".v")[0]]
        tally.calls += counts["calls"]
        tally.prompt_tokens += counts["prompt_tokens"]
        tally.completion_tokens += counts["completion_tokens"]
