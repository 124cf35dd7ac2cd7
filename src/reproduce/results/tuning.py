"""Table 6: the hyper-parameters that our searches found beside the printed optima."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reproduce.files import read_json, read_jsonl
from reproduce.paper import Tuning
from reproduce.results.document import rounded
from reproduce.results.findings import Optimum, Study

Setting = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Searched:
    """What `tune` left of one data set."""

    key: str
    dataset: str
    source: str
    trials: Sequence[Mapping[str, Any]]
    """method, trial, params, value (the larger the better; null where training diverged), epochs."""
    best: Mapping[str, Mapping[str, Any]]
    """By method of the paper: params and value of the best trial, objective, how many trials, settings and diverged ones."""

    @classmethod
    def read(cls, folder: Path, key: str) -> Searched:
        """From build/<mode>/tunings/<key>. Raises MissingInput."""
        best = read_json(folder / "best.json")
        return cls(key, best["dataset"], best["source"], read_jsonl(folder / "trials.jsonl"), best["methods"])


def optima(tuning: Tuning, searched: Sequence[Searched]) -> Iterator[Optimum]:
    """Every printed optimum with ours; equal when they are the same number."""
    best = {(each.dataset, method): found["params"] or {} for each in searched for method, found in each.best.items()}
    for row in tuning.rows:
        for dataset, printed in zip(tuning.datasets, row.best, strict=True):
            ours = best.get((dataset, row.method), {}).get(row.name)
            yield Optimum(
                table=tuning.id,
                method=row.method,
                dataset=dataset,
                name=row.name,
                searched=row.searched,
                printed=printed,
                ours=ours,
                equal=None if ours is None else ours == printed,
            )


def studies(tuning: Tuning, searched: Sequence[Searched]) -> Iterator[Study]:
    """Every search, with where the printed optimum stands in it if a trial hit upon it."""
    for method in dict.fromkeys(row.method for row in tuning.rows):
        yield from (_study(tuning, each, method) for each in searched if method in each.best)


def _study(tuning: Tuning, searched: Searched, method: str) -> Study:
    found = searched.best[method]
    tried: dict[Setting, float] = {}
    for trial in searched.trials:
        if trial["method"] == method and trial["value"] is not None:
            setting = _setting(trial["params"])
            tried[setting] = max(tried.get(setting, float("-inf")), trial["value"])
    printed = tried.get(_setting(tuning.best(method, searched.dataset)))
    return Study(
        table=tuning.id,
        method=method,
        dataset=searched.dataset,
        source=searched.source,
        objective=found["objective"],
        trials=found["trials"],
        settings=found["settings"],
        diverged=found["diverged"],
        best=None if found["value"] is None else rounded(found["value"]),
        printed=None if printed is None else rounded(printed),
        printed_rank=None if printed is None else 1 + sum(value > printed for value in tried.values()),
        run=searched.key,
    )


def _setting(params: Mapping[str, float]) -> Setting:
    return tuple(sorted((name, float(value)) for name, value in params.items()))
