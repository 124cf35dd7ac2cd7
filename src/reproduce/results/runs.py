"""What `simulate` left of one run, read back: `evaluate` counts it, `report` shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from reproduce.errors import MissingInput
from reproduce.files import read_json, read_jsonl
from reproduce.interaction.transcript import Round as Round
from reproduce.interaction.transcript import Transcript as Transcript
from reproduce.metrics.verdicts import Confusion, Said, check_identities, tally


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
    def _counted(self) -> tuple[dict[tuple[str, str], Confusion], int]:
        """Verdicts and missing verdicts, in one pass."""
        said: dict[tuple[str, str], dict[int, list[Said]]] = {}
        missing = 0
        for transcript in self.transcripts():
            cell = said.setdefault((transcript.recommender, transcript.strategy), {})
            if transcript.user in cell:
                raise ValueError(f"{self.key}: user {transcript.user} has two transcripts with {transcript.recommender}")
            cell[transcript.user] = [_said(each) for each in transcript.rounds]
            missing += sum(each.reaction.missing for each in transcript.rounds)
        counted = {key: tally(said[key]) for key in sorted(said)}
        for confusion in counted.values():
            check_identities(confusion, self.candidates)
        return counted, missing

    @property
    def verdicts(self) -> dict[tuple[str, str], Confusion]:
        """Counts by (recommender, strategy). Raises ValueError when they contradict what holds for any simulator."""
        return self._counted[0]

    @property
    def missing(self) -> int:
        """Verdicts that the replies did not hold; they count as no."""
        return self._counted[1]

    @cached_property
    def candidates(self) -> int:
        """Shown items per round."""
        return len(next(self.transcripts()).rounds[0].shown)

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

    @cached_property
    def replies(self) -> dict[str, Any]:
        """`replies.json`: calls, tokens and parse statuses per prompt, and counters."""
        found: dict[str, Any] = read_json(self.folder / "replies.json")
        return found

    def hashes(self) -> dict[str, str]:
        """SHA-256 of every file of the run."""
        return {path.name: file_hash(path) for path in sorted(self.folder.iterdir()) if path.is_file()}


def _said(played: Round) -> Said:
    if len(played.reaction.verdicts) != len(played.shown):
        raise ValueError(f"round {played.round}: {len(played.reaction.verdicts)} verdicts on {len(played.shown)} shown items")
    return played.truth, [verdict.yes for verdict in played.reaction.verdicts]


def load(runs: Path, keys: Sequence[str]) -> dict[str, Run]:
    """All runs of a paper from `build/<mode>/runs`. Raises MissingInput with the list of all that are not there."""
    missing = [key for key in keys if not (runs / key / "run.json").is_file()]
    if missing:
        named = ", ".join(f"`{key}`" for key in missing)
        raise MissingInput(f"{runs}: {len(missing)} of {len(keys)} runs are not there ({named}); `dvc repro` makes them")
    return {key: Run(key, runs / key, read_json(runs / key / "run.json")) for key in keys}


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
