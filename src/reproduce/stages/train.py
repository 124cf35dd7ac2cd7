"""Stage `train`: one recommender on one data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

from reproduce.errors import Problem, SpecError
from reproduce.spec import RecommenderName

if TYPE_CHECKING:
    from reproduce.project import Project
    from reproduce.recommenders.settings import Settings

TUNED_BY = "dgdpo"
"""The paper that prints tuned hyper-parameters of these recommenders (Table 6)."""


def run(project: Project, key: str) -> None:
    """Train `<dataset>/<recommender>`; writes build/<mode>/recommenders/<key>/ (model.pt, config.json, metrics.json).

    Raises SpecError for an unknown recommender or one without printed hyper-parameters, MissingInput before `preprocess` has run.
    """
    dataset_name, _, name = key.rpartition("/")
    if not dataset_name or name not in get_args(RecommenderName):
        raise SpecError(Problem(key, f"is no `<dataset>/<recommender>` (known: {', '.join(get_args(RecommenderName))})"))
    from reproduce import seeds
    from reproduce.data.prepared import Dataset
    from reproduce.files import read_json
    from reproduce.recommenders.trained import Trained

    recommender = cast(RecommenderName, name)  # checked above
    folder = project.build / "data" / dataset_name
    wanted = settings(project, dataset_name, read_json(folder / "dataset.json")["protocol"]["longest"], recommender)
    seed = seeds.number(project.params.seed, "train", dataset_name, name)
    trained = Trained.fit(Dataset.load(folder), recommender, wanted, seed)
    trained.save(project.build / "recommenders" / dataset_name / name)


def settings(project: Project, dataset: str, longest: int, name: RecommenderName) -> Settings:
    """The printed optimum (`tuned: true`) or the rehearsal's sizes. Raises SpecError where the paper prints none.

    `longest` is the data set's longest sequence (200 for ML-1M, 50 for Amazon), so that a history of ten rounds still fits.
    """
    from reproduce.paper import Paper
    from reproduce.recommenders.settings import TITLES, small, tuned
    from reproduce.yaml_files import read

    knobs = project.params.here.recommenders
    if not knobs.tuned:
        return small(name, knobs.epochs, knobs.patience)
    place = f"specs/{TUNED_BY}/paper.yaml"
    tuning = read(project.root / place, Paper).tuning
    best = tuning.best(TITLES[name], dataset) if tuning else {}
    if not best:
        remedy = f"set `{project.params.mode}.recommenders.tuned: false` in params.yaml"
        raise SpecError(Problem(place, f"prints no hyper-parameters of `{name}` on `{dataset}`; {remedy}"))
    return tuned(name, best, longest, knobs.epochs, knobs.patience, knobs.batch)
