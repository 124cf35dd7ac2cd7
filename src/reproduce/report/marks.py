"""How a chart is drawn: colours, dashes, marks and hatches, and the five kinds of panel.

Readable in black and white: series differ by dashes and markers, bars by hatches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reproduce.report.panels import Panel, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, MUTED, RULE, WHITE = "#1d2024", "#5b6168", "#dbd7cf", "#ffffff"
COLOURS = ("#1d4f7c", "#a8480f", "#47682b", "#7a3e7e", "#00696b", "#6b5b00")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2.5)), (0, (1, 1.6)), (0, (7, 2, 1.5, 2)), (0, (3, 1.5)), (0, (1, 3)))
MARKS = ("o", "s", "D", "^", "x", "+")
HOLLOW = frozenset("s^")
HATCHES = ("", "////", "....", "xxxx", "----", "\\\\\\\\")
MANY = 12
"""More places than this do not all get a label."""


def line_of(style: int) -> dict[str, Any]:
    colour, mark = COLOURS[style % len(COLOURS)], MARKS[style % len(MARKS)]
    return {
        "color": colour,
        "linestyle": DASHES[style % len(DASHES)],
        "linewidth": 1.5,
        "marker": mark,
        "markersize": 4.2,
        "markeredgewidth": 1.1,
        "markerfacecolor": WHITE if mark in HOLLOW else colour,
    }


def patch_of(style: int) -> dict[str, Any]:
    colour = COLOURS[style % len(COLOURS)]
    hatch = HATCHES[style % len(HATCHES)]
    return {"facecolor": WHITE if hatch else colour, "edgecolor": colour, "hatch": hatch or None, "linewidth": 1}


def bar_of(style: int) -> dict[str, Any]:
    return {**patch_of(style), "error_kw": {"elinewidth": 1, "capsize": 2.5, "ecolor": INK}}


def _draw_lines(axes: Axes, panel: Panel) -> None:
    from matplotlib.ticker import MaxNLocator

    places = range(len(panel.places))
    for series in panel.series:
        axes.fill_between(places, series.low, series.high, color=COLOURS[series.style % len(COLOURS)], alpha=0.13, linewidth=0)
    for series in panel.series:
        axes.plot(places, series.values, **line_of(series.style))
    for name, value in panel.printed:
        axes.axhline(value, color=MUTED, linestyle=(0, (4, 3)), linewidth=1, label=name)
    every = 1 if len(panel.places) <= MANY else 1 + len(panel.places) // MANY
    last = len(panel.places) - 1
    shown = [*(place for place in places if place % every == 0 and place + every <= last), last]
    axes.set_xticks(shown, [panel.places[place] for place in shown])
    axes.set_xlabel(panel.axis)
    axes.margins(x=0.04 if len(panel.places) > 2 else 0.4)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    if panel.limits:
        axes.set_ylim(*panel.limits)


def _draw_steps(axes: Axes, panel: Panel) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    for series in panel.series:
        axes.fill_between(series.at, series.low, series.high, color=COLOURS[series.style % len(COLOURS)], alpha=0.13, linewidth=0)
    for series in panel.series:
        axes.plot(series.at, series.values, **line_of(series.style))
    axes.set_xlabel(panel.axis)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step / 1000:g}k" if step >= 1000 else f"{step:g}"))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))


def _draw_points(axes: Axes, panel: Panel) -> None:
    low, high = panel.limits or (0, 1)
    axes.plot([low, high], [low, high], color=MUTED, linestyle=(0, (1, 2)), linewidth=1)
    for series in panel.series:
        axes.errorbar(series.at, series.values, yerr=_errors(series), elinewidth=0.9, capsize=2, **line_of(series.style))
    axes.set_xlim(low - 0.03, high + 0.03)
    axes.set_ylim(low - 0.03, high + 0.03)
    axes.set_xlabel(panel.axis)


def _draw_groups(axes: Axes, panel: Panel) -> None:
    share = 0.8 / len(panel.series)
    for number, series in enumerate(panel.series):
        at = [place + share * (number + 0.5) - 0.4 for place in range(len(panel.places))]
        axes.bar(at, series.values, width=share * 0.86, yerr=_errors(series), **bar_of(series.style))
        for place, value, high in zip(at, series.values, series.high, strict=True):
            axes.text(place, max(value, high), f"{value:.1f}", ha="center", va="bottom", fontsize=7.5)
    for name, value in panel.printed:
        axes.axhline(value, color=MUTED, linestyle=(0, (4, 3)), linewidth=1)
        axes.text(len(panel.places) - 0.5, value, f" {name}", ha="left", va="center", fontsize=7.5, color=MUTED)
    axes.set_xticks(range(len(panel.places)), panel.places, fontsize=7.5)
    axes.set_xlabel(panel.axis)
    if panel.limits:
        axes.set_ylim(*panel.limits)


def _draw_bars(axes: Axes, panel: Panel) -> None:
    """Lying bars: each series holds all places; a place that a series does not have is NaN."""
    count = len(panel.places)
    ends = [max(each.high[place] for each in panel.series if each.high[place] == each.high[place]) for place in range(count)]
    low, high = panel.limits or (0, max(ends) * 1.02)
    for series in panel.series:
        known = [place for place, value in enumerate(series.values) if value == value]
        widths = [series.values[place] for place in known]
        below = [series.values[place] - series.low[place] for place in known]
        above = [series.high[place] - series.values[place] for place in known]
        axes.barh(known, widths, height=0.42, xerr=[below, above], **bar_of(series.style))
        for place, value in zip(known, widths, strict=True):
            axes.text(
                max(0.0, ends[place]) + (high - low) * 0.02,
                place,
                _figures(value, high),
                va="center",
                fontsize=8,
                fontweight="bold",
            )
    for place, name in enumerate(panel.places):
        axes.text(low, place - 0.3, name, ha="left", va="bottom", fontsize=8)
    for name, value in panel.printed:
        axes.axvline(value, color=MUTED, linestyle=(0, (4, 3)), linewidth=1)
        axes.text(value, -0.98, name, ha="center", va="bottom", fontsize=7.5, color=MUTED)
    axes.set_ylim(count - 0.6, -1.0 if panel.printed else -0.75)
    axes.set_yticks([])
    axes.grid(True, axis="x")
    axes.set_xlim(low, low + (high - low) * 1.14)
    axes.set_xlabel(panel.axis)
    axes.spines["left"].set_visible(False)


def _figures(value: float, high: float) -> str:
    return f"{value:.1f}" if high > 10 else f"{value:.2f}" if high > 1 else f"{value:.4f}"


def _errors(series: Series) -> list[list[float]]:
    below = [max(0.0, value - low) for value, low in zip(series.values, series.low, strict=True)]
    above = [max(0.0, high - value) for value, high in zip(series.values, series.high, strict=True)]
    return [below, above]


DRAW: dict[str, Callable[[Axes, Panel], None]] = {
    "lines": _draw_lines,
    "groups": _draw_groups,
    "bars": _draw_bars,
    "points": _draw_points,
    "steps": _draw_steps,
}
