"""Measured seconds of one step, from a file of `bench/`: results hold no times, so that these stand on pages only."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from reproduce.spec import Closed, Frozen
from reproduce.yaml_files import read as read_yaml


class Measured(Closed):
    """What one simulator takes."""

    seconds: float = Field(gt=0)
    """Mean wall-clock time of one step call in a single process, after warm-up (ensemble.md 2)."""
    low: float | None = None
    high: float | None = None
    """The fifth and the ninety-fifth of a hundred."""
    note: str = ""


class Inference(Closed):
    """The file."""

    hardware: str
    steps: int = Field(gt=0)
    """Steps that were timed."""
    note: str = ""
    """What a reader must know: items, lengths of histories."""
    simulators: Frozen[Measured]
    """By kind of simulator."""


def read(path: Path) -> Inference | None:
    """The measured times; None where nobody has measured. Raises SpecError."""
    return read_yaml(path, Inference) if path.is_file() else None
