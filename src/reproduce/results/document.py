"""The result file of a paper: closed models, written so that one changed number is one changed line.

No commit, clock or host is in it: equal inputs give equal bytes. Numbers have at most six decimals.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, SerializerFunctionWrapHandler, ValidationError, model_serializer

from reproduce.errors import MissingInput
from reproduce.files import dumps, read_json, replacing
from reproduce.metrics.stats import Estimate
from reproduce.results.findings import Example, Flip, Optimum, Significance, Study
from reproduce.spec import Closed

VerdictOnPaper = Literal["agrees", "near", "differs", "rehearsal"]
"""Our interval holds the printed value | ours is within the paper file's margin of it | neither | no comparison is meant."""

Answer = Literal["holds", "does not hold", "cannot say"]

Units = Literal["seeds", "users and seeds"]
"""A t interval over trainings under several seeds | a bootstrap of users and, independently, of seeds."""


class Sparse(Closed):
    """A record that is written without those of its fields that say nothing: most kinds of run do not have them."""

    SPARSE: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        found: Mapping[str, Any] = write(self)
        return {name: value for name, value in found.items() if value is not None or name not in self.SPARSE}


class ResultRow(Sparse):
    """One number with all its coordinates, its interval over users (or what `over` says), and what the paper printed there."""

    SPARSE = frozenset(("sd", "over"))

    table: str
    """Id in `paper.yaml`; those of `measures.MEASURES` are ours."""
    row: str
    column: str
    """Both as in the paper."""
    dataset: str
    """The paper's data set."""
    source: str
    """What was really read."""
    method: str
    recommender: str | None = None
    """`mean`: the mean over the simulated recommenders (DG-D15)."""
    strategy: str | None = None
    metric: str
    scope: str
    """The aggregation (`user_macro` is the paper's), the test split, or the state of the profile."""
    value: float
    low: float
    high: float
    n: int
    """Users; test samples where a diagnosis is scored; seeds where `over` says so."""
    over: Units | None = None
    """What the interval is over, where it is not users (or test samples)."""
    sd: float | None = None
    """Deviation between seeds; None of one seed alone."""
    against: str | None = None
    """What a gain or a difference is over: the best of the other lines, or the line that is compared."""
    printed: float | None = None
    """Only where the paper prints this very number."""
    verdict: VerdictOnPaper | None = None
    engine: str
    model: str
    run: str


Over = Literal["round", "position", "popularity", "steps", "score"]
"""What runs along a curve: rounds from 1, places on the page from 1, fifths of the items from the least to the most popular,
steps of a training, scores of a simulator."""


class Curve(Sparse):
    """One metric over rounds (`list_macro` of one round), places or popularity, with intervals over users.

    Over steps of a training `low` and `high` are the lowest and the highest seed.
    """

    SPARSE = frozenset(("places", "recommender", "strategy"))
    figure: str
    """Id in `paper.yaml`; `audit` is ours."""
    over: Over = "round"
    scope: str | None = None
    """In an audit: the order of the page (`as ranked`, `reversed`, `shuffled`), or which items are counted."""
    row: str
    dataset: str
    method: str
    recommender: str | None = None
    strategy: str | None = None
    metric: str
    places: tuple[float, ...] | None = None
    """Where along the curve its points are; absent: 1, 2, 3, ..."""
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: int
    run: str


class Matrix(Closed):
    """Confusion of one predictor on one split: a row per true label, a column per predicted one and a last one for unreadable."""

    run: str
    predictor: str
    split: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Comparison(Closed):
    """A paired difference that a relation of the paper speaks of."""

    of: str
    """What is compared, such as `ML-1M Prec`."""
    better: str
    than: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    pairs: int = 0
    t_p: float | None = None
    """p of the paired t-test over users, where there is one value per user."""
    wilcoxon_p: float | None = None
    answer: Answer


class Relation(Closed):
    """One expected relation of the paper and what our numbers say to it."""

    says: str
    where: str
    """Table or figure."""
    answer: Answer
    why: str
    comparisons: tuple[Comparison, ...]


class RunAbout(Sparse):
    """What a run was made with, as its `run.json` says."""

    SPARSE = frozenset(("learner", "simulator", "seeds"))

    kind: str
    engine: str
    model: str
    dataset: str
    source: str
    users: int
    seed: int
    spec: dict[str, Any] = Field(default_factory=dict)  # merged with the knobs; every kind of run has its own
    recommenders: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    replies: int = 0
    """Replies that were read."""
    made_up: int = 0
    """Replies of these that could not be read or were refused, so that their prompt's fallback counts."""
    marked: bool = False
    """Whether more than two in a hundred replies were made up: its numbers carry a mark (baselines.md 9)."""
    method: str | None = None
    """In a simulation: the paper's name of what was run, such as `RAH`, or `DGDPO, w/o iteration`."""
    learner: str | None = None
    """In a run of a reinforcement learner: what it is called."""
    simulator: str | None = None
    """What answered the learner."""
    seeds: int | None = None
    """Trainings."""


class Results(Closed):
    """`results/<mode>/<paper>.json`."""

    paper: str
    mode: str
    made_from: dict[str, Any]
    """Package version and the hashes of specs, prompts, data and run files."""
    remarks: tuple[str, ...] = ()
    """What a reader must know before reading a number: shares of unreadable replies, recommenders left out, stand-ins."""
    runs: dict[str, RunAbout]
    rows: tuple[ResultRow, ...]
    curves: tuple[Curve, ...] = ()
    confusion: tuple[Matrix, ...] = ()
    relations: tuple[Relation, ...] = ()
    """What the paper says of its numbers."""
    expectations: tuple[Relation, ...] = ()
    """What we expect beyond the paper; `where` is a table of `measures.MEASURES`."""
    tests: tuple[Significance, ...] = ()
    flips: tuple[Flip, ...] = ()
    optima: tuple[Optimum, ...] = ()
    studies: tuple[Study, ...] = ()
    examples: tuple[Example, ...] = ()
    replies: dict[str, dict[str, int]]
    """prompt -> how its replies were read -> how often."""
    cost: dict[str, Any]
    counters: dict[str, dict[str, int]] = Field(default_factory=dict)
    """run -> what went wrong or was refused -> how often."""

    @classmethod
    def read(cls, path: Path) -> Results:
        """The result file at `path`. Raises MissingInput when `evaluate` has not written it, or an earlier version of it has."""
        try:
            return cls.model_validate(read_json(path))
        except ValidationError:
            raise MissingInput(f"{path}: has the format of another version; `dvc repro` writes it anew") from None

    def write(self, path: Path) -> None:
        """Write the file: objects indented, lists with one entry per line."""
        with replacing(path) as file:
            file.write(render(self.model_dump(mode="json")))


def rounded(number: float) -> float:
    """Six decimals; the first rounding removes what the order of a sum may change on another machine."""
    return round(round(float(number), 12), 6) + 0.0


def numbers(estimate: Estimate, n: int | None = None) -> dict[str, Any]:
    """The four fields of a row that an estimate gives."""
    value, low, high, units = estimate
    return {"value": rounded(value), "low": rounded(low), "high": rounded(high), "n": units if n is None else n}


def render(document: dict[str, Any]) -> str:
    """JSON whose top-level lists have one entry per line; everything else is indented."""
    parts = [f"  {json.dumps(key)}: {_render(value)}" for key, value in sorted(document.items())]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _render(value: object) -> str:
    if isinstance(value, list) and value:
        return "[\n" + _joined(dumps(entry) for entry in value) + "\n  ]"
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False).replace("\n", "\n  ")


def _joined(lines: Iterable[str]) -> str:
    return ",\n".join(f"    {line}" for line in lines)
