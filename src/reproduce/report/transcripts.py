"""Round-by-round transcripts for the viewer, streamed: a run of a thousand users never stands in memory.

Per run, recommender and strategy there is one small file that tells of every user and round whether the true item was accepted
and what was chosen (to filter and to find), and one file per `USERS_PER_BLOCK` users with everything else, loaded on demand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from reproduce.report.packing import Chunk, packed
from reproduce.results.runs import Round, Run, Transcript

USERS_PER_BLOCK = 50
KNOWN = 20
"""Items of the history that are shown: the last ones."""
Write = Callable[[Chunk], None]


def slug(run: str) -> str:
    """A run's key as a file name."""
    return run.replace("/", "-")


@dataclass
class Told:
    """What the viewer must know of a run before it loads a transcript, and what else must be written for it."""

    users: list[int] = field(default_factory=list)
    recommenders: list[str] = field(default_factory=list)
    strategies: list[str] = field(default_factory=list)
    items: dict[int, set[int]] = field(default_factory=dict)
    """Items that the transcripts of a block name."""
    truths: dict[int, list[int]] = field(default_factory=dict)
    """The true items of every user, round by round."""


def tell(run: Run, folder: str, write: Write) -> Told:
    """Write the files of one run below `folder` and say what they hold.

    Raises ValueError when the transcripts of a recommender and strategy are not in ascending order of users.
    """
    told, parts = Told(), dict[tuple[str, str], _Part]()
    for transcript in run.transcripts():
        key = (transcript.recommender, transcript.strategy)
        part = parts.setdefault(key, _Part(f"{folder}/{slug(run.key)}/{'-'.join(key)}"))
        block = part.add(transcript, write)
        named = told.items.setdefault(block, set())
        named.update(transcript.history[-KNOWN:], *(played.shown for played in transcript.rounds))
        told.truths.setdefault(transcript.user, [played.shown[played.truth] for played in transcript.rounds])
    for part in parts.values():
        part.close(write)
    told.users = sorted(told.truths)
    told.recommenders, told.strategies = (sorted({key[place] for key in parts}) for place in (0, 1))
    return told


@dataclass
class _Part:
    """The transcripts of one recommender under one strategy, a block at a time."""

    name: str
    users: dict[str, str] = field(default_factory=dict)
    block: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    last: int = -1

    def add(self, transcript: Transcript, write: Write) -> int:
        """Take in one transcript; the number of its block."""
        if transcript.user <= self.last:
            raise ValueError(f"{self.name}: user {transcript.user} comes after user {self.last}")
        if len(self.block) == USERS_PER_BLOCK:
            self._flush(write)
        number = len(self.users) // USERS_PER_BLOCK
        self.last = transcript.user
        self.users[str(transcript.user)] = "".join(map(mark, transcript.rounds))
        self.block[str(transcript.user)] = compact(transcript, self.reasons)
        return number

    def close(self, write: Write) -> None:
        """Write what is left, and the file that tells of all users."""
        self._flush(write)
        write(packed(self.name, self.users))

    def _flush(self, write: Write) -> None:
        number = (len(self.users) - 1) // USERS_PER_BLOCK
        write(packed(f"{self.name}-{number}", {"reasons": list(self.reasons), "users": self.block}))
        self.block, self.reasons = {}, {}


def mark(played: Round) -> str:
    """One letter per round for what was chosen: `t` the true item, `o` another one, `n` nothing, `x` for an unreadable reply.

    Upper case when the true item was accepted.
    """
    reaction = played.reaction
    letter = "n" if reaction.selected is None else "t" if reaction.selected == played.truth else "o"
    if reaction.status in ("fallback", "refusal"):
        letter = "x"
    return letter.upper() if reaction.verdicts[played.truth].yes else letter


def compact(transcript: Transcript, reasons: dict[str, int]) -> dict[str, Any]:
    """What the viewer shows of one transcript. Profiles and reasons are stored once, rounds point to them."""
    earlier = transcript.profile.earlier
    versions = [*(change.text for change in earlier), transcript.profile.text]
    version, rounds = sum(change.by != "update" for change in earlier), []
    for played in transcript.rounds:
        later = (place for place in range(version, len(versions)) if versions[place] == played.profile)
        version = next(later, None) or _place(played.profile, versions)
        rounds.append(_round(played, version, reasons))
    return {
        "versions": versions,
        "changes": [[change.by, change.why] for change in earlier],
        "history": list(transcript.history[-KNOWN:]),
        "known": len(transcript.history),
        "rounds": rounds,
    }


def _place(text: str, versions: list[str]) -> int:
    """Where a profile stands among its versions; one that is no version is added."""
    if text not in versions:
        versions.append(text)
    return versions.index(text)


def _round(played: Round, version: int, reasons: dict[str, int]) -> dict[str, Any]:
    reaction = played.reaction
    told: dict[str, Any] = {
        "shown": list(played.shown),
        "scores": [round(score, 3) for score in played.scores],
        "truth": played.truth,
        "yes": "".join("1" if verdict.yes else "0" for verdict in reaction.verdicts),
        "reasons": [reasons.setdefault(verdict.reason, len(reasons)) for verdict in reaction.verdicts],
        "selected": reaction.selected,
        "rating": reaction.rating,
        "exit": reaction.exit,
        "missing": reaction.missing,
        "status": reaction.status,
        "version": version,
    }
    return told if reaction.status == "strict" else {**told, "raw": reaction.raw}


def named(items: Sequence[Any], wanted: set[int]) -> dict[str, list[Any]]:
    """Title, genres and mean rating of the wanted items of a catalogue."""
    return {str(item["item"]): [item["title"], item["genres"], item["train_mean"]] for item in items if item["item"] in wanted}
