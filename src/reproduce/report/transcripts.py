"""Round-by-round transcripts as small script files, one per run, recommender, strategy and some twenty users.

A page opened from disk may load scripts but not JSON, so every file calls `reproduce.receive(name, data)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from reproduce.files import dumps
from reproduce.results.runs import Round, Transcript

USERS_PER_FILE = 20
SHOWN_USERS = 100
"""Users whose transcripts are shown: the first hundred, so that the report of a thousand users stays quick to copy."""


@dataclass(frozen=True)
class Chunk:
    """One script file."""

    name: str
    """Path below `data/`, without the ending."""
    text: str


def script(name: str, data: object) -> Chunk:
    """A script that hands `data` to the page."""
    body = dumps(data).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")  # line ends to a script, not to JSON
    return Chunk(name, f"reproduce.receive({dumps(name)}, {body});\n")


def slug(run: str) -> str:
    """A run's key as a file name."""
    return run.replace("/", "-")


@dataclass(frozen=True)
class Told:
    """The script files of one run, and every item that they name."""

    chunks: tuple[Chunk, ...]
    items: frozenset[int]


def tell(run: str, transcripts: Iterable[Transcript], users: Sequence[int]) -> Told:
    """What the viewer loads of one run. Transcripts of other users are passed over."""
    place = {user: number // USERS_PER_FILE for number, user in enumerate(users)}
    grouped: dict[tuple[str, str, int], dict[str, Any]] = {}
    items: set[int] = set()
    for transcript in transcripts:
        if transcript.user in place:
            key = (transcript.recommender, transcript.strategy, place[transcript.user])
            told = compact(transcript)
            grouped.setdefault(key, {})[str(transcript.user)] = told
            items.update(told["history"], *(played["shown"] for played in told["rounds"]))
    parts = ((f"transcripts/{slug(run)}/{which}-{strategy}-{part}", told) for (which, strategy, part), told in grouped.items())
    return Told(tuple(script(name, told) for name, told in sorted(parts)), frozenset(items))


def compact(transcript: Transcript) -> dict[str, Any]:
    """What the viewer shows of one transcript. Profiles are stored once, rounds point to them."""
    profiles = list(dict.fromkeys(played.profile for played in transcript.rounds))
    return {
        "profiles": profiles,
        "history": list(transcript.history[-10:]),
        "rounds": [_round(played, profiles) for played in transcript.rounds],
    }


def _round(played: Round, profiles: list[str]) -> dict[str, Any]:
    reaction = played.reaction
    told: dict[str, Any] = {
        "shown": list(played.shown),
        "scores": list(played.scores),
        "truth": played.truth,
        "yes": "".join("1" if verdict.yes else "0" for verdict in reaction.verdicts),
        "reasons": [verdict.reason for verdict in reaction.verdicts],
        "selected": reaction.selected,
        "rating": reaction.rating,
        "exit": reaction.exit,
        "missing": reaction.missing,
        "status": reaction.status,
        "profile": profiles.index(played.profile),
    }
    return told if reaction.status == "strict" else {**told, "raw": reaction.raw}
