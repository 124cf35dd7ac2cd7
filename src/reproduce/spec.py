"""What can be named in `specs/<paper>/<words>.yaml`: corpora, trainings and runs. Imports pydantic only.

A spec holds what determines an artifact and no knob: knobs are in `params.yaml` (see `params.py`), and a spec repeats one
only where a table of the paper sweeps it. Runs know no table: `paper.yaml` points from cells to runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

V = TypeVar("V")

RecommenderName = Literal["fpmc", "narm", "sasrec", "lrurec"]
StrategyName = Literal["none", "without_gt", "with_gt"]


class Closed(BaseModel):
    """Immutable, and an unknown key is an error at every level."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class FrozenDict(dict[str, V]):
    """A mapping that keeps its first content, so that models are immutable at every level."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("specs and knobs are immutable; `model_copy(update=...)` makes another one")

    __setitem__ = __delitem__ = __ior__ = _refuse
    update = pop = popitem = setdefault = clear = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)


Frozen = Annotated[Mapping[str, V], AfterValidator(FrozenDict)]
"""A field with freely chosen keys."""


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"`{twice[0]}` is given twice")
    return names


Recommenders = Annotated[tuple[RecommenderName, ...], Field(min_length=1), AfterValidator(_once)]
Strategies = Annotated[tuple[StrategyName, ...], Field(min_length=1), AfterValidator(_once)]


class Retirable(Closed):
    """What every spec file can say."""

    archived: bool = False
    """A retired spec: `reproduce sync` leaves it out of the pipeline, its numbers stay in git."""


class Agent4Rec(Closed):
    """Tastes inferred once from the whole training history, then static (Agent4Rec as DGDPO's baseline; baselines.md 1)."""

    kind: Literal["agent4rec"]


class Dgdpo(Closed):
    """Profile optimisation guided by diagnosis (DGDPO, Algorithm 1)."""

    kind: Literal["dgdpo"]
    diagnoser: str
    """Key of the fine-tuning spec whose model diagnoses."""


Method = Annotated[Agent4Rec | Dgdpo, Field(discriminator="kind")]


class Simulation(Retirable):
    """One run: a method's simulated users meet recommenders over several rounds (DGDPO, "Bidirectional Evolution")."""

    kind: Literal["simulation"]
    dataset: str
    """A data set of `specs/datasets.yaml`, by the paper's name; `params.yaml` says what stands in for it in each mode."""
    method: Method
    recommenders: Recommenders = ("fpmc", "narm", "sasrec", "lrurec")
    """DG-D15: Table 2 is the mean over the four recommenders."""
    strategies: Strategies = ("none",)
    """DG-D15: Table 2 is without profile update."""


class Diagnosis(Retirable):
    """One run: predict the defect of every test sample (DGDPO, Figure 1 and Appendix D) beside its baselines."""

    kind: Literal["diagnosis"]
    dataset: str
    corpus: str
    """Key of the corpus whose test samples are predicted."""
    diagnoser: str
    """Fine-tuning spec of the specialised model."""
    without_pretraining: str
    """Fine-tuning spec of the model that was fine-tuned without pre-training."""
    without_finetuning: str
    """Pre-training spec of the model that was not fine-tuned."""


class Corpus(Retirable):
    """Texts that an LLM writes for training: pre-training corpus and labelled defects (dgdpo.md 1.6 and 1.7)."""

    kind: Literal["corpus"]
    dataset: str
    method: Literal["dgdpo"]


class Pretraining(Retirable):
    """Domain-adaptive pre-training of the diagnosis model (DGDPO, Eq. 1)."""

    kind: Literal["pretraining"]
    corpus: str


class Finetuning(Retirable):
    """Defect-specific fine-tuning (DGDPO, Eq. 2)."""

    kind: Literal["finetuning"]
    corpus: str
    base: str | None = None
    """Pre-training spec to start from; absent: the untrained (or downloaded) checkpoint itself, the ablation w/o pre-training."""


Spec = Annotated[Simulation | Diagnosis | Corpus | Pretraining | Finetuning, Field(discriminator="kind")]
