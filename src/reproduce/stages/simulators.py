"""Composes the simulated users that a spec names: the one place that knows every method."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from typing_extensions import assert_never

from reproduce import spec
from reproduce.project import Project

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset
    from reproduce.interaction.simulator import UserSimulator
    from reproduce.llm.ask import Asker
    from reproduce.llm.engines.heuristic import Rule
    from reproduce.methods.agent4rec.simulator import Agent4Rec
    from reproduce.methods.dgdpo.cases import Diagnose
    from reproduce.methods.dgdpo.method import DGDPO
    from reproduce.methods.kuaisim.simulator import KuaiSim


_REHEARSALS = {
    "agent4rec": (),
    "llm_us": ("rehearsal",),
    "rah": ("rehearsal",),
    "agentcf": ("rehearsal",),
    "kuaisim": (),
    "dgdpo": ("rehearsal", "rehearsal_diagnosis"),
}
"""The modules of each method that hold heuristic rules, besides those of the base simulator."""


def build(project: Project, wanted: spec.Simulation, dataset: Dataset, llm: Asker, seed: int) -> Agent4Rec | DGDPO | KuaiSim:
    """The simulated users of one run. Raises MissingInput before what they need is trained."""
    from reproduce.methods.agent4rec.simulator import Agent4Rec
    from reproduce.methods.agent4rec.traits import traits

    params, method = project.params, wanted.method
    if isinstance(method, spec.KuaiSim):
        from reproduce.methods.kuaisim.simulator import KuaiSim

        return KuaiSim.load(project.build / "responses" / wanted.dataset / "kuaisim", dataset, params.kuaisim)
    habits, most = traits(dataset, params.agent4rec.single_genre_diversity), params.baselines.max_build_items
    match method:
        case spec.Agent4Rec():
            return Agent4Rec(dataset, habits, llm)
        case spec.LlmUs():
            from reproduce.methods.llm_us.simulator import LlmUs

            return LlmUs(dataset, habits, llm, params.llm_us, most)
        case spec.Rah():
            from reproduce.methods.rah.simulator import Rah

            return Rah(dataset, habits, llm, params.rah, most)
        case spec.AgentCf():
            from reproduce.methods.agentcf.simulator import AgentCf

            return AgentCf(dataset, habits, llm, params.agentcf, most, seed)
        case spec.Dgdpo():
            from reproduce.methods.dgdpo.method import DGDPO

            base, alpha = Agent4Rec(dataset, habits, llm), method.alpha or params.data.alpha
            knobs = params.dgdpo
            if method.opt_negatives is not None:
                knobs = knobs.model_copy(update={"opt_negatives": method.opt_negatives})
            return DGDPO(dataset, base, llm, diagnoser(project, method, llm), alpha, knobs, method.iterate, seed)
        case _:
            assert_never(method)


def reacting(project: Project, wanted: spec.Simulation, dataset: Dataset, llm: Asker, seed: int) -> UserSimulator:
    """The simulated users of one run once their profiles are built; DGDPO then needs no diagnosis and is its base simulator."""
    base = spec.Agent4Rec(kind="agent4rec")
    method = base if isinstance(wanted.method, spec.Dgdpo) else wanted.method
    return build(project, wanted.model_copy(update={"method": method}), dataset, llm, seed)


def diagnoser(project: Project, wanted: spec.Dgdpo, llm: Asker) -> Diagnose:
    """The model that a run of DGDPO names, fine-tuned or pre-trained only; none named: the prompted general-purpose LLM."""
    from reproduce.methods.dgdpo.diagnoser import PromptedDiagnoser, SpecialisedDiagnoser

    if wanted.diagnoser is None:
        return PromptedDiagnoser(llm)
    pretrained = isinstance(project.document(wanted.diagnoser).value, spec.Pretraining)
    folder = project.build / ("pretrained" if pretrained else "models") / wanted.diagnoser
    knobs = project.params.here.diagnoser
    return SpecialisedDiagnoser.load(folder, llm.prompts, knobs.mode)


def rules(kind: str) -> dict[str, Rule]:
    """The heuristic rules of every prompt that the runs of a method may ask."""
    from reproduce.methods.agent4rec import rehearsal as base

    own = (import_module(f"reproduce.methods.{kind}.{module}") for module in _REHEARSALS[kind])
    return {**base.RULES, **{name: rule for module in own for name, rule in module.RULES.items()}}
