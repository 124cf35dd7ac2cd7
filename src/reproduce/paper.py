"""What a paper printed: a closed model of `specs/<paper>/paper.yaml`. The only place that says so. Imports pydantic only.

Runs know no table; here every cell that a run fills names the run. `Paper.cells()` lists all cells with their coordinates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pydantic import Field, model_validator
from typing_extensions import Self

from reproduce.claims import Better, Erratum, Order, Relation
from reproduce.spec import Closed, Frozen, FrozenDict, StrategyName
from reproduce.yaml_files import refuse

Unit = Literal["fraction", "percent", "count", "items", "reward", "seconds"]
"""`fraction` 0..1, `percent` 0..100, `count` a whole number, `items` a mean number of items, `reward` a sum of rewards, `seconds`
(which no run measures: results hold no times)."""


class Named(Closed):
    """A name that the specs use, and the paper's own words for it."""

    id: str
    label: str


class Metric(Closed):
    """One printed quantity."""

    id: str
    label: str
    """The heading that the paper gives it."""
    unit: Unit


class Row(Closed):
    """One line of a table for one data set: what was printed, and the run that fills it."""

    row: str
    """The line's heading in the paper."""
    printed: tuple[float | None, ...]
    """One value per metric of the table; null where the paper only draws."""
    run: str | None = None
    """Key of the run that fills this line; absent: no run of ours does (yet)."""
    predictor: str | None = None
    """In a diagnosis run: whose predictions are scored."""
    also: Frozen[str] = Field(default_factory=FrozenDict)
    """Metrics that another run fills: metric -> key of that run."""

    def filled_by(self, metric: Metric) -> str | None:
        """The run that fills one metric of this line."""
        return None if metric.unit == "seconds" else self.also.get(metric.id, self.run)


class Block(Closed):
    """The lines of one data set."""

    dataset: str
    mean_of: tuple[str, ...] = ()
    """Data sets of this table whose cells are averaged as far as runs fill them (Figure 1); such a block has no runs itself."""
    rows: tuple[Row, ...]


class Table(Closed):
    """A printed table, or numbers that are quoted in the text."""

    id: str
    """`T2` is Table 2, `F1` is Figure 1; a suffix marks a part of one."""
    title: str
    where: str
    """Where in the paper the numbers are."""
    note: str = ""
    """What a reader must know to compare."""
    metrics: tuple[str, ...]
    rows_are: Literal["methods", "metrics"] = "methods"
    """What runs down the printed table; with `metrics`, data sets are its columns."""
    method: str | None = None
    """The method of all lines; absent: a line's heading is its method."""
    strategy: StrategyName | None = None
    """DG-D15: the profile-update strategy under which runs fill the table."""
    swept: str = ""
    """What runs down the table where a line is headed by a value only, such as `alpha`."""
    gains_of: str | None = None
    """The table whose gains stand here: of the line `method` over the best of the other lines, in percent. A metric `<name>_gain`
    is the gain in one metric, `mean_gain` the mean over all metrics of that table."""
    near: float | None = Field(default=None, gt=0)
    """Margin of the verdict `near` for this table, where it is not the one of the whole file."""
    blocks: tuple[Block, ...]


class Line(Closed):
    """One curve of a figure."""

    row: str
    run: str | None = None
    """Key of the run that draws it; absent: no run of ours does (yet)."""


class Figure(Closed):
    """Curves. Nothing is printed, so only relations can be compared."""

    id: str
    title: str
    where: str
    note: str = ""
    over: Literal["round", "steps"] = "round"
    """Rounds of a simulation, or steps of a learner's training."""
    strategies: tuple[StrategyName, ...] = ()
    """Of a simulation."""
    metrics: tuple[str, ...]
    lines: tuple[Line, ...]


class Checklist(Closed):
    """A table of features: words, not numbers."""

    id: str
    title: str
    where: str
    note: str = ""
    columns: tuple[str, ...]
    rows: Frozen[tuple[str, ...]]
    """Heading of a line -> one word per column."""


class Walkthrough(Closed):
    """Some steps of one episode, explained vote by vote; ours are chosen from the run."""

    id: str
    title: str
    where: str
    note: str = ""
    run: str


class CaseStudy(Closed):
    """One drawn example of a treatment; ours is chosen from the run."""

    id: str
    where: str
    label: Literal["inaccurate", "incomplete", "inaccurate_incomplete"]
    run: str


class Searched(Closed):
    """One hyper-parameter of one method."""

    best: tuple[float, ...]
    """The optimum per data set, in the order of the tuning's `datasets`."""
    searched: tuple[float, ...]
    """The grid."""


class Tuned(NamedTuple):
    """One line of the table of tuned hyper-parameters."""

    method: str
    name: str
    best: tuple[float, ...]
    searched: tuple[float, ...]


class Tuning(Closed):
    """The table of tuned hyper-parameters."""

    id: str
    title: str
    where: str
    datasets: tuple[str, ...]
    methods: Frozen[Frozen[Searched]]
    """By method, so that a training depends on its own line only, and by name of the hyper-parameter."""
    runs: tuple[str, ...] = ()
    """Keys of the tuning specs whose studies stand beside this table."""

    @property
    def rows(self) -> tuple[Tuned, ...]:
        """The lines of the table, as printed."""
        return tuple(
            Tuned(method, name, found.best, found.searched)
            for method, names in self.methods.items()
            for name, found in names.items()
        )

    def best(self, method: str, dataset: str) -> dict[str, float]:
        """The tuned hyper-parameters of one method on one data set, by name; empty where the paper gives none."""
        if dataset not in self.datasets:
            return {}
        place = self.datasets.index(dataset)
        return {row.name: row.best[place] for row in self.rows if row.method == method}


_Wrong = dict[tuple[str, str, str, str], tuple[str, float | None]]
"""Erratum and corrected value by table, data set, line and metric."""


@dataclass(frozen=True)
class Cell:
    """One cell of a table with all its coordinates (the first columns of a result row)."""

    table: str
    row: str
    """Heading of the line, as in the paper."""
    column: str
    """Heading of the column, as in the paper."""
    dataset: str
    method: str
    strategy: StrategyName | None
    metric: str
    unit: Unit
    printed: float | None
    run: str | None
    predictor: str | None
    mean_of: tuple[str, ...]
    near: float
    """Margin of the verdict `near`, as a share of the printed value."""
    erratum: str | None
    """Id of the erratum that says this cell is wrong."""
    corrected: float | None = None
    """What the paper's other numbers give instead."""


class Headline(Closed):
    """A part of a table that `nox -s repro` builds first."""

    table: str
    datasets: tuple[str, ...]
    rows: tuple[str, ...] = ()
    """Lines; all of them where none is named."""
    metrics: tuple[str, ...] = ()
    """Columns; all of them where none is named."""

    def of(self, table: Table) -> Table:
        """The part of the table."""
        places = [place for place, metric in enumerate(table.metrics) if not self.metrics or metric in self.metrics]

        def part(row: Row) -> Row:
            return row.model_copy(update={"printed": tuple(row.printed[place] for place in places)})

        blocks = (
            block.model_copy(update={"rows": tuple(part(row) for row in block.rows if not self.rows or row.row in self.rows)})
            for block in table.blocks
            if block.dataset in self.datasets
        )
        return table.model_copy(update={"metrics": tuple(table.metrics[place] for place in places), "blocks": tuple(blocks)})


class OptNegatives(Closed):
    """Two runs that differ in `opt_negatives` only."""

    without: str
    having: str


class Beyond(Closed):
    """Runs that no table of the paper needs: what reviewers ask. Keys of the mappings are lines of Table 2."""

    audits: Frozen[str] = Field(default_factory=FrozenDict)
    sensitivity: Frozen[str] = Field(default_factory=FrozenDict)
    opt_negatives: OptNegatives | None = None
    predictions: Frozen[str] = Field(default_factory=FrozenDict)
    """By data set: the run in which simulators predict held-out labels, with and without the faults of released code."""
    untrained: Frozen[str] = Field(default_factory=FrozenDict)
    """By data set: the run of a policy that learns nothing."""
    reference: Frozen[str] = Field(default_factory=FrozenDict)
    """By line of a table: the same run with all faults of the released code."""

    def runs(self) -> tuple[str, ...]:
        """All runs, once."""
        pair = (self.opt_negatives.without, self.opt_negatives.having) if self.opt_negatives else ()
        ours = (self.audits, self.sensitivity, self.predictions, self.untrained, self.reference)
        return tuple(dict.fromkeys((*(run for runs in ours for run in runs.values()), *pair)))


class Paper(Closed):
    """One `paper.yaml`: all printed numbers, the runs that fill them, the relations to expect, the errata."""

    title: str
    authors: str
    near: float = Field(gt=0)
    """The verdict `near`: the printed value lies outside our interval, but ours is within this share of it. The share is ours."""
    datasets: tuple[Named, ...]
    metrics: tuple[Metric, ...]
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...] = ()
    case_studies: tuple[CaseStudy, ...] = ()
    walkthroughs: tuple[Walkthrough, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    inference: str | None = None
    """File with measured seconds per step, below the checkout: metrics of unit `seconds` stand beside them."""
    tuning: Tuning | None = None
    headline: tuple[Headline, ...] = ()
    beyond: Beyond = Beyond()
    relations: tuple[Relation, ...] = ()
    errata: tuple[Erratum, ...] = ()

    def table(self, id: str) -> Table:
        """The table of that id. Raises KeyError."""
        return {table.id: table for table in self.tables}[id]

    def metric(self, id: str) -> Metric:
        """The metric of that id. Raises KeyError."""
        return {metric.id: metric for metric in self.metrics}[id]

    def label(self, dataset: str) -> str:
        """The paper's name of a data set."""
        return {named.id: named.label for named in self.datasets}[dataset]

    def runs(self) -> tuple[str, ...]:
        """Every run that fills a cell or draws a curve, once, in order of appearance."""
        cells = (cell.run for cell in self.cells())
        curves = (line.run for figure in self.figures for line in figure.lines)
        cases = (*(case.run for case in self.case_studies), *(walk.run for walk in self.walkthroughs))
        return tuple(dict.fromkeys(run for run in (*cells, *curves, *cases, *self.beyond.runs()) if run))

    def names(self) -> dict[str, str]:
        """The name of every simulation that fills a line, such as `RAH` or `DGDPO, w/o iteration`; the first table decides."""
        found: dict[str, str] = {}
        for table in self.tables:
            for row in (row for block in table.blocks for row in block.rows if row.run and not row.predictor):
                value = f"{table.swept} {row.row}".strip()
                alone = table.method is None or row.row == table.method
                found.setdefault(str(row.run), row.row if alone else f"{table.method}, {value}")
        if pair := self.beyond.opt_negatives:
            found.setdefault(pair.having, f"{found.get(pair.without, pair.without)}, with negatives")
        return found

    def part(self) -> Paper:
        """The headline alone: its blocks with the relations that speak of its tables, without figures."""
        wanted = {each.table: each for each in self.headline}
        tables = tuple(wanted[table.id].of(table) for table in self.tables if table.id in wanted)
        cells = {
            (table.id, block.dataset, row.row, metric)
            for table in tables
            for block in table.blocks
            for row in block.rows
            for metric in table.metrics
        }
        errata = tuple(
            erratum.model_copy(update={"cells": tuple(ref for ref in erratum.cells if ref.place in cells)})
            for erratum in self.errata
        )
        metrics = {table.id: set(table.metrics) for table in tables}
        lines = {table.id: {row.row for block in table.blocks for row in block.rows} for table in tables}
        relations = tuple(
            each
            for each in self.relations
            if isinstance(each, (Better, Order))
            if each.table in metrics
            if set(each.metrics) <= metrics[each.table] and set(each.lines) <= lines[each.table]
        )
        update = {"tables": tables, "errata": errata, "relations": relations, "figures": (), "tuning": None, "beyond": Beyond()}
        return self.model_copy(update={**update, "case_studies": (), "walkthroughs": (), "checklists": ()})

    def cells(self, table: str | None = None) -> Iterator[Cell]:
        """All cells of one table or of all, as printed: table by table, data set by data set, line by line."""
        wrong = {ref.place: (erratum.id, ref.corrected) for erratum in self.errata for ref in erratum.cells}
        for each in self.tables:
            if table in (None, each.id):
                for block in each.blocks:
                    for row in block.rows:
                        yield from self._cells(each, block, row, wrong)

    def _cells(self, table: Table, block: Block, row: Row, wrong: _Wrong) -> Iterator[Cell]:
        dataset = self.label(block.dataset)
        for id, printed in zip(table.metrics, row.printed, strict=True):
            metric = self.metric(id)
            column = f"{dataset} {metric.label}" if len(table.blocks) > 1 else metric.label
            across = table.rows_are == "metrics"
            erratum, corrected = wrong.get((table.id, block.dataset, row.row, id), (None, None))
            yield Cell(
                table=table.id,
                row=metric.label if across else row.row,
                column=dataset if across else column,
                dataset=block.dataset,
                method=table.method or row.row,
                strategy=table.strategy,
                metric=id,
                unit=metric.unit,
                printed=printed,
                run=row.filled_by(metric),
                predictor=row.predictor,
                mean_of=block.mean_of,
                near=table.near or self.near,
                erratum=erratum,
                corrected=corrected,
            )

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        from reproduce.paper_consistency import problems  # there, because it is about these classes

        refuse("Paper", problems(self))
        return self
