"""What `specs/datasets.yaml` lists: sources (raw files, where they come from) and data sets (a paper's protocol).

Imports pydantic only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PositiveInt,
    SerializerFunctionWrapHandler,
    StrictBool,
    model_serializer,
    model_validator,
)
from typing_extensions import Self

from reproduce.errors import Problem, SpecError
from reproduce.spec import Closed, Frozen, FrozenDict
from reproduce.wording import remedy
from reproduce.yaml_files import Place, read, refuse

Layout = Literal["ml-100k", "ml-1m", "ml-1m-ranks", "ml-latest", "amazon", "yelp", "anime"]
"""How the raw files are laid out; one module of `data/sources/` reads each."""
Role = Literal["ratings", "movies", "users", "reviews", "meta", "business", "anime"]
"""What a raw file holds."""
Repeated = Literal["first", "last", "keep"]

ROLES: dict[Layout, tuple[tuple[Role, ...], tuple[Role, ...]]] = {
    "ml-100k": (("ratings", "movies", "users"), ()),
    "ml-1m": (("ratings", "movies", "users"), ()),
    "ml-1m-ranks": (("ratings", "movies", "users"), ()),
    "ml-latest": (("ratings", "movies"), ()),
    "amazon": (("reviews",), ("meta",)),
    "yelp": (("business", "reviews"), ()),
    "anime": (("ratings", "anime"), ()),
}
"""The files that each layout needs, and those that it can do without."""

KEPT_BY = ("state", "city")
"""Fields of a business by which some may be chosen."""

_SHA256 = r"^([0-9a-f]{64}|unknown)$"


def _number_or_not(value: object) -> object:
    """One complaint, where pydantic has one for each type that the value might have had."""
    if isinstance(value, int) and (isinstance(value, bool) or value > 0):
        return value
    raise ValueError("must be true, false or a number of users")


class RawFile(Closed):
    """One file of a source."""

    path: str = Field(pattern=r"^[^/\\][^\\]*$")
    """Below the source's folder; inside an archive, below its folder `inside`."""
    sha256: str | None = Field(default=None, pattern=_SHA256)
    """Checksum of the file as it is stored (of the `.gz` where there is one). `unknown`: nobody publishes it; the file is refused
    until you write down the checksum of the copy that you trust. Absent: the archive's checksum stands for it."""
    url: str | None = None
    """Where `reproduce data fetch` downloads it; absent for members of an archive and for embedded files."""


class Archive(Closed):
    """A zip that holds the files of a source; it is read in place and never unpacked."""

    path: str
    """Below the source's folder."""
    inside: str
    """Folder of the files within the zip."""
    sha256: str = Field(pattern=_SHA256)
    url: str


class Source(Closed):
    """Raw files in one layout."""

    layout: Layout
    folder: str
    """Below `data/` (embedded), `REPRODUCE_DATASETS` or the cache."""
    embedded: bool = False
    """Written by `reproduce data`, not downloaded."""
    files: Annotated[Mapping[Role, RawFile], AfterValidator(FrozenDict)]
    archive: Archive | None = None
    tastes: RawFile | None = None
    """Planted tastes of an embedded source, which only the evaluation reads."""
    texts: Annotated[StrictBool | PositiveInt, BeforeValidator(_number_or_not)] = True
    """Whether review texts are read. Those of the largest corpora do not fit into memory: a number n stands for the texts of the
    first n users in the order in which they are simulated, which are read in a second pass."""
    keep: Frozen[str] = Field(default_factory=FrozenDict)
    """Of layout `yelp`: what the businesses must have whose reviews are read, such as `state: MO`."""
    page: str | None = None
    """Where a person gets the files that have no address of their own, as one has to sign in or to accept terms there."""
    terms: str
    """The licence in one line; shown before a download."""

    def remedy(self, name: str) -> str:
        """How to get the right files; `name` is the source's name in the catalog."""
        if self.embedded:
            return "`reproduce data` writes it"
        if self.archive or all(file.url for file in self.files.values()):
            return f"`reproduce data fetch {name}` downloads it"
        if self.page:
            return f"get it from {self.page} and put it into the folder {self.folder} of REPRODUCE_DATASETS"
        return f"put a copy into the folder {self.folder} of REPRODUCE_DATASETS"

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        refuse("Source", self._problems())
        return self

    def _problems(self) -> Iterator[tuple[Place, str]]:
        needed, optional = ROLES[self.layout]
        if self.keep and self.layout != "yelp":
            yield ("keep",), f"layout `{self.layout}` has no businesses to choose from; leave `keep` out"
        for name in self.keep:
            if name not in KEPT_BY:
                yield ("keep", name), f"must be one of {', '.join(KEPT_BY)}"
        if not isinstance(self.texts, bool) and "reviews" not in needed:
            yield ("texts",), f"layout `{self.layout}` has no review texts; leave `texts` out"
        for role in needed:
            if role not in self.files:
                yield ("files",), f"layout `{self.layout}` needs a file `{role}`"
        for role, file in self.files.items():
            if role not in (*needed, *optional):
                known = ", ".join((*needed, *optional))
                yield ("files", role), f"layout `{self.layout}` has no file `{role}` (known: {known})"
            if file.sha256 is None and self.archive is None:
                yield ("files", role), "needs a `sha256` (`unknown` where nobody publishes it), since no archive stands for it"


class Protocol(Closed):
    """How a paper filters and splits a data set (dgdpo.md 1.2, ensemble.md 1.7)."""

    core: PositiveInt
    """Fewest interactions of a user and of an item that stays."""
    longest: PositiveInt
    """Most recent interactions of a user that are kept: L (DG-D2)."""
    test: PositiveInt = 10
    """Most recent interactions that become E_u; the one before them is V_u, the rest D_u."""
    short: Literal["drop", "train"] = "drop"
    """LG-D14: what becomes of users with too few interactions for all three parts. `drop`: they are left out; `train`: all their
    rows are counted and trained on, and no episode starts with them."""
    liked_from: Annotated[float, Field(gt=0)] = 3.0
    """LG-D1: lowest rating that counts as liked, on the scale of the source."""
    repeated: Repeated = "first"
    """Which rating of a repeated (user, item) pair stays; `first`: a test item was never interacted with before."""

    @model_serializer(mode="wrap")
    def _short(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without `short` and `liked_from` where they say nothing new: data sets that were prepared before keep their bytes."""
        silent = [name for name in ("short", "liked_from") if getattr(self, name) == Protocol.model_fields[name].default]
        return {name: value for name, value in dump(self).items() if name not in silent}


class Catalog(Closed):
    """`specs/datasets.yaml`."""

    sources: Frozen[Source]
    datasets: Frozen[Protocol]

    @classmethod
    def load(cls, root: Path) -> Catalog:
        """The catalog of the checkout at `root`. Raises SpecError."""
        catalog: Catalog = read(root / "specs" / "datasets.yaml", cls)
        return catalog

    def source(self, name: str) -> Source:
        """One source. Raises SpecError that lists what there is."""
        if name not in self.sources:
            raise SpecError(Problem("specs/datasets.yaml", f"no source `{name}`{remedy(name, self.sources)}"))
        return self.sources[name]

    def protocol(self, name: str) -> Protocol:
        """The protocol of one data set. Raises SpecError that lists what there is."""
        if name not in self.datasets:
            raise SpecError(Problem("specs/datasets.yaml", f"no data set `{name}`{remedy(name, self.datasets)}"))
        return self.datasets[name]
