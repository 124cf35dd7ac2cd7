"""From a checkout to an environment: what `gymnasium.make("reproduce/Ensemble-v1", ...)` calls.

gymnasium.make("reproduce/Ensemble-v1", world=world)                        # anything that responds
gymnasium.make("reproduce/Ensemble-v1", dataset="yelp", folder="path/of/a/checkout")     # what its stages have built
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reproduce.data.prepared import Dataset
from reproduce.errors import Problem, SpecError
from reproduce.interaction.env import EnsembleEnv, EnsembleVectorEnv
from reproduce.interaction.episodes import World, most_reviewed
from reproduce.methods.ensemble.descriptions import Descriptions
from reproduce.methods.ensemble.simulator import Ensemble
from reproduce.project import Project
from reproduce.spec import Corpus, Fault


def environment(
    world: World | None = None,
    *,
    dataset: str | None = None,
    folder: Path | str = ".",
    faults: Sequence[Fault] = (),
    panel: Sequence[int] | None = None,
    max_steps: int | None = None,
) -> EnsembleEnv:
    """One episode at a time, in a given world or in that of a data set in a checkout."""
    return EnsembleEnv(_world(world, dataset, folder, faults), panel, max_steps)


def vector_environment(
    num_envs: int,
    world: World | None = None,
    *,
    dataset: str | None = None,
    folder: Path | str = ".",
    faults: Sequence[Fault] = (),
    panel: Sequence[int] | None = None,
    max_steps: int | None = None,
) -> EnsembleVectorEnv:
    """The same for many side by side."""
    return EnsembleVectorEnv(num_envs, _world(world, dataset, folder, faults), panel, max_steps)


def opened(project: Project, dataset: str, faults: Sequence[Fault] = ()) -> World:
    """The world of LUS on a data set of which stages have built data, corpus and click model. Raises MissingInput, SpecError."""
    from reproduce.responses.clicks import ClickModel

    prepared = Dataset.load(project.build / "data" / dataset)
    descriptions = Descriptions.load(project.build / "corpora" / corpus_of(project, dataset))
    clicks = ClickModel.load(project.build / "responses" / dataset / "clicks")
    simulator = Ensemble(prepared, descriptions, clicks, project.params.ensemble, faults)
    return World(prepared, simulator, project.params.episodes, most_reviewed(prepared, project.params.here.learning.actions))


def corpus_of(project: Project, dataset: str) -> str:
    """The key of the corpus with the items' keywords. Raises SpecError where there is none."""
    for key in project.spec_keys():
        spec = project.document(key).value
        if isinstance(spec, Corpus) and (spec.method, spec.dataset, spec.archived) == ("ensemble", dataset, False):
            return key
    raise SpecError(Problem("specs/ensemble", f"no corpus of method `ensemble` is made of data set `{dataset}`"))


def _world(world: World | None, dataset: str | None, folder: Path | str, faults: Sequence[Fault]) -> World:
    if (world is None) == (dataset is None):
        raise ValueError("an environment wants either `world` or `dataset` (and `folder`)")
    if world is not None:
        return world
    assert dataset is not None
    return opened(Project.here(Path(folder)), dataset, faults)
