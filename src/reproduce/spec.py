"""What can be named in `specs/<paper>/<words>.yaml`: corpora, trainings and runs. Imports pydantic only.

A spec holds what determines an artifact and no knob: knobs are in `params.yaml` (see `params.py`), and a spec repeats one
only where a table of the paper sweeps it. Runs know no table: `paper.yaml` points from cells to runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NoReturn, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from typing_extensions import assert_never

V = TypeVar("V")
N = TypeVar("N", bound=str)

RecommenderName = Literal["fpmc", "narm", "sasrec", "lrurec"]
TunedName = Literal["kuaisim", "fpmc", "narm", "sasrec", "lrurec"]
TITLES: Mapping[TunedName, str] = {"kuaisim": "KuaiSim", "fpmc": "FPMC", "narm": "NARM", "sasrec": "SASRec", "lrurec": "LRURec"}
"""What papers call them."""
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


Pins = Frozen[Annotated[int, Field(strict=True, ge=1)]]
"""Prompt name without version, such as `dgdpo/round`, and the version that is asked."""


def _once(names: tuple[N, ...]) -> tuple[N, ...]:
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


class LlmUs(Closed):
    """The most frequent pro and con keywords of the user's rated items (LLM-US as DGDPO's baseline; baselines.md 2)."""

    kind: Literal["llm_us"]


class Rah(Closed):
    """Phrases learnt, tried, criticised and reflected upon, interaction by interaction (RAH; baselines.md 3)."""

    kind: Literal["rah"]


class AgentCf(Closed):
    """A self-introduction corrected by choices between an item and a negative (AgentCF; baselines.md 4)."""

    kind: Literal["agentcf"]


class KuaiSim(Closed):
    """No LLM: a trained transformer predicts the response to each item (KuaiSim; baselines.md 4b)."""

    kind: Literal["kuaisim"]


class Dgdpo(Closed):
    """Profile optimisation guided by diagnosis (DGDPO, Algorithm 1) and its variants (Tables 3 to 5)."""

    kind: Literal["dgdpo"]
    diagnoser: str | None = None
    """Key of the fine-tuning spec whose model diagnoses; of a pre-training spec: w/o fine-tuning; absent: the prompted
    general-purpose LLM, w/o specialized LLM."""
    iterate: bool = True
    """DG-D12: false is w/o iteration, one treatment of the first N1 cases."""
    alpha: float | None = Field(default=None, gt=0, lt=1)
    """Split ratio where Table 4 sweeps it; absent: `data.alpha` of params.yaml."""
    opt_negatives: float | None = Field(default=None, ge=0)
    """Ours: unseen items per item of D_opt in the traversal; absent: `dgdpo.opt_negatives` of params.yaml."""


Method = Annotated[Agent4Rec | LlmUs | Rah | AgentCf | KuaiSim | Dgdpo, Field(discriminator="kind")]


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
    prompts: Pins = Field(default_factory=FrozenDict)
    """Versions of prompts that this run pins; the others are those of `llm.prompts` in params.yaml, else the newest."""


def method_knobs(spec: Simulation) -> list[str]:
    """The blocks of params.yaml that the method of a simulation reads."""
    match spec.method:
        case Agent4Rec():
            return ["agent4rec", "interaction"]
        case LlmUs() | Rah() | AgentCf():
            return ["agent4rec", "interaction", "baselines", spec.method.kind]
        case KuaiSim():
            return ["interaction", "kuaisim"]
        case Dgdpo():
            return ["agent4rec", "interaction", "dgdpo", "data.alpha"]
        case _:
            assert_never(spec.method)


class Audit(Retirable):
    """Ours: the pages of a simulation are shown once more, in reversed and in shuffled order, to the same profiles."""

    kind: Literal["audit"]
    of: str
    """Key of the simulation."""


class Sensitivity(Retirable):
    """Ours: a simulation is repeated for every seed and every pinning of prompts, on the same users."""

    kind: Literal["sensitivity"]
    of: str
    """Key of the simulation."""
    seeds: Annotated[tuple[Annotated[int, Field(strict=True)], ...], Field(min_length=2)]
    """Master seeds; they redraw the negatives."""
    prompts: Annotated[tuple[Pins, ...], Field(min_length=2)]
    """Prompt versions."""


class Tuning(Retirable):
    """The search for hyper-parameters of one data set (DGDPO, Table 6)."""

    kind: Literal["tuning"]
    dataset: str
    methods: Annotated[tuple[TunedName, ...], Field(min_length=1), AfterValidator(_once)]


class Diagnosis(Retirable):
    """One run: predict the defect of every test sample (DGDPO, Figure 1 and Appendix D) beside its baselines."""

    kind: Literal["diagnosis"]
    dataset: str
    corpus: str
    """Key of the corpus whose test samples are predicted."""
    diagnoser: str
    """Fine-tuning spec of the specialised model."""
    without_pretraining: str | None = None
    """Fine-tuning spec of the model that was fine-tuned without pre-training."""
    without_finetuning: str | None = None
    """Pre-training spec of the model that was not fine-tuned."""


class Corpus(Retirable):
    """Texts that an LLM writes before anything is simulated: DGDPO's training texts (dgdpo.md 1.6 and 1.7), or what LUS knows of
    every item (ensemble.md 1.3 to 1.5)."""

    kind: Literal["corpus"]
    dataset: str
    method: Literal["dgdpo", "ensemble"]


Scale = Literal["base", "large"]
"""Which checkpoint of params.yaml is trained: `diagnoser.checkpoint` or `diagnoser.large_checkpoint` (Table 5)."""


class Pretraining(Retirable):
    """Domain-adaptive pre-training of the diagnosis model (DGDPO, Eq. 1)."""

    kind: Literal["pretraining"]
    corpus: str
    scale: Scale = "base"


class Finetuning(Retirable):
    """Defect-specific fine-tuning (DGDPO, Eq. 2)."""

    kind: Literal["finetuning"]
    corpus: str
    base: str | None = None
    """Pre-training spec to start from; absent: the untrained (or downloaded) checkpoint itself, the ablation w/o pre-training."""
    scale: Scale = "base"


Fault = Literal["double_sigmoid", "empty_side", "wrong_user", "no_coins", "split_fallback", "intersect"]
"""What the released code of LUS does otherwise than the paper (ensemble.md 5.1 to 5.6; 5.8 comes with `wrong_user`)."""
REFERENCE: tuple[Fault, ...] = get_args(Fault)
"""All of them: `compat: reference`."""


class Ensemble(Closed):
    """Keywords, similarity and a sequential model vote (LUS; ensemble.md 1.6)."""

    kind: Literal["ensemble"]
    compat: Literal["paper", "reference"] = "paper"
    """The equations of the paper, or all faults of the released code."""
    faults: Annotated[tuple[Fault, ...], AfterValidator(_once)] = ()
    """Some of these faults."""

    @property
    def wrong(self) -> tuple[Fault, ...]:
        """The faults that are reproduced, in their order."""
        return REFERENCE if self.compat == "reference" else tuple(fault for fault in REFERENCE if fault in self.faults)


class Suber(Closed):
    """An LLM rates every recommended item (SUBER as LUS compares it; baselines.md 4c)."""

    kind: Literal["suber"]


class Responding(Closed):
    """A response model trained on likes and dislikes (KuaiSim as LUS compares it; baselines.md 4b)."""

    kind: Literal["kuaisim"]
    deterministic: bool = False
    """The reward is p > 0.5, not a draw with probability p (the released code)."""


Simulator = Annotated[Ensemble | Suber | Responding, Field(discriminator="kind")]
"""What stands behind the environment of LUS."""
LearnerName = Literal["ppo", "trpo", "a2c", "dqn", "random"]


class Reinforcement(Retirable):
    """One run: a reinforcement learner recommends to simulated users, once per seed (LUS, "Benchmark Results")."""

    kind: Literal["reinforcement"]
    dataset: str
    simulator: Simulator
    learner: LearnerName
    corpus: str | None = None
    """Key of the corpus with the items' keywords, which the ensemble needs."""


class Prediction(Retirable):
    """One run: simulators say whether users liked the interaction that was held out (LUS, Table 6, AUC)."""

    kind: Literal["prediction"]
    dataset: str
    simulators: Annotated[tuple[Simulator, ...], Field(min_length=1)]
    corpus: str | None = None
    """Key of the corpus with the items' keywords, which the ensemble needs."""


Spec = Annotated[
    Simulation | Audit | Sensitivity | Diagnosis | Tuning | Corpus | Pretraining | Finetuning | Reinforcement | Prediction,
    Field(discriminator="kind"),
]

Specs = Mapping[str, Any]
"""Every spec of a checkout by key."""


def corpora_of(specs: Specs, spec: Any) -> list[str]:
    """The corpora on which a run rests."""
    match spec:
        case Diagnosis():
            return [spec.corpus]
        case Reinforcement() | Prediction():
            return [spec.corpus] if spec.corpus else []
        case Simulation(method=Dgdpo(diagnoser=str() as model)):
            trained = specs.get(model)
            return [trained.corpus] if isinstance(trained, (Pretraining, Finetuning)) else []
        case _:
            return []
