"""All that no table of the paper has, gathered: audit, over-acceptance, recovered tastes, sensitivity, ways to average."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reproduce.claims import Better
from reproduce.metrics.taste import Taste
from reproduce.paper import Paper
from reproduce.results import (
    acceptance,
    audit,
    averaging,
    episodes,
    faults,
    logged,
    orders,
    prediction,
    profiles,
    sensitivity,
    voters,
)
from reproduce.results.audit import NamesTitle
from reproduce.results.catalogue import Catalogue
from reproduce.results.document import Curve, Relation, ResultRow
from reproduce.results.findings import Flip
from reproduce.results.profiles import Reader, Recovered
from reproduce.results.runs import Run


@dataclass
class Beyond:
    """Rows, curves, expectations and flips of ours."""

    rows: list[ResultRow] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    expectations: list[Relation] = field(default_factory=list)
    flips: list[Flip] = field(default_factory=list)


@dataclass(frozen=True)
class Aids:
    """What is known of the data, and how texts are read."""

    catalogues: Mapping[str, Catalogue] = field(default_factory=dict)
    """By data set."""
    planted: Mapping[str, Mapping[int, Taste]] = field(default_factory=dict)
    """Planted tastes by data set and user, where there are any."""
    readers: Mapping[str, Reader] = field(default_factory=dict)
    """What reads tastes from profiles, by data set: every one has its own genres."""
    names_title: NamesTitle | None = None
    """Finds a title in a profile."""
    labels: Mapping[str, episodes.Labels] = field(default_factory=dict)
    """By data set: real labels of interactions that no episode starts with."""


def gather(paper: Paper, runs: Mapping[str, Run], aids: Aids, seed: int) -> Beyond:
    """Everything for which there are runs."""
    names, found = paper.names(), Beyond()
    simulated = [(run, names[run.key]) for run in runs.values() if run.about["kind"] == "simulation"]
    for run, method in simulated:
        found.rows += profiles.changes(run, method, seed)
    _tastes(paper, simulated, aids, seed, found)
    _acceptance(paper, simulated, runs, seed, found)
    _audits(paper, simulated, runs, aids, seed, found)
    for method, key in paper.beyond.sensitivity.items():
        found.rows += sensitivity.rows(runs[key], method, seed)
    for each in averaging.compared(paper, runs, seed):
        found.rows += averaging.rows(each)
        found.flips += averaging.flipped(each)
    _learnt(runs, aids, seed, found)
    return found


def _learnt(runs: Mapping[str, Run], aids: Aids, seed: int, found: Beyond) -> None:
    """What runs of learners and of predicting simulators say besides the paper's cells."""
    learners = [run for run in runs.values() if run.about["kind"] == "reinforcement"]
    for run in learners:
        found.rows += episodes.beside(run, aids.labels.get(run.about["dataset"]))
        found.rows += logged.rows(run, seed)
    for run in (run for run in runs.values() if run.about["kind"] == "prediction"):
        found.rows += prediction.rows(run, seed)
        found.rows += voters.rows(run, seed)
        found.curves += voters.curves(run, seed)
    found.rows += faults.rows(learners)


def _tastes(paper: Paper, simulated: list[tuple[Run, str]], aids: Aids, seed: int, found: Beyond) -> None:
    by_dataset: dict[str, list[Recovered]] = {}
    for run, method in simulated:
        dataset = run.about["dataset"]
        planted, read = aids.planted.get(dataset), aids.readers.get(dataset)
        each = profiles.recovered(run, method, planted, read, seed) if planted and read else None
        if each is not None:
            by_dataset.setdefault(dataset, []).append(each)
            found.rows += profiles.tastes(each)
    for dataset, group in by_dataset.items():
        own = next((each for each in group if each.method == _own(paper)), None)
        if own is not None:
            others = [each for each in group if each is not own]
            found.rows += profiles.taste_differences(own, others)
            base = next((each for each in others if _kind(each.run) == "agent4rec"), None)
            ablations = [each for each in others if each.method.startswith(f"{own.method}, w/o")]
            found.expectations += profiles.expectations(paper.label(dataset), own, base, ablations)


def _own(paper: Paper) -> str | None:
    """The paper's own method: the one that is said to be better than the others."""
    return next((claim.better for claim in paper.relations if isinstance(claim, Better)), None)


def _kind(run: Run) -> str:
    return str(run.about["spec"]["method"]["kind"])


def _acceptance(paper: Paper, simulated: list[tuple[Run, str]], runs: Mapping[str, Run], seed: int, found: Beyond) -> None:
    """Optimised against single-step profiles on every data set, and the run with unseen items against the one without."""
    names, mixed = paper.names(), paper.beyond.opt_negatives
    for run, method in simulated:
        found.rows += acceptance.of_optimisation(run, method, seed)
    pairs = list(_optimised(paper, simulated))
    if mixed is not None:
        pairs.append((runs[mixed.without], runs[mixed.having]))
        called = names[mixed.without], names[mixed.having]
        found.expectations.append(acceptance.expectation(*pairs[-1], called, seed))
    for run in dict.fromkeys(run for pair in pairs for run in pair):
        found.rows += acceptance.of_pages(run, names[run.key], seed)
    for without, having in pairs:
        found.rows += acceptance.differences(without, having, (names[without.key], names[having.key]), seed)


def _optimised(paper: Paper, simulated: list[tuple[Run, str]]) -> Iterator[tuple[Run, Run]]:
    """The run without and the run with optimisation, data set by data set."""
    own = {run.about["dataset"]: run for run, method in simulated if method == _own(paper)}
    base = {run.about["dataset"]: run for run, _ in simulated if _kind(run) == "agent4rec"}
    yield from ((base[dataset], run) for dataset, run in own.items() if dataset in base)


def _audits(
    paper: Paper, simulated: list[tuple[Run, str]], runs: Mapping[str, Run], aids: Aids, seed: int, found: Beyond
) -> None:
    """Of every line of the tables whose lines are methods; with the orders of the runs that asked for them."""
    if not paper.beyond.audits:
        return
    lines = set(_lines(paper))
    for run, method in simulated:
        catalogue = aids.catalogues.get(run.about["dataset"])
        each = audit.Audited.of(run, method, catalogue, seed) if catalogue and run.key in lines else None
        if each is not None and catalogue is not None:
            found.rows += audit.rows(each)
            found.curves += audit.curves(each)
            if aids.names_title:
                found.rows += audit.leaks(run, method, catalogue, aids.names_title, seed)
    for method, key in paper.beyond.audits.items():
        rows, curves = orders.reordered(runs[key], method, seed)
        found.rows += rows
        found.curves += curves


def _lines(paper: Paper) -> Iterator[str]:
    for table in paper.tables:
        if table.method is None:
            yield from (row.run for block in table.blocks for row in block.rows if row.run)
