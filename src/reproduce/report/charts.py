"""Charts by matplotlib: inline SVG for the page, and SVG and PNG files of whole figures.

Nothing of the machine or the hour is in them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from reproduce.report.marks import DRAW, INK, MUTED, RULE, bar_of, line_of, patch_of
from reproduce.report.panels import Panel
from reproduce.report.svg import cut, parts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
TITLE = 0.26
"""Inches above every panel of a file for its title; on the page a caption says it."""
DOTS = 128
"""Per inch of a PNG file."""
MARGINS = {"lines": (0.48, 0.1, 0.08, 0.38), "groups": (0.4, 0.42, 0.12, 0.38), "bars": (0.06, 0.1, 0.04, 0.26)}
MARGINS["points"] = MARGINS["steps"] = MARGINS["lines"]
"""Left, right, top and bottom of a panel, in inches."""


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
    return Sheet(svg, png.getvalue(), tuple(cut(svg, id, cells)))


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
def _key(style: int, as_bar: bool) -> str:
    with _figure(0.56, 0.2) as figure:
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_gid("panel-0")
        axes.set_axis_off()
        if as_bar:
            axes.bar([0.5], [1], **bar_of(style))
        else:
            axes.plot([0, 0.5, 1], [0, 0, 0], **{**line_of(style), "markevery": [1]})
        axes.margins(0.03)
        group, used = parts(_svg(figure), f"KEY-{style}")[0]
    return f'<svg class="key" viewBox="0 0 40.32 14.4" width="40" height="15" aria-hidden="true">{used}{group}</svg>'


def _legend(figure: Figure, names: Mapping[str, tuple[int, str]]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Line2D([], [], label=name, **line_of(style))
        if kind in ("lines", "points", "steps")
        else Patch(label=name, **patch_of(style))
        for name, (style, kind) in names.items()
    ]
    if handles:
        place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (0.0, 1 - 0.24 / figure.get_figheight())}
        figure.legend(handles=handles, ncols=len(handles), handlelength=3.4, fontsize=8.5, borderaxespad=0.3, **place)


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
