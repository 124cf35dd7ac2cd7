"""What `simulate` left of one run, read back: `evaluate` counts it, `report` shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from reproduce.errors import MissingInput
from reproduce.files import each_row, file_hash, read_json, read_jsonl
from reproduce.interaction.transcript import Round as Round
from reproduce.interaction.transcript import Transcript as Transcript
from reproduce.metrics.pages import Page, Pages
from reproduce.metrics.verdicts import Confusion, check_identities, tally


@dataclass(frozen=True, eq=False)
class Run:
    """One folder `build/<mode>/runs/<key>`."""

    key: str
    folder: Path
    about: dict[str, Any]
    """`run.json`: kind, spec with knobs, mode, engine, model, dataset, source, data_sha256, prompts, users, seed, version."""

    def transcripts(self) -> Iterator[Transcript]:
        """All transcripts, one after the other (a paper-size run does not fit into memory twice)."""
        with (self.folder / "transcripts.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                yield Transcript.model_validate_json(line)

    @cached_property
    def _told(self) -> _Told:
        """All that is counted of the transcripts, in one pass."""
        told, pages = _Told(), dict[tuple[str, str], dict[int, list[Page]]]()
        for transcript in self.transcripts():
            cell = pages.setdefault((transcript.recommender, transcript.strategy), {})
            if transcript.user in cell:
                raise ValueError(f"{self.key}: user {transcript.user} has two transcripts with {transcript.recommender}")
            cell[transcript.user] = [_page(each) for each in transcript.rounds]
            told.missing += sum(each.reaction.missing for each in transcript.rounds)
            told.histories.setdefault(transcript.user, transcript.history)
            if transcript.strategy != "none":
                told.updated.setdefault(transcript.strategy, []).append((transcript.user, transcript.profile.text))
        for key in sorted(pages):
            told.pages[key] = Pages.gather(pages[key])
            told.verdicts[key] = tally(told.pages[key])
            check_identities(told.verdicts[key], told.pages[key].places)
        return told

    @property
    def pages(self) -> dict[tuple[str, str], Pages]:
        """What was shown and said, by (recommender, strategy)."""
        return self._told.pages

    @property
    def verdicts(self) -> dict[tuple[str, str], Confusion]:
        """Counts by (recommender, strategy). Raises ValueError when they contradict what holds for any simulator."""
        return self._told.verdicts

    @property
    def missing(self) -> int:
        """Verdicts that the replies did not hold; they count as no."""
        return self._told.missing

    @property
    def histories(self) -> dict[int, tuple[int, ...]]:
        """The items that each user knew before the first round."""
        return self._told.histories

    @property
    def updated(self) -> dict[str, list[tuple[int, str]]]:
        """User and last profile of every transcript, by the strategy under which profiles were updated."""
        return self._told.updated

    @property
    def recommenders(self) -> tuple[str, ...]:
        """Simulated recommenders, in alphabetical order."""
        return tuple(sorted({recommender for recommender, _ in self.verdicts}))

    @property
    def strategies(self) -> tuple[str, ...]:
        """Simulated strategies of profile update."""
        return tuple(sorted({strategy for _, strategy in self.verdicts}))

    def cells(self, strategy: str) -> list[Confusion]:
        """The verdicts with every recommender under one strategy; empty when the run does not have it."""
        return [confusion for (_, of), confusion in self.verdicts.items() if of == strategy]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The lines of `<name>.jsonl`; empty where this kind of run has no such file."""
        path = self.folder / f"{name}.jsonl"
        return read_jsonl(path) if path.is_file() else []

    def each(self, name: str) -> Iterator[dict[str, Any]]:
        """The same one after the other, of files that a paper-size run fills with millions of steps."""
        path = self.folder / f"{name}.jsonl"
        return each_row(path) if path.is_file() else iter(())

    def knob(self, name: str, default: Any) -> Any:  # knobs have several types
        """A value of the spec or of the knobs that were merged into it, wherever it lies."""
        found = within(self.about["spec"], name)
        return default if found is None else found

    @cached_property
    def replies(self) -> dict[str, Any]:
        """`replies.json`: calls, tokens and parse statuses per prompt, and counters."""
        found: dict[str, Any] = read_json(self.folder / "replies.json")
        return found

    def hashes(self) -> dict[str, str]:
        """SHA-256 of every file of the run."""
        return {path.name: file_hash(path) for path in sorted(self.folder.iterdir()) if path.is_file()}


@dataclass
class _Told:
    """What the transcripts of a run come to."""

    pages: dict[tuple[str, str], Pages] = field(default_factory=dict)
    verdicts: dict[tuple[str, str], Confusion] = field(default_factory=dict)
    missing: int = 0
    histories: dict[int, tuple[int, ...]] = field(default_factory=dict)
    updated: dict[str, list[tuple[int, str]]] = field(default_factory=dict)


def _page(played: Round) -> Page:
    said = played.reaction
    if len(said.verdicts) != len(played.shown):
        raise ValueError(f"round {played.round}: {len(said.verdicts)} verdicts on {len(played.shown)} shown items")
    return Page(played.shown, played.truth, [verdict.yes for verdict in said.verdicts], said.selected)


def load(runs: Path, keys: Sequence[str]) -> dict[str, Run]:
    """All runs of a paper from `build/<mode>/runs`. Raises MissingInput with the list of all that are not there."""
    missing = [key for key in keys if not (runs / key / "run.json").is_file()]
    if missing:
        named = ", ".join(f"`{key}`" for key in missing)
        raise MissingInput(f"{runs}: {len(missing)} of {len(keys)} runs are not there ({named}); `dvc repro` makes them")
    return {key: Run(key, runs / key, read_json(runs / key / "run.json")) for key in keys}


def within(tree: object, name: str) -> object:
    """The first value of a key in nested mappings, None where there is none: where a knob lies is its stage's business."""
    if isinstance(tree, Mapping):
        if name in tree:
            return tree[name]
        return next((found for value in tree.values() if (found := within(value, name)) is not None), None)
    return None
