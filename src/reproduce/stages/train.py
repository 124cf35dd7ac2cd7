"""Stage `train`: one recommender, or one response model, on one data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

from reproduce.errors import Problem, SpecError
from reproduce.paper import Tuning
from reproduce.spec import RecommenderName, TunedName

if TYPE_CHECKING:
    from pathlib import Path

    from reproduce.project import Project
    from reproduce.recommenders.settings import Settings
    from reproduce.responses.settings import Settings as ResponseSettings

ON_LABELS = ("clicks", "kuaisim-labels")
"""Response models that learn what was liked and disliked (LUS)."""
TUNED_BY = "dgdpo"
"""The paper that prints tuned hyper-parameters (Table 6)."""


def run(project: Project, key: str) -> None:
    """Train `<dataset>/<model>`; writes `model.pt`, `config.json`, `metrics.json` to build/<mode>/recommenders/<key>/, response
    models (`kuaisim`, and on likes and dislikes `clicks` and `kuaisim-labels`) to build/<mode>/responses/<key>/.

    Raises SpecError for an unknown model or one without printed hyper-parameters, MissingInput before `preprocess` has run.
    """
    dataset, _, name = key.rpartition("/")
    known = (*get_args(TunedName), *ON_LABELS)
    if not dataset or name not in known:
        raise SpecError(Problem(key, f"is no `<dataset>/<model>` (known: {', '.join(known)})"))
    if name in ON_LABELS:
        _on_labels(project, dataset, name)
    elif name == "kuaisim":
        _response(project, dataset, project.build / "responses" / dataset / name)
    else:
        _recommender(project, dataset, cast(RecommenderName, name), project.build / "recommenders" / dataset / name)


def settings(project: Project, dataset: str, longest: int, name: RecommenderName) -> Settings:
    """The printed optimum (`tuned: true`) or the rehearsal's sizes. Raises SpecError where the paper prints none.

    `longest` is the data set's longest sequence (200 for ML-1M, 50 for Amazon), so that a history of ten rounds still fits.
    """
    from reproduce.recommenders.settings import TITLES, small, tuned

    knobs = project.params.here.recommenders
    if not knobs.tuned:
        return small(name, knobs.epochs, knobs.patience)
    best = _optimum(project, TITLES[name], dataset)
    return tuned(name, best, longest, knobs.epochs, knobs.patience, knobs.batch)


def response_settings(project: Project, dataset: str, longest: int) -> ResponseSettings:
    """The same for the response model."""
    from reproduce.responses.settings import METHOD, small, tuned

    knobs, negatives = project.params.here.recommenders, project.params.kuaisim.negatives
    if not knobs.tuned:
        return small(knobs.epochs, knobs.patience, negatives)
    return tuned(_optimum(project, METHOD, dataset), longest, knobs.epochs, knobs.patience, knobs.batch, negatives)


def printed_tuning(project: Project) -> Tuning:
    """Table 6. Raises SpecError where the paper file has none."""
    if tuning := project.paper(TUNED_BY).tuning:
        return tuning
    raise SpecError(Problem(f"specs/{TUNED_BY}/paper.yaml", "has no `tuning`"))


def _optimum(project: Project, method: str, dataset: str) -> dict[str, float]:
    if best := printed_tuning(project).best(method, dataset):
        return best
    remedy = f"set `{project.params.mode}.recommenders.tuned: false` in params.yaml"
    fact = f"prints no hyper-parameters of `{method}` on `{dataset}`; {remedy}"
    raise SpecError(Problem(f"specs/{TUNED_BY}/paper.yaml", fact))


def _recommender(project: Project, dataset: str, name: RecommenderName, folder: Path) -> None:
    from reproduce import seeds
    from reproduce.data.prepared import Dataset
    from reproduce.recommenders.trained import Trained

    wanted = settings(project, dataset, _longest(project, dataset), name)
    seed = seeds.number(project.params.seed, "train", dataset, name)
    Trained.fit(Dataset.load(project.build / "data" / dataset), name, wanted, seed).save(folder)


def _response(project: Project, dataset: str, folder: Path) -> None:
    from reproduce import seeds
    from reproduce.data.prepared import Dataset
    from reproduce.responses.trained import ResponseModel

    wanted = response_settings(project, dataset, _longest(project, dataset))
    seed = seeds.number(project.params.seed, "train", dataset, "kuaisim")
    prepared = Dataset.load(project.build / "data" / dataset)
    ResponseModel.fit(prepared, wanted, seed, project.params.seed).save(folder)


def _on_labels(project: Project, dataset: str, name: str) -> None:
    from reproduce import seeds
    from reproduce.data.prepared import Dataset
    from reproduce.responses.clicks import ClickModel
    from reproduce.responses.likes import LikeModel

    kind = ClickModel if name == "clicks" else LikeModel
    seed = seeds.number(project.params.seed, "train", dataset, name)
    prepared = Dataset.load(project.build / "data" / dataset)
    kind.fit(prepared, project.params.here.clicks, seed).save(project.build / "responses" / dataset / name)


def _longest(project: Project, dataset: str) -> int:
    """Raises MissingInput."""
    from reproduce.files import read_json

    longest: int = read_json(project.build / "data" / dataset / "dataset.json")["protocol"]["longest"]
    return longest
