"""Stage `simulate`: one run. Simulated users meet recommenders, or a diagnosis model is examined."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reproduce import spec
from reproduce.errors import Problem, SpecError
from reproduce.files import dumps, read_jsonl, replacing, write_json, write_jsonl
from reproduce.project import Project
from reproduce.stages.about import Row, about
from reproduce.stages.simulators import build, reacting, rules

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset
    from reproduce.interaction.simulator import UserSimulator
    from reproduce.interaction.transcript import Profile, Transcript
    from reproduce.llm.ask import Asker
    from reproduce.methods.agent4rec.simulator import Agent4Rec
    from reproduce.methods.dgdpo.method import DGDPO
    from reproduce.methods.kuaisim.simulator import KuaiSim


def run(project: Project, key: str) -> None:
    """Write build/<mode>/runs/<key>. Raises SpecError, MissingInput, and what asking a model raises."""
    wanted = project.document(key).value
    match wanted:
        case spec.Simulation():
            asyncio.run(_simulate(project, key, wanted))
        case spec.Diagnosis():
            asyncio.run(_diagnose(project, key, wanted))
        case spec.Audit():
            asyncio.run(_audit(project, key, wanted))
        case spec.Sensitivity():
            asyncio.run(_repeat(project, key, wanted))
        case _:
            raise SpecError(Problem(f"specs/{key}.yaml", f"`{key}` is a `{wanted.kind}`, not a run of stage `simulate`"))


# ---------------------------------------------------------------- simulation


async def _simulate(project: Project, key: str, wanted: spec.Simulation) -> None:
    from reproduce.data.prepared import Dataset
    from reproduce.stages.llm import open_llm

    folder, params = project.build / "runs" / key, project.params
    dataset = Dataset.load(project.build / "data" / wanted.dataset)
    users = dataset.simulated(params.here.users)
    async with open_llm(project, rules(wanted.method.kind), wanted.prompts) as llm:
        simulator = build(project, wanted, dataset, llm, params.seed)
        built = await _construct(simulator, users)
        print(f"{key}: profiles of {len(users)} users are built", file=sys.stderr)
        lines = await _meet(project, key, wanted, dataset, simulator, built.profiles)
    shutil.rmtree(folder, ignore_errors=True)
    with replacing(folder / "transcripts.jsonl") as file:
        file.writelines(lines)
    write_jsonl(folder / "profiles.jsonl", built.profile_rows)
    if isinstance(wanted.method, spec.Dgdpo):
        write_jsonl(folder / "treatments.jsonl", built.treatment_rows)
    write_json(folder / "replies.json", llm.meter.replies(built.counters + simulator.counters))
    write_json(folder / "run.json", about(project, key, wanted, _knobs(project, wanted), dataset, llm.used, len(users)))


def _knobs(project: Project, wanted: spec.Simulation) -> Row:
    """The values of all knobs on which a simulation depends; a run's own `alpha` stands in its spec."""
    everything = project.params.model_dump(mode="json")
    found: Row = {}
    for name in spec.method_knobs(wanted):
        block, _, knob = name.partition(".")
        found[block] = {knob: everything[block][knob]} if knob else everything[block]
    return found


@dataclass
class _Built:
    """The profiles before the first round, built once per user and used with every recommender."""

    profiles: dict[int, Profile] = field(default_factory=dict)
    profile_rows: list[Row] = field(default_factory=list)
    treatment_rows: list[Row] = field(default_factory=list)
    counters: Counter[str] = field(default_factory=Counter)


async def _construct(simulator: Agent4Rec | DGDPO | KuaiSim, users: tuple[int, ...]) -> _Built:
    from reproduce.methods.dgdpo.method import DGDPO
    from reproduce.methods.dgdpo.records import profile_row, static_profile_row, treatment_rows

    built = _Built()
    if not isinstance(simulator, DGDPO):
        built.profiles = dict(zip(users, await asyncio.gather(*map(simulator.profile, users)), strict=True))
        built.profile_rows = [static_profile_row(user, profile) for user, profile in built.profiles.items()]
        return built
    for user, constructed in zip(users, await asyncio.gather(*map(simulator.construct, users)), strict=True):
        built.profiles[user] = constructed.optimised.profile
        built.profile_rows.append(profile_row(user, constructed))
        built.treatment_rows += treatment_rows(user, constructed)
        built.counters["refine"] += len(constructed.optimised.treatments)
        for treatment in constructed.optimised.treatments:
            if treatment.rejected_because:
                built.counters["refine_rejected"] += 1
                built.counters[f"refine_rejected_{treatment.rejected_because}"] += 1
    return built


async def _meet(
    project: Project,
    key: str,
    wanted: spec.Simulation,
    dataset: Dataset,
    simulator: Agent4Rec | DGDPO | KuaiSim,
    profiles: Mapping[int, Profile],
) -> list[str]:
    """The lines of `transcripts.jsonl`, by user, recommender, strategy."""
    from reproduce.interaction.rounds import Encounter
    from reproduce.recommenders.trained import Trained

    encounter = Encounter(dataset, simulator, project.params.interaction, project.params.seed)
    lines: dict[tuple[int, str, str], str] = {}
    for name in _recommenders(project, wanted):
        recommender = Trained.load(project.build / "recommenders" / wanted.dataset / name)
        for strategy in wanted.strategies:
            for transcript in await encounter.play(simulator.name, name, recommender, strategy, profiles):
                lines[transcript.user, name, strategy] = dumps(transcript.model_dump(mode="json")) + "\n"
            print(f"{key}: {name}, {strategy}: {encounter.knobs.rounds} rounds are played", file=sys.stderr)
    return [lines[place] for place in sorted(lines)]


def _recommenders(project: Project, wanted: spec.Simulation) -> list[spec.RecommenderName]:
    """Those of the run that this mode simulates. Raises SpecError when there is none."""
    here = project.params.here.recommenders.names
    if names := [name for name in wanted.recommenders if name in here]:
        return names
    fact = f"`{project.params.mode}.recommenders.names` ({', '.join(here)}) has none of the run's"
    raise SpecError(Problem("params.yaml", f"{fact} ({', '.join(wanted.recommenders)})"))


# ---------------------------------------------------------------- audit and sensitivity


async def _audit(project: Project, key: str, wanted: spec.Audit) -> None:
    """`orders.jsonl` (`interaction/audit.py`)."""
    from reproduce.data.prepared import Dataset
    from reproduce.interaction.audit import audit
    from reproduce.stages.llm import open_llm

    folder, params, of = project.build / "runs" / key, project.params, project.spec(wanted.of, spec.Simulation)
    dataset = Dataset.load(project.build / "data" / of.dataset)
    transcripts = _played(project, key, wanted.of)
    async with open_llm(project, rules(of.method.kind), of.prompts) as llm:
        lines = await audit(dataset, reacting(project, of, dataset, llm, params.seed), transcripts, params.seed)
    shutil.rmtree(folder, ignore_errors=True)
    write_jsonl(folder / "orders.jsonl", (line.model_dump(mode="json") for line in lines))
    write_json(folder / "replies.json", llm.meter.replies())
    knobs = _knobs(project, of) | {"audit": params.audit.model_dump()}
    write_json(folder / "run.json", about(project, key, wanted, knobs, dataset, llm.used, len(transcripts)))


def _played(project: Project, key: str, of: str) -> list[Transcript]:
    """The transcripts of a simulation with the audited recommender, without profile update where it was played so."""
    from reproduce.interaction.transcript import Transcript

    path, recommender = project.build / "runs" / of / "transcripts.jsonl", project.params.audit.recommender
    found: dict[str, list[Transcript]] = {}
    for row in read_jsonl(path):
        if row["recommender"] == recommender:
            found.setdefault(row["strategy"], []).append(Transcript.model_validate(row))
    if not found:
        fact = f"`{of}` was not played with `{recommender}`; set `audit.recommender` in params.yaml to one of its recommenders"
        raise SpecError(Problem(f"specs/{key}.yaml", fact))
    return found["none"] if "none" in found else found[min(found)]


async def _repeat(project: Project, key: str, wanted: spec.Sensitivity) -> None:
    """`verdicts.jsonl` (`interaction/sensitivity.py`).

    Without profile update and with the audited recommender. The seed draws candidates, never profiles: those are the simulation's
    own, and built anew only for a wording that pins another version of a prompt with which profiles are built.
    """
    from reproduce.data.prepared import Dataset
    from reproduce.interaction.rounds import Encounter
    from reproduce.interaction.sensitivity import counted
    from reproduce.recommenders.trained import Trained
    from reproduce.stages.llm import open_llm

    folder, params, of = project.build / "runs" / key, project.params, project.spec(wanted.of, spec.Simulation)
    dataset = Dataset.load(project.build / "data" / of.dataset)
    name = params.audit.recommender
    recommender = Trained.load(project.build / "recommenders" / of.dataset / name)
    rows: list[Row] = []
    prompts: dict[str, str] = {}
    async with open_llm(project, rules(of.method.kind), of.prompts) as llm:
        for pins in wanted.prompts:
            asker = llm.pinned(pins)
            simulator, profiles = await _reacting(project, wanted.of, of, dataset, llm, asker)
            for seed in wanted.seeds:
                played = await Encounter(dataset, simulator, params.interaction, seed).play(
                    of.method.kind, name, recommender, "none", profiles
                )
                rows += (line.model_dump(mode="json") for line in counted(seed, pins, played))
            prompts |= asker.used
            print(f"{key}: {', '.join(f'{prompt}.v{version}' for prompt, version in pins.items())} is asked", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    write_jsonl(folder / "verdicts.jsonl", rows)
    write_json(folder / "replies.json", llm.meter.replies())
    knobs = _knobs(project, of) | {"audit": params.audit.model_dump()}
    users = len({row["user"] for row in rows})
    write_json(folder / "run.json", about(project, key, wanted, knobs, dataset, dict(sorted(prompts.items())), users))


async def _reacting(
    project: Project, key: str, of: spec.Simulation, dataset: Dataset, llm: Asker, asker: Asker
) -> tuple[UserSimulator, Mapping[int, Profile]]:
    """The users of a simulation as `asker` words its prompts, and their profiles before the first round."""
    from reproduce.interaction.transcript import Profile
    from reproduce.methods.agent4rec.page import ROUND

    seed = project.params.seed
    if all(asker.prompts[name].id == llm.prompts[name].id for name in asker.prompts.pins if name != ROUND.prompt):
        rows = read_jsonl(project.build / "runs" / key / "profiles.jsonl")
        return reacting(project, of, dataset, asker, seed), {row["user"]: Profile(text=row["final"]) for row in rows}
    simulator = build(project, of, dataset, asker, seed)
    return simulator, (await _construct(simulator, dataset.simulated(project.params.here.users))).profiles


# ---------------------------------------------------------------- diagnosis


async def _diagnose(project: Project, key: str, wanted: spec.Diagnosis) -> None:
    from reproduce.data.prepared import Dataset
    from reproduce.methods.dgdpo.diagnosis import run_diagnosis
    from reproduce.stages.llm import open_llm

    folder, params = project.build / "runs" / key, project.params
    shutil.rmtree(folder, ignore_errors=True)
    async with open_llm(project, rules("dgdpo")) as llm:
        await run_diagnosis(project, wanted, llm, folder)
    write_json(folder / "replies.json", llm.meter.replies())
    knobs: Row = {"corpus": params.corpus.model_dump(), "diagnoser": params.here.diagnoser.model_dump()}
    dataset = Dataset.load(project.build / "data" / wanted.dataset)
    users = len({row["user"] for row in read_jsonl(folder / "predictions.jsonl")})
    write_json(folder / "run.json", about(project, key, wanted, knobs, dataset, llm.used, users))
