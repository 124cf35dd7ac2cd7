"""Stage `tune`: the search for hyper-parameters on one data set (DGDPO, Table 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from reproduce.errors import Problem, SpecError
from reproduce.files import write_json, write_jsonl
from reproduce.paper import Tuning as Printed
from reproduce.spec import TITLES, TunedName, Tuning
from reproduce.stages.train import TUNED_BY, printed_tuning

if TYPE_CHECKING:
    from reproduce.project import Project
    from reproduce.tuning.objectives import Bench
    from reproduce.tuning.study import Trial

Row = dict[str, object]


def run(project: Project, key: str) -> None:
    """Write build/<mode>/tunings/<key>/: `trials.jsonl` (by method, then number) and `best.json`.

    Finished trials are kept in .reproduce/studies, so that a killed search goes on. Raises SpecError where the paper prints no
    search space, MissingInput before `preprocess` has run.
    """
    wanted, printed = project.spec(key, Tuning), printed_tuning(project)
    bench = _bench(project, wanted.dataset)
    rows: list[Row] = []
    found: Row = {}
    for method in wanted.methods:
        trials = _study(project, bench, printed, method)
        rows += _rows(method, trials)
        found.update(_best(bench, printed, method, trials))
    folder = project.build / "tunings" / key
    write_jsonl(folder / "trials.jsonl", rows)
    dataset, knobs = bench.dataset, project.params.here
    about: Row = {
        "key": key,
        "mode": project.params.mode,
        "dataset": dataset.name,
        "source": dataset.source,
        "data_sha256": dataset.sha256,
        "seed": bench.seed,
        "knobs": {"tuning": knobs.tuning.model_dump(), "batch": knobs.recommenders.batch},
    }
    write_json(folder / "best.json", {**about, "methods": found})


def _bench(project: Project, name: str) -> Bench:
    from reproduce.data.prepared import Dataset
    from reproduce.files import read_json
    from reproduce.tuning.objectives import Bench

    folder, params = project.build / "data" / name, project.params
    longest = read_json(folder / "dataset.json")["protocol"]["longest"]
    dataset = Dataset.load(folder)
    if (users := params.here.tuning.users) is not None:
        rows = dataset.interactions
        dataset = replace(dataset, interactions=rows[rows["user"].isin(dataset.order[:users])].reset_index(drop=True))
    return Bench(dataset, longest, params.seed, params.here.tuning, params.here.recommenders, params.kuaisim)


def _study(project: Project, bench: Bench, printed: Printed, method: TunedName) -> list[Trial]:
    from reproduce.tuning.journal import Journal
    from reproduce.tuning.objectives import fingerprint, objective, space
    from reproduce.tuning.study import search

    searched = space(printed, method)
    if not searched:
        raise SpecError(Problem(f"specs/{TUNED_BY}/paper.yaml", f"`tuning` prints no search space of `{TITLES[method]}`"))
    print_of = fingerprint(bench, method, searched, project.build / "data" / bench.dataset.name)
    journal = Journal(project.root / ".reproduce" / "studies" / f"{print_of}.jsonl")
    name = f"{bench.dataset.name}/{method}"
    return search(searched, objective(bench, method), bench.tuning.trials, bench.seed, name, journal)


def _rows(method: TunedName, trials: list[Trial]) -> Iterator[Row]:
    from reproduce.tuning.objectives import measure

    for trial in trials:
        yield {
            "method": TITLES[method],
            "trial": trial.number,
            "params": trial.params,
            "objective": measure(method),
            "value": trial.outcome.value,
            "epochs": trial.outcome.epochs,
            "best_epoch": trial.outcome.best_epoch,
            "repeats": trial.repeats,
        }


def _best(bench: Bench, printed: Printed, method: TunedName, trials: list[Trial]) -> Row:
    """The best trial of one method, by the paper's name of it, beside the printed optimum."""
    from reproduce.tuning.objectives import measure, space
    from reproduce.tuning.study import best

    won = best(trials)
    return {
        TITLES[method]: {
            "objective": measure(method),
            "params": won and won.params,
            "value": won and won.outcome.value,
            "trial": won and won.number,
            "trials": len(trials),
            "settings": sum(trial.repeats is None for trial in trials),
            "diverged": sum(trial.outcome.value is None for trial in trials),
            "space": {name: list(values) for name, values in space(printed, method).items()},
            "printed": printed.best(TITLES[method], bench.dataset.name),
        }
    }
