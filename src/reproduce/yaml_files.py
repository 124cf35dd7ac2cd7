"""YAML files read into closed models, every problem with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter

T = TypeVar("T")


def read(path: Path, model: Any) -> Any:
    """The file as `model` (a pydantic class or a union). Raises SpecError with all problems of the file."""
    return TypeAdapter(model).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
