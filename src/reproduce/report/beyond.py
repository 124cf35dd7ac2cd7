"""Pages of what no table of the paper has: a page per question, on the tables of ours that runs fill."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from reproduce.paper import Paper
from reproduce.report import beside, drawings, plots
from reproduce.report.crossed import HEADINGS, crossed
from reproduce.report.drawings import Drawing
from reproduce.report.told import BEYOND, Page, Told
from reproduce.results.document import Results
from reproduce.results.measures import MEASURES

OURS = {
    "audit": ("bias", "Bias audit", ("yes_rate", "position_effect", "popularity_correlation")),
    "acceptance": ("over-acceptance", "Over-acceptance", ("yes_rate",)),
    "taste": ("taste", "Taste recovery", ("taste_f1",)),
    "sensitivity": ("sensitivity", "Sensitivity", ("precision", "recall", "f1")),
    "aggregations": ("aggregations", "Ways to average", ()),
    "prediction": ("prediction", "AUC of simulators", ("auc",)),
    "calibration": ("calibration", "Calibration", ()),
    "votes": ("votes", "Agreement of voters", ()),
    "faults": ("faults", "Faults of the released code", ("auc",)),
    "episodes": ("episodes", "Every learner", ()),
    "logged": ("logged", "Real logged feedback", ("snips_gain",)),
}
"""Tables of ours: slug and title of the page, and which quantities are drawn as bars."""
CROSSED = frozenset(("prediction", "calibration", "votes", "faults", "episodes", "logged"))
"""Those that have a line per simulator, learner or fault and a column per quantity."""
FEW = 20
"""An off-policy estimate that is worth fewer users than this is named as such."""
BARS_OF = {"sensitivity": "share", "faults": "difference"}
"""What the drawn column says, where it is not its metric."""


def _audited(paper: Paper, results: Results) -> Iterator[Drawing]:
    yield from drawings.audited(paper, results, "position")
    yield from drawings.audited(paper, results, "popularity")


DRAWN: Mapping[str, Callable[[Paper, Results], Iterator[Drawing]]] = {
    "audit": _audited,
    "calibration": plots.reliability,
    "votes": plots.agreeing,
}


def pages(told: Told) -> Iterator[Page]:
    """What reviewers ask."""
    for table in OURS:
        quantities = beside.measured(told.paper, told.results, table)
        if quantities:
            yield _page(told, table, quantities)


def _page(told: Told, table: str, quantities: tuple[beside.Measured, ...]) -> Page:
    paper, results, (slug, title, as_bars) = told.paper, told.results, OURS[table]
    drawn = list(DRAWN[table](paper, results)) if table in DRAWN else []
    wanted = (each for each in quantities if each.metric in as_bars and each.kind == BARS_OF.get(table, ""))
    drawn += [each for each in (drawings.compared(paper, table, quantity) for quantity in wanted) if each is not None]
    values = {
        "table": table,
        "quantities": () if table in CROSSED else quantities,
        "crossed": crossed(paper, results, table) if table in CROSSED else {},
        "measures": MEASURES[table],
        "headings": HEADINGS,
        "expectations": [each for each in results.expectations if each.where == table],
        "flips": results.flips if table == "aggregations" else (),
        "metric_names": beside.METRICS,
        "aggregation_names": beside.AGGREGATIONS,
        "few": _few(paper, results) if table == "logged" else (),
        "few_users": FEW,
        "of": sorted({row.source for row in results.rows if row.table == table}),
    }
    return Page(slug, title, BEYOND, f"{slug}.html.j2", values, tuple(drawn))


def _few(paper: Paper, results: Results) -> list[str]:
    """Estimates on logged feedback that rest on next to nobody."""
    rows = (row for row in results.rows if row.table == "logged" and row.metric == "effective" and row.value < FEW)
    return [f"{row.row} in {row.scope} on {paper.label(row.dataset)} ({row.value:.1f})" for row in rows]
