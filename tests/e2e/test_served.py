"""The whole line with a language model behind HTTP, a real server with a tiny checkpoint: `nox -s real`, minutes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from serving import serving
from smallest import SMALLEST
from workspaces import checkout, stages_run

from reproduce.files import read_json

pytestmark = pytest.mark.line
USERS = 20
STATUSES = {"strict", "lenient", "repair", "fallback", "refusal"}


def test_the_line_runs_against_a_real_server_and_replays_without_it(tmp_path: Path):
    (tmp_path / "serve").mkdir()
    workspace = checkout(tmp_path / "checkout", SMALLEST)
    workspace.edit(
        {
            "rehearsal": {"users": USERS, "diagnoser": {"corpus_users": 6}},
            "interaction": {"candidates": 20},
            "baselines": {"max_build_items": 1},
        }
    )
    workspace.run(sys.executable, "-m", "reproduce", "data")
    with serving(tmp_path / "serve", says="DECISION: yes\nREASON: it fits") as (url, model):
        # It can answer one prompt of nine (without a yes there is nothing to train on). The limit on unreadable replies is
        # lifted, and every one of them must be counted.
        llm = {"engine": "openai", "model": str(model), "base_url": [url], "max_tokens": 24, "max_fallback": 1.0}
        workspace.edit({"rehearsal": {"llm": {**llm, "concurrency": 8}}})
        workspace.dvc("repro", "headline@dgdpo", REPRODUCE_LIVE="1", OPENAI_API_KEY="none")
    live = workspace.artifacts()
    print(workspace.run(sys.executable, "-m", "reproduce", "show", "--headline"))

    results = read_json(workspace.root / "results/rehearsal/headline/dgdpo.json")
    assert {run["users"] for key, run in results["runs"].items() if "diagnosis" not in key} == {USERS}
    runs = workspace.root / "build/rehearsal/runs/dgdpo"
    for run in (f"ml-1m-{method}" for method in ("agent4rec", "llm-us", "rah", "agentcf", "dgdpo")):
        for prompt, told in read_json(runs / run / "replies.json")["prompts"].items():
            assert set(told["statuses"]) == STATUSES, prompt
            assert sum(told["statuses"].values()) <= told["calls"], prompt  # repairs are calls, too
        statuses = read_json(runs / run / "replies.json")["prompts"]["dgdpo/round.v1"]["statuses"]
        assert statuses["fallback"] + statuses["refusal"] > 0.5 * sum(statuses.values())

    for top in ("build", "results"):
        shutil.rmtree(workspace.root / top)
    output = workspace.dvc("repro", "--force", "headline@dgdpo")  # no server, no key
    assert "simulate@dgdpo/ml-1m-dgdpo" in stages_run(output)
    assert workspace.artifacts() == live
