"""Paid answers under DVC: a killed stage loses none, and a replay without server or key gives the same bytes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from loopback import Server, serve
from workspaces import Workspace, stages_run

pytestmark = pytest.mark.xdist_group("e2e")

RUN = "dgdpo/ml-1m-dgdpo"
AT_ONCE = 4


def test_a_killed_simulate_loses_no_answer_and_replays_to_the_same_bytes(workspace):
    run = workspace.root / "build/rehearsal/runs" / RUN
    with serve() as server:
        server.script(style="formats", latency=0.03)
        ask(workspace, server)
        kill_after(workspace, server, answers=20)
        assert not (run / "run.json").exists()
        workspace.dvc("repro", "--single-item", f"simulate@{RUN}", REPRODUCE_LIVE="1", OPENAI_API_KEY="k")
        asked = questions(server)
    assert len(asked) > 40
    assert sum(asked.values()) - len(asked) <= AT_ONCE  # those in flight when it was killed

    first = {path.name: path.read_bytes() for path in run.iterdir()}
    shutil.rmtree(run)
    output = workspace.dvc("repro", "--single-item", "--force", f"simulate@{RUN}")
    assert stages_run(output) == {f"simulate@{RUN}"}
    assert {path.name: path.read_bytes() for path in run.iterdir()} == first


def ask(workspace: Workspace, server: Server) -> None:
    """Let `simulate` ask a server instead of the embedded engine, however it replies."""
    llm = {"engine": "openai", "model": "any", "base_url": [server.url], "concurrency": AT_ONCE, "max_fallback": 1.0}
    workspace.edit({"rehearsal": {"llm": llm}})


def questions(server: Server) -> Counter[str]:
    """How often each question of the method was asked; what probes the endpoint at the start has a single message."""
    bodies = server.stats()["bodies"]
    return Counter(json.dumps(body, sort_keys=True) for body in bodies if len(body["messages"]) > 1)


def kill_after(workspace: Workspace, server: Server, answers: int) -> None:
    """Start the stage and kill it with everything it started, as soon as the server was asked so often."""
    command = [sys.executable, "-m", "dvc", "repro", "--single-item", f"simulate@{RUN}"]
    env = workspace.environment(REPRODUCE_LIVE="1", OPENAI_API_KEY="k")
    process = subprocess.Popen(command, cwd=workspace.root, env=env, start_new_session=True)
    deadline = time.monotonic() + 120
    while server.stats()["requests"] < answers:
        assert process.poll() is None, "the stage ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
