"""How much of a result is the seed, how much the wording (ours): one simulation repeated for every seed and every wording.

A crossed design on the same users. The seed redraws the negatives; a wording is a pinning of prompt versions. `verdicts.jsonl`
has a line per (seed, wording, user) with the counts of every round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reproduce.interaction.transcript import Transcript
from reproduce.spec import Closed


class Counted(Closed):
    """The verdicts of one user under one seed and wording, round by round."""

    seed: int
    prompts: Mapping[str, int]
    """The wording: pinned prompts and their versions."""
    user: int
    tp: tuple[int, ...]
    fp: tuple[int, ...]
    fn: tuple[int, ...]
    tn: tuple[int, ...]
    missing: int
    """Verdicts that the replies did not hold; they count as no."""


def counted(seed: int, prompts: Mapping[str, int], transcripts: Iterable[Transcript]) -> Iterator[Counted]:
    """The counts of every transcript (dgdpo.md 2.1: a verdict per shown item, one of them the true one)."""
    for transcript in transcripts:
        tp, fp, fn, tn = zip(*map(_cells, *_verdicts(transcript)), strict=True)
        missing = sum(played.reaction.missing for played in transcript.rounds)
        yield Counted(seed=seed, prompts=dict(prompts), user=transcript.user, tp=tp, fp=fp, fn=fn, tn=tn, missing=missing)


def _verdicts(transcript: Transcript) -> tuple[list[int], list[list[bool]]]:
    truths = [played.truth for played in transcript.rounds]
    return truths, [[verdict.yes for verdict in played.reaction.verdicts] for played in transcript.rounds]


def _cells(truth: int, yes: Sequence[bool]) -> tuple[int, int, int, int]:
    hit, accepted = int(yes[truth]), sum(yes)
    return hit, accepted - hit, 1 - hit, len(yes) - accepted - (1 - hit)
