"""What can be named in `specs/<paper>/<words>.yaml`: corpora, trainings and runs. Imports pydantic only.

A spec holds what determines an artifact and no knob: knobs are in `params.yaml` (see `params.py`), and a spec repeats one
only where a table of the paper sweeps it. Runs know no table: `paper.yaml` points from cells to runs.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

RecommenderName = Literal["fpmc", "narm", "sasrec", "lrurec"]
StrategyName = Literal["none", "without_gt", "with_gt"]


class Closed(BaseModel):
    """Immutable, and an unknown key is an error at every level."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Agent4Rec(Closed):
    """Tastes inferred once from the whole training history, then static (Agent4Rec as DGDPO's baseline; baselines.md 1)."""

    kind: Literal["agent4rec"]


class Dgdpo(Closed):
    """Profile optimisation guided by diagnosis (DGDPO, Algorithm 1)."""

    kind: Literal["dgdpo"]
    diagnoser: str
    """Key of the fine-tuning spec whose model diagnoses."""


Method = Annotated[Agent4Rec | Dgdpo, Field(discriminator="kind")]


class Simulation(Closed):
    """One run: a method's simulated users meet recommenders over several rounds (DGDPO, "Bidirectional Evolution")."""

    kind: Literal["simulation"]
    dataset: str
    """A data set of `specs/datasets.yaml`, by the paper's name; `params.yaml` says what stands in for it in each mode."""
    method: Method
    recommenders: tuple[RecommenderName, ...] = ("fpmc", "narm", "sasrec", "lrurec")
    """DG-D15: Table 2 is the mean over the four recommenders."""
    strategies: tuple[StrategyName, ...] = ("none",)
    """DG-D15: Table 2 is without profile update."""


class Diagnosis(Closed):
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


class Corpus(Closed):
    """Texts that an LLM writes for training: pre-training corpus and labelled defects (dgdpo.md 1.6 and 1.7)."""

    kind: Literal["corpus"]
    dataset: str
    method: Literal["dgdpo"]


class Pretraining(Closed):
    """Domain-adaptive pre-training of the diagnosis model (DGDPO, Eq. 1)."""

    kind: Literal["pretraining"]
    corpus: str


class Finetuning(Closed):
    """Defect-specific fine-tuning (DGDPO, Eq. 2)."""

    kind: Literal["finetuning"]
    corpus: str
    base: str | None = None
    """Pre-training spec to start from; absent: the untrained (or downloaded) checkpoint itself, the ablation w/o pre-training."""


Spec = Annotated[Simulation | Diagnosis | Corpus | Pretraining | Finetuning, Field(discriminator="kind")]
