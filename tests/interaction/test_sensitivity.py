"""Counts per round of a repeated simulation."""

from __future__ import annotations

from reproduce.interaction.sensitivity import counted
from reproduce.interaction.transcript import Profile, Reaction, Round, Transcript, Verdict


def played(number: int, truth: int, yes: set[int], missing: int = 0) -> Round:
    verdicts = tuple(Verdict(yes=at in yes) for at in range(5))
    reaction = Reaction(verdicts=verdicts, missing=missing, status="strict", raw="")
    return Round(round=number, shown=(1, 2, 3, 4, 5), scores=(0.0,) * 5, truth=truth, reaction=reaction, profile="P")


def test_every_verdict_is_counted_once():
    rounds = (played(1, 0, {0, 1}), played(2, 4, {0, 1, 2}, missing=1), played(3, 2, set(), missing=2))
    told = {"user": 7, "method": "m", "recommender": "sasrec", "strategy": "none", "history": (9,), "profile": Profile(text="P")}
    (line,) = counted(43, {"dgdpo/round": 2}, [Transcript(**told, rounds=rounds)])
    assert line.model_dump(mode="json") == {
        "seed": 43,
        "prompts": {"dgdpo/round": 2},
        "user": 7,
        "tp": [1, 0, 0],
        "fp": [1, 3, 0],
        "fn": [0, 1, 1],
        "tn": [3, 1, 4],
        "missing": 3,
    }
