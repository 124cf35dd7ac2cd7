"""A checkout: where its files are and which knobs are in force."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from reproduce.errors import Problem, SpecError
from reproduce.params import Params
from reproduce.spec import Closed, Spec
from reproduce.yaml_files import read

S = TypeVar("S", bound=Closed)


@dataclass(frozen=True)
class Project:
    """The root of a checkout and its `params.yaml`."""

    root: Path
    params: Params

    @classmethod
    def here(cls, start: Path | None = None) -> Project:
        """The project that contains `start` (default: the working directory). Raises SpecError outside of one."""
        start = (start or Path.cwd()).resolve()
        for root in (start, *start.parents):
            if (root / "params.yaml").is_file() and (root / "specs").is_dir():
                return cls(root, read(root / "params.yaml", Params))
        raise SpecError(Problem(str(start), "no `params.yaml` here or above; run inside a checkout of the project"))

    @property
    def build(self) -> Path:
        """Where the stages of the mode in force write."""
        return self.root / "build" / self.params.mode

    @property
    def results(self) -> Path:
        """Where `evaluate` and `report` of the mode in force write."""
        return self.root / "results" / self.params.mode

    def spec(self, key: str, kind: type[S]) -> S:
        """The spec `specs/<key>.yaml`, which must be of the given kind. Raises SpecError."""
        path = self.root / "specs" / f"{key}.yaml"
        if not path.is_file():
            raise SpecError(Problem(f"specs/{key}.yaml", "is not there; `reproduce validate` lists what is"))
        wanted = read(path, Spec)
        if not isinstance(wanted, kind):
            raise SpecError(Problem(f"specs/{key}.yaml", f"is a `{wanted.kind}`, not a `{kind.__name__.lower()}`"))
        return wanted
