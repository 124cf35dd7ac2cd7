"""Pages of papers on learners and simulators: curves of trainings, explained steps, features in words, seconds of a step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reproduce.report import plots
from reproduce.report.steps import MOST_STEPS, steps
from reproduce.report.tables import figures
from reproduce.report.told import BEYOND, PAPER, Page, Told
from reproduce.results.naming import OWN, SIMULATORS


def printed(told: Told) -> Iterator[Page]:
    """What the paper has."""
    yield from _checklists(told)
    yield from _walkthroughs(told)


def ours(told: Told) -> Iterator[Page]:
    """What it does not have."""
    yield from _curves(told)
    yield from _inference(told)


def slug(where: str) -> str:
    """`Tables 3 and 4` as `tables-3-and-4`."""
    return where.split(",")[0].lower().replace(" ", "-")


def _checklists(told: Told) -> Iterator[Page]:
    for each in told.paper.checklists:
        yield Page(slug(each.where), f"{each.where}: features", PAPER, "checklist.html.j2", {"checklist": each})


def _walkthroughs(told: Told) -> Iterator[Page]:
    """Only where the run explained its steps."""
    for each in told.paper.walkthroughs:
        run = told.material.runs.get(each.run)
        lines = run.rows("explained") if run else []
        if run is not None and lines:
            values = {
                "walkthrough": each,
                "steps": steps(lines),
                "left": max(0, len(lines) - MOST_STEPS),
                "user": lines[0]["user"],
                "dataset": told.paper.label(run.about["dataset"]),
                "source": run.about["source"],
            }
            yield Page(slug(each.where), f"{each.where}: cases", PAPER, "steps.html.j2", values)


def _curves(told: Told) -> Iterator[Page]:
    drawn = tuple(plots.over_steps(told.paper, told.results))
    if drawn:
        notes = [figure.note for figure in told.paper.figures if figure.over == "steps" and figure.note]
        yield Page("learning", "Learning curves", BEYOND, "learning.html.j2", {"notes": notes}, drawn)


@dataclass(frozen=True)
class Timed:
    """Seconds of a step, ours and printed."""

    name: str
    seconds: str
    low: str
    high: str
    steps_per_second: str
    printed: str
    note: str


def _inference(told: Told) -> Iterator[Page]:
    """Measured seconds beside the printed ones, which come from other hardware: only the order can be compared."""
    measured = told.material.inference
    printed = {cell.row: figures(cell.printed, cell.unit) for cell in told.paper.cells() if cell.unit == "seconds"}
    if measured is None:
        return
    lines: list[Timed] = []
    for kind, each in measured.simulators.items():
        name = _named(kind)
        said = printed.get(OWN if kind == "ensemble" else name, "")
        low, high = (_seconds(end) if end is not None else "" for end in (each.low, each.high))
        lines.append(Timed(name, _seconds(each.seconds), low, high, f"{1 / each.seconds:,.0f}", said, each.note))
    both = [line for line in lines if line.printed]
    order = [line.name for line in sorted(both, key=lambda line: float(line.printed))]
    took = {_named(kind): each.seconds for kind, each in measured.simulators.items()}
    ours = sorted(order, key=lambda name: took[name])
    values = {"lines": lines, "measured": measured, "order": order, "ours": ours}
    yield Page("inference", "Inference time", BEYOND, "inference.html.j2", values)


def _named(kind: str) -> str:
    return SIMULATORS.get(kind, kind)


def _seconds(value: float) -> str:
    """With a unit that leaves few zeros."""
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if value * factor >= 1:
            return f"{value * factor:.3g}\N{NO-BREAK SPACE}{unit}"
    return f"{value * 1e9:.3g}\N{NO-BREAK SPACE}ns"
