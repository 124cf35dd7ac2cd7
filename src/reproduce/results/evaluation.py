"""All numbers of a paper from its runs: the one function behind the stage `evaluate`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from reproduce.files import dumps
from reproduce.metrics.verdicts import zero_divisions
from reproduce.paper import Paper
from reproduce.params import Price
from reproduce.results import (
    beyond,
    costs,
    diagnosis,
    episodes,
    examples,
    gains,
    learning,
    logged,
    prediction,
    relations,
    simulation,
    statistics,
    tuning,
)
from reproduce.results.beyond import Aids
from reproduce.results.cells import Answered, Filled
from reproduce.results.costs import Spent
from reproduce.results.document import ResultRow, Results, RunAbout
from reproduce.results.findings import Example
from reproduce.results.naming import learner_of, simulator_called, simulator_of
from reproduce.results.runs import Run
from reproduce.results.tuning import Searched


@dataclass(frozen=True)
class Inputs:
    """What `evaluate` reads besides the paper."""

    mode: str
    seed: int
    runs: Mapping[str, Run]
    prices: Mapping[str, Price]
    corpora: Sequence[Spent] = ()
    """Costs of the corpora that the runs rest on."""
    reports: Mapping[str, statistics.DataReport] = field(default_factory=dict)
    """Data reports by data set."""
    searched: Sequence[Searched] = ()
    """Searches for hyper-parameters."""
    aids: Aids = field(default_factory=Aids)
    split: examples.Split | None = None
    """Splits a profile into its descriptions."""


def evaluate(name: str, paper: Paper, inputs: Inputs) -> Results:
    """Every number of ours beside the printed one, with intervals, relations, reply statuses, cost and hashes.

    Raises ValueError when the verdicts break an identity that holds for any simulator, SpecError when a run cannot fill its
    cells.
    """
    answered = list(_fill(name, paper, inputs))
    filled = [cell for cell in answered if isinstance(cell, Filled)]
    ours = beyond.gather(paper, inputs.runs, inputs.aids, inputs.seed)
    spent = [*(Spent(run.key, run.about["model"], run.replies) for run in inputs.runs.values()), *inputs.corpora]
    replies = costs.statuses(spent)
    figures = (curve for figure in paper.figures for curve in simulation.draw_figure(figure, inputs.runs, inputs.seed))
    return Results(
        paper=name,
        mode=inputs.mode,
        made_from=_made_from(paper, inputs),
        remarks=(*_remarks(paper, inputs.runs), *costs.flagged(replies)),
        runs=_abouts(paper, inputs.runs),
        rows=(*_data_rows(paper, inputs), *(cell.row() for cell in answered), *_beside(paper, inputs, filled), *ours.rows),
        curves=(*figures, *learning.curves(paper, _keyed(inputs, "reinforcement")), *ours.curves),
        confusion=tuple(matrix for run in _of_kind(inputs, "diagnosis") for matrix in diagnosis.matrices(run)),
        relations=relations.judge(paper, answered, inputs.runs, inputs.seed),
        expectations=tuple(ours.expectations),
        tests=tuple(gains.significance(paper, filled)),
        flips=tuple(ours.flips),
        optima=tuple(tuning.optima(paper.tuning, inputs.searched)) if paper.tuning else (),
        studies=tuple(tuning.studies(paper.tuning, inputs.searched)) if paper.tuning else (),
        examples=tuple(_examples(paper, inputs)),
        replies=replies,
        cost=costs.cost(spent, inputs.prices),
        counters=_counters(inputs, spent),
    )


def _fill(name: str, paper: Paper, inputs: Inputs) -> Iterator[Answered]:
    """The paper's cells that runs fill, each kind of run in its way, then the means over data sets and the gains."""
    filled: list[Filled] = []
    for line in simulation.lines(paper, "reinforcement", inputs.runs):
        yield from episodes.fill(line, inputs.runs[str(line[0].run)])
    filled += _predicted(paper, inputs)
    for line in simulation.lines(paper, "simulation", inputs.runs):
        filled += simulation.fill(line, inputs.runs[str(line[0].run)], inputs.seed, f"specs/{name}/paper.yaml")
    for line in simulation.lines(paper, "diagnosis", inputs.runs):
        found = (diagnosis.fill(cell, inputs.runs[str(cell.run)], inputs.seed) for cell in line)
        filled += [cell for cell in found if cell is not None]
    means = (diagnosis.average(cell, filled) for cell in paper.cells() if cell.mean_of)
    yield from (*filled, *(mean for mean in means if mean is not None), *gains.fill(paper, filled))


def _predicted(paper: Paper, inputs: Inputs) -> Iterator[Filled]:
    """Cells that a run of predictions fills: of the simulator behind the run that fills the rest of the line."""
    cells = list(paper.cells())
    for line in simulation.lines(paper, "prediction", inputs.runs):
        for cell in line:
            same = [each for each in cells if (each.table, each.dataset, each.row) == (cell.table, cell.dataset, cell.row)]
            run = inputs.runs[str(cell.run)]
            found = prediction.fill(cell, run, prediction.asked(cell, same, inputs.runs), inputs.seed)
            if found is not None:
                yield found


def _beside(paper: Paper, inputs: Inputs, filled: Sequence[Filled]) -> Iterator[ResultRow]:
    """Rows that the paper does not print beside its tables: other aggregations, recommenders, splits."""
    done: set[tuple[str, str]] = set()
    for line in simulation.lines(paper, "simulation", inputs.runs):
        crossed = paper.table(line[0].table).method is None
        yield from simulation.beside(line[0], inputs.runs[str(line[0].run)], inputs.seed, crossed)
    for line in simulation.lines(paper, "diagnosis", inputs.runs):
        run, cell = inputs.runs[str(line[0].run)], line[0]
        if (run.key, cell.table) not in done:
            done.add((run.key, cell.table))
            yield from diagnosis.beside(cell, run, inputs.seed, {each.cell.predictor for each in filled if each.run is run})


def _examples(paper: Paper, inputs: Inputs) -> Iterator[Example]:
    for study in paper.case_studies:
        if inputs.split is None:
            return
        run = inputs.runs[study.run]
        catalogue = inputs.aids.catalogues.get(run.about["dataset"])
        chosen = examples.choose(study, run, catalogue.means if catalogue else {}, inputs.split)
        if chosen is not None:
            yield chosen


def _data_rows(paper: Paper, inputs: Inputs) -> Iterator[ResultRow]:
    for cell in paper.cells():
        report = inputs.reports.get(cell.dataset)
        if report is not None and cell.run is None and cell.metric in report.statistics:
            yield statistics.row(cell, report, inputs.mode)


def _made_from(paper: Paper, inputs: Inputs) -> dict[str, Any]:
    runs = inputs.runs.values()
    data = {run.about["dataset"]: {"source": run.about["source"], "sha256": run.about["data_sha256"]} for run in runs}
    prompts = {prompt: digest for run in runs for prompt, digest in run.about["prompts"].items()}
    return {
        "package": version("reproduce"),
        "paper": _hash(paper.model_dump(mode="json", exclude_defaults=True)),  # a new optional field moves no hash
        "data": data,
        "prompts": dict(sorted(prompts.items())),
        "runs": {run.key: {"spec": _hash(run.about["spec"]), "files": run.hashes()} for run in runs},
        "searches": {each.key: _hash([each.trials, each.best]) for each in inputs.searched},
    }


def _hash(value: object) -> str:
    return sha256(dumps(value).encode()).hexdigest()


def _abouts(paper: Paper, runs: Mapping[str, Run]) -> dict[str, RunAbout]:
    """What every run was made with, under the paper's name of its method."""
    names = {key: method for methods in (paper.beyond.audits, paper.beyond.sensitivity) for method, key in methods.items()}
    return {key: _about(run, {**names, **paper.names()}.get(key)) for key, run in runs.items()}


def _about(run: Run, method: str | None) -> RunAbout:
    simulated = run.about["kind"] == "simulation"
    learnt: dict[str, Any] = {}
    if run.about["kind"] == "reinforcement":
        learnt = {
            "learner": learner_of(run),
            "simulator": simulator_called(*simulator_of(run)),
            "seeds": len(episodes.played(run)),
        }
    read, made_up = costs.made_up(run.replies)
    return RunAbout(
        **learnt,
        replies=read,
        made_up=made_up,
        marked=made_up > costs.FLAG * read,
        method=method,
        **{name: run.about[name] for name in ("kind", "engine", "model", "dataset", "source", "users", "seed", "spec")},
        recommenders=run.recommenders if simulated else (),
        strategies=run.strategies if simulated else (),
    )


def _remarks(paper: Paper, runs: Mapping[str, Run]) -> list[str]:
    remarks: dict[str, None] = {}
    fewer: dict[str, list[str]] = {}
    for run in runs.values():
        about = run.about
        if about["engine"] == "heuristic":
            remarks["replies come from documented rules (engine heuristic), not from a language model"] = None
        if about["source"] != about["dataset"]:
            remarks[f"`{about['source']}` stands in for {paper.label(about['dataset'])}"] = None
        if about["kind"] == "simulation":
            meant, simulated = about["spec"].get("recommenders", run.recommenders), run.recommenders
            if set(meant) - set(simulated):
                said = f"mean over {len(simulated)} of {len(meant)} recommenders ({', '.join(simulated)})"
                fewer.setdefault(said, []).append(run.key)
        if about["kind"] == "prediction":
            remarks |= dict.fromkeys(prediction.remarks(run))
    alone = [run.key for run in runs.values() if run.about["kind"] == "reinforcement" and len(episodes.played(run)) < 2]
    if alone:
        fewer["one seed, hence no interval"] = alone
    return [*remarks, *(f"{said}: {_few(keys)}" for said, keys in fewer.items())]


def _few(keys: Sequence[str]) -> str:
    return ", ".join(keys) if len(keys) <= 3 else f"{', '.join(keys[:2])} and {len(keys) - 2} more runs"


def _counters(inputs: Inputs, spent: Sequence[Spent]) -> dict[str, dict[str, int]]:
    found = costs.counters(spent)
    for run in _of_kind(inputs, "simulation"):
        line = dict(found.get(run.key, {}))
        for confusion in run.verdicts.values():
            for name, count in zero_divisions(confusion).items():
                line[name] = line.get(name, 0) + count
        found[run.key] = dict(sorted({**line, "verdicts_missing": run.missing}.items()))
    for run in _of_kind(inputs, "reinforcement"):
        line = {**episodes.counters(run), **logged.counters(run)}
        found[run.key] = dict(sorted({**found.get(run.key, {}), **line}.items()))
    for kind, name in (("audit", "orders"), ("sensitivity", "verdicts")):
        for run in _of_kind(inputs, kind):
            missing = sum(line["missing"] for line in run.rows(name))
            found[run.key] = dict(sorted({**found.get(run.key, {}), "verdicts_missing": missing}.items()))
    return found


def _keyed(inputs: Inputs, kind: str) -> dict[str, Run]:
    return {run.key: run for run in _of_kind(inputs, kind)}


def _of_kind(inputs: Inputs, kind: str) -> list[Run]:
    return [run for run in inputs.runs.values() if run.about["kind"] == kind]
