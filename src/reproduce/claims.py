"""What a paper says of its numbers, and where it contradicts itself: parts of `paper.yaml`. Imports pydantic only."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reproduce.spec import Closed, RecommenderName, StrategyName


class Better(Closed):
    """One line of a table beats others, in every metric and data set of the table unless fewer are named."""

    kind: Literal["better"]
    says: str
    table: str
    better: str
    than: tuple[str, ...]
    metrics: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    """Where it holds; every data set of the table where none is named."""
    p_below: float | None = None
    """Printed significance of the gain over the runner-up (paired t-test over users)."""

    @property
    def lines(self) -> tuple[str, ...]:
        """All lines that it speaks of."""
        return self.better, *self.than


class Order(Closed):
    """Lines of a table from best to worst, in every metric of the table unless fewer are named."""

    kind: Literal["order"]
    says: str
    table: str
    order: tuple[str, ...]
    metrics: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """All lines that it speaks of."""
        return self.order


class Trend(Closed):
    """How curves of a figure run from the first round to the last, under one strategy."""

    kind: Literal["trend"]
    says: str
    figure: str
    row: str
    strategy: StrategyName
    recommenders: tuple[RecommenderName, ...]
    trend: Literal["flat", "rises", "falls"]


class Above(Closed):
    """A curve lies above others in every round, with every recommender."""

    kind: Literal["above"]
    says: str
    figure: str
    rows: tuple[str, ...]
    """From the highest to the lowest; one row where strategies are compared."""
    strategies: tuple[StrategyName, ...]
    """From the highest to the lowest; one strategy where rows are compared."""
    metrics: tuple[str, ...]


Relation = Annotated[Better | Order | Trend | Above, Field(discriminator="kind")]


class CellRef(Closed):
    """A printed cell that is wrong."""

    table: str
    dataset: str
    row: str
    metric: str
    corrected: float | None = None
    """What the paper's other numbers give."""

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Table, data set, line and metric."""
        return self.table, self.dataset, self.row, self.metric


class Erratum(Closed):
    """Something that the paper prints and that cannot be right, or contradicts another place of it."""

    id: str
    where: str
    says: str
    """What is printed."""
    fact: str
    """Why it cannot be right."""
    reading: str
    """What is done here instead."""
    cells: tuple[CellRef, ...] = ()
