"""What is searched for each method, and how one setting is trained and valued."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import reproduce
from reproduce import seeds
from reproduce.errors import Diverged
from reproduce.files import dumps
from reproduce.paper import Tuning
from reproduce.params import KuaiSimKnobs, RecommenderKnobs, TuningKnobs
from reproduce.spec import TITLES, RecommenderName, TunedName
from reproduce.tuning.journal import Outcome, Params
from reproduce.tuning.study import Space

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset

CODE = ("data/prepared.py", "recommenders/*.py", "responses/*.py", "seeds.py", "tuning/*.py")
"""What decides what a training gives, beside the data and the knobs."""
LIBRARIES = ("numpy", "optuna", "recbole", "torch")


@dataclass(frozen=True)
class Bench:
    """The data set of a study and the knobs of its trainings."""

    dataset: Dataset
    longest: int
    seed: int
    tuning: TuningKnobs
    recommenders: RecommenderKnobs
    kuaisim: KuaiSimKnobs


def space(printed: Tuning, method: TunedName) -> Space:
    """The printed search space, whole numbers as such."""
    rows = (row for row in printed.rows if row.method == TITLES[method])
    return {row.name: tuple(int(value) if value.is_integer() else value for value in row.searched) for row in rows}


def measure(method: TunedName) -> str:
    """What is maximised on the validation items: BL-D14 for recommenders, BL-D8 for KuaiSim."""
    return "f1" if method == "kuaisim" else "ndcg@10"


def objective(bench: Bench, method: TunedName) -> Callable[[Params], Outcome]:
    """Trains one setting. All trials start from the same seed, so that a setting has one value."""
    seed = seeds.number(bench.seed, "tune", bench.dataset.name, method)

    def train(params: Params) -> Outcome:
        try:
            metrics = _response(bench, params, seed) if method == "kuaisim" else _recommender(bench, method, params, seed)
        except Diverged:
            return Outcome(None, 0, 0)
        return Outcome(metrics[measure(method)], metrics["epochs"], metrics["best_epoch"])

    return train


def fingerprint(bench: Bench, method: TunedName, searched: Space, data: Path) -> str:
    """Names the journal of a study: equal only where every training would give the same."""
    import torch

    package = Path(reproduce.__file__).parent
    about = {
        "method": method,
        "space": {name: list(values) for name, values in searched.items()},
        "data": _digest(sorted(data.iterdir())),
        "code": _digest(sorted(path for pattern in CODE for path in package.glob(pattern))),
        "libraries": {name: version(name) for name in LIBRARIES},
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "longest": bench.longest,
        "seed": bench.seed,
        "tuning": bench.tuning.model_dump(exclude={"trials"}),  # more trials go on where fewer ended
        "recommenders": bench.recommenders.model_dump(include={"tuned", "batch"}),
        "kuaisim": bench.kuaisim.model_dump(include={"negatives"}),
    }
    return hashlib.sha256(dumps(about).encode()).hexdigest()


def _recommender(bench: Bench, name: RecommenderName, params: Params, seed: int) -> dict[str, Any]:  # JSON
    from reproduce.recommenders.fitting import fit
    from reproduce.recommenders.settings import SMALL, tuned

    length = bench.longest if bench.recommenders.tuned else SMALL[name].length
    wanted = tuned(name, params, length, bench.tuning.epochs, bench.tuning.patience, bench.recommenders.batch)
    return fit(bench.dataset, name, wanted, seed).metrics


def _response(bench: Bench, params: Params, seed: int) -> dict[str, Any]:  # JSON
    from reproduce.responses.fitting import fit
    from reproduce.responses.settings import SMALL, tuned

    length = bench.longest if bench.recommenders.tuned else SMALL.length
    knobs = bench.tuning
    wanted = tuned(params, length, knobs.epochs, knobs.patience, bench.recommenders.batch, bench.kuaisim.negatives)
    return fit(bench.dataset, wanted, seed, bench.seed).metrics


def _digest(files: Iterable[Path]) -> str:
    """SHA-256 of names and contents."""
    whole = hashlib.sha256()
    for path in files:
        whole.update(f"{path.name}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()
