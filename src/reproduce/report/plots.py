"""Figures of learners and simulators: what a training reaches, and whether scores mean what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reproduce.paper import Paper
from reproduce.report.crossed import HEADINGS
from reproduce.report.drawings import Drawing
from reproduce.report.panels import Panel, Series
from reproduce.results.document import Curve, Results
from reproduce.results.naming import ALL_FAULTS, SIMULATORS, VOTERS
from reproduce.results.voters import CALIBRATION, VOTES

ORDER = ("DQN", "A2C", "TRPO", "PPO", "Random")
"""Learners keep their colour on every data set."""


def over_steps(paper: Paper, results: Results) -> Iterator[Drawing]:
    """A learning-curve figure per data set; where one learner met several simulators, another one with these side by side."""
    drawn = [curve for curve in results.curves if curve.over == "steps"]
    for named in paper.datasets:
        mine = [curve for curve in drawn if curve.dataset == named.id]
        if not mine:
            continue
        main = next((name for name in SIMULATORS.values() if any(curve.method == name for curve in mine)), mine[0].method)
        some = [curve for curve in mine if curve.method == main]
        if some:
            yield _learning(f"learning-{named.id}", f"Learning curves, {named.label}", some, "row")
        learner = next((row for row in ORDER if any(each.row == row and each.method != main for each in mine)), None)
        others = [curve for curve in mine if curve.row == learner]
        if learner and len({curve.method for curve in others}) > 1:
            yield _learning(f"learning-{named.id}-simulators", f"{learner} in every simulator, {named.label}", others, "method")


def _learning(id: str, title: str, drawn: Sequence[Curve], by: str) -> Drawing:
    names = sorted({str(getattr(curve, by)) for curve in drawn}, key=lambda name: (_place(name), name))
    styles = {name: ORDER.index(name) if name in ORDER else place for place, name in enumerate(names)}
    panels = []
    for metric in dict.fromkeys(curve.metric for curve in drawn):
        mine = {str(getattr(curve, by)): curve for curve in drawn if curve.metric == metric}
        last = max(step for curve in mine.values() for step in curve.places or (0,))
        series = tuple(_over(mine[name], name, styles[name], last) for name in names if name in mine)
        panels.append(Panel(HEADINGS.get(metric, metric), (), series, "steps", kind="steps"))
    seeds = max(curve.n for curve in drawn)
    note = f"mean over {seeds} seed{'s' if seeds > 1 else ''}; bands from the lowest seed to the highest."
    return Drawing(id, title, note, (tuple(panels),))


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _over(curve: Curve, name: str, style: int, last: float) -> Series:
    """A curve at its own steps; what was evaluated before any step only, learns nothing and is a level up to the last."""
    at = curve.places or ()
    if at == (0,) and last:
        return Series(name, curve.values * 2, curve.low * 2, curve.high * 2, style, (0, last))
    return Series(name, curve.values, curve.low, curve.high, style, at)


def reliability(paper: Paper, results: Results) -> Iterator[Drawing]:
    """Per data set a panel per simulator as printed: the share really liked over what the score, or each vote, said."""
    drawn = [curve for curve in results.curves if curve.figure == CALIBRATION and curve.row in SIMULATORS.values()]
    sources = list(dict.fromkeys(str(curve.scope) for curve in drawn))
    for named in paper.datasets:
        mine = [curve for curve in drawn if curve.dataset == named.id]
        if mine:
            panels = [panel for row in dict.fromkeys(curve.row for curve in mine) for panel in _points(row, mine, sources)]
            rows = tuple(tuple(panels[start : start + 2]) for start in range(0, len(panels), 2))
            note = f"share really liked; the dotted line is perfect; whiskers are 95 % intervals over {mine[0].n:,} users."
            yield Drawing(f"calibration-{named.id}", f"Do scores and votes mean what they say, {named.label}", note, rows)


def _points(row: str, drawn: Sequence[Curve], sources: Sequence[str]) -> Iterator[Panel]:
    """Scores of one simulator, and its votes in a panel of their own."""
    mine = [curve for curve in drawn if curve.row == row]
    for title, some in (
        (row, [curve for curve in mine if curve.scope not in VOTERS]),
        (f"{row}, votes", [curve for curve in mine if curve.scope in VOTERS]),
    ):
        series = tuple(
            Series(str(each.scope), each.values, each.low, each.high, sources.index(str(each.scope)), each.places or ())
            for each in some
        )
        if series:
            yield Panel(title, (), series, "what was said", kind="points", limits=(0, 1))


def agreeing(paper: Paper, results: Results) -> Iterator[Drawing]:
    """Cohen's kappa of every pair of voters, as printed and with all faults, on the items where neither tossed a coin."""
    kappas = [row for row in results.rows if row.table == VOTES and row.metric == "kappa_decided"]
    for named in paper.datasets:
        mine = [row for row in kappas if row.dataset == named.id]
        panels = []
        for name in dict.fromkeys(row.row for row in mine if "," not in row.row or ALL_FAULTS in row.row):
            some = [row for row in mine if row.row == name]
            ends = (tuple(float(getattr(row, end)) for row in some) for end in ("value", "low", "high"))
            values, low, high = ends
            limits = min(0.0, *low), max(0.01, *high)
            panels.append(
                Panel(name, tuple(row.scope for row in some), (Series("", values, low, high),), kind="bars", limits=limits)
            )
        if panels:
            title = f"Cohen's kappa where neither tossed a coin, {named.label}"
            yield Drawing(f"votes-{named.id}", title, f"whiskers are 95 % intervals over {mine[0].n:,} users.", (tuple(panels),))
