"""Trains in the planted world and writes what was learnt: `python killed.py <name> <steps> <checkpoints> <out>`."""

from __future__ import annotations

import sys
from pathlib import Path

from conftest import train

from reproduce import files

if __name__ == "__main__":
    name, steps, checkpoints, out = sys.argv[1:]
    learnt = train(name, int(steps), folder=Path(checkpoints), checkpoint_every=512)  # type: ignore[arg-type]
    learnt.policy.save(Path(out))
    files.write_jsonl(Path(out).with_name("curve.jsonl"), learnt.curve)
