"""A killed training goes on, and comes to the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from planted import KINDS, Planted

from reproduce import files
from reproduce.errors import StorageError
from reproduce.learners.settings import LearnerName
from reproduce.learners.training import Learnt

HERE = Path(__file__).parent


class Power(Exception):
    """Is gone."""


class Failing(Planted):
    """A world that stops at a step."""

    def __init__(self, fails_at: int | None = 130) -> None:
        super().__init__(8, seed=11)
        self.calls, self.fails_at = count(1), fails_at

    def snapshot(self) -> dict[str, Any]:
        return {name: value for name, value in super().snapshot().items() if name not in ("calls", "fails_at")}

    def step(self, actions: Any) -> Any:
        if next(self.calls) == self.fails_at:
            raise Power
        return super().step(actions)


def written(learnt: Learnt, folder: Path) -> dict[str, bytes]:
    learnt.policy.save(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", list(KINDS))
def test_a_training_that_was_cut_off_comes_to_the_same_bytes(
    name: LearnerName, trained: Callable[..., Learnt], tmp_path: Path
) -> None:
    whole = trained(name, 1600, every=300)
    kept = {"folder": tmp_path / "kept", "checkpoint_every": 512, "every": 300}
    with pytest.raises(Power):
        trained(name, 1600, core=Failing(), **kept)
    assert (tmp_path / "kept" / "training.pt").is_file()
    counting = Failing(None)
    again = trained(name, 1600, core=counting, **kept)
    assert next(counting.calls) - 1 < (1700 - 512) / 8  # it did go on, not begin anew
    assert written(whole, tmp_path / "whole") == written(again, tmp_path / "again")
    assert whole.curve == again.curve
    assert len(whole.curve) > 3
    assert not (tmp_path / "kept").exists()


def test_kill_9_loses_nothing(trained: Callable[..., Learnt], tmp_path: Path) -> None:
    command = [sys.executable, str(HERE / "killed.py"), "dqn", "3200", str(tmp_path / "kept"), str(tmp_path / "again")]
    killed = subprocess.Popen(command)
    while killed.poll() is None and not (tmp_path / "kept" / "training.pt").exists():
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert not (tmp_path / "again").exists()
    subprocess.run(command, check=True)
    whole = trained("dqn", 3200)
    assert files.read_jsonl(tmp_path / "curve.jsonl") == whole.curve
    for name, content in written(whole, tmp_path / "whole").items():
        assert (tmp_path / "again" / name).read_bytes() == content


def test_a_checkpoint_of_another_training_is_passed_over(trained: Callable[..., Learnt], tmp_path: Path) -> None:
    kept = {"folder": tmp_path / "kept", "checkpoint_every": 512}
    with pytest.raises(Power):
        trained("a2c", 1600, core=Failing(), **kept)
    other = {"settings": {"learning_rate": 1e-4}}
    again, whole = trained("a2c", 1600, **kept, **other), trained("a2c", 1600, **other)
    assert written(whole, tmp_path / "whole") == written(again, tmp_path / "again")


def test_what_is_no_checkpoint_is_said_in_one_line(trained: Callable[..., Learnt], tmp_path: Path) -> None:
    (tmp_path / "training.pt").write_bytes(b"half a file")
    with pytest.raises(StorageError, match=r"training\.pt: is no checkpoint; remove it, then run again"):
        trained("a2c", 100, folder=tmp_path, checkpoint_every=512)
