"""One chart of a figure: what is in it, before any drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WIDTH, HEIGHT = 3.5, 2.25
"""Inches of a panel with lines; 72 units of the page's SVG to the inch."""


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
    """Of points and over steps: where along the axis they are."""


@dataclass(frozen=True)
class Panel:
    """One chart."""

    title: str
    places: tuple[str, ...]
    """Rounds, values of a knob, data sets, or the names of bars."""
    series: tuple[Series, ...]
    axis: str = ""
    """What the places are."""
    kind: Literal["lines", "groups", "bars", "points", "steps"] = "lines"
    """Curves; upright bars side by side; lying bars, each with its name above it; shares over shares, with the diagonal; curves
    over steps, each at places of its own."""
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
        if self.kind in ("lines", "steps"):
            told = (f"{each.name} from {each.values[0]:.3f} to {each.values[-1]:.3f}" for each in self.series)
        elif self.kind == "points":
            told = (f"{each.name} {x:.2f}: {y:.2f}" for each in self.series for x, y in zip(each.at, each.values, strict=True))
        else:
            pairs = ((each, place) for place in range(len(self.places)) for each in self.series)
            told = (f"{self.places[place]} {each.name} {each.values[place]:.3g}".replace("  ", " ") for each, place in pairs)
        return f"{self.title}: {', '.join(told)}"
