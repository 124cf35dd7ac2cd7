"""The whole line on real ratings with the heuristic engine: `nox -s real`, minutes for each source."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from workspaces import checkout

from reproduce.files import read_json, read_jsonl

pytestmark = [
    pytest.mark.line,
    pytest.mark.real,
    pytest.mark.skipif("REPRODUCE_DATASETS" not in os.environ, reason="REPRODUCE_DATASETS is not set"),
]
CORES = {"ml-100k": (943, 1349, 99287), "ml-1m-ranks": (6040, 3416, 999611)}
"""Users, items and interactions after the 5-core filter; those of MovieLens 1M are printed in DGDPO's Table 1."""
USERS = 200
EPOCHS = {"ml-100k": 10, "ml-1m-ranks": 2}
"""Passes over the ratings: five models take some 80 CPU seconds a pass of MovieLens 1M."""
METHODS = ("kuaisim", "agent4rec", "llm-us", "rah", "agentcf", "dgdpo")
"""The lines of Table 2."""
TOLERANCE = 2e-6
"""Results have six decimals."""


@pytest.mark.parametrize("source", CORES)
def test_the_whole_line_runs_on_real_ratings(source: str, tmp_path: Path):
    knobs = {"sources": {"ml-1m": source}, "users": USERS, "recommenders": {"epochs": EPOCHS[source]}}
    workspace = checkout(tmp_path / "checkout", {"rehearsal": knobs})
    workspace.run(sys.executable, "-m", "reproduce", "data")
    workspace.dvc("repro", "headline@dgdpo", REPRODUCE_DATASETS=os.environ["REPRODUCE_DATASETS"])
    print(workspace.run(sys.executable, "-m", "reproduce", "show", "--headline"))

    build = workspace.root / "build/rehearsal"
    core = read_json(build / "data/ml-1m/report.json")["counts"]["core"]
    assert (core["users"], core["items"], core["interactions"]) == CORES[source]

    results = read_json(workspace.root / "results/rehearsal/headline/dgdpo.json")
    for run in (f"dgdpo/ml-1m-{method}" for method in METHODS):
        assert results["runs"][run]["source"] == source
        assert results["runs"][run]["users"] == USERS
        check_identities(
            read_jsonl(build / "runs" / run / "transcripts.jsonl"), [row for row in results["rows"] if row["run"] == run]
        )


SHOPS = {"amazon-gift-cards-2018": (458, 148, 2965), "ml-1m-ranks": (6040, 3416, 999611)}
"""Users, items and interactions, unfiltered, without repeated pairs, and without the rows that have no place in time."""


@pytest.mark.parametrize("source", SHOPS)
def test_a_learner_meets_an_ensemble_made_of_real_ratings(source: str, tmp_path: Path):
    """Preprocess, annotate (keywords of real reviews where there are any), ensemble, DQN and AUC."""
    workspace = checkout(tmp_path / "checkout", {"rehearsal": {"sources": {"yelp": source}, "clicks": {"epochs": 5}}})
    workspace.run(sys.executable, "-m", "reproduce", "data")
    workspace.dvc("repro", "headline@ensemble", REPRODUCE_DATASETS=os.environ["REPRODUCE_DATASETS"])
    print(workspace.run(sys.executable, "-m", "reproduce", "show", "--headline"))

    build = workspace.root / "build/rehearsal"
    core = read_json(build / "data/yelp/report.json")["counts"]["core"]
    assert (core["users"], core["items"], core["interactions"]) == SHOPS[source]
    replies = read_json(build / "corpora/ensemble/yelp-descriptions/replies.json")["prompts"]
    assert ("ensemble/subjective.v1" in replies) == (source == "amazon-gift-cards-2018"), "only the shop has texts"

    results = read_json(workspace.root / "results/rehearsal/headline/ensemble.json")
    auc = {row["row"]: row for row in results["rows"] if row["table"] == "T6" and row["metric"] == "auc"}
    assert set(auc) == {"Ours", "KuaiSim", "SUBER"}
    assert all(row["source"] == source for row in auc.values())
    for name, simulator in (("Ours", "ensemble"), ("KuaiSim", "kuaisim"), ("SUBER", "suber")):
        assert auc[name]["value"] == pytest.approx(area(build / "runs/ensemble/yelp-prediction", simulator), abs=TOLERANCE)
    episodes = read_jsonl(build / "runs/ensemble/yelp-dqn/episodes.jsonl")
    assert all(step["liked"] == (sum(step["votes"]) >= 2) for episode in episodes for step in episode["steps"])
    returns = [
        sum(step["liked"] for step in episode["steps"]) for episode in sorted(episodes, key=lambda e: (e["seed"], e["episode"]))
    ]
    (row,) = (row for row in results["rows"] if row["table"] == "T2" and row["metric"] == "avg_reward" and row["row"] == "DQN")
    assert row["value"] == pytest.approx(sum(returns) / len(returns), abs=TOLERANCE)


def area(run: Path, simulator: str) -> float:
    """Pairs of a liked and a disliked interaction in the right order, ties half: counted one by one."""
    rows = [row for row in read_jsonl(run / "predictions.jsonl") if row["simulator"] == simulator and not row["faults"]]
    liked, disliked = ([row["p"] for row in rows if row["label"] == label] for label in (1, 0))
    return sum((a > b) + (a == b) / 2 for a in liked for b in disliked) / (len(liked) * len(disliked))


def check_identities(transcripts: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """The identities of DGDPO's metrics, and the pooled numbers against verdicts counted here."""
    for recommender in {each["recommender"] for each in transcripts}:
        counts = counted(each for each in transcripts if each["recommender"] == recommender and each["strategy"] == "none")
        ours = {(row["scope"], row["metric"]): row["value"] for row in rows if row["recommender"] == recommender}
        rounds = counts["rounds"]
        recall, wrong = counts["hits"] / rounds, (counts["yes"] - counts["hits"]) / rounds
        shown = counts["shown"] / rounds
        assert ours["micro", "recall"] == pytest.approx(recall, abs=TOLERANCE)
        assert ours["micro", "precision"] == pytest.approx(counts["hits"] / max(counts["yes"], 1), abs=TOLERANCE)
        assert ours["micro", "accuracy"] == pytest.approx((recall + shown - 1 - wrong) / shown, abs=TOLERANCE)
        for scope in ("user_macro", "micro", "list_macro"):
            p, r = ours[scope, "precision"], ours[scope, "recall"]
            assert ours[scope, "f1"] == pytest.approx(2 * p * r / (p + r) if p + r else 0, abs=2 * TOLERANCE)


def counted(transcripts: Any) -> Mapping[str, int]:
    """Rounds, items shown, yes verdicts and those to the true item."""
    counts: Counter[str] = Counter()
    for each in transcripts:
        for played in each["rounds"]:
            verdicts = [verdict["yes"] for verdict in played["reaction"]["verdicts"]]
            counts.update(rounds=1, shown=len(played["shown"]), yes=sum(verdicts), hits=int(verdicts[played["truth"]]))
    return counts
