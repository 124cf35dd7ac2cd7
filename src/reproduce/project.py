"""A checkout: where its files are and which knobs are in force."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from reproduce.errors import Problem, SpecError
from reproduce.paper import Paper
from reproduce.params import Params
from reproduce.spec import Closed, Spec
from reproduce.wording import remedy, shown
from reproduce.yaml_files import Document, load, read

S = TypeVar("S", bound=Closed)


@dataclass(frozen=True)
class Project:
    """The root of a checkout and its `params.yaml`."""

    root: Path
    params: Params

    @classmethod
    def here(cls, start: Path | None = None) -> Project:
        """The project that contains `start` (default: the working directory). Raises SpecError outside of one."""
        root = cls.root_of(start)
        return cls(root, read(root / "params.yaml", Params))

    @staticmethod
    def root_of(start: Path | None = None) -> Path:
        """The root of the checkout that contains `start` (default: the working directory), whatever its files say.

        Raises SpecError outside of one.
        """
        start = (start or Path.cwd()).resolve()
        for root in (start, *start.parents):
            if (root / "params.yaml").is_file() and (root / "specs").is_dir():
                return root
        raise SpecError(Problem(str(start), "no `params.yaml` here or above; run inside a checkout of the project"))

    @property
    def build(self) -> Path:
        """Where the stages of the mode in force write."""
        return self.root / "build" / self.params.mode

    @property
    def results(self) -> Path:
        """Where `evaluate` and `report` of the mode in force write."""
        return self.root / "results" / self.params.mode

    def spec_keys(self) -> tuple[str, ...]:
        """The keys of all specs, `<paper>/<words>`, sorted."""
        paths = (path for path in self.root.glob("specs/*/*.yaml") if path.name != "paper.yaml")
        return tuple(sorted(f"{path.parent.name}/{path.stem}" for path in paths))

    def papers(self) -> tuple[str, ...]:
        """The names of all papers, sorted."""
        return tuple(sorted(path.parent.name for path in self.root.glob("specs/*/paper.yaml")))

    def paper(self, name: str) -> Paper:
        """What `specs/<name>/paper.yaml` says was printed. Raises SpecError."""
        paper: Paper = self.document(f"{name}/paper", Paper).value
        return paper

    def spec(self, key: str, kind: type[S]) -> S:
        """The spec `specs/<key>.yaml`, which must be of the given kind. Raises SpecError."""
        document = self.document(key)
        if not isinstance(document.value, kind):
            wanted = kind.__name__.lower()
            raise SpecError(document.problem(("kind",), f"`{key}` is a `{document.value.kind}`, not a `{wanted}`"))
        return document.value

    def document(self, key: str, model: Any = Spec) -> Document[Any]:  # the union of all specs has no common type
        """The file `specs/<key>.yaml` with its lines. Raises SpecError."""
        path = self.root / "specs" / f"{key}.yaml"
        if not path.is_file():
            raise SpecError(Problem(shown(path), f"is not there; no spec has the key `{key}`{remedy(key, self.spec_keys())}"))
        return load(path, model)
