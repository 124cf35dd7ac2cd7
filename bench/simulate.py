"""Simulation with the heuristic engine: CPU seconds of the rehearsal's two runs without the diagnosis model, and per reply.

    python bench/simulate.py [folder of a checkout in which `dvc repro` has run]

CPU seconds (user + system) of one thread, median of three. The diagnosis model is left out (`bench/diagnoser.py` times it): every
case is labelled by a rule, so that treatments happen as often as with a model.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from reproduce.data.prepared import Dataset
from reproduce.interaction.rounds import Encounter
from reproduce.llm.ask import Asker
from reproduce.llm.engines.heuristic import Heuristic
from reproduce.llm.meter import Meter
from reproduce.llm.prompts import Prompts
from reproduce.llm.request import Sampling
from reproduce.methods.agent4rec import rehearsal as simulation
from reproduce.methods.agent4rec.questions import card
from reproduce.methods.agent4rec.rehearsal import opinion
from reproduce.methods.agent4rec.simulator import Agent4Rec
from reproduce.methods.agent4rec.traits import traits
from reproduce.methods.dgdpo import rehearsal as treatment
from reproduce.methods.dgdpo.cases import Case, Diagnosed
from reproduce.methods.dgdpo.evidence import label_of
from reproduce.methods.dgdpo.method import DGDPO
from reproduce.project import Project
from reproduce.recommenders.trained import Trained

NAMES = ("fpmc", "narm", "sasrec", "lrurec")
RULES = {**simulation.RULES, **treatment.RULES}
PROFILE = (
    "Drama enthusiast, Crime fan, Sci-Fi (moderate interest), Disinterest in Western, Complex characters, Engaging narratives"
)


def main() -> None:
    project = Project.here(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    dataset = Dataset.load(project.build / "data" / "ml-1m")
    users = dataset.simulated(project.params.here.users)
    print(
        f"{dataset.source}, {len(users)} users, {project.params.interaction.rounds} rounds, {len(NAMES)} recommenders, no update"
    )
    for method in ("agent4rec", "dgdpo"):
        seconds, calls = zip(
            *(timed(lambda method=method: asyncio.run(run(project, dataset, users, method))) for _ in range(3)), strict=True
        )
        print(
            f"  {method:10s} {median(seconds):6.2f} CPU s, {calls[0]:6d} calls, {1000 * median(seconds) / calls[0]:.2f} ms a call"
        )
    replies(dataset)


async def run(project: Project, dataset: Dataset, users: Sequence[int], method: str) -> int:
    """One run from profiles to transcripts. Returns the number of calls."""
    llm = Asker(Heuristic(RULES, 0.01, 1), Prompts(project.root / "prompts"), "heuristic-1", Sampling(), Meter())
    base = Agent4Rec(dataset, traits(dataset, 1), llm)
    simulator = (
        base if method == "agent4rec" else DGDPO(dataset, base, llm, label, project.params.data.alpha, project.params.dgdpo)
    )
    profiles = dict(zip(users, await asyncio.gather(*map(simulator.profile, users)), strict=True))
    encounter = Encounter(dataset, simulator, project.params.interaction, 1)
    for name in NAMES:
        recommender = Trained.load(project.build / "recommenders" / "ml-1m" / name)
        await encounter.play(method, name, recommender, "none", profiles)
    return sum(tally.calls for tally in llm.meter.tallies.values())


async def label(profile: str, cases: Sequence[Case]) -> list[Diagnosed]:
    """The label that the stances towards the item's genres amount to."""
    return [
        Diagnosed(label_of([(genre, _stance(profile, genre)) for genre in case.item.genres]) or "incomplete") for case in cases
    ]


def _stance(profile: str, genre: str) -> str:
    found = opinion(profile, genre)
    return "unmentioned" if not found.phrase else "liked" if found.value > 0 else "disliked"


def replies(dataset: Dataset) -> None:
    """The rules alone."""
    draw = np.random.default_rng(1)
    cards = [card(dataset.item(int(item))) for item in dataset.items.index]
    habits = {"activity": 2, "conformity": 2, "diversity": 2}
    asked = [{"traits": habits, "profile": PROFILE, "item": each} for each in cards]
    pages = [
        {
            "traits": habits,
            "profile": PROFILE,
            "memory": [],
            "round": 1,
            "page": [cards[at] for at in draw.permutation(len(cards))[:20]],
        }
        for _ in range(300)
    ]
    for name, rule, inputs in (("one item", simulation.decide, asked), ("one page", simulation.round_, pages)):
        seconds = [timed(lambda rule=rule, inputs=inputs: [rule(each, draw) for each in inputs])[0] for _ in range(3)]
        print(f"  rule, {name}: {1000 * median(seconds) / len(inputs):.3f} ms")


def timed(work: Callable[[], object]) -> tuple[float, object]:
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


if __name__ == "__main__":
    main()
