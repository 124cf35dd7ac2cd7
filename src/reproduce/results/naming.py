"""What learners, simulators and faults are called in our own tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reproduce.results.runs import Run
from reproduce.spec import REFERENCE, Fault

LEARNERS = {"ppo": "PPO", "trpo": "TRPO", "a2c": "A2C", "dqn": "DQN", "random": "Random"}
SIMULATORS = {"ensemble": "Ensemble", "kuaisim": "KuaiSim", "suber": "SUBER"}
OWN = "Ours"
"""What the paper on the ensemble calls it in its tables."""
AS_PRINTED = "as printed"
"""A simulator without faults."""
FAULTS: Mapping[Fault, str] = {
    "double_sigmoid": "sigmoid twice",
    "empty_side": "empty side inverted",
    "wrong_user": "another user's history",
    "no_coins": "ties lose",
    "split_fallback": "fallback per side",
    "intersect": "categories intersect",
}
"""ensemble.md 5.1 to 5.6."""
ALL_FAULTS = "all six (released code)"
VOTERS = ("f_mat", "f_sim", "f_sta")
"""In the order of a vote line."""


def faults_called(faults: Sequence[Fault]) -> str:
    """A set of faults in words."""
    if set(faults) == set(REFERENCE):
        return ALL_FAULTS
    return ", ".join(FAULTS[fault] for fault in REFERENCE if fault in faults) or AS_PRINTED


def faults_of(simulator: Mapping[str, Any]) -> tuple[Fault, ...]:
    """The faults that a simulator's spec asks for."""
    if simulator.get("compat") == "reference":
        return REFERENCE
    return tuple(fault for fault in REFERENCE if fault in simulator.get("faults", ()))


def learner_of(run: Run) -> str:
    """The learner of a run."""
    name = str(run.about["spec"]["learner"])
    return LEARNERS.get(name, name)


def simulator_of(run: Run) -> tuple[str, tuple[Fault, ...]]:
    """Kind and faults of what answered the learner of a run."""
    simulator = run.about["spec"]["simulator"]
    return str(simulator["kind"]), faults_of(simulator)


def simulator_called(kind: str, faults: Sequence[Fault]) -> str:
    """A simulator in words, such as `Ensemble, sigmoid twice`."""
    name = SIMULATORS.get(kind, kind)
    return f"{name}, {faults_called(faults)}" if faults else name
