"""Charts as inline SVG: readable in black and white (dashes and markers differ), coloured by the CSS of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from reproduce.report.figure1 import Panel
from reproduce.results.document import Curve

WIDTH, HEIGHT = 360, 225
LEFT, RIGHT, TOP, BOTTOM = 44, 10, 12, 34
BARS = 300
MARKS = ("circle", "square", "diamond", "triangle", "cross", "plus")
"""One per series, in order; lines differ by dashes, too (in the CSS)."""


@dataclass(frozen=True)
class Axis:
    """From data to pixels."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> str:
        """The pixel of a value, one decimal."""
        share = (value - self.low) / (self.high - self.low)
        return f"{self.start + share * (self.end - self.start):.1f}"


def ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers from at most `low` to at least `high`."""
    high = max(high, low + 1e-3)
    for step in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0):
        if (high - low) / step <= 4.5:
            break
    first = int(low / step + 1e-9)
    found = [round(step * (first + number), 6) for number in range(7)]
    return found[: next(place for place, tick in enumerate(found) if tick >= high - 1e-9 or place == 6) + 1]


def lines(title: str, series: Sequence[tuple[str, Curve]], id: str) -> str:
    """Curves over rounds with their 95 % bands. `series`: (name, curve), at most six."""
    scale = ticks(min(min(curve.low) for _, curve in series), max(max(curve.high) for _, curve in series))
    rounds = max(len(curve.values) for _, curve in series)
    x, y = Axis(1, max(rounds, 2), LEFT + 8, WIDTH - RIGHT - 8), Axis(scale[0], scale[-1], HEIGHT - BOTTOM, TOP)
    names = ", ".join(f"{name} from {curve.values[0]:.3f} to {curve.values[-1]:.3f}" for name, curve in series)
    parts = [_open(WIDTH, HEIGHT, id, title, f"{title} over {rounds} rounds: {names}")]
    for tick in scale:
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y.at(tick)}" y2="{y.at(tick)}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{y.at(tick)}" dy=".32em" text-anchor="end">{tick:g}</text>')
    for number in range(1, rounds + 1):
        parts.append(f'<text class="tick" x="{x.at(number)}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{number}</text>')
    parts.append(f'<text class="tick" x="{(LEFT + WIDTH) / 2:.1f}" y="{HEIGHT - 3}" text-anchor="middle">round</text>')
    parts += [_band(place, curve, x, y) for place, (_, curve) in enumerate(series)]
    parts += [_line(place, curve, x, y) for place, (_, curve) in enumerate(series)]
    return "".join([*parts, "</svg>"])


def _band(place: int, curve: Curve, x: Axis, y: Axis) -> str:
    above = [f"{x.at(number)},{y.at(value)}" for number, value in enumerate(curve.high, start=1)]
    below = [f"{x.at(number)},{y.at(value)}" for number, value in enumerate(curve.low, start=1)]
    return f'<polygon class="band s{place}" points="{" ".join(above + below[::-1])}"/>'


def _line(place: int, curve: Curve, x: Axis, y: Axis) -> str:
    points = [(x.at(number), y.at(value)) for number, value in enumerate(curve.values, start=1)]
    path = " ".join(f"{left},{top}" for left, top in points)
    marks = "".join(mark(place, float(left), float(top)) for left, top in points)
    return f'<polyline class="line s{place}" points="{path}"/>{marks}'


def mark(place: int, x: float, y: float) -> str:
    """The marker of a series."""
    match MARKS[place % len(MARKS)]:
        case "circle":
            return f'<circle class="mark s{place}" cx="{x:.1f}" cy="{y:.1f}" r="3.4"/>'
        case "square":
            return f'<rect class="mark hollow s{place}" x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6"/>'
        case "diamond":
            return f'<path class="mark s{place}" d="M{x:.1f} {y - 4.4:.1f}l4.4 4.4l-4.4 4.4l-4.4 -4.4z"/>'
        case "triangle":
            return f'<path class="mark hollow s{place}" d="M{x:.1f} {y - 4:.1f}l4 7h-8z"/>'
        case "cross":
            return f'<path class="mark stroke s{place}" d="M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"/>'
        case _:
            return f'<path class="mark stroke s{place}" d="M{x:.1f} {y - 4:.1f}v8m-4 -4h8"/>'


def key(place: int) -> str:
    """The sample of a series for a legend."""
    line = f'<line class="line s{place}" x1="1" x2="39" y1="8" y2="8"/>'
    return f'<svg class="key" viewBox="0 0 40 16" width="40" height="16" aria-hidden="true">{line}{mark(place, 20, 8)}</svg>'


def bars(panel: Panel, printed: Sequence[float], id: str) -> str:
    """Accuracy of every predictor on one split, with intervals; `printed` values as dashed lines."""
    step, top = 38, 26 if printed else 6
    height = top + step * len(panel.bars) + 22
    x = Axis(0, 100, 2, BARS - 42)
    spoken = ", ".join(f"{bar.name} {bar.accuracy:.1f}" for bar in panel.bars)
    parts = [_open(BARS, height, id, panel.name, f"Accuracy in percent: {spoken}")]
    floor = top + step * len(panel.bars)
    for tick in (0, 25, 50, 75, 100):
        parts.append(f'<line class="grid" x1="{x.at(tick)}" x2="{x.at(tick)}" y1="{top}" y2="{floor}"/>')
        anchor = "middle" if tick else "start"
        parts.append(f'<text class="tick" x="{x.at(tick)}" y="{floor + 15}" text-anchor="{anchor}">{tick}</text>')
    for value in printed:
        parts.append(f'<line class="printed" x1="{x.at(value)}" x2="{x.at(value)}" y1="{top - 6}" y2="{floor}"/>')
        parts.append(f'<text class="tick" x="{x.at(value)}" y="{top - 10}" text-anchor="middle">{value:.2f}</text>')
    for place, bar in enumerate(panel.bars):
        y = top + step * place
        parts.append(f'<text class="name{" strong" if bar.trained else ""}" x="2" y="{y + 13}">{escape(bar.name)}</text>')
        width = float(x.at(bar.accuracy)) - 2
        parts.append(f'<rect class="bar{"" if bar.trained else " base"}" x="2" y="{y + 18}" width="{width:.1f}" height="13"/>')
        parts.append(_whisker(x.at(bar.low), x.at(bar.high), y + 24.5))
        end = float(x.at(max(bar.accuracy, bar.high))) + 6
        parts.append(f'<text class="value" x="{end:.1f}" y="{y + 29}">{bar.accuracy:.1f}</text>')
    return "".join([*parts, "</svg>"])


def _whisker(low: str, high: str, y: float) -> str:
    ends = "".join(f'<line class="whisker" x1="{x}" x2="{x}" y1="{y - 3.5}" y2="{y + 3.5}"/>' for x in (low, high))
    return f'<line class="whisker" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/>{ends}'


def _open(width: int, height: int, id: str, title: str, spoken: str) -> str:
    named = f'role="img" aria-labelledby="{id}-t {id}-d"'
    head = f'<svg viewBox="0 0 {width} {height}" {named}>'
    return f'{head}<title id="{id}-t">{escape(title)}</title><desc id="{id}-d">{escape(spoken)}</desc>'
