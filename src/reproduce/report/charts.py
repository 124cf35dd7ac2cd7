"""Charts by matplotlib: inline SVG for the page, which its CSS colours, and SVG and PNG files of whole figures.

Readable in black and white: series differ by dashes and markers, bars by hatches. Nothing of
the machine or the hour is in them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any, Literal
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, RULE, WHITE = "#1d2024", "#5b6168", "#dbd7cf", "#ffffff"
COLOURS = ("#1d4f7c", "#a8480f", "#47682b", "#7a3e7e", "#00696b", "#6b5b00")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2.5)), (0, (1, 1.6)), (0, (7, 2, 1.5, 2)), (0, (3, 1.5)), (0, (1, 3)))
MARKS = ("o", "s", "D", "^", "x", "+")
HOLLOW = frozenset("s^")
HATCHES = ("", "////", "....", "xxxx", "----", "\\\\\\\\")
VARIABLES = {INK: "ink", MUTED: "muted", RULE: "rule", WHITE: "paper", **{colour: f"s{n}" for n, colour in enumerate(COLOURS)}}
"""What the page's CSS calls these colours; dark mode gives them other values."""
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "reproduce",
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 8.5,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "hatch.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.bottom": False,
    "ytick.left": False,
    "legend.frameon": False,
}
WIDTH, HEIGHT = 3.5, 2.25
"""Inches of a panel with lines; 72 units of the page's SVG to the inch."""
TITLE = 0.26
"""Inches above every panel of a file for its title; on the page a caption says it."""
MANY = 12
"""More places than this do not all get a label."""
DOTS = 128
"""Per inch of a PNG file."""
MARGINS = {"lines": (0.48, 0.1, 0.08, 0.38), "groups": (0.4, 0.42, 0.12, 0.38), "bars": (0.06, 0.1, 0.04, 0.26)}
MARGINS["points"] = MARGINS["lines"]
"""Left, right, top and bottom of a panel, in inches."""


@dataclass(frozen=True)
class Series:
    """Values at the places of a panel with their 95 % intervals."""

    name: str
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    style: int = 0
    """Which colour, dashes, marker and hatch."""
    at: tuple[float, ...] = ()
    """In a panel of points: where along the axis they are."""


@dataclass(frozen=True)
class Panel:
    """One chart."""

    title: str
    places: tuple[str, ...]
    """Rounds, values of a knob, data sets, or the names of bars."""
    series: tuple[Series, ...]
    axis: str = ""
    """What the places are."""
    kind: Literal["lines", "groups", "bars", "points"] = "lines"
    """Curves; upright bars side by side; lying bars, each with its name above it; shares over shares, with the diagonal."""
    printed: tuple[tuple[str, float], ...] = ()
    """What the paper prints, as dashed lines across."""
    limits: tuple[float, float] | None = None

    @property
    def size(self) -> tuple[float, float]:
        """Inches."""
        return (3.3, 0.45 + 0.36 * len(self.places)) if self.kind == "bars" else (WIDTH, HEIGHT)

    @property
    def spoken(self) -> str:
        """The panel in words."""
        if self.kind == "lines":
            told = (f"{each.name} from {each.values[0]:.3f} to {each.values[-1]:.3f}" for each in self.series)
        elif self.kind == "points":
            told = (f"{each.name} {x:.2f}: {y:.2f}" for each in self.series for x, y in zip(each.at, each.values, strict=True))
        else:
            pairs = ((each, place) for place in range(len(self.places)) for each in self.series)
            told = (f"{self.places[place]} {each.name} {each.values[place]:.3g}".replace("  ", " ") for each, place in pairs)
        return f"{self.title}: {', '.join(told)}"


@dataclass(frozen=True)
class Sheet:
    """A whole figure: its two files, and every panel as an SVG element of the page, row by row."""

    svg: str
    png: bytes
    panels: tuple[str, ...]


def sheet(id: str, title: str, rows: Sequence[Sequence[Panel]]) -> Sheet:
    """Draw a grid of panels below one legend. It is drawn once: the page's panels are cut out of the file's SVG."""
    columns, width = max(map(len, rows)), max(panel.size[0] for row in rows for panel in row)
    heights = [TITLE + max(panel.size[1] for panel in row) for row in rows]
    names = {series.name: (series.style, panel.kind) for row in rows for panel in row for series in panel.series if series.name}
    head = 0.6 if names else 0.36
    cells: list[tuple[Panel, tuple[float, float]]] = []
    with _figure(max(columns * width, 4.5), sum(heights) + head) as figure:
        for number, row in enumerate(rows):
            for place, panel in enumerate(row):
                corner = (place * width, head + sum(heights[:number]) + TITLE)
                axes = figure.add_axes(_inside(figure, panel, corner))
                axes.set_gid(f"panel-{len(cells)}")
                DRAW[panel.kind](axes, panel)
                axes.xaxis.set_label_coords(0.5, -0.16)  # fixed, since to find a place takes a tenth of the time
                axes.yaxis.set_label_coords(-0.1, 0.5)
                _write(figure, corner[0] + 0.08, corner[1] - 0.06, panel.title, fontsize=9.5, fontweight="bold")
                cells.append((panel, corner))
        _write(figure, 0.08, 0.24, title, fontsize=11, fontweight="bold")
        _legend(figure, names)
        svg, png = _svg(figure), io.BytesIO()
        figure.savefig(png, format="png", dpi=DOTS, metadata={"Software": None})
    return Sheet(svg, png.getvalue(), tuple(_cut(svg, id, cells)))


def _inside(figure: Figure, panel: Panel, corner: tuple[float, float]) -> tuple[float, float, float, float]:
    """Where the axes of a panel are, in shares of the figure; margins of a kind are fixed, so that a row of panels lines up."""
    (width, height), (left, right, top, bottom) = panel.size, MARGINS[panel.kind]
    bottom = bottom if panel.axis else 0.22
    whole_width, whole_height = figure.get_size_inches()
    return (
        (corner[0] + left) / whole_width,
        1 - (corner[1] + height - bottom) / whole_height,
        (width - left - right) / whole_width,
        (height - top - bottom) / whole_height,
    )


def _write(figure: Figure, x: float, y: float, text: str, **how: Any) -> None:
    """Text at inches from the left and the top."""
    width, height = figure.get_size_inches()
    figure.text(x / width, 1 - y / height, text, ha="left", va="bottom", **how)


def key(style: int, bar: bool, id: str) -> str:
    """The sample of a series for a legend; `id` makes its ids unique on the page."""
    return _key(style, bar).replace("KEY", id)


@lru_cache
def _key(style: int, bar: bool) -> str:
    with _figure(0.56, 0.2) as figure:
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_gid("panel-0")
        axes.set_axis_off()
        if bar:
            axes.bar([0.5], [1], **_bar(style))
        else:
            axes.plot([0, 0.5, 1], [0, 0, 0], **{**_line(style), "markevery": [1]})
        axes.margins(0.03)
        group, used = _parts(_svg(figure), f"KEY-{style}")[0]
    return f'<svg class="key" viewBox="0 0 40.32 14.4" width="40" height="15" aria-hidden="true">{used}{group}</svg>'


def _legend(figure: Figure, names: Mapping[str, tuple[int, str]]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Line2D([], [], label=name, **_line(style)) if kind in ("lines", "points") else Patch(label=name, **_patch(style))
        for name, (style, kind) in names.items()
    ]
    if handles:
        place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (0.0, 1 - 0.24 / figure.get_figheight())}
        figure.legend(handles=handles, ncols=len(handles), handlelength=3.4, fontsize=8.5, borderaxespad=0.3, **place)


def _line(style: int) -> dict[str, Any]:
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


def _patch(style: int) -> dict[str, Any]:
    colour = COLOURS[style % len(COLOURS)]
    hatch = HATCHES[style % len(HATCHES)]
    return {"facecolor": WHITE if hatch else colour, "edgecolor": colour, "hatch": hatch or None, "linewidth": 1}


def _bar(style: int) -> dict[str, Any]:
    return {**_patch(style), "error_kw": {"elinewidth": 1, "capsize": 2.5, "ecolor": INK}}


def _draw_lines(axes: Axes, panel: Panel) -> None:
    from matplotlib.ticker import MaxNLocator

    places = range(len(panel.places))
    for series in panel.series:
        axes.fill_between(places, series.low, series.high, color=COLOURS[series.style % len(COLOURS)], alpha=0.13, linewidth=0)
    for series in panel.series:
        axes.plot(places, series.values, **_line(series.style))
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


def _draw_points(axes: Axes, panel: Panel) -> None:
    low, high = panel.limits or (0, 1)
    axes.plot([low, high], [low, high], color=MUTED, linestyle=(0, (1, 2)), linewidth=1)
    for series in panel.series:
        axes.errorbar(series.at, series.values, yerr=_errors(series), elinewidth=0.9, capsize=2, **_line(series.style))
    axes.set_xlim(low - 0.03, high + 0.03)
    axes.set_ylim(low - 0.03, high + 0.03)
    axes.set_xlabel(panel.axis)


def _draw_groups(axes: Axes, panel: Panel) -> None:
    share = 0.8 / len(panel.series)
    for number, series in enumerate(panel.series):
        at = [place + share * (number + 0.5) - 0.4 for place in range(len(panel.places))]
        axes.bar(at, series.values, width=share * 0.86, yerr=_errors(series), **_bar(series.style))
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
        axes.barh(known, widths, height=0.42, xerr=[below, above], **_bar(series.style))
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
}


@contextmanager
def _figure(width: float, height: float) -> Iterator[Figure]:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**matplotlib.rcParamsDefault, **STYLE, "backend": "agg"}):
        yield Figure(figsize=(width, height))


def _svg(figure: Figure) -> str:
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return file.getvalue()


def _cut(svg: str, id: str, cells: Sequence[tuple[Panel, tuple[float, float]]]) -> Iterator[str]:
    """Every panel of a figure as an SVG element of its own, with words for a screen reader."""
    for number, ((group, used), (panel, (x, y))) in enumerate(zip(_parts(svg, id), cells, strict=True)):
        width, height = panel.size
        name = f"{id}-{number}"
        box = " ".join(f"{72 * inches:g}" for inches in (x, y, width, height))
        named = f'role="img" aria-labelledby="{name}-t {name}-d"'
        words = f'<title id="{name}-t">{escape(panel.title)}</title><desc id="{name}-d">{escape(panel.spoken)}</desc>'
        yield f'<svg viewBox="{box}" {named}>{words}{used}{group}</svg>'


def _parts(svg: str, id: str) -> list[tuple[str, str]]:
    """The groups `panel-0`, `panel-1`, ... of an SVG file, each with the definitions that it uses; `id` makes ids unique."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.split("}")[-1]
        element.attrib = {name.split("}")[-1]: value for name, value in element.attrib.items()}
    groups = [each for each in root.iter("g") if each.get("id", "").startswith("panel-")]
    defined = {each.attrib["id"]: each for defs in root.iter("defs") for each in defs if "id" in each.attrib}
    for parent in list(root.iter()):
        for defs in parent.findall("defs"):
            parent.remove(defs)
    found = []
    for number, group in enumerate(groups):
        for element in group.iter("g"):
            element.attrib.pop("id", None)
        text = ElementTree.tostring(group, encoding="unicode")
        used = sorted(set(re.findall(r"#([mph][0-9a-f]{8,})", text)))
        marks = "".join(ElementTree.tostring(defined[each], encoding="unicode") for each in used)
        shown, needed = (_tidy(re.sub(r"\b([mph][0-9a-f]{8,})", rf"{id}-{number}-\1", part)) for part in (text, marks))
        found.append((shown, f"<defs>{needed}</defs>" if marks else ""))
    return found


def _tidy(svg: str) -> str:
    """Short numbers, the page's own font, and colours as the page's CSS names them."""
    svg = re.sub(r' transform="rotate\(-0 [^"]*\)"', "", svg)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    svg = re.sub(r'="[^"]*"', lambda found: re.sub(r"(\d\.\d{2})\d+", r"\1", found[0]), svg)  # coordinates, never words
    svg = re.sub("|".join(VARIABLES), lambda found: f"var(--{VARIABLES[found[0]]})", svg)
    return re.sub(r"\s+", " ", svg).replace("> <", "><").strip()
