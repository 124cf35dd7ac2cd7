"""What a page is, and what it may be made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reproduce.paper import Paper
from reproduce.report.drawings import Drawing
from reproduce.report.evolution import Split
from reproduce.results.document import Results
from reproduce.results.inference import Inference
from reproduce.results.runs import Run

PAPER, BEYOND, BEHIND = "The paper", "Beyond the paper", "Behind the numbers"
"""Parts of the contents."""


@dataclass(frozen=True)
class Material:
    """What the pages show besides the results."""

    runs: Mapping[str, Run]
    items: Mapping[str, Sequence[Mapping[str, Any]]]
    """The catalogue of every data set, as `items.jsonl` has it."""
    reports: Mapping[str, Mapping[str, Any]]
    """Data reports by data set."""
    split: Split
    inference: Inference | None = None
    """Measured seconds of a step: results hold no times."""

    @property
    def simulated(self) -> dict[str, Run]:
        """The runs that have transcripts."""
        return {key: run for key, run in self.runs.items() if run.about["kind"] == "simulation"}


@dataclass(frozen=True)
class Told:
    """One paper, or a part of one, with all that is shown of it."""

    name: str
    paper: Paper
    results: Results
    material: Material


@dataclass(frozen=True)
class Page:
    """One page of a paper."""

    slug: str
    title: str
    part: str
    template: str
    values: Mapping[str, Any]
    drawings: tuple[Drawing, ...] = ()
    scripts: tuple[str, ...] = ()
