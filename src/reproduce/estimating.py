"""What a spec will ask, before it asks: formulas on prepared data, corrected by what was measured.

Calls and tokens come from the formulas of each method's notes (`methods/*/plan.py`). How a model answers they can only assume:
how often it declines, how long its replies are. What is measured replaces the assumptions, as a ratio to what the same formulas
say of the measured shape: of a pilot on a few users where the engine costs nothing, else of earlier runs of the same mode.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from typing_extensions import assert_never

from reproduce import spec
from reproduce.data.prepared import Dataset
from reproduce.files import read_json, read_jsonl
from reproduce.llm.meter import Tally
from reproduce.llm.plan import Planned
from reproduce.methods.agent4rec import plan as agent4rec
from reproduce.methods.agent4rec.page import ROUND
from reproduce.methods.agent4rec.plan import LOOKED_AT, Ruler, ruler
from reproduce.methods.agentcf import plan as agentcf
from reproduce.methods.dgdpo import plan as dgdpo
from reproduce.methods.ensemble import plan as ensemble
from reproduce.methods.llm_us import plan as llm_us
from reproduce.methods.rah import plan as rah
from reproduce.methods.suber import plan as suber
from reproduce.plans import ASSUMED, NOTHING, Plan, Ratio, add, corrected, dataset_of, free, prompts_of, ratios, unversioned
from reproduce.project import Project

PILOT = 20
"""Users of a pilot, evenly apart among those of the run."""
SPLITS = 5
"""Splits of test samples: random, unseen, unseen phrasing, new words, literal."""


def estimate(project: Project, key: str) -> Plan:
    """The plan of one spec. Raises SpecError, and MissingInput before `preprocess` has run."""
    wanted = project.document(key).value
    match wanted:
        case spec.Pretraining() | spec.Finetuning() | spec.Tuning() | spec.Simulation(method=spec.KuaiSim()):
            return Plan(key, (), NOTHING)
        case spec.Simulation():
            return _simulation(project, key, wanted)
        case spec.Audit():
            of = project.spec(wanted.of, spec.Simulation)
            pages = 2 * project.params.here.users * project.params.interaction.rounds
            return _pages(project, key, of, [(pages, {})])
        case spec.Sensitivity():
            of = project.spec(wanted.of, spec.Simulation)
            pages = len(wanted.seeds) * project.params.here.users * project.params.interaction.rounds
            return _pages(project, key, of, [(pages, pins) for pins in wanted.prompts])
        case spec.Corpus(method="ensemble"):
            return _keywords(project, key, wanted)
        case spec.Corpus():
            return _corpus(project, key, wanted)
        case spec.Reinforcement() | spec.Prediction():
            return _responses(project, key, wanted)
        case spec.Diagnosis():
            return _diagnosis(project, key, wanted)
        case _:
            assert_never(wanted)


# ---------------------------------------------------------------- simulations


def _simulation(project: Project, key: str, wanted: spec.Simulation) -> Plan:
    dataset = dataset_of(project, wanted.dataset)
    measured, basis = _measured(project, wanted, dataset)
    expected = _formula(project, wanted, dataset, dataset.simulated(project.params.here.users), {})
    return Plan(key, [corrected(each, measured) for each in expected], basis)


def _pages(project: Project, key: str, of: spec.Simulation, wordings: Sequence[tuple[int, Mapping[str, int]]]) -> Plan:
    """So many pages under each wording, to the users of a simulation; profiles too where a wording is not of pages alone."""
    if isinstance(of.method, spec.KuaiSim):
        return Plan(key, (), NOTHING)
    dataset, params = dataset_of(project, of.dataset), project.params
    measured, basis = _measured(project, of, dataset)
    users = dataset.simulated(params.here.users)
    calls: list[Planned] = []
    for pages, pins in wordings:
        expected = _formula(project, of, dataset, users, pins)
        built = [each for each in expected if each.prompt != ROUND.prompt] if set(pins) - {ROUND.prompt} else []
        page = _ruler(project, of, dataset, users, pins).round(pages, params.interaction.candidates, params.seed)
        calls += [corrected(each, measured) for each in (*built, page)]
    return Plan(key, calls, basis)


def _formula(
    project: Project, wanted: spec.Simulation, dataset: Dataset, users: Sequence[int], pins: Mapping[str, int]
) -> list[Planned]:
    """Calls by the method's formulas and planning values."""
    params, method = project.params, wanted.method
    measure, loop, most = _ruler(project, wanted, dataset, users, pins), params.interaction, params.baselines.max_build_items
    recommenders = len([name for name in wanted.recommenders if name in params.here.recommenders.names])
    shape = (users, recommenders * len(wanted.strategies), loop.rounds, loop.candidates, params.seed)
    match method:
        case spec.Agent4Rec():
            return agent4rec.plan(measure, *shape)
        case spec.LlmUs():
            return llm_us.plan(measure, *shape, params.llm_us, most)
        case spec.Rah():
            return rah.plan(measure, *shape, params.rah, most)
        case spec.AgentCf():
            return agentcf.plan(measure, *shape, params.agentcf, most)
        case spec.KuaiSim():
            return []
        case spec.Dgdpo():
            own = {} if method.opt_negatives is None else {"opt_negatives": method.opt_negatives}
            knobs, alpha = params.dgdpo.model_copy(update=own), method.alpha or params.data.alpha
            built = dgdpo.construction(measure, users, alpha, knobs, method.iterate, prompted=method.diagnoser is None)
            updating = recommenders * len([name for name in wanted.strategies if name != "none"])
            page = agent4rec.plan(measure, *shape)[-1]
            return [*built, page, *dgdpo.update(measure, len(users) * updating * loop.rounds)]
        case _:
            assert_never(method)


def _ruler(project: Project, wanted: spec.Simulation, dataset: Dataset, users: Sequence[int], pins: Mapping[str, int]) -> Ruler:
    return ruler(prompts_of(project, {**wanted.prompts, **pins}), dataset, users)


# ---------------------------------------------------------------- what was measured


def _measured(project: Project, wanted: spec.Simulation, dataset: Dataset) -> tuple[dict[str, Ratio], str]:
    """What is known of how the model in force answers a method, and from where."""
    if project.params.here.llm.engine == "heuristic":
        users = dataset.simulated(project.params.here.users)
        some = users[:: max(1, len(users) // PILOT)][:PILOT]
        method = wanted.method
        asked = method.model_copy(update={"diagnoser": None}) if isinstance(method, spec.Dgdpo) else method
        tallies = asyncio.run(_pilot(project, wanted.model_copy(update={"method": asked}), dataset, some))
        return ratios(tallies, _formula(project, _met_once(wanted), dataset, some, {})), f"a pilot of {len(some)} users"
    runs = list(_earlier(project, wanted))
    known = [run for run in runs if run[0].dataset == wanted.dataset] or runs
    tallies, expected = defaultdict[str, Tally](Tally), list[Planned]()
    for then, many, counted in known:
        add(tallies, counted)
        played = dataset_of(project, then.dataset)
        expected += _formula(project, then, played, played.simulated(many), {})
    return ratios(tallies, expected), "earlier runs" if known else ASSUMED


def _met_once(wanted: spec.Simulation) -> spec.Simulation:
    """A pilot meets one recommender, under every strategy of the run."""
    return wanted.model_copy(update={"recommenders": wanted.recommenders[:1]})


async def _pilot(project: Project, wanted: spec.Simulation, dataset: Dataset, users: Sequence[int]) -> dict[str, Tally]:
    """Some users of a run with the embedded engine, a prompted diagnosis, and pages in the order of item ids."""
    from reproduce.interaction.rounds import Encounter
    from reproduce.stages.simulators import build, rules

    llm = free(project, rules(wanted.method.kind), wanted.prompts)
    simulator = build(project, wanted, dataset, llm, project.params.seed)
    profiles = dict(zip(users, await asyncio.gather(*map(simulator.profile, users)), strict=True))
    encounter = Encounter(dataset, simulator, project.params.interaction, project.params.seed)
    for strategy in wanted.strategies:
        await encounter.play(simulator.name, "unranked", Unranked(), strategy, profiles)
    return unversioned(llm.meter)


class Unranked:
    """A recommender to which all items are equal."""

    def begin(self, users: Sequence[int], histories: Sequence[Sequence[int]]) -> Unranked:
        """It remembers nothing."""
        return self

    def score(self, *asked: Any) -> Any:  # of a recommender or of a session: an array
        """Zero for every candidate."""
        import numpy as np

        return np.zeros((len(asked[-1]), len(asked[-1][0])))

    def append(self, items: Sequence[int | None]) -> None:
        """Nothing grows."""


def _earlier(project: Project, wanted: spec.Simulation) -> Iterator[tuple[spec.Simulation, int, Any]]:
    """Runs of the same method that this mode has made: spec, number of users, counts per prompt."""
    model = project.params.here.llm.model
    for path in sorted(project.build.glob("runs/*/*/run.json")):
        about = read_json(path)
        if about["kind"] != "simulation" or about["model"] != model or about["spec"]["method"]["kind"] != wanted.method.kind:
            continue
        then = spec.Simulation.model_validate({name: value for name, value in about["spec"].items() if name != "knobs"})
        yield then, about["users"], read_json(path.with_name("replies.json"))["prompts"]


# ---------------------------------------------------------------- corpora and diagnoses


def _keywords(project: Project, key: str, wanted: spec.Corpus) -> Plan:
    """Descriptions of all items and reviews; how long replies are is known once the corpus has been made."""
    dataset = dataset_of(project, wanted.dataset)
    measure = ruler(prompts_of(project, {}), dataset, dataset.simulated(project.params.here.users))
    expected = ensemble.corpus(measure, project.params.ensemble)
    measured = _answered(project.build / "corpora" / key / "replies.json", expected)
    return Plan(key, [corrected(each, measured) for each in expected], "an earlier run" if measured else ASSUMED)


def _responses(project: Project, key: str, wanted: spec.Reinforcement | spec.Prediction) -> Plan:
    """What SUBER is asked behind an environment; no other simulator asks a model."""
    learner = isinstance(wanted, spec.Reinforcement)
    simulators = (wanted.simulator,) if isinstance(wanted, spec.Reinforcement) else wanted.simulators
    if not any(isinstance(each, spec.Suber) for each in simulators):
        return Plan(key, (), NOTHING)
    dataset, knobs, params = dataset_of(project, wanted.dataset), project.params.here.learning, project.params
    users, steps = len(dataset.order), float(len(dataset.order))
    if isinstance(wanted, spec.Reinforcement):
        trained = knobs.steps.get(wanted.learner, 0)
        judged = knobs.panel + knobs.evaluate_episodes * (1 + trained // knobs.evaluate_every)
        steps = knobs.seeds * (trained + judged / params.episodes.stop)
    measure = ruler(prompts_of(project, {}), dataset, dataset.simulated(params.here.users))
    expected = suber.plan(measure, users, steps, params.suber)
    measured = _answered(project.build / "runs" / key / "replies.json", expected)
    basis = "an earlier run" if measured else f"{ASSUMED}; equal questions are paid once" if learner else ASSUMED
    return Plan(key, [corrected(each, measured) for each in expected], basis)


def _answered(replies: Path, expected: Sequence[Planned]) -> dict[str, Ratio]:
    """What an earlier run of the same spec was answered."""
    if not replies.is_file():
        return {}
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    add(tallies, read_json(replies)["prompts"])
    return ratios(tallies, expected)


def _corpus(project: Project, key: str, wanted: spec.Corpus) -> Plan:
    params = project.params
    dataset, knobs = dataset_of(project, wanted.dataset), params.corpus
    users = dataset.simulated(params.here.diagnoser.corpus_users)
    measure = ruler(prompts_of(project, {}), dataset, users)
    expected = dgdpo.corpus(measure, users, params.data.alpha, knobs)
    if params.here.llm.engine != "heuristic":
        answered = _answered(project.build / "corpora" / key / "replies.json", expected)
        measured = {name: replace(ratio, calls=1.0) for name, ratio in answered.items()}
        return Plan(key, [corrected(each, measured) for each in expected], "earlier runs" if measured else ASSUMED)
    some = dataset.order[:PILOT]
    measured = ratios(asyncio.run(_annotated(project, dataset)), dgdpo.corpus(measure, some, params.data.alpha, knobs))
    return Plan(key, [corrected(each, measured) for each in expected], f"a pilot of {len(some)} users")


async def _annotated(project: Project, dataset: Dataset) -> dict[str, Tally]:
    """The corpus of a few users."""
    from reproduce.methods.agent4rec.simulator import Agent4Rec
    from reproduce.methods.agent4rec.traits import traits
    from reproduce.methods.dgdpo.annotation import annotate
    from reproduce.methods.dgdpo.evidence import PROMPT
    from reproduce.stages.simulators import rules

    params = project.params
    llm = free(project, rules("dgdpo"), {})
    simulator = Agent4Rec(dataset, traits(dataset, params.agent4rec.single_genre_diversity), llm)
    few = {"corpus_users": PILOT, "pretrain_samples": 1, "finetune_samples": 1, "test_samples": 1}
    sizes = params.here.diagnoser.model_copy(update=few)
    await annotate(llm, simulator, dataset, llm.prompts[PROMPT], params.data.alpha, params.corpus, sizes, params.seed)
    return unversioned(llm.meter)


def _diagnosis(project: Project, key: str, wanted: spec.Diagnosis) -> Plan:
    """The test samples of the corpus, where it is there; else as many as are wanted of every split."""
    params = project.params
    dataset = dataset_of(project, wanted.dataset)
    measure = ruler(prompts_of(project, {}), dataset, dataset.simulated(params.here.users))
    path = project.build / "corpora" / wanted.corpus / "defects.jsonl"
    if not path.is_file():
        return Plan(key, [dgdpo.diagnosis(measure, SPLITS * params.here.diagnoser.test_samples)], ASSUMED)
    rows = [row for row in read_jsonl(path) if row["split"] not in ("train", "valid")]
    some = rows[:: max(1, len(rows) // LOOKED_AT)]
    shown = ({"profile": row["profile"], "item": _card(row["item"]), "rating": row["rating"]} for row in some)
    sent = measure.tokens("dgdpo/diag", shown)
    return Plan(key, [Planned("dgdpo/diag", len(rows), sent, dgdpo.DIAG_REPLY)], "the samples of the corpus")


def _card(item: Mapping[str, Any]) -> dict[str, Any]:  # a line of JSON
    return {name: item[name] for name in ("title", "mean", "genres")}
